/*
 * User and group ids. The rules are Linux's (credentials(7)): users and groups differ in nothing but the set of four ids that
 * they act on, and privilege is an effective uid of 0. Each call has two numbers; by the one of old, ids have 16 bits: -1 is 0xffff,
 * and one that does not fit reads as 65534 (Linux's overflowuid).
 */
#include "kernel/task.h"
#include "kernel/uaccess.h"

#define FIRST_WIDE_CALL 198u           /* lchown of today; the numbers of old are all below */

bool cred_in_group(const struct cred *cred, gid_t gid)
{
	for (u32 i = 0; i < cred->group_count; i++)
		if (cred->groups[i] == gid)
			return true;
	return gid == cred->egid;
}

/* May the running task take that id: is it privileged, or is it among the first `kinds` of its ids? */
static bool id_allowed(const u32 *ids, u32 id, u32 kinds)
{
	for (u32 kind = 0; kind < kinds; kind++)
		if (ids[kind] == id)
			return true;
	return id == NO_ID || cred_privileged(&current->cred);
}

static bool call_is_narrow(void) { return task_regs(current)->orig_eax < FIRST_WIDE_CALL; }

u32 cred_id_taken(u32 id) { return !call_is_narrow() ? id : (u16)id == UINT16_MAX ? NO_ID : (u16)id; }

/* An id as the running call tells it. */
static u32 id_told(u32 id) { return call_is_narrow() ? cred_id16(id) : id; }

/* Number n of a program's array of ids. */
static int id_put(u32 id, void *user, u32 n)
{
	return call_is_narrow() ? put_user(cred_id16(id), (u16 *)user + n) : put_user(id, (u32 *)user + n);
}

/* setresuid, setresgid: take the ids that are given, the real one from among so many kinds; file access goes by the effective one. */
static i32 ids_change(u32 *ids, u32 real, u32 kinds, u32 effective, u32 saved)
{
	const u32 wanted[] = { [ID_REAL] = real, [ID_EFFECTIVE] = effective, [ID_SAVED] = saved };

	if (!id_allowed(ids, real, kinds) || !id_allowed(ids, effective, ID_SAVED + 1) || !id_allowed(ids, saved, ID_SAVED + 1))
		return -EPERM;
	for (u32 kind = 0; kind < ARRAY_SIZE(wanted); kind++)
		if (wanted[kind] != NO_ID)
			ids[kind] = wanted[kind];
	ids[ID_FS] = ids[ID_EFFECTIVE];
	return 0;
}

/* setuid, setgid */
static i32 ids_set(u32 *ids, u32 id)
{
	if (id == NO_ID)
		return -EINVAL;
	if (cred_privileged(&current->cred))
		return ids_change(ids, id, 0, id, id);
	return id == ids[ID_REAL] || id == ids[ID_SAVED] ? ids_change(ids, NO_ID, 0, id, NO_ID) : -EPERM;
}

/* setreuid, setregid: the saved id follows when the real one is set, or the effective one to other than the real one. */
static i32 ids_set_two(u32 *ids, u32 real, u32 effective)
{
	bool follows = real != NO_ID || (effective != NO_ID && effective != ids[ID_REAL]);
	u32 saved = effective != NO_ID ? effective : ids[ID_EFFECTIVE];

	return ids_change(ids, real, ID_EFFECTIVE + 1, effective, follows ? saved : NO_ID);
}

/* setfsuid, setfsgid: the old one, whether it worked or not; by the old numbers too, as on Linux, of 32 bits. */
static i32 ids_set_fs(u32 *ids, u32 id)
{
	u32 old = ids[ID_FS];

	if (id != NO_ID && id_allowed(ids, id, ID_KINDS))
		ids[ID_FS] = id;
	return old;
}

