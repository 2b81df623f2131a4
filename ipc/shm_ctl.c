/*
 * shmctl: every command, in both layouts; SHM_LOCK: who has locked how much, against RLIMIT_MEMLOCK, until unlock, removal or destruction
 * (mm has an account of its own, of what RAM can be wired at all); and what /proc shows. Every structure is filled whole, so that no byte
 * of the kernel's stack leaves it.
 */
#include "ipc/shm.h"
#include "kernel/fs/proc.h"
#include "kernel/uaccess.h"
#include "mm/account.h"
#include "mm/object.h"
#include "mm/swap.h"

/* ---- Telling and setting ---- */

static NOINLINE int copy_stat_old(void *user, const struct shm_segment *segment)
{
	struct shmid_old_abi out = {
		.perm = ipc_perm_old(&segment->perm), .segsz = segment->size,
		.atime = segment->atime, .dtime = segment->dtime, .ctime = segment->perm.ctime,
		.cpid = segment->cpid, .lpid = segment->lpid, .nattch = segment->nattch,
	};

	return copy_to_user(user, &out, sizeof(out));
}

static int copy_stat_64(void *user, const struct shm_segment *segment)
{
	struct shmid64_abi out = {
		.perm = ipc_perm_64(&segment->perm), .segsz = segment->size,
		.atime = segment->atime, .atime_high = 0, .dtime = segment->dtime, .dtime_high = 0,
		.ctime = segment->perm.ctime, .ctime_high = 0,
		.cpid = segment->cpid, .lpid = segment->lpid, .nattch = segment->nattch, .unused1 = 0, .unused2 = 0,
	};

	return copy_to_user(user, &out, sizeof(out));
}

static int copy_stat(void *user, struct ipc_perm *perm, enum ipc_layout layout)
{
	return layout == IPC_LAYOUT_OLD ? copy_stat_old(user, shm_of(perm)) : copy_stat_64(user, shm_of(perm));
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

	return error ?: (i32)ipc_highest_index(&shm_ids);
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

/* ---- Locking ---- */

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

/* -EPERM: RLIMIT_MEMLOCK is 0; -ENOMEM: over it, or over what may be wired. Locking twice is fine. */
static i32 control_lock(i32 id, bool lock)
{
	u32 limit = current->rlimits[RLIMIT_MEMLOCK].soft;
	uid_t uid = current_cred()->uid;
	bool limited = limit != RLIM_INFINITY && !cred_privileged(current_cred());
	struct shm_segment *segment;
	struct ipc_perm *perm;
	int error = ipc_lookup_owned(&shm_ids, id, &perm);

	if (error)
		return error;
	segment = shm_of(perm);
	if (!lock) {
		shm_unlock(segment);
		return 0;
	}
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

i32 shm_control(i32 id, i32 command, void *user, enum ipc_layout layout)
{
	static const u32 sizes[] = { [IPC_LAYOUT_64] = sizeof(struct shmid64_abi), [IPC_LAYOUT_OLD] = sizeof(struct shmid_old_abi) };

	if (id < 0 || command < 0)
		return -EINVAL;
	switch (command) {
	case IPC_STAT: case SHM_STAT: case SHM_STAT_ANY:
		return ipc_control_stat(&shm_ids, id, command, SHM_STAT_ANY, user, layout, copy_stat);
	case SHM_LOCK: case SHM_UNLOCK: return control_lock(id, command == SHM_LOCK);
	case IPC_RMID: return control_remove(id);
	case IPC_SET: return ipc_control_set(&shm_ids, id, user, layout, sizes[layout]);
	case IPC_INFO: return control_limits(user, layout);
	case SHM_INFO: return control_info(user);
	default: return -EINVAL;
	}
}

/* ---- /proc/sysvipc/shm and the settings ---- */

/* In Linux's columns for i386. */
static void show_segments(struct proc_text *text)
{
	struct ipc_perm *perm;

	proc_printf(text, "       key      shmid perms       size  cpid  lpid nattch   uid   gid  cuid  cgid      atime"
	                  "      dtime      ctime        rss       swap\n");
	for (u32 index = 0; (perm = ipc_next(&shm_ids, index)); index = ipc_index(perm) + 1) {
		const struct shm_segment *segment = shm_of(perm);
		struct object_stat stat = object_stat(segment->object);

		proc_printf(text, "%10d %10d  %4o %10u %5u %5u  %5u %5u %5u %5u %5u %10u %10u %10u %10u %10u\n",
		            perm->key, perm->id, perm->mode, segment->size, segment->cpid, segment->lpid, segment->nattch,
		            perm->uid, perm->gid, perm->cuid, perm->cgid, segment->atime, segment->dtime, perm->ctime,
		            stat.resident * PAGE_SIZE, stat.swapped * PAGE_SIZE);
	}
}

static const struct proc_file files[] = {
	{ "sysvipc/shm", 0444, .show = show_segments },
	{ "sys/kernel/shmmax", 0644, .number = &shm_max, .max = UINT32_MAX },
	{ "sys/kernel/shmall", 0644, .number = &shm_all, .max = UINT32_MAX },
	{ "sys/kernel/shmmni", 0644, .number = &shm_ids.limit, .max = IPC_MAX },
	{ "sys/kernel/shm_rmid_forced", 0644, .number = &shm_rmid_forced, .max = 1, .changed = shm_destroy_orphans },
	{ "sys/kernel/shm_next_id", 0444, .number = (u32 *)&shm_ids.next_id, .max = INT32_MAX, .is_signed = true },
};

void shm_init(void)
{
	ipc_ids_init(&shm_ids, SHMMNI, account.limit);
	proc_register(files, ARRAY_SIZE(files));
}
