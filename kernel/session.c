/* Who is who: pids, process groups and sessions. */
#include "kernel/lib/errno.h"
#include "kernel/task.h"

i32 sys_getpid(void) { return current->pid; }
i32 sys_getppid(void) { return current->parent ? current->parent->pid : 0; }
i32 sys_getpgrp(void) { return current->pgid; }

static struct task *task_or_self(pid_t pid)
{
	return pid ? task_find(pid) : current;
}

i32 sys_getpgid(pid_t pid)
{
	const struct task *task = task_or_self(pid);

	return task ? task->pgid : -ESRCH;
}

i32 sys_getsid(pid_t pid)
{
	const struct task *task = task_or_self(pid);

	return task ? task->sid : -ESRCH;
}

/* The session of a process group; 0: there is no such group. */
static pid_t group_session(pid_t pgid)
{
	for (const struct task *task = task_next(NULL); task; task = task_next(task)) {
		if (task->pgid == pgid)
			return task->sid;
	}
	return 0;
}

/* May the running task put `task` into another group? */
static int setpgid_check(const struct task *task)
{
	if (!task || (task != current && task->parent != current))
		return -ESRCH;
	if (task->sid != current->sid || task->sid == task->pid)
		return -EPERM;
	return task != current && task->has_execed ? -EACCES : 0;
}

i32 sys_setpgid(pid_t pid, pid_t pgid)
{
	struct task *task = task_or_self(pid);
	int error = pgid < 0 ? -EINVAL : setpgid_check(task);

	if (error)
		return error;
	if (!pgid)
		pgid = task->pid;
	if (pgid != task->pid && group_session(pgid) != current->sid)
		return -EPERM;
	task->pgid = pgid;
	return 0;
}

i32 sys_setsid(void)
{
	if (group_session(current->pid))
		return -EPERM;
	current->pgid = current->sid = current->pid;
	return current->pid;
}
