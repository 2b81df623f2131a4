/*
 * Futexes, as futex(2) has them: sleep while a word of memory has a value, until another task wakes who sleeps on that word.
 *
 *   bucket of the key's hash ─► waiter ─► waiter      each on its task's stack, in order of arrival
 *                                 └ key: what the word is, whoever looks at it from wherever
 *
 * A word that can be shared is known by its object and the offset there, so that two attaches of a segment at different addresses mean
 * the same word; a waiter holds a reference, so its object is not another one meanwhile. All other words are known by space and
 * address. The word is read, compared and slept on without a sleep point in between, so no wake is lost.
 */
#include "kernel/futex.h"
#include "kernel/time.h"
#include "kernel/uaccess.h"
#include "mm/space.h"

enum {                                 /* uapi/linux/futex.h */
	FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_REQUEUE = 3, FUTEX_CMP_REQUEUE = 4, FUTEX_WAIT_BITSET = 9, FUTEX_WAKE_BITSET = 10,
	FUTEX_OPERATION = 127, FUTEX_PRIVATE = 128, FUTEX_CLOCK_REALTIME = 256,
};
#define ANY_BIT UINT32_MAX
#define OWNER_DIED 0x40000000u         /* in the word of a robust mutex, beside its owner's pid */
#define OWNER_MASK 0x3fffffffu
#define WORD_WAITERS 0x80000000u
#define ROBUST_MOST 2048u              /* as many mutexes as a list is followed for: it may be a ring */

struct key {
	const void *of;                /* a space, or */
	struct object *object;         /* an object, */
	u32 at;                        /* and where in it */
};

struct waiter {
	struct list link;              /* its bucket; empty: it was woken */
	struct key key;                /* with a reference to the object */
	u32 bits;                      /* of what wakes it */
	struct wait_queue sleeper;
};

static struct list buckets[64];

static struct list *bucket_of(const struct key *key)
{
	struct list *bucket = &buckets[((u32)key->of / 64 + key->at / sizeof(u32)) % ARRAY_SIZE(buckets)];

	if (!bucket->next)             /* its first use */
		list_init(bucket);
	return bucket;
}

/* Is there a word, and what is it? -EINVAL: not at a multiple of its size. -EFAULT. May sleep, but not after it has been read. */
static int user_word(const u32 *user, u32 *word) { return (vaddr_t)user % 4 ? -EINVAL : get_user(*word, user); }

/* May it be a word? A private one need not be there. May sleep. */
static int word_check(const u32 *user, u32 operation)
{
	u32 word;
	int error = user_word(user, &word);

	return (operation & FUTEX_PRIVATE) && error == -EFAULT && (vaddr_t)user < USER_END ? 0 : error;
}

/* What the word at that address is. -EFAULT: it is no more. Does not sleep. */
static int key_find(const u32 *user, u32 operation, struct key *key)
{
	vaddr_t va = (vaddr_t)user;
	const struct area *area;

	*key = (struct key){ .of = current->space, .at = va };
	if (operation & FUTEX_PRIVATE)
		return 0;
	area = space_area(current->space, va);
	key->at++;                     /* the two never meet, as on Linux */
	if (!area || ((area->flags & AREA_PRIVATE) && !(area->prot & AREA_WRITE)))     /* nobody can change that: as Linux */
		return -EFAULT;
	if (!(area->flags & AREA_PRIVATE))
		*key = (struct key){ area->object, area->object, (area_index(area, va) << PAGE_SHIFT) + va % PAGE_SIZE };
	return 0;
}

static i32 wait_restart(struct restart *restart);

/* Sleep as long as the word has that value. The result is for the signal code when a signal ends it. */
static i32 futex_wait(const u32 *user, u32 operation, u32 value, u32 bits, u64 deadline)
{
	struct waiter waiter = { .bits = bits };
	u32 word;
	int error = bits ? user_word(user, &word) : -EINVAL;

	if (!error && word != value)
		error = -EAGAIN;
	error = error ?: key_find(user, operation, &waiter.key);
	if (error)
		return error;
	if (waiter.key.object)
		object_ref(waiter.key.object);
	wait_queue_init(&waiter.sleeper);
	list_push_back(bucket_of(&waiter.key), &waiter.link);
	while (!error && !list_empty(&waiter.link))
		error = wait_sleep_until(&waiter.sleeper, true, deadline);
	if (list_empty(&waiter.link))
		error = 0;                     /* whatever came besides: the wake was for this one */
	list_remove(&waiter.link);
	object_unref(waiter.key.object);
	if (error != -ERESTARTSYS || deadline == WAIT_FOREVER)
		return error;
	current->restart = (struct restart){ .resume = wait_restart, .deadline = deadline };
	return -ERESTART_BLOCK;
}

/* What may be woken, or what wakes. */
static u32 bits_of(u32 operation, u32 value3)
{
	u32 what = operation & FUTEX_OPERATION;

	return what == FUTEX_WAIT_BITSET || what == FUTEX_WAKE_BITSET ? value3 : ANY_BIT;
}

/* A wait with a deadline goes on after a signal: its other arguments still are in the registers. */
static i32 wait_restart(struct restart *restart)
{
	const struct regs *regs = task_regs(current);

	return futex_wait((const u32 *)regs->ebx, regs->ecx, regs->edx, bits_of(regs->ecx, regs->ebp), restart->deadline);
}

/*
 * Wake the first who wait for one of those bits, and make the next ones wait for another word, last of those that do. A part of both its
 * callers: the one that moves nobody does not pay for it.
 */
