/* Times and counts that tasks have used: getrusage and times. */
#include "kernel/usage.h"
#include "kernel/clock.h"
#include "kernel/lib/errno.h"
#include "kernel/uaccess.h"

#define RUSAGE_SELF 0
#define RUSAGE_CHILDREN (-1)
#define RUSAGE_THREAD 1
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
		.utime = timeval_of(usage->utime_ns),
		.stime = timeval_of(usage->stime_ns),
		.minflt = usage->min_faults,
		.majflt = usage->maj_faults,
		.nvcsw = usage->voluntary_switches,
		.nivcsw = usage->involuntary_switches,
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
		.utime = current->usage.utime_ns / CLOCK_TICK_NS,
		.stime = current->usage.stime_ns / CLOCK_TICK_NS,
		.children_utime = current->children_usage.utime_ns / CLOCK_TICK_NS,
		.children_stime = current->children_usage.stime_ns / CLOCK_TICK_NS,
	};

	if (times && put_user(abi, times))
		return -EFAULT;
	return clock_now_ns() / CLOCK_TICK_NS;
}
