/*
 * Scheduling as it can be asked for: sched_yield, and the rest of Linux's calls, which are answered truthfully (one CPU, one
 * policy) and change nothing; nice values are kept and shown.
 */
#include "kernel/clock.h"
#include "kernel/lib/errno.h"
#include "kernel/sched.h"
#include "kernel/syscalls.h"
#include "kernel/time.h"
#include "kernel/uaccess.h"

#define NICE_MIN (-20)
#define NICE_MAX 19
#define PRIO_PROCESS 0
#define PRIO_PGRP 1
#define PRIO_USER 2
#define SCHED_OTHER 0
#define SCHED_FIFO 1
#define SCHED_RR 2
#define SCHED_BATCH 3
#define SCHED_IDLE 5

i32 sys_sched_yield(void)
{
	sched_yield();
	return 0;
}

/* Is `task` one of those that (which, who) means? who 0 is the caller's own. */
static bool priority_matches(const struct task *task, i32 which, i32 who)
{
	switch (which) {
	case PRIO_PROCESS:
		return task->pid == (who ? who : current->pid);
	case PRIO_PGRP:
		return task->pgid == (who ? who : current->pgid);
	default:
		return task->cred.uid == (who ? (uid_t)who : current->cred.uid);
	}
}

static int nice_set(struct task *task, i32 nice)
{
	const struct cred *mine = &current->cred;

	if (!cred_privileged(mine) && mine->euid != task->cred.uid && mine->euid != task->cred.euid)
		return -EPERM;
	if (nice < task->nice && !cred_privileged(mine))
		return -EACCES;
	task->nice = nice;
	return 0;
}

i32 sys_setpriority(i32 which, i32 who, i32 nice)
{
	int result = -ESRCH;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	nice = MAX(MIN(nice, NICE_MAX), NICE_MIN);
	for (struct task *task = task_next(NULL); task; task = task_next(task)) {
		if (priority_matches(task, which, who)) {
			int error = nice_set(task, nice);

			if (error || result == -ESRCH)
				result = error;
		}
	}
	return result;
}

/* The highest priority of those meant, as 20 - nice, which is never negative. */
i32 sys_getpriority(i32 which, i32 who)
{
	i32 highest = -ESRCH;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	for (const struct task *task = task_next(NULL); task; task = task_next(task)) {
		if (priority_matches(task, which, who))
			highest = MAX(highest, 20 - task->nice);
	}
	return highest;
}

i32 sys_nice(i32 increment)
{
	i32 nice = current->nice + MAX(MIN(increment, 40), -40);
	int error = nice_set(current, MAX(MIN(nice, NICE_MAX), NICE_MIN));

	return error == -EACCES ? -EPERM : error;
}

static bool policy_known(i32 policy)
{
	return (policy >= SCHED_OTHER && policy <= SCHED_BATCH) || policy == SCHED_IDLE;
}

static int pid_check(pid_t pid)
{
	if (pid < 0)
		return -EINVAL;
	return pid && !task_find(pid) ? -ESRCH : 0;
}

/* Real-time policies are refused: there is none. */
i32 sys_sched_setscheduler(pid_t pid, i32 policy, const i32 *priority)
{
	bool realtime = policy == SCHED_FIFO || policy == SCHED_RR;
	i32 wanted;

	if (pid < 0 || !policy_known(policy) || !priority)
		return -EINVAL;
	if (get_user(wanted, priority))
		return -EFAULT;
	if (pid_check(pid))
		return -ESRCH;
	if (realtime != (wanted >= 1 && wanted <= 99) || wanted < 0)
		return -EINVAL;
	return realtime ? -EPERM : 0;
}

i32 sys_sched_setparam(pid_t pid, const i32 *priority)
{
	return sys_sched_setscheduler(pid, SCHED_OTHER, priority);
}

i32 sys_sched_getscheduler(pid_t pid)
{
	int error = pid_check(pid);

	return error ? error : SCHED_OTHER;
}

i32 sys_sched_getparam(pid_t pid, i32 *priority)
{
	int error = priority ? pid_check(pid) : -EINVAL;

	return error ? error : put_user(0, priority);
}

i32 sys_sched_get_priority_max(i32 policy)
{
	if (!policy_known(policy))
		return -EINVAL;
	return policy == SCHED_FIFO || policy == SCHED_RR ? 99 : 0;
}

i32 sys_sched_get_priority_min(i32 policy)
{
	if (!policy_known(policy))
		return -EINVAL;
	return policy == SCHED_FIFO || policy == SCHED_RR ? 1 : 0;
}

i32 sys_sched_rr_get_interval(pid_t pid, struct timespec32 *interval)
{
	int error = pid_check(pid);

	return error ? error : time_put32((u64)SLICE_TICKS * TICK_NS, interval);
}

i32 sys_sched_setaffinity(pid_t pid, u32 size, const u32 *mask)
{
	u32 cpus = 0;
	int error;

	if (copy_from_user(&cpus, mask, MIN(size, sizeof(cpus))))
		return -EFAULT;
	error = pid_check(pid);
	if (error)
		return error;
	return cpus & 1 ? 0 : -EINVAL;
}

i32 sys_sched_getaffinity(pid_t pid, u32 size, u32 *mask)
{
	int error = pid_check(pid);

	if (size < sizeof(*mask) || size % sizeof(*mask))
		return -EINVAL;
	if (error)
		return error;
	return put_user(1, mask) ? -EFAULT : (i32)sizeof(*mask);
}
