/*
 * The interval timer of real time: setitimer, getitimer, alarm. It is a kernel timer; fork does not inherit it, and exec keeps it.
 */
#include "kernel/clock.h"
#include "kernel/signal.h"
#include "kernel/uaccess.h"
#include "kernel/time.h"
#include "kernel/x86/cpu.h"

#define ITIMER_REAL 0

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

/* The two parts of struct itimerval, and of what it means in nanoseconds: a value of 0 is a timer that does not run. */
enum { INTERVAL, VALUE, PARTS };

/* Set the current task's timer, or leave it; `ns` then tells what it was. */
static void itimer_exchange(u64 ns[PARTS], bool set)
{
	struct interval_timer *itimer = &current->signals->itimer;
	u64 now = clock_now_ns(), interval = itimer->interval_ns, left = 0;
	u32 flags = irq_save();

	if (timer_running(&itimer->timer))
		left = itimer->timer.deadline > now ? itimer->timer.deadline - now : NS_PER_USEC;
	if (set) {
		timer_stop(&itimer->timer);
		itimer->interval_ns = ns[INTERVAL];
		if (ns[VALUE])
			timer_start(&itimer->timer, now + ns[VALUE]);
	}
	irq_restore(flags);
	ns[INTERVAL] = interval;
	ns[VALUE] = left;
}

/* As on Linux, no new value means zeroes. */
static i32 itimer_call(u32 which, const struct timeval32 *from, struct timeval32 *to, bool set)
{
	struct timeval32 abi[PARTS] = { 0 };
	u64 ns[PARTS];

	if (from && copy_from_user(abi, from, sizeof(abi)))
		return -EFAULT;
	for (u32 i = 0; i < PARTS; i++) {
		if (which != ITIMER_REAL || abi[i].seconds < 0 || abi[i].microseconds < 0 || abi[i].microseconds >= 1000000)
			return -EINVAL;
		ns[i] = (u64)abi[i].seconds * NS_PER_SEC + (u32)abi[i].microseconds * NS_PER_USEC;
	}
	itimer_exchange(ns, set);
	for (u32 i = 0; i < PARTS; i++)
		abi[i] = timeval_of(ns[i]);
	return to || !set ? copy_to_user(to, abi, sizeof(abi)) : 0;
}

i32 sys_getitimer(u32 which, struct timeval32 *to) { return itimer_call(which, NULL, to, false); }

i32 sys_setitimer(u32 which, const struct timeval32 *from, struct timeval32 *to) { return itimer_call(which, from, to, true); }

/* Whole seconds, rounded so that a running alarm never shows as none. */
i32 sys_alarm(u32 seconds)
{
	u64 ns[PARTS] = { [VALUE] = (u64)seconds * NS_PER_SEC };

	itimer_exchange(ns, true);
	return ns[VALUE] && ns[VALUE] < NS_PER_SEC / 2 ? 1 : (i32)((ns[VALUE] + NS_PER_SEC / 2) / NS_PER_SEC);
}
