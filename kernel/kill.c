/* System calls that send signals: kill and its kin, and who may. */
#include "kernel/signal.h"

/* kill(2)'s rule. */
static bool may_send(const struct task *task, i32 sig)
{
	const struct cred *mine = &current->cred, *other = &task->cred;

	if (mine->euid == other->suid || mine->euid == other->uid || mine->uid == other->suid || mine->uid == other->uid)
		return true;
	return (sig == SIGCONT && task->sid == current->sid) || cred_privileged(mine);
}

/* Check and send; sig 0 only checks. NULL: there is no such task. */
static int send_checked(struct task *task, i32 sig, i32 code)
{
	struct siginfo info = { .signo = sig, .code = code, .pid = current->pid, .uid = current->cred.uid };

	if (!task)
		return -ESRCH;
	if (sig < 0 || sig > SIGNALS)
		return -EINVAL;
	if (!may_send(task, sig))
		return -EPERM;
	if (sig)
		signal_send(task, &info);
	return 0;
}

/*
 * To one task, to a group, or (-1) to all but init and the sender. Of many: 0 if anyone got it, else the last one's error; as on Linux,
 * being allowed none at all of all is no error.
 */
i32 sys_kill(pid_t pid, i32 sig)
{
	int result = -ESRCH;

	if (pid > 0)
		return send_checked(task_find(pid), sig, SI_USER);
	if (pid == INT32_MIN)
		return -ESRCH;
	for (struct task *task = task_next(NULL); task; task = task_next(task)) {
		bool other = task->pid != INIT_PID && task != current;
		bool meant = pid == -1 ? other : task->pgid == (pid ? -pid : current->pgid);
		int error = meant ? send_checked(task, sig, SI_USER) : 0;

		if (meant && task->signals)
			task->signals->to_group = true;

		if (meant && result)
			result = error;
	}
	return pid == -1 && result == -EPERM ? 0 : result;
}

i32 sys_tgkill(pid_t tgid, pid_t pid, i32 sig)
{
	if (pid <= 0 || tgid <= 0)
		return -EINVAL;
	return send_checked(pid == tgid ? task_find(pid) : NULL, sig, SI_TKILL);
}

i32 sys_tkill(pid_t pid, i32 sig) { return sys_tgkill(pid, pid, sig); }
