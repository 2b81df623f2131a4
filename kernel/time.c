/* Telling the time and letting it pass: time, gettimeofday, the clock calls, nanosleep, and going on after a signal; what tasks have used. */
#include "kernel/time.h"
#include "kernel/clock.h"
#include "kernel/sched.h"
#include "kernel/uaccess.h"

#define SECONDS_MAX 9223372036         /* as many as 2^63 ns have: Linux's KTIME_SEC_MAX */
#define TIMER_ABSTIME 1u

struct timespec32 {
	i32 seconds, nanoseconds;
};

int timespec_get(struct timespec64 *time, const void *user, u32 n)
{
	struct timespec32 narrow;

	if (time_wide())
		return copy_from_user(time, (const struct timespec64 *)user + n, sizeof(*time));
	if (get_user(narrow, (const struct timespec32 *)user + n))
		return -EFAULT;
	*time = (struct timespec64){ narrow.seconds, narrow.nanoseconds, 0 };
	return 0;
}

int time_get(u64 *ns, const void *user)
{
	struct timespec64 time;

	if (timespec_get(&time, user, 0))
		return -EFAULT;
	if (time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds >= (i32)NS_PER_SEC)
		return -EINVAL;
	*ns = time.seconds >= SECONDS_MAX ? INT64_MAX : (u64)time.seconds * NS_PER_SEC + time.nanoseconds;
	return 0;
}

int time_get_deadline(u64 *deadline, const void *user)
{
	u64 ns = WAIT_FOREVER;
	int error = user ? time_get(&ns, user) : 0;

	*deadline = user ? clock_now_ns() + ns : ns;
	return error;
}

int time_put(u64 ns, void *user, bool wide)
{
	struct timespec64 time = { ns / NS_PER_SEC, ns % NS_PER_SEC, 0 };
	struct timespec32 narrow = { time.seconds, time.nanoseconds };

	return wide ? put_user(time, (struct timespec64 *)user) : put_user(narrow, (struct timespec32 *)user);
}

static u64 processor_ns(void) { return current->usage.utime_ns + current->usage.stime_ns; }

/* How a clock is read, in ns (NULL: there is no such clock), and whether one can sleep by it. */
static const struct clock {
	u64 (*read)(void);
	bool sleeps;
} clocks[] = {
	[CLOCK_REALTIME] = { clock_realtime_ns, true }, [CLOCK_MONOTONIC] = { clock_now_ns, true },
	[CLOCK_PROCESS_CPUTIME_ID] = { processor_ns, false }, [CLOCK_THREAD_CPUTIME_ID] = { processor_ns, false },
	[CLOCK_REALTIME_COARSE] = { clock_realtime_ns, false }, [CLOCK_MONOTONIC_COARSE] = { clock_now_ns, false },
	[CLOCK_MONOTONIC_RAW] = { clock_now_ns, false }, [CLOCK_BOOTTIME] = { clock_now_ns, true },
	[CLOCK_TAI] = { clock_realtime_ns, true },
};

/* NULL: there is no such clock. */
static const struct clock *clock_of(u32 id) { return id < ARRAY_SIZE(clocks) && clocks[id].read ? &clocks[id] : NULL; }

i32 sys_clock_gettime(u32 id, void *now)
{
	const struct clock *clock = clock_of(id);

	return clock ? time_put(clock->read(), now, time_wide()) : -EINVAL;
}

i32 sys_clock_getres(u32 id, void *resolution)
{
	const struct clock *clock = clock_of(id);

	if (!clock)
		return -EINVAL;
	return resolution ? time_put(clock->read == processor_ns ? TICK_NS : 1, resolution, time_wide()) : 0;
}

i32 sys_clock_settime(u32 clock, const void *now)
{
	u64 ns = 0;
	int error = clock == CLOCK_REALTIME ? time_get(&ns, now) : -EINVAL;

	if (error)
		return error;
	if (!cred_privileged(&current->cred))
		return -EPERM;
	if (ns < clock_now_ns())       /* the machine was not started before 1970 */
		return -EINVAL;
	clock_set_realtime(ns);
	return 0;
}

