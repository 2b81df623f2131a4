/*
 * SHM_LOCK: who has locked how much, against RLIMIT_MEMLOCK, until unlock, removal or destruction. (mm has an account of its own, of what
 * RAM can be wired at all.)
 */
#include "ipc/shm.h"
#include "kernel/lib/errno.h"
#include "kernel/rlimit.h"
#include "mm/account.h"
#include "mm/object.h"

/* Pages of the segments that a user has locked: looked up where a limit is to be kept, and kept nowhere. */
static u32 locked_by(uid_t uid)
{
	struct ipc_perm *perm;
	u32 pages = 0;

	for (u32 index = 0; (perm = ipc_next(&shm_ids, index)); index = ipc_index(perm) + 1)
		if ((perm->mode & SHM_LOCKED) && shm_of(perm)->locker == uid)
			pages += shm_of(perm)->pages;
	return pages;
}

int shm_lock(struct shm_segment *segment)
{
	u32 limit = current->rlimits[RLIMIT_MEMLOCK].soft;
	uid_t uid = current_cred()->uid;
	bool limited = limit != RLIM_INFINITY && !cred_privileged(current_cred());

	if (limited && !limit)
		return -EPERM;
	if (segment->perm.mode & SHM_LOCKED)
		return 0;
	if ((limited && locked_by(uid) + segment->pages > limit >> PAGE_SHIFT) || account_wire(segment->pages))
		return -ENOMEM;
	segment->locker = uid;
	segment->perm.mode |= SHM_LOCKED;
	object_wire(segment->object, true);
	return 0;
}

void shm_unlock(struct shm_segment *segment)
{
	if (!(segment->perm.mode & SHM_LOCKED))
		return;
	object_wire(segment->object, false);
	segment->perm.mode &= ~SHM_LOCKED;
	account_unwire(segment->pages);
}
