/* shmctl: every command, in both layouts. Every structure is filled whole, so that no byte of the kernel's stack leaves it. */
#include "ipc/shm.h"
#include "ipc/shm_abi.h"
#include "kernel/clock.h"
#include "kernel/lib/errno.h"
#include "kernel/uaccess.h"
#include "mm/object.h"

static int copy_stat_64(void *user, const struct shm_segment *segment)
{
	const struct ipc_perm *perm = &segment->perm;
	struct shmid64_abi out = {
		.perm = { .key = perm->key, .uid = perm->uid, .gid = perm->gid, .cuid = perm->cuid, .cgid = perm->cgid,
		          .mode = perm->mode, .seq = ipc_sequence(perm) },
		.segsz = segment->size,
		.atime = segment->atime, .dtime = segment->dtime, .ctime = segment->ctime,
		.cpid = segment->cpid, .lpid = segment->lpid, .nattch = segment->nattch,
	};

	return copy_to_user(user, &out, sizeof(out));
}

static int copy_stat_old(void *user, const struct shm_segment *segment)
{
	const struct ipc_perm *perm = &segment->perm;
	struct shmid_old_abi out = {
		.perm = { .key = perm->key, .uid = cred_id16(perm->uid), .gid = cred_id16(perm->gid),
		          .cuid = cred_id16(perm->cuid), .cgid = cred_id16(perm->cgid),
		          .mode = perm->mode, .seq = ipc_sequence(perm) },
		.segsz = segment->size,
		.atime = segment->atime, .dtime = segment->dtime, .ctime = segment->ctime,
		.cpid = segment->cpid, .lpid = segment->lpid, .nattch = segment->nattch,
	};

	return copy_to_user(user, &out, sizeof(out));
}

static int copy_stat(void *user, const struct shm_segment *segment, enum shm_layout layout)
{
	return layout == SHM_LAYOUT_OLD ? copy_stat_old(user, segment) : copy_stat_64(user, segment);
}

static i32 control_stat(i32 id, i32 command, void *user, enum shm_layout layout)
{
	struct ipc_perm *perm = command == IPC_STAT ? ipc_find(&shm_ids, id) : ipc_at(&shm_ids, id);
	i32 result;

	if (!perm)
		return -EINVAL;
	if (command != SHM_STAT_ANY && !ipc_allows(perm, 0444))
		return -EACCES;
	result = command == IPC_STAT ? 0 : perm->id;
	return copy_stat(user, shm_of(perm), layout) ? -EFAULT : result;
}

/* Owner and mode of what the user hands in. */
static int get_set_arguments(const void *user, enum shm_layout layout, uid_t *uid, gid_t *gid, u32 *mode)
{
	struct shmid64_abi wide;
	struct shmid_old_abi old;

	if (layout == SHM_LAYOUT_OLD) {
		if (copy_from_user(&old, user, sizeof(old)))
			return -EFAULT;
		*uid = old.perm.uid;
		*gid = old.perm.gid;
		*mode = old.perm.mode;
		return 0;
	}
	if (copy_from_user(&wide, user, sizeof(wide)))
		return -EFAULT;
	*uid = wide.perm.uid;
	*gid = wide.perm.gid;
	*mode = wide.perm.mode;
	return 0;
}

static i32 control_set(i32 id, const void *user, enum shm_layout layout)
{
	struct ipc_perm *perm;
	uid_t uid;
	gid_t gid;
	u32 mode;
	int error = get_set_arguments(user, layout, &uid, &gid, &mode);

	if (!error)
		error = ipc_lookup_owned(&shm_ids, id, &perm);
	if (!error)
		error = ipc_set_perm(perm, uid, gid, mode);
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

static i32 control_limits(void *user, enum shm_layout layout)
{
	struct shminfo64_abi wide = {
		.max = shm_max, .min = SHMMIN, .mni = shm_ids.limit, .seg = shm_ids.limit, .all = shm_all,
	};
	struct shminfo_old_abi old = {
		.max = MIN(wide.max, 0x7fffffffu), .min = wide.min, .mni = wide.mni, .seg = wide.seg, .all = wide.all,
	};
	int error = layout == SHM_LAYOUT_OLD ? copy_to_user(user, &old, sizeof(old)) : copy_to_user(user, &wide, sizeof(wide));

	return error ? error : (i32)ipc_highest_index(&shm_ids);
}

static i32 control_info(void *user)
{
	struct shm_info_abi info = { .used_ids = shm_ids.used, .tot = shm_total_pages };
	struct ipc_perm *perm;

	for (u32 index = 0; (perm = ipc_next(&shm_ids, index)); index = ipc_index(perm) + 1) {
		struct object_stat stat = object_stat(shm_of(perm)->object);

		info.rss += stat.resident;
		info.swp += stat.swapped;
	}
	return copy_to_user(user, &info, sizeof(info)) ? -EFAULT : (i32)ipc_highest_index(&shm_ids);
}

i32 shm_control(i32 id, i32 command, void *user, enum shm_layout layout)
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
