/* Telling and setting the time: time, gettimeofday, clock_gettime, clock_settime, clock_getres. */
#include "kernel/time.h"
#include "kernel/clock.h"
#include "kernel/lib/errno.h"
#include "kernel/sched.h"
#include "kernel/syscalls.h"
#include "kernel/uaccess.h"
#include "kernel/usage.h"

#define SECONDS_MAX 9223372036         /* as many as 2^63 ns have: Linux's KTIME_SEC_MAX */

static int ns_of(u64 *ns, i64 seconds, i32 nanoseconds)
{
	if (seconds < 0 || nanoseconds < 0 || nanoseconds >= (i32)NS_PER_SEC)
		return -EINVAL;
	*ns = seconds >= SECONDS_MAX ? INT64_MAX : (u64)seconds * NS_PER_SEC + nanoseconds;
	return 0;
}

int time_get32(u64 *ns, const struct timespec32 *user)
{
	struct timespec32 time;

	if (get_user(time, user))
		return -EFAULT;
	return ns_of(ns, time.seconds, time.nanoseconds);
}

int time_get64(u64 *ns, const struct timespec64 *user)
{
	struct timespec64 time;

	if (get_user(time, user))
		return -EFAULT;
	return ns_of(ns, time.seconds, time.nanoseconds);
}

int time_put32(u64 ns, struct timespec32 *user)
{
	struct timespec32 time = { ns / NS_PER_SEC, ns % NS_PER_SEC };

	return put_user(time, user);
}

int time_put64(u64 ns, struct timespec64 *user)
{
	struct timespec64 time = { ns / NS_PER_SEC, ns % NS_PER_SEC, 0 };

	return put_user(time, user);
}

/* What a clock says, in ns. -EINVAL: there is no such clock. */
static int clock_read(i32 clock, u64 *ns)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_TAI:
		*ns = clock_realtime_ns();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*ns = clock_now_ns();
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
	case CLOCK_THREAD_CPUTIME_ID:
		*ns = current->usage.utime_ns + current->usage.stime_ns;
		return 0;
	default:
		return -EINVAL;
	}
}

i32 sys_clock_gettime(i32 clock, struct timespec32 *now)
{
	u64 ns;
	int error = clock_read(clock, &ns);

	return error ? error : time_put32(ns, now);
}

i32 sys_clock_gettime64(i32 clock, struct timespec64 *now)
{
	u64 ns;
	int error = clock_read(clock, &ns);

	return error ? error : time_put64(ns, now);
}

static int clock_resolution(i32 clock, u64 *ns)
{
	bool counted = clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID;
	u64 unused;

	*ns = counted ? TICK_NS : 1;
	return clock_read(clock, &unused);
}

i32 sys_clock_getres(i32 clock, struct timespec32 *resolution)
{
	u64 ns;
	int error = clock_resolution(clock, &ns);

	return error || !resolution ? error : time_put32(ns, resolution);
}

i32 sys_clock_getres64(i32 clock, struct timespec64 *resolution)
{
	u64 ns;
	int error = clock_resolution(clock, &ns);

	return error || !resolution ? error : time_put64(ns, resolution);
}

static i32 realtime_set(i32 clock, int error, u64 ns)
{
	if (clock != CLOCK_REALTIME)
		return -EINVAL;
	if (error)
		return error;
	if (!cred_privileged(&current->cred))
		return -EPERM;
	clock_set_realtime(ns);
	return 0;
}

i32 sys_clock_settime(i32 clock, const struct timespec32 *now)
{
	u64 ns = 0;
	int error = time_get32(&ns, now);

	return realtime_set(clock, error, ns);
}

i32 sys_clock_settime64(i32 clock, const struct timespec64 *now)
{
	u64 ns = 0;
	int error = time_get64(&ns, now);

	return realtime_set(clock, error, ns);
}

i32 sys_stime(const i32 *seconds)
{
	i32 wanted = 0;
	int error = get_user(wanted, seconds);

	return realtime_set(CLOCK_REALTIME, error, (u64)(u32)wanted * NS_PER_SEC);
}

i32 sys_settimeofday(const struct timeval32 *now, UNUSED const void *zone)
{
	struct timeval32 time;
	u64 ns = 0;
	int error;

	if (!now)
		return cred_privileged(&current->cred) ? 0 : -EPERM;
	if (get_user(time, now))
		return -EFAULT;
	if (time.microseconds < 0 || time.microseconds >= 1000000)
		return -EINVAL;
	error = ns_of(&ns, time.seconds, time.microseconds * NS_PER_USEC);
	return realtime_set(CLOCK_REALTIME, error, ns);
}

i32 sys_time(i32 *seconds)
{
	i32 now = clock_realtime();

	if (seconds && put_user(now, seconds))
		return -EFAULT;
	return now;
}

i32 sys_gettimeofday(struct timeval32 *now, void *zone)
{
	u64 ns = clock_realtime_ns();
	struct timeval32 time = { ns / NS_PER_SEC, ns % NS_PER_SEC / NS_PER_USEC };

	if (now && put_user(time, now))
		return -EFAULT;
	return zone ? clear_user(zone, 2 * sizeof(i32)) : 0; /* Greenwich */
}
