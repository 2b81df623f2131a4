/* Sleeping for a time: nanosleep, clock_nanosleep, and going on after a signal. */
#include "kernel/clock.h"
#include "kernel/lib/errno.h"
#include "kernel/syscalls.h"
#include "kernel/task.h"
#include "kernel/time.h"
#include "kernel/uaccess.h"

#define TIMER_ABSTIME 1u

/* Sleep until clock_now_ns() has reached the deadline. 0, or -ERESTARTSYS: a signal. */
static int sleep_until(u64 deadline)
{
	struct wait_queue nobody;
	int error = 0;

	wait_queue_init(&nobody);
	while (!error && clock_now_ns() < deadline)
		error = wait_sleep_until(&nobody, true, deadline);
	return error == -ETIMEDOUT ? 0 : error;
}

/* Sleep as task->restart says; also what restart_syscall() calls after a signal. */
static i32 sleep_relative(struct restart *restart)
{
	u64 now, left;
	int error = 0;

	if (sleep_until(restart->deadline) == 0)
		return 0;
	now = clock_now_ns();
	left = restart->deadline > now ? restart->deadline - now : 0;
	if (restart->remaining && restart->wide)
		error = time_put64(left, restart->remaining);
	else if (restart->remaining)
		error = time_put32(left, restart->remaining);
	return error ? error : -ERESTART_BLOCK;
}

i32 sys_restart_syscall(void)
{
	return current->restart.resume ? current->restart.resume(&current->restart) : -EINTR;
}

/* Deadlines of the real-time clock are turned into monotonic ones when the sleep begins. */
static i32 sleep_absolute(i32 clock, u64 when)
{
	u64 now = clock_now_ns(), real = clock_realtime_ns();

	if (clock == CLOCK_REALTIME || clock == CLOCK_TAI)
		when = when > real ? now + (when - real) : now;
	return sleep_until(when) ? -ERESTARTNOHAND : 0;
}

static i32 sleep_for(i32 clock, u32 flags, u64 ns, void *remaining, bool wide)
{
	if (flags & TIMER_ABSTIME)
		return sleep_absolute(clock, ns);
	current->restart = (struct restart){
		.resume = sleep_relative,
		.deadline = clock_now_ns() + ns,
		.remaining = remaining,
		.wide = wide,
	};
	return sleep_relative(&current->restart);
}

static int clock_check(i32 clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_TAI:
		return 0;
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_PROCESS_CPUTIME_ID:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

i32 sys_nanosleep(const struct timespec32 *duration, struct timespec32 *remaining)
{
	return sys_clock_nanosleep(CLOCK_MONOTONIC, 0, duration, remaining);
}

i32 sys_clock_nanosleep(i32 clock, u32 flags, const struct timespec32 *when, struct timespec32 *remaining)
{
	u64 ns = 0;
	int error = clock_check(clock);

	if (!error)
		error = time_get32(&ns, when);
	return error ? error : sleep_for(clock, flags, ns, remaining, false);
}

i32 sys_clock_nanosleep64(i32 clock, u32 flags, const struct timespec64 *when, struct timespec64 *remaining)
{
	u64 ns = 0;
	int error = clock_check(clock);

	if (!error)
		error = time_get64(&ns, when);
	return error ? error : sleep_for(clock, flags, ns, remaining, true);
}
