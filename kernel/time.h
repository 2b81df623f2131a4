/* Times as programs hand them over: seconds and nanoseconds, with 32-bit members and, since 2019, with 64-bit ones. */
#pragma once

#include "kernel/task.h"

#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID 3
#define CLOCK_MONOTONIC_RAW 4
#define CLOCK_REALTIME_COARSE 5
#define CLOCK_MONOTONIC_COARSE 6
#define CLOCK_BOOTTIME 7
#define CLOCK_TAI 11

/* Do the running call's times have 64-bit members? Those that do have numbers of their own: 403 to 423. */
static inline bool time_wide(void)
{
	return task_regs(current)->orig_eax - 403 <= 423 - 403;
}

/*
 * A timespec of the running call. 0, -EFAULT, -EINVAL: negative, or a billion nanoseconds or more. What does not fit is as long as
 * can be. May sleep.
 */
int time_get(u64 *ns, const void *user);
/* 0 or -EFAULT. May sleep. */
int time_put(u64 ns, void *user, bool wide);
