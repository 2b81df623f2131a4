/* System calls that send signals: kill and its kin, and who may. */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/signal.h"
#include "kernel/uaccess.h"

#define INIT_PID 1

int signal_may_send(const struct task *task, u32 sig)
{
	const struct cred *mine = &current->cred, *other = &task->cred;

	if (mine->euid == other->suid || mine->euid == other->uid || mine->uid == other->suid || mine->uid == other->uid)
		return 0;
	if (sig == SIGCONT && task->sid == current->sid)
		return 0;
	return cred_privileged(mine) ? 0 : -EPERM;
}

int siginfo_to_user(void *user, const struct siginfo *info)
{
	u8 abi[SIGINFO_SIZE] = { 0 };

	memcpy(abi, info, sizeof(*info));
	return copy_to_user(user, abi, sizeof(abi));
}

/* Check and send; sig 0 only checks. */
static int send_checked(struct task *task, const struct siginfo *info)
{
	u32 sig = (u32)info->signo;
	int error;

	if (sig > SIGNALS)
		return -EINVAL;
	error = signal_may_send(task, sig);
	if (error || !sig)
		return error;
	return signal_send(task, info);
}

static int send_to_pid(pid_t pid, const struct siginfo *info)
{
	struct task *task = task_find(pid);

	return task ? send_checked(task, info) : -ESRCH;
}

/* 0 if anyone got it, else the last one's error. */
static int send_to_group(pid_t pgid, const struct siginfo *info)
{
	bool sent = false;
	int result = -ESRCH;

	for (struct task *task = task_next(NULL); task; task = task_next(task)) {
		if (task->pgid != pgid)
			continue;
		result = send_checked(task, info);
		sent |= !result;
	}
	return sent ? 0 : result;
}

/* kill(-1): all but init and the sender; as on Linux, being allowed none of them is no error. */
static int send_to_all(const struct siginfo *info)
{
	int result = -ESRCH, error;

	for (struct task *task = task_next(NULL); task; task = task_next(task)) {
		if (task->pid == INIT_PID || task == current)
			continue;
		error = send_checked(task, info);
		if (error != -EPERM || result == -ESRCH)
			result = error == -EPERM ? 0 : error;
	}
	return result;
}

static struct siginfo siginfo_by_user(i32 sig, i32 code)
{
	return (struct siginfo){ .signo = sig, .code = code, .pid = current->pid, .uid = current->cred.uid };
}

i32 sys_kill(pid_t pid, i32 sig)
{
	struct siginfo info = siginfo_by_user(sig, SI_USER);

	if (pid > 0)
		return send_to_pid(pid, &info);
	if (pid == 0)
		return send_to_group(current->pgid, &info);
	if (pid == -1)
		return send_to_all(&info);
	return pid == INT32_MIN ? -ESRCH : send_to_group(-pid, &info);
}

i32 sys_tgkill(pid_t tgid, pid_t pid, i32 sig)
{
	struct siginfo info = siginfo_by_user(sig, SI_TKILL);

	if (pid <= 0 || tgid <= 0)
		return -EINVAL;
	return pid == tgid ? send_to_pid(pid, &info) : -ESRCH;
}

i32 sys_tkill(pid_t pid, i32 sig)
{
	return sys_tgkill(pid, pid, sig);
}

/* Nobody may pretend to be the kernel or kill() towards others. */
i32 sys_rt_sigqueueinfo(pid_t pid, i32 sig, const void *user_info)
{
	struct siginfo info;

	if (copy_from_user(&info, user_info, sizeof(info)))
		return -EFAULT;
	info.signo = sig;
	if ((info.code >= 0 || info.code == SI_TKILL) && pid != current->pid)
		return -EPERM;
	return send_to_pid(pid, &info);
}

i32 sys_rt_tgsigqueueinfo(pid_t tgid, pid_t pid, i32 sig, const void *user_info)
{
	if (pid <= 0 || tgid <= 0)
		return -EINVAL;
	return pid == tgid ? sys_rt_sigqueueinfo(pid, sig, user_info) : -ESRCH;
}
