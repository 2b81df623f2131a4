/*
 * User and group ids. The rules are Linux's (credentials(7)): users and groups differ in nothing but the set of four ids that
 * they act on, and privilege is an effective uid of 0.
 */
#include "kernel/cred.h"
#include "kernel/lib/errno.h"
#include "kernel/syscalls.h"
#include "kernel/task.h"
#include "kernel/uaccess.h"

#define NO_ID UINT32_MAX               /* -1: leave that one as it is */

/* May the running task take that id: is it privileged, or is it among the first `kinds` of its ids? */
static bool id_allowed(const u32 *ids, u32 id, u32 kinds)
{
	if (id == NO_ID || cred_privileged(&current->cred))
		return true;
	for (u32 kind = 0; kind < kinds; kind++) {
		if (ids[kind] == id)
			return true;
	}
	return false;
}

static void id_change(u32 *ids, u32 kind, u32 id)
{
	if (id != NO_ID)
		ids[kind] = id;
}

/* setuid, setgid */
static i32 ids_set(u32 *ids, u32 id)
{
	if (id == NO_ID)
		return -EINVAL;
	if (cred_privileged(&current->cred))
		ids[ID_REAL] = ids[ID_SAVED] = id;
	else if (id != ids[ID_REAL] && id != ids[ID_SAVED])
		return -EPERM;
	ids[ID_EFFECTIVE] = ids[ID_FS] = id;
	return 0;
}

/* setreuid, setregid: the saved id follows when the real one is set, or the effective one to other than the real one. */
static i32 ids_set_two(u32 *ids, u32 real, u32 effective)
{
	bool save = real != NO_ID || (effective != NO_ID && effective != ids[ID_REAL]);

	if (!id_allowed(ids, real, ID_EFFECTIVE + 1) || !id_allowed(ids, effective, ID_SAVED + 1))
		return -EPERM;
	id_change(ids, ID_REAL, real);
	id_change(ids, ID_EFFECTIVE, effective);
	if (save)
		ids[ID_SAVED] = ids[ID_EFFECTIVE];
	ids[ID_FS] = ids[ID_EFFECTIVE];
	return 0;
}

/* setresuid, setresgid */
static i32 ids_set_three(u32 *ids, u32 real, u32 effective, u32 saved)
{
	u32 kinds = ID_SAVED + 1;

	if (!id_allowed(ids, real, kinds) || !id_allowed(ids, effective, kinds) || !id_allowed(ids, saved, kinds))
		return -EPERM;
	id_change(ids, ID_REAL, real);
	id_change(ids, ID_EFFECTIVE, effective);
	id_change(ids, ID_SAVED, saved);
	ids[ID_FS] = ids[ID_EFFECTIVE];
	return 0;
}

static i32 ids_get_three(const u32 *ids, u32 *real, u32 *effective, u32 *saved)
{
	if (put_user(ids[ID_REAL], real) || put_user(ids[ID_EFFECTIVE], effective) || put_user(ids[ID_SAVED], saved))
		return -EFAULT;
	return 0;
}

/* setfsuid, setfsgid: the old one, whether it worked or not. */
static i32 ids_set_fs(u32 *ids, u32 id)
{
	u32 old = ids[ID_FS];

	if (id_allowed(ids, id, ID_KINDS))
		id_change(ids, ID_FS, id);
	return old;
}

i32 sys_getuid(void)
{
	return current->cred.uid;
}

i32 sys_geteuid(void)
{
	return current->cred.euid;
}

i32 sys_getgid(void)
{
	return current->cred.gid;
}

i32 sys_getegid(void)
{
	return current->cred.egid;
}

i32 sys_setuid(uid_t uid)
{
	return ids_set(current->cred.users, uid);
}

i32 sys_setgid(gid_t gid)
{
	return ids_set(current->cred.group_ids, gid);
}

i32 sys_setreuid(uid_t uid, uid_t euid)
{
	return ids_set_two(current->cred.users, uid, euid);
}

i32 sys_setregid(gid_t gid, gid_t egid)
{
	return ids_set_two(current->cred.group_ids, gid, egid);
}

i32 sys_setresuid(uid_t uid, uid_t euid, uid_t suid)
{
	return ids_set_three(current->cred.users, uid, euid, suid);
}

i32 sys_setresgid(gid_t gid, gid_t egid, gid_t sgid)
{
	return ids_set_three(current->cred.group_ids, gid, egid, sgid);
}

i32 sys_getresuid(uid_t *uid, uid_t *euid, uid_t *suid)
{
	return ids_get_three(current->cred.users, uid, euid, suid);
}

i32 sys_getresgid(gid_t *gid, gid_t *egid, gid_t *sgid)
{
	return ids_get_three(current->cred.group_ids, gid, egid, sgid);
}

i32 sys_setfsuid(uid_t uid)
{
	return ids_set_fs(current->cred.users, uid);
}

i32 sys_setfsgid(gid_t gid)
{
	return ids_set_fs(current->cred.group_ids, gid);
}

i32 sys_getgroups(i32 size, gid_t *groups)
{
	const struct cred *cred = &current->cred;

	if (size < 0 || (size && (u32)size < cred->group_count))
		return -EINVAL;
	if (size && copy_to_user(groups, cred->groups, cred->group_count * sizeof(gid_t)))
		return -EFAULT;
	return cred->group_count;
}

i32 sys_setgroups(i32 count, const gid_t *groups)
{
	gid_t wanted[CRED_GROUPS_MAX];

	if (!cred_privileged(&current->cred))
		return -EPERM;
	if (count < 0 || (u32)count > CRED_GROUPS_MAX)
		return -EINVAL;
	if (copy_from_user(wanted, groups, count * sizeof(gid_t)))
		return -EFAULT;
	return cred_set_groups(&current->cred, wanted, count);
}
