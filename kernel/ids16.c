/*
 * The id calls of old, whose ids have 16 bits: -1 is 0xffff, and an id that does not fit reads as 65534 (Linux's overflowuid).
 * The work is done by kernel/ids.c.
 */
#include "kernel/cred.h"
#include "kernel/lib/errno.h"
#include "kernel/syscalls.h"
#include "kernel/task.h"
#include "kernel/uaccess.h"

static u32 widen(u32 id)
{
	return (u16)id == UINT16_MAX ? UINT32_MAX : (u16)id;
}

i32 sys_getuid16(void)
{
	return cred_id16(current->cred.uid);
}

i32 sys_geteuid16(void)
{
	return cred_id16(current->cred.euid);
}

i32 sys_getgid16(void)
{
	return cred_id16(current->cred.gid);
}

i32 sys_getegid16(void)
{
	return cred_id16(current->cred.egid);
}

i32 sys_setuid16(u32 uid)
{
	return sys_setuid(widen(uid));
}

i32 sys_setgid16(u32 gid)
{
	return sys_setgid(widen(gid));
}

i32 sys_setreuid16(u32 uid, u32 euid)
{
	return sys_setreuid(widen(uid), widen(euid));
}

i32 sys_setregid16(u32 gid, u32 egid)
{
	return sys_setregid(widen(gid), widen(egid));
}

i32 sys_setresuid16(u32 uid, u32 euid, u32 suid)
{
	return sys_setresuid(widen(uid), widen(euid), widen(suid));
}

i32 sys_setresgid16(u32 gid, u32 egid, u32 sgid)
{
	return sys_setresgid(widen(gid), widen(egid), widen(sgid));
}

static i32 ids_get16(const u32 *ids, u16 *real, u16 *effective, u16 *saved)
{
	if (put_user(cred_id16(ids[ID_REAL]), real) || put_user(cred_id16(ids[ID_EFFECTIVE]), effective) ||
	    put_user(cred_id16(ids[ID_SAVED]), saved))
		return -EFAULT;
	return 0;
}

i32 sys_getresuid16(u16 *uid, u16 *euid, u16 *suid)
{
	return ids_get16(current->cred.users, uid, euid, suid);
}

i32 sys_getresgid16(u16 *gid, u16 *egid, u16 *sgid)
{
	return ids_get16(current->cred.group_ids, gid, egid, sgid);
}

i32 sys_setfsuid16(u32 uid)
{
	return cred_id16(sys_setfsuid(widen(uid)));
}

i32 sys_setfsgid16(u32 gid)
{
	return cred_id16(sys_setfsgid(widen(gid)));
}

i32 sys_getgroups16(i32 size, u16 *groups)
{
	const struct cred *cred = &current->cred;
	u16 narrowed[CRED_GROUPS_MAX];

	if (size < 0 || (size && (u32)size < cred->group_count))
		return -EINVAL;
	for (u32 i = 0; i < cred->group_count; i++)
		narrowed[i] = cred_id16(cred->groups[i]);
	if (size && copy_to_user(groups, narrowed, cred->group_count * sizeof(u16)))
		return -EFAULT;
	return cred->group_count;
}

i32 sys_setgroups16(i32 count, const u16 *groups)
{
	u16 narrowed[CRED_GROUPS_MAX];
	gid_t wanted[CRED_GROUPS_MAX];

	if (!cred_privileged(&current->cred))
		return -EPERM;
	if (count < 0 || (u32)count > CRED_GROUPS_MAX)
		return -EINVAL;
	if (copy_from_user(narrowed, groups, count * sizeof(u16)))
		return -EFAULT;
	for (i32 i = 0; i < count; i++)
		wanted[i] = widen(narrowed[i]);
	return cred_set_groups(&current->cred, wanted, count);
}
