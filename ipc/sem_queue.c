/*
 * Operations on semaphores, and those who wait with them. Who is served when is Linux's order: who awaits zero, then who would change
 * a value, first come first served among those that can be; and again from the first after each.
 *
 * Invariant: nobody on a queue could be done now.
 */
#include "ipc/sem.h"
#include "kernel/clock.h"

static inline int op_try(struct sem *sem, struct sem_waiter *waiter, const struct sembuf *op)
{
	i32 value = sem->value + op->op, adjustment;

	if (value < 0 || (!op->op && value)) {
		waiter->blocking = op;
		return op->flags & IPC_NOWAIT ? -EAGAIN : SEM_BLOCKED;
	}
	if (value > SEMVMX)
		return -ERANGE;
	if (op->flags & SEM_UNDO) {
		adjustment = *sem_adjustment(waiter->undo, op->num) - op->op;
		if (adjustment > SEMAEM || adjustment < -SEMAEM - 1)
			return -ERANGE;
		*sem_adjustment(waiter->undo, op->num) = adjustment;
	}
	sem->value = value;
	return 0;
}

int sem_try(struct sem_set *set, struct sem_waiter *waiter)
{
	const struct sembuf *op = waiter->ops, *end = op + waiter->count;

	for (; op < end; op++) {
		int result = op_try(sem_at(set, op->num), waiter, op);

		if (!result)
			continue;
		while (op-- > waiter->ops) {   /* those before it were done in vain */
			sem_at(set, op->num)->value -= op->op;
			if (op->flags & SEM_UNDO)
				*sem_adjustment(waiter->undo, op->num) += op->op;
		}
		return result;
	}
	while (op-- > waiter->ops)
		sem_at(set, op->num)->pid = waiter->pid;
	return 0;
}

static void dequeue(struct sem_set *set, struct sem_waiter *waiter)
{
	list_remove(&waiter->link);
	set->waiters--;
}

static void answer(struct sem_waiter *waiter, int result)
{
	waiter->result = result;
	wait_wake_one(&waiter->sleeper);
}

/* The first of a queue that can be done or refused is done or refused, and off the queue. NULL: there is none. */
static struct sem_waiter *serve_one(struct sem_set *set, struct list *queue, int *result)
{
	struct sem_waiter *waiter;

	list_for_each(waiter, queue, link) {
		*result = sem_try(set, waiter);
		if (*result == SEM_BLOCKED)
			continue;
		dequeue(set, waiter);
		return waiter;
	}
	return NULL;
}

/* Those who await zero, if one of the semaphores that changed is. Result: was anything done? */
static bool serve_zero(struct sem_set *set, const struct sembuf *ops, i32 count)
{
	struct list *queue = &set->waiting[AWAITS_ZERO];
	struct sem_waiter *waiter;
	bool zero = false, done = false;
	int result;

	if (list_empty(queue))
		return false;
	for (i32 i = 0; i < count && !zero; i++)
		zero = !sem_at(set, ops ? ops[i].num : i)->value;
	while (zero && (waiter = serve_one(set, queue, &result))) {
		answer(waiter, result);
		done |= !result;
	}
	return done;
}

void sem_changed(struct sem_set *set, const struct sembuf *ops, i32 count, bool operated)
{
	struct sem_waiter *waiter;
	int result;

	if (set->waiters) {
		operated |= serve_zero(set, ops, ops ? count : set->count);
		while ((waiter = serve_one(set, &set->waiting[ALTERS], &result))) {
			if (!result) {
				serve_zero(set, waiter->ops, waiter->count);
				operated = true;
			}
			answer(waiter, result);
		}
	}
	if (operated)
		set->otime = clock_realtime();
}

int sem_wait(struct sem_set *set, struct sem_waiter *waiter)
{
	struct list *queue = &set->waiting[waiter->alters ? ALTERS : AWAITS_ZERO], *next = queue;
	int error;

	wait_queue_init(&waiter->sleeper);
	waiter->result = SEM_BLOCKED;
	if (!waiter->alters && waiter->count == 1)
		while (next->prev != queue && list_entry(next->prev, struct sem_waiter, link)->count > 1)
			next = next->prev;
	list_push_back(next, &waiter->link); /* before it */
	set->waiters++;
	do
		error = wait_sleep_until(&waiter->sleeper, true, waiter->deadline);
	while (!error && waiter->result == SEM_BLOCKED);
	if (waiter->result != SEM_BLOCKED)
		return waiter->result;
	dequeue(set, waiter);          /* the set is still there, or there were a result */
	return error == -ETIMEDOUT ? -EAGAIN : -EINTR;
}

void sem_wake_all(struct sem_set *set)
{
	struct sem_waiter *waiter, *next;

	for (u32 kind = 0; kind < WAIT_KINDS; kind++)
		list_for_each_safe(waiter, next, &set->waiting[kind], link) {
			dequeue(set, waiter);
			answer(waiter, -EIDRM);
		}
}

/* Who waits with several operations waits for the semaphore of the one that cannot be done. */
i32 sem_waiters(const struct sem_set *set, i32 num, bool zero)
{
	const struct sem_waiter *waiter;
	i32 count = 0;

	for (u32 kind = 0; kind < WAIT_KINDS; kind++)
		list_for_each(waiter, &set->waiting[kind], link)
			count += waiter->blocking->num == num && !waiter->blocking->op == zero;
	return count;
}