i32 sys_time(i32 *seconds)
{
	i32 now = clock_realtime();

	return seconds && put_user(now, seconds) ? -EFAULT : now;
}

i32 sys_gettimeofday(struct timeval32 *now, void *zone)
{
	struct timeval32 time = timeval_of(clock_realtime_ns());

	if (now && put_user(time, now))
		return -EFAULT;
	return zone ? put_user(0, (u64 *)zone) : 0; /* two numbers: Greenwich */
}

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
	u64 now;

	if (sleep_until(restart->deadline) == 0)
		return 0;
	now = clock_now_ns();
	if (restart->remaining && time_put(MAX(restart->deadline, now) - now, restart->remaining, restart->wide))
		return -EFAULT;
	return -ERESTART_BLOCK;
}

i32 sys_restart_syscall(void) { return current->restart.resume ? current->restart.resume(&current->restart) : -EINTR; }

u64 time_deadline(bool real, u64 when)
{
	u64 since_1970 = clock_realtime_ns();

	return real ? clock_now_ns() + (MAX(when, since_1970) - since_1970) : when;
}

i32 sys_clock_nanosleep(u32 id, u32 flags, const void *when, void *remaining)
{
	const struct clock *clock = clock_of(id);
	u64 ns = 0;
	int error;

	if (!clock)
		return -EINVAL;
	if (!clock->sleeps)
		return -EOPNOTSUPP;
	error = time_get(&ns, when);
	if (error)
		return error;
	if (flags & TIMER_ABSTIME)
		return sleep_until(time_deadline(clock->read == clock_realtime_ns, ns)) ? -ERESTARTNOHAND : 0;
	current->restart = (struct restart){ sleep_relative, clock_now_ns() + ns, remaining, time_wide() };
	return sleep_relative(&current->restart);
}

i32 sys_nanosleep(const void *time, void *left) { return sys_clock_nanosleep(CLOCK_MONOTONIC, 0, time, left); }

/* ---- What tasks have used ---------------------------------------------------------------------------------------- */

enum { RUSAGE_CHILDREN = -1, RUSAGE_SELF, RUSAGE_THREAD };
#define CLOCK_TICK_NS 10000000u        /* times() counts in 1/100 s: USER_HZ */

struct tms_abi {
	i32 utime, stime, children_utime, children_stime;
};

void usage_add(struct usage *to, const struct usage *from)
{
	to->utime_ns += from->utime_ns;
	to->stime_ns += from->stime_ns;
	to->min_faults += from->min_faults;
	to->maj_faults += from->maj_faults;
	to->voluntary_switches += from->voluntary_switches;
	to->involuntary_switches += from->involuntary_switches;
}

struct timeval32 timeval_of(u64 ns) { return (struct timeval32){ ns / NS_PER_SEC, ns % NS_PER_SEC / NS_PER_USEC }; }

int usage_put(const struct usage *usage, struct rusage_abi *user)
{
	struct rusage_abi abi = {
		.utime = timeval_of(usage->utime_ns), .stime = timeval_of(usage->stime_ns),
		.minflt = usage->min_faults, .majflt = usage->maj_faults,
		.nvcsw = usage->voluntary_switches, .nivcsw = usage->involuntary_switches,
	};

	return put_user(abi, user);
}

i32 sys_getrusage(i32 who, struct rusage_abi *usage)
{
	if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD)
		return -EINVAL;
	return usage_put(who == RUSAGE_CHILDREN ? &current->children_usage : &current->usage, usage);
}

i32 sys_times(struct tms_abi *times)
{
	struct tms_abi abi = {
		current->usage.utime_ns / CLOCK_TICK_NS, current->usage.stime_ns / CLOCK_TICK_NS,
		current->children_usage.utime_ns / CLOCK_TICK_NS, current->children_usage.stime_ns / CLOCK_TICK_NS,
	};

	if (times && put_user(abi, times))
		return -EFAULT;
	return clock_now_ns() / CLOCK_TICK_NS;
}
