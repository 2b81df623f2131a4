/*
 * Interval timers: setitimer, getitimer, alarm. The real one is a kernel timer; the two that count a task's own time are
 * counted down by the tick that finds the task running. They are not inherited by fork, and exec keeps them.
 */
#include "kernel/clock.h"
#include "kernel/lib/errno.h"
#include "kernel/sched.h"
#include "kernel/signal.h"
#include "kernel/uaccess.h"
#include "kernel/usage.h"
#include "kernel/x86/cpu.h"

enum { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF };

struct itimerval32 {
	struct timeval32 interval, value;
};
_Static_assert(sizeof(struct itimerval32) == 16, "ABI");

/* A timer's state, in nanoseconds; left 0: not running. */
struct itimer_state {
	u64 left, interval;
};

static void real_expired(struct timer *timer)
{
	struct interval_timers *timers = container_of(timer, struct interval_timers, real);

	if (timers->real_interval_ns)
		timer_start(timer, timer->deadline + timers->real_interval_ns);
	signal_send_kernel(timers->task, SIGALRM);
}

static void tick_timer_count(struct tick_timer *timer, struct task *task, u32 sig)
{
	if (!timer->left_ns)
		return;
	if (timer->left_ns > TICK_NS) {
		timer->left_ns -= TICK_NS;
		return;
	}
	timer->left_ns = timer->interval_ns;
	signal_send_kernel(task, sig);
}

static void tick(struct task *task, bool user)
{
	if (!task->signals)
		return;
	if (user)
		tick_timer_count(&task->signals->timers.virtual, task, SIGVTALRM);
	tick_timer_count(&task->signals->timers.prof, task, SIGPROF);
}

void interval_timers_init(struct interval_timers *timers, struct task *task)
{
	timers->task = task;
	timer_setup(&timers->real, real_expired);
}

void interval_timers_stop(struct interval_timers *timers)
{
	timer_stop(&timers->real);
	timers->virtual.left_ns = timers->prof.left_ns = 0;
}

void itimer_init(void)
{
	sched_on_tick(tick);
}

static struct itimer_state real_state(const struct interval_timers *timers)
{
	struct itimer_state state = { .interval = timers->real_interval_ns };
	u64 now = clock_now_ns();

	if (timer_running(&timers->real))
		state.left = timers->real.deadline > now ? timers->real.deadline - now : NS_PER_USEC;
	return state;
}

static void real_set(struct interval_timers *timers, const struct itimer_state *state)
{
	timer_stop(&timers->real);
	timers->real_interval_ns = state->interval;
	if (state->left)
		timer_start(&timers->real, clock_now_ns() + state->left);
}

/* Set a timer of the current task (NULL: leave it) and tell what it was. -EINVAL: no such timer. */
static int itimer_change(u32 which, const struct itimer_state *new, struct itimer_state *old)
{
	struct interval_timers *timers = &current->signals->timers;
	struct tick_timer *counter = which == ITIMER_VIRTUAL ? &timers->virtual : &timers->prof;
	u32 flags;

	if (which > ITIMER_PROF)
		return -EINVAL;
	flags = irq_save();
	if (which == ITIMER_REAL) {
		*old = real_state(timers);
		if (new)
			real_set(timers, new);
	} else {
		*old = (struct itimer_state){ counter->left_ns, counter->interval_ns };
		if (new)
			*counter = (struct tick_timer){ new->left, new->interval };
	}
	irq_restore(flags);
	return 0;
}

static int ns_of_timeval(u64 *ns, const struct timeval32 *time)
{
	if (time->seconds < 0 || time->microseconds < 0 || time->microseconds >= 1000000)
		return -EINVAL;
	*ns = (u64)time->seconds * NS_PER_SEC + (u32)time->microseconds * NS_PER_USEC;
	return 0;
}

static struct timeval32 timeval_of_ns(u64 ns)
{
	return (struct timeval32){ (i32)(ns / NS_PER_SEC), (i32)(ns % NS_PER_SEC / NS_PER_USEC) };
}

static int itimerval_put(struct itimerval32 *to, const struct itimer_state *state)
{
	struct itimerval32 abi = { timeval_of_ns(state->interval), timeval_of_ns(state->left) };

	return put_user(abi, to);
}

i32 sys_getitimer(u32 which, struct itimerval32 *to)
{
	struct itimer_state state;
	int error = itimer_change(which, NULL, &state);

	return error ? error : itimerval_put(to, &state);
}

/* As on Linux, no new value means zeroes. */
i32 sys_setitimer(u32 which, const struct itimerval32 *from, struct itimerval32 *to)
{
	struct itimerval32 abi = { 0 };
	struct itimer_state new, old;
	int error;

	if (from && get_user(abi, from))
		return -EFAULT;
	if (ns_of_timeval(&new.interval, &abi.interval) || ns_of_timeval(&new.left, &abi.value))
		return -EINVAL;
	error = itimer_change(which, &new, &old);
	if (error || !to)
		return error;
	return itimerval_put(to, &old);
}

/* Whole seconds, rounded so that a running alarm never shows as none. */
i32 sys_alarm(u32 seconds)
{
	struct itimer_state new = { .left = (u64)MIN(seconds, (u32)INT32_MAX) * NS_PER_SEC }, old;
	u32 left;

	itimer_change(ITIMER_REAL, &new, &old);
	left = (u32)(old.left / NS_PER_SEC);
	if ((!left && old.left) || old.left % NS_PER_SEC >= NS_PER_SEC / 2)
		left++;
	return (i32)left;
}
