/*
 * Sets of semaphores: creating, finding, operating, destroying.
 *
 * Invariants: a set that can be found has all its semaphores; sem_total sums up all sets.
 */
#include "ipc/sem.h"
#include "kernel/clock.h"
#include "kernel/fs/proc.h"
#include "kernel/time.h"
#include "kernel/uaccess.h"
#include "mm/account.h"
#include "mm/kmalloc.h"

#define KEYS_SHARE 4u                  /* the table of keys is smaller than that of segments by as much */

struct ipc_ids sem_ids;
i32 sem_limits[4] = { [SEMMSL] = 32000, [SEMMNS] = 1024000000, [SEMOPM] = 500, [SEMMNI] = 32000 };
i32 sem_total;

static void set_free(struct sem_set *set) { pieces_free(set, sizeof(*set), set->count * sizeof(struct sem)); }

static i32 set_create(i32 key, i32 count, u32 flags)
{
	struct sem_set *set;
	int error;

	if (!count)
		return -EINVAL;
	if (sem_total + count > sem_limits[SEMMNS])
		return -ENOSPC;
	set = count <= SEM_SET_MAX ? pieces_create(sizeof(*set), count * sizeof(struct sem)) : NULL;
	if (!set)
		return -ENOMEM;
	set->count = count;
	for (u32 kind = 0; kind < WAIT_KINDS; kind++)
		list_init(&set->waiting[kind]);
	list_init(&set->undos);
	error = ipc_add(&sem_ids, &set->perm, key, flags);
	if (error) {
		set_free(set);
		return error;
	}
	sem_total += count;
	return set->perm.id;
}

i32 sem_get(i32 key, i32 count, u32 flags)
{
	struct ipc_perm *perm;
	int error;

	if (count < 0 || count > sem_limits[SEMMSL])
		return -EINVAL;
	error = ipc_get(&sem_ids, key, flags, &perm);
	if (error)
		return error;
	if (!perm)
		return set_create(key, count, flags);
	if (count > sem_set_of(perm)->count)
		return -EINVAL;
	return ipc_allows(perm, flags) ? perm->id : -EACCES;
}

void sem_destroy(struct sem_set *set)
{
	while (!list_empty(&set->undos))
		sem_undo_free(list_first(&set->undos, struct sem_undo, of_set));
	sem_wake_all(set);
	ipc_remove(&sem_ids, &set->perm);
	sem_total -= set->count;
	set_free(set);
}

/* What needs no waiter: one operation that can be done at once, that nobody sleeps for, and that is not to be undone. Result: it is done. */
static inline bool operate_at_once(struct sem_set *set, const struct sembuf *op)
{
	struct sem *sem;
	i32 value;

	if (!set || set->waiters || op->num >= set->count || (op->flags & SEM_UNDO) || !ipc_allows(&set->perm, op->op ? 0222 : 0444))
		return false;
	sem = sem_at(set, op->num);
	value = sem->value + op->op;
	if (value < 0 || value > SEMVMX || (!op->op && value))
		return false;
	*sem = (struct sem){ value, current->pid };
	set->otime = clock_realtime();
	return true;
}

static i32 operate(struct sem_set *set, struct sem_waiter *waiter)
{
	i32 highest = 0, flags = 0, any = 0;
	int result;

	if (!set)
		return -EINVAL;
	for (const struct sembuf *op = waiter->ops; op < waiter->ops + waiter->count; op++) {
		highest = MAX(highest, op->num);
		flags |= op->flags;
		any |= op->op;
	}
	waiter->alters = any;
	waiter->undo = NULL;
	if ((flags & SEM_UNDO) && sem_undo_find(set, &waiter->undo))
		return -ENOMEM;
	if (highest >= set->count)
		return -EFBIG;
	if (!ipc_allows(&set->perm, any ? 0222 : 0444))
		return -EACCES;
	waiter->pid = current->pid;
	result = sem_try(set, waiter);
	if (result == SEM_BLOCKED)
		return waiter->deadline == WAIT_FOREVER || waiter->deadline > clock_now_ns() ? sem_wait(set, waiter) : -EAGAIN;
	if (!result && any)
		sem_changed(set, waiter->ops, waiter->count, true);
	else if (!result)
		set->otime = clock_realtime();
	return result;
}

static i32 operate_many(i32 id, struct sem_waiter *waiter, const struct sembuf *user, int error)
{
	const u32 bytes = waiter->count * sizeof(*user);
	struct sembuf *ops = bytes <= KMALLOC_MAX ? kmalloc(bytes) : NULL;

	if (!ops)
		return -ENOMEM;
	waiter->ops = ops;
	if (copy_from_user(ops, user, bytes))
		error = -EFAULT;
	if (!error)
		error = operate(sem_set_of(ipc_find(&sem_ids, id)), waiter);
	kfree(ops);
	return error;
}

/* A bad timeout is found first if it cannot be read, and last if it is none. */
i32 sem_operate(i32 id, const struct sembuf *user, u32 count, const void *timeout)
{
	struct sem_waiter waiter;
	struct sem_set *set;
	struct sembuf op;
	int error = 0;

	waiter.deadline = WAIT_FOREVER;
	if (timeout)
		error = time_get_deadline(&waiter.deadline, timeout);
	if (error == -EFAULT)
		return error;
	if (count > (u32)sem_limits[SEMOPM])
		return -E2BIG;
	if (!count)
		return -EINVAL;
	waiter.count = count;
	if (count > 1)
		return operate_many(id, &waiter, user, error);
	if (get_user(op, user))
		return -EFAULT;
	set = sem_set_of(ipc_find(&sem_ids, id));
	if (error || operate_at_once(set, &op))
		return error;
	waiter.ops = &op;
	return operate(set, &waiter);
}

static void show_sets(struct proc_text *text)
{
	struct ipc_perm *perm;

	proc_printf(text, "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n");
	for (u32 index = 0; (perm = ipc_next(&sem_ids, index)); index = ipc_index(perm) + 1)
		proc_printf(text, "%10d %10d  %4o %10u %5u %5u %5u %5u %10u %10u\n", perm->key, perm->id, perm->mode,
		            sem_set_of(perm)->count, perm->uid, perm->gid, perm->cuid, perm->cgid,
		            sem_set_of(perm)->otime, perm->ctime);
}

/* The number of sets is the only limit that Linux checks. */
static int limits_changed(void)
{
	if ((u32)sem_limits[SEMMNI] > IPC_MAX) {
		sem_limits[SEMMNI] = sem_ids.limit;
		return -ERANGE;
	}
	sem_ids.limit = sem_limits[SEMMNI];
	return 0;
}

static const struct proc_file files[] = {
	{ "sysvipc/sem", 0444, .show = show_sets },
	{ "sys/kernel/sem", 0644, .number = (u32 *)sem_limits, .more = 3, .is_signed = true, .min = INT32_MIN, .max = INT32_MAX,
	  .changed = limits_changed },
	{ "sys/kernel/sem_next_id", 0444, .number = (u32 *)&sem_ids.next_id, .max = INT32_MAX, .is_signed = true },
};

void sem_init(void)
{
	ipc_ids_init(&sem_ids, sem_limits[SEMMNI], account.limit / KEYS_SHARE);
	proc_register(files, ARRAY_SIZE(files));
	task_share_undos = sem_undo_share;
}