/* The calls for users, whose names have `uid` in them, and for groups. */
#define ID_CALLS(id, ids)                                                                                                               \
	i32 sys_get##id(void) { return id_told(current->cred.ids[ID_REAL]); }                                                           \
	i32 sys_gete##id(void) { return id_told(current->cred.ids[ID_EFFECTIVE]); }                                                     \
	i32 sys_set##id(u32 id) { return ids_set(current->cred.ids, cred_id_taken(id)); }                                               \
	i32 sys_setre##id(u32 real, u32 effective)                                                                                      \
	{ return ids_set_two(current->cred.ids, cred_id_taken(real), cred_id_taken(effective)); }                                       \
	i32 sys_setres##id(u32 real, u32 effective, u32 saved)                                                                          \
	{ return ids_change(current->cred.ids, cred_id_taken(real), ID_SAVED + 1, cred_id_taken(effective), cred_id_taken(saved)); }    \
	i32 sys_getres##id(void *real, void *effective, void *saved)                                                                    \
	{ const u32 *i = current->cred.ids; return id_put(i[0], real, 0) ?: id_put(i[1], effective, 0) ?: id_put(i[2], saved, 0); }     \
	i32 sys_setfs##id(u32 id) { return ids_set_fs(current->cred.ids, cred_id_taken(id)); }

ID_CALLS(uid, users)
ID_CALLS(gid, group_ids)

i32 sys_getgroups(i32 size, void *user)
{
	const struct cred *cred = &current->cred;

	if (size < 0 || (size && (u32)size < cred->group_count))
		return -EINVAL;
	for (u32 i = 0; size && i < cred->group_count; i++)
		if (id_put(cred->groups[i], user, i))
			return -EFAULT;
	return cred->group_count;
}

i32 sys_setgroups(u32 count, const void *user)
{
	struct cred *cred = &current->cred;
	u32 size = call_is_narrow() ? sizeof(u16) : sizeof(u32), place;
	gid_t wanted[CRED_GROUPS_MAX] = { 0 };

	if (!cred_privileged(cred))
		return -EPERM;
	if (count > CRED_GROUPS_MAX)
		return -EINVAL;
	for (u32 i = 0; i < count; i++) {
		if (copy_from_user(&wanted[i], (const u8 *)user + i * size, size))
			return -EFAULT;
		wanted[i] = cred_id_taken(wanted[i]);
		if (wanted[i] == NO_ID)
			return -EINVAL;
	}
	cred->group_count = count;
	for (u32 i = 0; i < count; i++) {               /* in order, as Linux keeps them */
		for (place = i; place > 0 && cred->groups[place - 1] > wanted[i]; place--)
			cred->groups[place] = cred->groups[place - 1];
		cred->groups[place] = wanted[i];
	}
	return 0;
}

/* ---- Capabilities: as good as root's, all or nothing ---------------------------------------------------------------- */

#define CAPABILITIES ((1ull << 41) - 1)        /* as many as Linux 6.1 has */
enum { CAPABILITY_V1 = 0x19980330, CAPABILITY_V2 = 0x20071026, CAPABILITY_V3 = 0x20080522 };

struct cap_header { u32 version; pid_t pid; };

/*
 * Words of effective, permitted and inheritable ones; permitted is what any of the ids being root's can bring back. Another version is told
 * which one there is; without a place for the answer nothing else is asked.
 */
i32 sys_capget(struct cap_header *user, void *data)
{
	struct cap_header header;
	const struct task *task;
	const struct cred *cred;
	u64 permitted, effective;

	if (get_user(header, user))
		return -EFAULT;
	if (header.version != CAPABILITY_V1 && header.version != CAPABILITY_V2 && header.version != CAPABILITY_V3)
		return put_user(CAPABILITY_V3, (u32 *)user) ?: (data ? -EINVAL : 0);
	if (!data)
		return 0;
	task = header.pid ? task_find(header.pid) : current;
	if (header.pid < 0 || !task)
		return header.pid < 0 ? -EINVAL : -ESRCH;
	cred = &task->cred;
	permitted = cred->uid && cred->euid && cred->suid ? 0 : CAPABILITIES;
	effective = cred->euid ? 0 : CAPABILITIES;
	return copy_to_user(data, (u32[2][3]){ { effective, permitted }, { effective >> 32, permitted >> 32 } },
			    header.version == CAPABILITY_V1 ? 3 * sizeof(u32) : 6 * sizeof(u32));
}
