/* Resource limits: getrlimit, setrlimit, prlimit64. */
#include "kernel/task.h"
#include "kernel/uaccess.h"
#include "mm/space.h"

struct rlimit64 {
	u64 soft, hard;
};

#define NR_OPEN (1u << 20)              /* the most that RLIMIT_NOFILE can be */
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

static u32 pages_of(u32 bytes) { return bytes == RLIM_INFINITY ? RLIM_INFINITY : bytes >> PAGE_SHIFT; }

void rlimits_apply(const struct rlimit limits[RLIM_NLIMITS], struct space *space)
{
	space->limits.pages = pages_of(limits[RLIMIT_AS].soft);
	space->limits.stack = pages_of(limits[RLIMIT_STACK].soft);
	space->limits.data = pages_of(limits[RLIMIT_DATA].soft);
}

static int rlimit_set(struct task *task, u32 which, const struct rlimit *wanted)
{
	struct rlimit *limit = &task->rlimits[which];

	if (wanted->soft > wanted->hard)
		return -EINVAL;
	if (which == RLIMIT_NOFILE && wanted->hard > NR_OPEN)
		return -EPERM;
	if (wanted->hard > limit->hard && !cred_privileged(&current->cred))
		return -EPERM;
	*limit = *wanted;
	if (task->space)
		rlimits_apply(task->rlimits, task->space);
	return 0;
}

static i32 rlimit_get(u32 which, u32 most, struct rlimit *user)
{
	struct rlimit limit;

	if (which >= RLIM_NLIMITS)
		return -EINVAL;
	limit.soft = MIN(current->rlimits[which].soft, most);
	limit.hard = MIN(current->rlimits[which].hard, most);
	return put_user(limit, user);
}

i32 sys_ugetrlimit(u32 which, struct rlimit *limit) { return rlimit_get(which, RLIM_INFINITY, limit); }
i32 sys_getrlimit(u32 which, struct rlimit *limit) { return rlimit_get(which, OLD_INFINITY, limit); }

i32 sys_setrlimit(u32 which, const struct rlimit *user)
{
	struct rlimit limit;

	return get_user(limit, user) ?: which < RLIM_NLIMITS ? rlimit_set(current, which, &limit) : -EINVAL;
}

static u32 limit_from64(u64 limit) { return limit >= RLIM_INFINITY ? RLIM_INFINITY : limit; }

static u64 limit_to64(u32 limit) { return limit == RLIM_INFINITY ? UINT64_MAX : limit; }

/* Another's limits are for the superuser, and for who has all of its ids. */
i32 sys_prlimit64(pid_t pid, u32 which, const struct rlimit64 *wanted, struct rlimit64 *old)
{
	const struct cred *mine = &current->cred, *its;
	struct rlimit64 new, before;
	struct task *task;
	int error = 0;

	if (which >= RLIM_NLIMITS)
		return -EINVAL;
	if (wanted && get_user(new, wanted))
		return -EFAULT;
	task = pid ? task_find(pid) : current; /* not before: the copy may have slept */
	if (!task)
		return -ESRCH;
	its = &task->cred;
	if (task != current && !cred_privileged(mine) && (mine->uid != its->uid || mine->uid != its->euid || mine->uid != its->suid ||
	                                                  mine->gid != its->gid || mine->gid != its->egid || mine->gid != its->sgid))
		return -EPERM;
	before = (struct rlimit64){ limit_to64(task->rlimits[which].soft), limit_to64(task->rlimits[which].hard) };
	if (wanted)
		error = rlimit_set(task, which, &(struct rlimit){ limit_from64(new.soft), limit_from64(new.hard) });
	return !error && old ? put_user(before, old) : error;
}
