/* Times and counts that tasks have used. */
#pragma once

#include "kernel/task.h"

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
