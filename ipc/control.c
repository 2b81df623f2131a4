/* What shmctl and semctl have in common. */
#include "ipc/control.h"
#include "kernel/uaccess.h"

#define STRUCTURE_MAX 84u              /* struct shmid64_ds */

int ipc_control_set(const struct ipc_ids *ids, i32 id, const void *user, enum ipc_layout layout, u32 size)
{
	struct ipc_perm *perm;
	union {
		struct ipc64_perm_abi wide;    /* what all the structures begin with */
		struct ipc_perm_old_abi old;
		u8 all[STRUCTURE_MAX];
	} in;
	int error;

	error = copy_from_user(&in, user, size) ?: ipc_lookup_owned(ids, id, &perm);
	if (error)
		return error;
	if (layout == IPC_LAYOUT_OLD)
		return ipc_set_perm(perm, in.old.uid, in.old.gid, in.old.mode);
	return ipc_set_perm(perm, in.wide.uid, in.wide.gid, in.wide.mode);
}
