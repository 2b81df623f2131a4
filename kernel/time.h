/* Times as programs hand them over: seconds and nanoseconds, with 32-bit members and, since 2019, with 64-bit ones. */
#pragma once

#include "kernel/lib/types.h"

struct timespec32 {
	i32 seconds, nanoseconds;
};
/* Of the upper half of the nanoseconds the ABI says that a 32-bit program may leave anything there. */
struct timespec64 {
	i64 seconds;
	i32 nanoseconds, padding;
};

#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID 3
#define CLOCK_MONOTONIC_RAW 4
#define CLOCK_REALTIME_COARSE 5
#define CLOCK_MONOTONIC_COARSE 6
#define CLOCK_BOOTTIME 7
#define CLOCK_TAI 11

/* 0, -EFAULT, -EINVAL: negative, or a billion nanoseconds or more. What does not fit is as long as can be. May sleep. */
int time_get32(u64 *ns, const struct timespec32 *user);
int time_get64(u64 *ns, const struct timespec64 *user);
/* 0 or -EFAULT. May sleep. */
int time_put32(u64 ns, struct timespec32 *user);
int time_put64(u64 ns, struct timespec64 *user);
