/* semctl: every command, in both layouts. Every structure is filled whole, so that no byte of the kernel's stack leaves it. */
#include "ipc/sem.h"
#include "kernel/clock.h"
#include "kernel/uaccess.h"

enum { GETPID = 11, GETVAL, GETALL, GETNCNT, GETZCNT, SETVAL, SETALL, SEM_STAT, SEM_INFO, SEM_STAT_ANY };

struct semid64_abi {
	struct ipc64_perm_abi perm;
	u32 otime, otime_high, ctime, ctime_high;
	u32 count, unused1, unused2;
};

struct semid_old_abi {
	struct ipc_perm_old_abi perm;
	u32 otime, ctime;
	u32 unused[4];                 /* pointers, once */
	u16 count, pad;
};

struct seminfo_abi {
	i32 map, mni, mns, mnu, msl, opm, ume, usz, vmx, aem;
};

_Static_assert(sizeof(struct semid64_abi) == 64 && offsetof(struct semid64_abi, count) == 52, "semid64_ds");
_Static_assert(sizeof(struct semid_old_abi) == 44 && offsetof(struct semid_old_abi, count) == 40, "semid_ds");
_Static_assert(sizeof(struct seminfo_abi) == 40, "seminfo");

static int copy_stat(void *user, struct ipc_perm *perm, enum ipc_layout layout)
{
	const struct sem_set *set = sem_set_of(perm);
	struct semid64_abi wide = { .perm = ipc_perm_64(perm), .otime = set->otime, .ctime = perm->ctime, .count = set->count };
	struct semid_old_abi old = { .perm = ipc_perm_old(perm), .otime = set->otime, .ctime = perm->ctime, .count = set->count };

	return layout == IPC_LAYOUT_OLD ? copy_to_user(user, &old, sizeof(old)) : copy_to_user(user, &wide, sizeof(wide));
}

static i32 control_remove(i32 id)
{
	struct ipc_perm *perm;
	int error = ipc_lookup_owned(&sem_ids, id, &perm);

	if (!error)
		sem_destroy(sem_set_of(perm));
	return error;
}

/* Numbers that nothing depends on are Linux's constants. */
static i32 control_info(i32 command, void *user)
{
	bool usage = command == SEM_INFO;
	struct seminfo_abi info = {
		.map = 1024000000, .mnu = 1024000000, .ume = 500, .vmx = SEMVMX,
		.usz = usage ? sem_ids.used : 20, .aem = usage ? sem_total : SEMAEM,
		.msl = sem_limits[SEMMSL], .mns = sem_limits[SEMMNS], .opm = sem_limits[SEMOPM], .mni = sem_limits[SEMMNI],
	};

	return copy_to_user(user, &info, sizeof(info)) ? -EFAULT : (i32)ipc_highest_index(&sem_ids);
}

/* ---- Values ---- */

static i32 get_one(i32 id, i32 num, i32 command)
{
	struct ipc_perm *perm;
	int error = ipc_lookup(&sem_ids, id, 0444, &perm);
	struct sem_set *set = sem_set_of(perm);

	if (error)
		return error;
	if (num < 0 || num >= set->count)
		return -EINVAL;
	if (command == GETVAL)
		return sem_at(set, num)->value;
	if (command == GETPID)
		return sem_at(set, num)->pid;
	return sem_waiters(set, num, command == GETZCNT);
}

/* Set a value from outside: what SEM_UNDO knew of it is void. */
static void set_value(struct sem_set *set, u32 num, i32 value)
{
	struct sem_undo *undo;

	list_for_each(undo, &set->undos, of_set)
		*sem_adjustment(undo, num) = 0;
	*sem_at(set, num) = (struct sem){ value, current->pid };
	set->perm.ctime = clock_realtime();
}

static i32 set_one(i32 id, i32 num, i32 value)
{
	struct ipc_perm *perm = ipc_find(&sem_ids, id);

	if (value < 0 || value > SEMVMX)
		return -ERANGE;
	if (!perm || num < 0 || num >= sem_set_of(perm)->count)
		return -EINVAL;
	if (!ipc_allows(perm, 0222))
		return -EACCES;
	set_value(sem_set_of(perm), num, value);
	sem_changed(sem_set_of(perm), NULL, 0, false);
	return 0;
}

/* ---- All values at one moment, on their way to the user or from him ---- */

static u16 *value_at(void **values, i32 num) { return piece_at(values, num * sizeof(u16)); }

static int copy_values(void **values, i32 count, char *user, bool to_user)
{
	u32 left = count * sizeof(u16), part;

	for (; left; values++, left -= part, user += part) {
		part = MIN(left, PAGE_SIZE);
		if (to_user ? copy_to_user(user, *values, part) : copy_from_user(*values, user, part))
			return -EFAULT;
	}
	return 0;
}

/* The copying may have slept, so the set is looked up again. */
static int set_all(i32 id, void **values, i32 count, void *user)
{
	struct sem_set *set;

	if (copy_values(values, count, user, false))
		return -EFAULT;
	for (i32 i = 0; i < count; i++)
		if (*value_at(values, i) > SEMVMX)
			return -ERANGE;
	set = sem_set_of(ipc_find(&sem_ids, id));
	if (!set || set->count != count)
		return -EIDRM;
	for (i32 i = 0; i < count; i++)
		set_value(set, i, *value_at(values, i));
	sem_changed(set, NULL, 0, false);
	return 0;
}

static i32 control_all(i32 id, i32 command, void *user)
{
	struct ipc_perm *perm;
	void **values;
	i32 count;
	int error = ipc_lookup(&sem_ids, id, command == SETALL ? 0222 : 0444, &perm);

	if (error)
		return error;
	count = sem_set_of(perm)->count;
	values = pieces_create(0, count * sizeof(u16));
	if (!values)
		return -ENOMEM;
	for (i32 i = 0; i < count; i++)
		*value_at(values, i) = sem_at(sem_set_of(perm), i)->value;
	error = command == SETALL ? set_all(id, values, count, user) : copy_values(values, count, user, true);
	pieces_free(values, 0, count * sizeof(u16));
	return error;
}

i32 sem_control(i32 id, i32 num, i32 command, vaddr_t argument, enum ipc_layout layout)
{
	static const u32 sizes[] = { [IPC_LAYOUT_64] = sizeof(struct semid64_abi), [IPC_LAYOUT_OLD] = sizeof(struct semid_old_abi) };
	void *user = (void *)argument;

	if (id < 0)
		return -EINVAL;
	switch (command) {
	case IPC_INFO: case SEM_INFO: return control_info(command, user);
	case IPC_STAT: case SEM_STAT: case SEM_STAT_ANY:
		return ipc_control_stat(&sem_ids, id, command, SEM_STAT_ANY, user, layout, copy_stat);
	case IPC_SET: return ipc_control_set(&sem_ids, id, user, layout, sizes[layout]);
	case IPC_RMID: return control_remove(id);
	case GETVAL: case GETPID: case GETNCNT: case GETZCNT: return get_one(id, num, command);
	case SETVAL: return set_one(id, num, (i32)argument);
	case GETALL: case SETALL: return control_all(id, command, user);
	default: return -EINVAL;
	}
}
