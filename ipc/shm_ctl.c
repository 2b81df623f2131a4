/* shmctl: every command, in both layouts. Every structure is filled whole, so that no byte of the kernel's stack leaves it. */
#include "ipc/shm.h"
#include "ipc/shm_abi.h"
#include "kernel/clock.h"
#include "kernel/lib/errno.h"
#include "kernel/uaccess.h"
#include "mm/object.h"
#include "mm/swap.h"

static int copy_stat_64(void *user, const struct shm_segment *segment)
{
	struct shmid64_abi out = {
		.perm = ipc_perm_64(&segment->perm),
		.segsz = segment->size,
		.atime = segment->atime, .atime_high = 0, .dtime = segment->dtime, .dtime_high = 0,
		.ctime = segment->ctime, .ctime_high = 0,
		.cpid = segment->cpid, .lpid = segment->lpid, .nattch = segment->nattch, .unused1 = 0, .unused2 = 0,
	};

	return copy_to_user(user, &out, sizeof(out));
}

static NOINLINE int copy_stat_old(void *user, const struct shm_segment *segment)
{
	struct shmid_old_abi out = {
		.perm = ipc_perm_old(&segment->perm),
		.segsz = segment->size,
		.atime = segment->atime, .dtime = segment->dtime, .ctime = segment->ctime,
		.cpid = segment->cpid, .lpid = segment->lpid, .nattch = segment->nattch,
	};

	return copy_to_user(user, &out, sizeof(out));
}

static int copy_stat(void *user, const struct shm_segment *segment, enum ipc_layout layout)
{
	return layout == IPC_LAYOUT_OLD ? copy_stat_old(user, segment) : copy_stat_64(user, segment);
}

static i32 control_stat(i32 id, i32 command, void *user, enum ipc_layout layout)
{
	struct ipc_perm *perm;
	i32 result;
	int error = ipc_control_find(&shm_ids, id, command, SHM_STAT_ANY, &perm);

	if (error)
		return error;
	result = command == IPC_STAT ? 0 : perm->id;
	return copy_stat(user, shm_of(perm), layout) ? -EFAULT : result;
}

static i32 control_set(i32 id, const void *user, enum ipc_layout layout)
{
	u32 size = layout == IPC_LAYOUT_OLD ? sizeof(struct shmid_old_abi) : sizeof(struct shmid64_abi);
	struct ipc_perm *perm;
	int error = ipc_control_set(&shm_ids, id, user, layout, size, &perm);

	if (!error)
		shm_of(perm)->ctime = clock_realtime();
	return error;
}

/* Attached: the id stays, the key is free for another, and the last detach destroys it. */
static i32 control_remove(i32 id)
{
	struct ipc_perm *perm;
	int error = ipc_lookup_owned(&shm_ids, id, &perm);

	if (error)
		return error;
	perm->mode |= SHM_DEST;
	ipc_forget_key(&shm_ids, perm);
	shm_release(shm_of(perm));
	return 0;
}

static i32 control_lock(i32 id, i32 command)
{
	struct ipc_perm *perm;
	int error = ipc_lookup_owned(&shm_ids, id, &perm);

	if (error)
		return error;
	if (command == SHM_LOCK)
		return shm_lock(shm_of(perm));
	shm_unlock(shm_of(perm));
	return 0;
}

static i32 control_limits(void *user, enum ipc_layout layout)
{
	struct shminfo64_abi wide = {
		.max = shm_max, .min = SHMMIN, .mni = shm_ids.limit, .seg = shm_ids.limit, .all = shm_all,
	};
	struct shminfo_old_abi old = {
		.max = MIN(wide.max, 0x7fffffffu), .min = wide.min, .mni = wide.mni, .seg = wide.seg, .all = wide.all,
	};
	int error = layout == IPC_LAYOUT_OLD ? copy_to_user(user, &old, sizeof(old)) : copy_to_user(user, &wide, sizeof(wide));

	return error ? error : (i32)ipc_highest_index(&shm_ids);
}

static i32 control_info(void *user)
{
	struct shm_info_abi info = {
		.used_ids = shm_ids.used, .tot = shm_total_pages,
		.swap_attempts = swap.fixed_tries, .swap_successes = swap.fixed_outs,
	};
	struct ipc_perm *perm;

	for (u32 index = 0; (perm = ipc_next(&shm_ids, index)); index = ipc_index(perm) + 1) {
		struct object_stat stat = object_stat(shm_of(perm)->object);

		info.rss += stat.resident;
		info.swp += stat.swapped;
	}
	return copy_to_user(user, &info, sizeof(info)) ? -EFAULT : (i32)ipc_highest_index(&shm_ids);
}

i32 shm_control(i32 id, i32 command, void *user, enum ipc_layout layout)
{
	if (id < 0 || command < 0)
		return -EINVAL;
	switch (command) {
	case IPC_STAT:
	case SHM_STAT:
	case SHM_STAT_ANY:
		return control_stat(id, command, user, layout);
	case IPC_SET:
		return control_set(id, user, layout);
	case IPC_RMID:
		return control_remove(id);
	case SHM_LOCK:
	case SHM_UNLOCK:
		return control_lock(id, command);
	case IPC_INFO:
		return control_limits(user, layout);
	case SHM_INFO:
		return control_info(user);
	default:
		return -EINVAL;
	}
}
