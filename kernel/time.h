/*
 * Times as programs hand them over: seconds and nanoseconds, with 32-bit members and, since 2019, with 64-bit ones; and those, with other
 * counts, that tasks have used.
 */
#pragma once

#include "kernel/task.h"

enum { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID };
enum { CLOCK_MONOTONIC_RAW = 4, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI = 11 };

/* Do the running call's times have 64-bit members? Those that do have numbers of their own: 403 to 423. */
static inline bool time_wide(void) { return task_regs(current)->orig_eax - 403 <= 423 - 403; }

/* Of the upper half of the nanoseconds the ABI says that a 32-bit program may leave anything there. */
struct timespec64 {
	i64 seconds;
	i32 nanoseconds, padding;
};

/* Number n of an array of the running call's timespecs, in either form, unchecked. 0 or -EFAULT. May sleep. */
int timespec_get(struct timespec64 *time, const void *user, u32 n);
/*
 * A timespec of the running call. 0, -EFAULT, -EINVAL: negative, or a billion nanoseconds or more. What does not fit is as long as
 * can be. May sleep.
 */
int time_get(u64 *ns, const void *user);
/* When a timespec from now on will be over, by clock_now_ns(); no timespec (NULL): WAIT_FOREVER. As time_get(). */
int time_get_deadline(u64 *deadline, const void *user);
/* The time `when` of the real-time clock (as it goes now) or of the monotonic one, for wait_sleep_until(). */
u64 time_deadline(bool real, u64 when);
/* 0 or -EFAULT. May sleep. */
int time_put(u64 ns, void *user, bool wide);

/* Linux's struct rusage of i386. */
struct timeval32 {
	i32 seconds, microseconds;
};
struct rusage_abi {
	struct timeval32 utime, stime;
	i32 maxrss, ixrss, idrss, isrss, minflt, majflt, nswap, inblock, oublock, msgsnd, msgrcv, nsignals, nvcsw, nivcsw;
};
_Static_assert(sizeof(struct rusage_abi) == 72, "struct rusage of i386");

struct timeval32 timeval_of(u64 ns);
void usage_add(struct usage *to, const struct usage *from);
/* 0 or -EFAULT. May sleep. */
int usage_put(const struct usage *usage, struct rusage_abi *user);
