/* Who is who: pids, process groups and sessions. */
#include "kernel/session.h"
#include "kernel/signal.h"
#include "kernel/uaccess.h"

i32 sys_getpid(void) { return current->pid; }
i32 sys_getppid(void) { return current->parent ? current->parent->pid : 0; }
i32 sys_getpgrp(void) { return current->pgid; }

static struct task *task_or_self(pid_t pid) { return pid ? task_find(pid) : current; }

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
	for (const struct task *task = task_next(NULL); task; task = task_next(task))
		if (task->pgid == pgid)
			return task->sid;
	return 0;
}

/* For the running task and its children, until they execute a program. */
i32 sys_setpgid(pid_t pid, pid_t pgid)
{
	struct task *task = task_or_self(pid);

	if (!pgid)
		pgid = pid ? pid : current->pid;
	if (pgid < 0)
		return -EINVAL;
	if (!task || (task != current && task->parent != current))
		return -ESRCH;
	if (task->sid != current->sid || task->sid == task->pid)
		return -EPERM;
	if (task != current && task->has_execed)
		return -EACCES;
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

/* ---- Groups ------------------------------------------------------------------------------------------------------- */

/* Send to every task of a group, as signal_send_kernel() does. Callable from interrupt handlers, but for SIGCONT. */
static void group_signal(pid_t pgid, u32 sig)
{
	for (struct task *task = task_next(NULL); task; task = task_next(task)) {
		if (task->pgid != pgid || !task->signals)
			continue;
		task->signals->to_group = true;
		signal_send_kernel(task, sig);
	}
}

bool group_orphaned(pid_t pgid, const struct task *leaver)
{
	for (const struct task *task = task_next(NULL); task; task = task_next(task)) {
		const struct task *parent = task->parent;

		if (task->pgid != pgid || task->state == TASK_ZOMBIE || !parent || parent->pid == INIT_PID)
			continue;
		if (parent->pgid != pgid && parent->sid == task->sid && task != leaver)
			return false;  /* of another group of its session: it looks after this one */
	}
	return true;
}

static NOINLINE void warn_orphans(pid_t pgid, const struct task *leaver)
{
	bool stopped = false;

	for (const struct task *task = task_next(NULL); task; task = task_next(task))
		stopped |= task->pgid == pgid && task->state == TASK_STOPPED;
	if (!stopped || !group_orphaned(pgid, leaver))
		return;
	group_signal(pgid, SIGHUP);
	group_signal(pgid, SIGCONT);
}

void group_untie(const struct task *task, const struct task *parent)
{
	if (parent->pgid != task->pgid && parent->sid == task->sid)
		warn_orphans(task->pgid, task == current ? task : NULL);
}

/* ---- The terminal ------------------------------------------------------------------------------------------------- */

static pid_t terminal_session, foreground;     /* 0: nobody's */

enum { TIOCSCTTY = 0x540e, TIOCGPGRP = 0x540f, TIOCSPGRP = 0x5410, TIOCGSID = 0x5429 };

void session_leave(void)
{
	const struct task *task = current;

	group_untie(task, task->parent);
	if (task->pid != terminal_session)
		return;
	terminal_signal(SIGHUP);
	terminal_session = foreground = 0;
}

pid_t terminal_foreground(const struct task *task) { return task->sid == terminal_session ? foreground : -1; }

bool terminal_is_mine(void) { return current->sid == terminal_session; }

int terminal_take(bool steal)
{
	if (current->pid != current->sid)
		return -EPERM;
	if (terminal_is_mine())
		return 0;
	if (terminal_session && !(steal && cred_privileged(&current->cred)))
		return -EPERM;
	terminal_session = current->sid;
	foreground = current->pgid;
	return 0;
}

int terminal_check(u32 sig)
{
	if (!terminal_is_mine() || current->pgid == foreground)
		return 0;
	if ((current->signals->blocked & sigset_of(sig)) || signal_action_of(current, sig)->handler == SIG_IGN)
		return sig == SIGTTIN ? -EIO : 0;
	if (group_orphaned(current->pgid, NULL))
		return -EIO;
	group_signal(current->pgid, sig);
	signal_set_due(current);       /* whatever has become of it: the call is to be settled */
	return -ERESTARTSYS;
}

void terminal_signal(u32 sig) { group_signal(foreground, sig); }

static i32 set_foreground(const pid_t *user)
{
	int error = terminal_check(SIGTTOU);
	const struct task *leader;
	pid_t pgid, session;

	if (error)
		return error == -EIO ? -ENOTTY : error;
	if (get_user(pgid, user))
		return -EFAULT;
	if (pgid < 0)
		return -EINVAL;
	if (!terminal_is_mine())
		return -ENOTTY;
	leader = task_find(pgid);
	session = group_session(pgid);
	if (!session && leader)        /* no group yet, but one that it could lead */
		session = leader->sid;
	if (session != current->sid)
		return session ? -EPERM : -ESRCH;
	foreground = pgid;
	return 0;
}

i32 terminal_ioctl(u32 command, vaddr_t argument)
{
	switch (command) {
	case TIOCSCTTY: return terminal_take(argument == 1);
	case TIOCSPGRP: return set_foreground((const pid_t *)argument);
	case TIOCGPGRP: case TIOCGSID:
		if (terminal_is_mine())
			return put_user(command == TIOCGSID ? terminal_session : foreground, (pid_t *)argument);
	}
	return -ENOTTY;
}
