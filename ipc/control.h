/* What shmctl and semctl have in common: how an ipc_perm looks to programs, in the layouts of Linux i386, and what commands do with it. */
#pragma once

#include "ipc/ids.h"

/* The structures asked for with IPC_64 or by the direct calls, and those of old. */
enum ipc_layout { IPC_LAYOUT_64, IPC_LAYOUT_OLD };

struct ipc64_perm_abi {
	i32 key;
	u32 uid, gid, cuid, cgid;
	u16 mode, pad1, seq, pad2;
	u32 unused1, unused2;
};

struct ipc_perm_old_abi {
	i32 key;
	u16 uid, gid, cuid, cgid, mode, seq;
};

_Static_assert(sizeof(struct ipc64_perm_abi) == 36 && sizeof(struct ipc_perm_old_abi) == 16, "ipc64_perm, ipc_perm");

static inline struct ipc64_perm_abi ipc_perm_64(const struct ipc_perm *perm)
{
	return (struct ipc64_perm_abi){
		.key = perm->key, .uid = perm->uid, .gid = perm->gid, .cuid = perm->cuid, .cgid = perm->cgid,
		.mode = perm->mode, .pad1 = 0, .seq = ipc_sequence(perm), .pad2 = 0, .unused1 = 0, .unused2 = 0,
	};
}

static inline struct ipc_perm_old_abi ipc_perm_old(const struct ipc_perm *perm)
{
	return (struct ipc_perm_old_abi){
		.key = perm->key, .uid = cred_id16(perm->uid), .gid = cred_id16(perm->gid),
		.cuid = cred_id16(perm->cuid), .cgid = cred_id16(perm->cgid), .mode = perm->mode, .seq = ipc_sequence(perm),
	};
}

/* Copy what the user is to know of an identifier. 0 or -EFAULT. */
typedef int ipc_copy_stat(void *user, struct ipc_perm *perm, enum ipc_layout layout);

/* IPC_STAT of an id, which returns 0, and SHM_STAT or SEM_STAT of an index, which return the id; `any` is that which needs no permission. */
static inline i32 ipc_control_stat(const struct ipc_ids *ids, i32 id, i32 command, i32 any, void *user, enum ipc_layout layout,
				   ipc_copy_stat *copy)
{
	struct ipc_perm *perm = command == IPC_STAT ? ipc_find(ids, id) : ipc_at(ids, id);
	i32 result;

	if (!perm)
		return -EINVAL;
	if (command != any && !ipc_allows(perm, 0444))
		return -EACCES;
	result = command == IPC_STAT ? 0 : perm->id; /* the copying may sleep */
	return copy(user, perm, layout) ? -EFAULT : result;
}

/*
 * IPC_SET: owner and mode come from the user's structure, of which `size` bytes must be readable. Sleeps, and then looks up. -EFAULT,
 * then -EINVAL: no such id; -EPERM; -EINVAL: uid or gid is -1.
 */
int ipc_control_set(const struct ipc_ids *ids, i32 id, const void *user, enum ipc_layout layout, u32 size);
