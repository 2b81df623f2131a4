/* Resource limits: getrlimit, setrlimit, prlimit64. */
#include "kernel/rlimit.h"
#include "kernel/lib/errno.h"
#include "kernel/uaccess.h"
#include "mm/space.h"

struct rlimit_abi {
	u32 soft, hard;
};
struct rlimit64_abi {
	u64 soft, hard;
};

#define RLIM64_INFINITY UINT64_MAX
#define OLD_INFINITY 0x7fffffffu       /* the most that the old getrlimit tells */

void rlimits_init(struct rlimit limits[RLIM_NLIMITS])
{
	for (u32 i = 0; i < RLIM_NLIMITS; i++)
		limits[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	limits[RLIMIT_STACK].soft = 8u << 20;
	limits[RLIMIT_CORE].soft = 0;
	limits[RLIMIT_NPROC] = limits[RLIMIT_SIGPENDING] = (struct rlimit){ task_limit() / 2, task_limit() / 2 };
	limits[RLIMIT_NOFILE] = (struct rlimit){ 1024, 4096 };
	limits[RLIMIT_MEMLOCK] = (struct rlimit){ 8u << 20, 8u << 20 };
	limits[RLIMIT_MSGQUEUE] = (struct rlimit){ 819200, 819200 };
	limits[RLIMIT_NICE] = limits[RLIMIT_RTPRIO] = (struct rlimit){ 0, 0 };
}

static u32 pages_of(u32 bytes)
{
	return bytes == RLIM_INFINITY ? RLIM_INFINITY : bytes >> PAGE_SHIFT;
}

void rlimits_apply(const struct rlimit limits[RLIM_NLIMITS], struct space *space)
{
	space->limits = (struct space_limits){
		.pages = pages_of(limits[RLIMIT_AS].soft),
		.stack = pages_of(limits[RLIMIT_STACK].soft),
		.data = pages_of(limits[RLIMIT_DATA].soft),
	};
}

static int rlimit_set(struct task *task, u32 which, const struct rlimit *wanted)
{
	struct rlimit *limit = &task->rlimits[which];

	if (wanted->soft > wanted->hard)
		return -EINVAL;
	if (wanted->hard > limit->hard && !cred_privileged(&current->cred))
		return -EPERM;
	*limit = *wanted;
	if (task->space)
		rlimits_apply(task->rlimits, task->space);
	return 0;
}

i32 sys_ugetrlimit(u32 which, struct rlimit_abi *limit)
{
	struct rlimit_abi abi;

	if (which >= RLIM_NLIMITS)
		return -EINVAL;
	abi = (struct rlimit_abi){ current->rlimits[which].soft, current->rlimits[which].hard };
	return put_user(abi, limit);
}

i32 sys_getrlimit(u32 which, struct rlimit_abi *limit)
{
	struct rlimit_abi abi;

	if (which >= RLIM_NLIMITS)
		return -EINVAL;
	abi.soft = MIN(current->rlimits[which].soft, OLD_INFINITY);
	abi.hard = MIN(current->rlimits[which].hard, OLD_INFINITY);
	return put_user(abi, limit);
}

i32 sys_setrlimit(u32 which, const struct rlimit_abi *limit)
{
	struct rlimit_abi abi;

	if (get_user(abi, limit))
		return -EFAULT;
	if (which >= RLIM_NLIMITS)
		return -EINVAL;
	return rlimit_set(current, which, &(struct rlimit){ abi.soft, abi.hard });
}

static u32 limit_from64(u64 limit)
{
	return limit >= RLIM_INFINITY ? RLIM_INFINITY : limit;
}

static u64 limit_to64(u32 limit)
{
	return limit == RLIM_INFINITY ? RLIM64_INFINITY : limit;
}

/* Another's limits are for the superuser, and for who has all of its ids. */
static bool prlimit_allowed(const struct task *task)
{
	const struct cred *mine = &current->cred, *its = &task->cred;

	if (task == current || cred_privileged(mine))
		return true;
	return mine->uid == its->uid && mine->uid == its->euid && mine->uid == its->suid && mine->gid == its->gid &&
	       mine->gid == its->egid && mine->gid == its->sgid;
}

i32 sys_prlimit64(pid_t pid, u32 which, const struct rlimit64_abi *wanted, struct rlimit64_abi *old)
{
	struct rlimit64_abi abi, old_abi;
	struct task *task;
	int error = 0;

	if (which >= RLIM_NLIMITS)
		return -EINVAL;
	if (wanted && get_user(abi, wanted))
		return -EFAULT;
	task = pid ? task_find(pid) : current; /* not before: the copy may have slept */
	if (!task)
		return -ESRCH;
	if (!prlimit_allowed(task))
		return -EPERM;
	old_abi.soft = limit_to64(task->rlimits[which].soft);
	old_abi.hard = limit_to64(task->rlimits[which].hard);
	if (wanted)
		error = rlimit_set(task, which, &(struct rlimit){ limit_from64(abi.soft), limit_from64(abi.hard) });
	if (error)
		return error;
	return old ? put_user(old_abi, old) : 0;
}
