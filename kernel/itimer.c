/*
 * The interval timer of real time: setitimer, getitimer, alarm. It is a kernel timer; fork does not inherit it, and exec keeps it.
 */
#include "kernel/clock.h"
#include "kernel/signal.h"
#include "kernel/uaccess.h"
#include "kernel/time.h"
#include "kernel/x86/cpu.h"

#define ITIMER_REAL 0

/* struct itimerval: two of struct timeval. */
enum { INTERVAL, VALUE };

/* The same in nanoseconds; left 0: not running. */
struct itimer_state {
	u64 interval, left;
};

static void itimer_expired(struct timer *timer)
{
	struct interval_timer *itimer = container_of(timer, struct interval_timer, timer);

	if (itimer->interval_ns)
		timer_start(timer, timer->deadline + itimer->interval_ns);
	signal_send_kernel(itimer->task, SIGALRM);
}

void itimer_setup(struct interval_timer *itimer, struct task *task)
{
	itimer->task = task;
	timer_setup(&itimer->timer, itimer_expired);
}

/* Set the current task's timer (NULL: leave it) and tell what it was. */
static struct itimer_state itimer_change(const struct itimer_state *new)
{
	struct interval_timer *itimer = &current->signals->itimer;
	struct itimer_state old = { .interval = itimer->interval_ns };
	u64 now = clock_now_ns();
	u32 flags = irq_save();

	if (timer_running(&itimer->timer))
		old.left = itimer->timer.deadline > now ? itimer->timer.deadline - now : NS_PER_USEC;
	if (new) {
		timer_stop(&itimer->timer);
		itimer->interval_ns = new->interval;
		if (new->left)
			timer_start(&itimer->timer, now + new->left);
	}
	irq_restore(flags);
	return old;
}

static int ns_of_timeval(u64 *ns, const struct timeval32 *time)
{
	if (time->seconds < 0 || time->microseconds < 0 || time->microseconds >= 1000000)
		return -EINVAL;
	*ns = (u64)time->seconds * NS_PER_SEC + (u32)time->microseconds * NS_PER_USEC;
	return 0;
}

static int itimerval_put(struct timeval32 *to, struct itimer_state state)
{
	struct timeval32 abi[] = { [INTERVAL] = timeval_of(state.interval), [VALUE] = timeval_of(state.left) };

	return copy_to_user(to, abi, sizeof(abi));
}

i32 sys_getitimer(u32 which, struct timeval32 *to)
{
	return which == ITIMER_REAL ? itimerval_put(to, itimer_change(NULL)) : -EINVAL;
}

/* As on Linux, no new value means zeroes. */
i32 sys_setitimer(u32 which, const struct timeval32 *from, struct timeval32 *to)
{
	struct timeval32 abi[2] = { 0 };
	struct itimer_state new, old;

	if (from && copy_from_user(abi, from, sizeof(abi)))
		return -EFAULT;
	if (which != ITIMER_REAL || ns_of_timeval(&new.interval, &abi[INTERVAL]) || ns_of_timeval(&new.left, &abi[VALUE]))
		return -EINVAL;
	old = itimer_change(&new);
	return to ? itimerval_put(to, old) : 0;
}

/* Whole seconds, rounded so that a running alarm never shows as none. */
i32 sys_alarm(u32 seconds)
{
	struct itimer_state new = { .left = (u64)seconds * NS_PER_SEC };
	u64 left = itimer_change(&new).left;

	return left && left < NS_PER_SEC / 2 ? 1 : (i32)((left + NS_PER_SEC / 2) / NS_PER_SEC);
}
