/*
 * User and group ids. The rules are Linux's (credentials(7)): users and groups differ in nothing but the set of four ids that
 * they act on, and privilege is an effective uid of 0. In the calls of old an id has 16 bits: -1 is 0xffff, and one that does not
 * fit reads as 65534 (Linux's overflowuid).
 */
#include "kernel/cred.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/uaccess.h"

#define ERRNO_MAX 4095u
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

/* An id of 16 bits. */
static u32 id_widen(u32 id)
{
	return (u16)id == UINT16_MAX ? NO_ID : (u16)id;
}

/* Take the ids that are given; file access goes by the effective one. */
static i32 ids_change(u32 *ids, u32 real, u32 effective, u32 saved)
{
	if (real != NO_ID)
		ids[ID_REAL] = real;
	if (effective != NO_ID)
		ids[ID_EFFECTIVE] = effective;
	if (saved != NO_ID)
		ids[ID_SAVED] = saved;
	ids[ID_FS] = ids[ID_EFFECTIVE];
	return 0;
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
	u32 saved = NO_ID;

	if (real != NO_ID || (effective != NO_ID && effective != ids[ID_REAL]))
		saved = effective != NO_ID ? effective : ids[ID_EFFECTIVE];
	if (!id_allowed(ids, real, ID_EFFECTIVE + 1) || !id_allowed(ids, effective, ID_SAVED + 1))
		return -EPERM;
	return ids_change(ids, real, effective, saved);
}

/* setresuid, setresgid */
static i32 ids_set_three(u32 *ids, u32 real, u32 effective, u32 saved)
{
	u32 kinds = ID_SAVED + 1;

	if (!id_allowed(ids, real, kinds) || !id_allowed(ids, effective, kinds) || !id_allowed(ids, saved, kinds))
		return -EPERM;
	return ids_change(ids, real, effective, saved);
}

/* Give an id to a program, in 32 bits or in the 16 of old. */
static int id_put(u32 id, void *user, u32 n, bool wide)
{
	return wide ? put_user(id, (u32 *)user + n) : put_user(cred_id16(id), (u16 *)user + n);
}

static i32 ids_get_three(const u32 *ids, void *real, void *effective, void *saved, bool wide)
{
	if (id_put(ids[ID_REAL], real, 0, wide) || id_put(ids[ID_EFFECTIVE], effective, 0, wide) ||
	    id_put(ids[ID_SAVED], saved, 0, wide))
		return -EFAULT;
	return 0;
}

/* setfsuid, setfsgid: the old one, whether it worked or not. */
static i32 ids_set_fs(u32 *ids, u32 id)
{
	u32 old = ids[ID_FS];

	if (id != NO_ID && id_allowed(ids, id, ID_KINDS))
		ids[ID_FS] = id;
	return old;
}

/* The calls for users, whose names have `uid` in them, and for groups. */
#define ID_CALLS(id, ids)                                                                                                   \
	i32 sys_get##id(void) { return current->cred.ids[ID_REAL]; }                                                        \
	i32 sys_gete##id(void) { return current->cred.ids[ID_EFFECTIVE]; }                                                  \
	i32 sys_set##id(u32 id) { return ids_set(current->cred.ids, id); }                                                  \
	i32 sys_setre##id(u32 real, u32 effective) { return ids_set_two(current->cred.ids, real, effective); }              \
	i32 sys_setres##id(u32 real, u32 effective, u32 saved) { return ids_set_three(current->cred.ids, real, effective, saved); } \
	i32 sys_getres##id(u32 *real, u32 *effective, u32 *saved)                                                           \
	{ return ids_get_three(current->cred.ids, real, effective, saved, true); }                                          \
	i32 sys_getres##id##16(u16 *real, u16 *effective, u16 *saved)                                                       \
	{ return ids_get_three(current->cred.ids, real, effective, saved, false); }                                         \
	i32 sys_setfs##id(u32 id) { return ids_set_fs(current->cred.ids, id); }

ID_CALLS(uid, users)
ID_CALLS(gid, group_ids)

static i32 groups_get(i32 size, void *user, bool wide)
{
	const struct cred *cred = &current->cred;

	if (size < 0 || (size && (u32)size < cred->group_count))
		return -EINVAL;
	for (u32 i = 0; size && i < cred->group_count; i++) {
		if (id_put(cred->groups[i], user, i, wide))
			return -EFAULT;
	}
	return cred->group_count;
}

/* In order, as Linux keeps them. There is room. */
static void group_insert(struct cred *cred, gid_t gid)
{
	u32 place = cred->group_count++;

	for (; place > 0 && cred->groups[place - 1] > gid; place--)
		cred->groups[place] = cred->groups[place - 1];
	cred->groups[place] = gid;
}

static i32 groups_set(u32 count, const void *user, bool wide)
{
	struct cred *cred = &current->cred;
	gid_t wanted[CRED_GROUPS_MAX];
	u16 narrow;

	if (!cred_privileged(cred))
		return -EPERM;
	if (count > CRED_GROUPS_MAX)
		return -EINVAL;
	for (u32 i = 0; i < count; i++) {
		if (wide ? get_user(wanted[i], (const u32 *)user + i) : get_user(narrow, (const u16 *)user + i))
			return -EFAULT;
		if (!wide)
			wanted[i] = id_widen(narrow);
		if (wanted[i] == NO_ID)
			return -EINVAL;
	}
	cred->group_count = 0;
	for (u32 i = 0; i < count; i++)
		group_insert(cred, wanted[i]);
	return 0;
}

i32 sys_getgroups(i32 size, gid_t *groups)
{
	return groups_get(size, groups, true);
}

i32 sys_getgroups16(i32 size, u16 *groups)
{
	return groups_get(size, groups, false);
}

i32 sys_setgroups(u32 count, const gid_t *groups)
{
	return groups_set(count, groups, true);
}

i32 sys_setgroups16(u32 count, const u16 *groups)
{
	return groups_set(count, groups, false);
}

/* The calls of old that take and return 16-bit ids, and those of today that do their work: numbers of Linux i386. */
static const struct {
	u8 narrow, wide;
} narrow_calls[] = {
	{ 23, 213 }, { 46, 214 }, { 24, 199 }, { 47, 200 }, { 49, 201 }, { 50, 202 }, /* [sg]et[ug]id, gete[ug]id */
	{ 70, 203 }, { 71, 204 }, { 138, 215 }, { 139, 216 },                         /* setre[ug]id, setfs[ug]id */
	{ 164, 208 }, { 170, 210 },                                                   /* setres[ug]id */
};

i32 sys_id16(u32 first, u32 second, u32 third)
{
	u32 i = 0;
	i32 (*wide)(u32, u32, u32);
	i32 result;

	while (narrow_calls[i].narrow != task_regs(current)->orig_eax)
		i++;
	wide = syscall_table[narrow_calls[i].wide];
	result = wide(id_widen(first), id_widen(second), id_widen(third));
	return (u32)result > -ERRNO_MAX ? result : cred_id16(result);
}