static inline __attribute__((always_inline))
i32 wake_and_move(const struct key *from, u32 bits, i32 wakes, const struct key *to, i32 moves)
{
	struct list *bucket = bucket_of(from);
	struct waiter *waiter, *next;
	i32 done = 0;

	list_for_each_safe(waiter, next, bucket, link) {
		if (done - wakes >= moves)
			break;
		if (waiter->key.of != from->of || waiter->key.at != from->at || !(waiter->bits & bits))
			continue;
		if (done++ < wakes) {
			list_remove(&waiter->link);
			wait_wake_all(&waiter->sleeper);
			continue;
		}
		if (to->object)
			object_ref(to->object);
		object_unref(waiter->key.object);
		waiter->key = *to;
		if (bucket == bucket_of(to))
			continue;
		list_remove(&waiter->link);
		list_push_back(bucket_of(to), &waiter->link);
	}
	return done;
}

/* At least one, if there is one, whatever `most` is: as Linux. */
static i32 futex_wake(const u32 *user, u32 operation, i32 most, u32 bits)
{
	struct key key;
	int error = bits ? word_check(user, operation) ?: key_find(user, operation, &key) : -EINVAL;

	return error ?: wake_and_move(&key, bits, MAX(most, 1), &key, 0);
}

/* `value` NULL: the word may have any. */
static i32 futex_requeue(const u32 *user, u32 operation, const u32 *user2, i32 wakes, i32 moves, const u32 *value)
{
	struct key from, to;
	u32 word;
	int error = wakes < 0 || moves < 0 ? -EINVAL : word_check(user, operation) ?: word_check(user2, operation);

	if (!error && value)
		error = user_word(user, &word);
	error = error ?: key_find(user, operation, &from) ?: key_find(user2, operation, &to);
	if (!error && value && word != *value)
		error = -EAGAIN;
	return error ?: wake_and_move(&from, ANY_BIT, wakes, &to, moves);
}

/* WAIT's timeout counts from now, WAIT_BITSET's is a time of one of two clocks. */
i32 sys_futex(u32 *user, u32 operation, u32 value, const void *timeout, u32 *user2, u32 value3)
{
	u32 what = operation & FUTEX_OPERATION, bits = bits_of(operation, value3);
	u64 deadline = WAIT_FOREVER;
	int error = 0;

	if (what == FUTEX_WAIT)
		error = time_get_deadline(&deadline, timeout);
	else if (what == FUTEX_WAIT_BITSET && timeout) {
		error = time_get(&deadline, timeout);
		deadline = time_deadline(operation & FUTEX_CLOCK_REALTIME, deadline);
	}
	if (error)
		return error;
	if ((operation & FUTEX_CLOCK_REALTIME) && what != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	switch (what) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET: return futex_wait(user, operation, value, bits, deadline);
	case FUTEX_WAKE:
	case FUTEX_WAKE_BITSET: return futex_wake(user, operation, value, bits);
	case FUTEX_REQUEUE: return futex_requeue(user, operation, user2, value, (i32)timeout, NULL);
	case FUTEX_CMP_REQUEUE: return futex_requeue(user, operation, user2, value, (i32)timeout, &value3);
	default: return -ENOSYS;
	}
}

/* ---- What a task leaves behind --------------------------------------------------------------------------------------- */

struct robust_list {                   /* the user's */
	u32 next;                      /* its first mutex, which begins with the next; the last leads back here. Bit 0: of another kind */
	i32 word;                      /* where the word is from there */
	u32 pending;                   /* the mutex that is being taken or given back */
};

i32 sys_set_robust_list(vaddr_t list, u32 size)
{
	if (size != sizeof(struct robust_list))
		return -EINVAL;
	current->robust_list = list;
	return 0;
}

/* Another's is for the superuser. */
i32 sys_get_robust_list(pid_t pid, vaddr_t *list, u32 *size)
{
	const struct task *task = pid ? task_find(pid) : current;
	u32 bytes = sizeof(struct robust_list);

	if (!task || (task != current && !cred_privileged(&current->cred)))
		return task ? -EPERM : -ESRCH;
	return put_user(bytes, size) ?: put_user(task->robust_list, list);
}

/* A mutex of the dying task's has no owner any more. Whoever began to wait for it meanwhile is woken too. */
static void mutex_abandon(vaddr_t mutex, i32 word_offset, bool pending)
{
	u32 *user = (u32 *)((mutex & ~1u) + word_offset), word;

	if (user_word(user, &word))
		return;
	if ((word & OWNER_MASK) == (u32)current->pid)
		put_user((word & WORD_WAITERS) | OWNER_DIED, user);
	else if (!pending || (word & OWNER_MASK))
		return;
	futex_wake(user, 0, 1, ANY_BIT);
}

static void robust_list_abandon(vaddr_t head)
{
	struct robust_list list;
	u32 mutex, next;

	if (!head || copy_from_user(&list, (void *)head, sizeof(list)))
		return;
	mutex = list.next;
	for (u32 i = 0; i < ROBUST_MOST && (mutex & ~1u) != head; i++, mutex = next) {
		int error = get_user(next, (u32 *)(mutex & ~1u));

		if ((mutex & ~1u) != (list.pending & ~1u))
			mutex_abandon(mutex, list.word, false);
		if (error)
			break;
	}
	if (list.pending)
		mutex_abandon(list.pending, list.word, true);
}

/* Linux clears it only where others share the space. */
void futex_release(void)
{
	pid_t *tid = (pid_t *)current->clear_child_tid;

	if (!current->space)
		return;
	robust_list_abandon(current->robust_list);
	if (tid && current->space->refs > 1 && !put_user(0, tid))
		futex_wake((u32 *)tid, 0, 1, ANY_BIT);
	current->robust_list = current->clear_child_tid = 0;
}
