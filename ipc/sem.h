/*
 * System V semaphores. A set is an array of small numbers. A list of operations on it is done whole or not at all; a task whose list
 * cannot be done yet sleeps until whoever changes a value finds that it can, and does it in the sleeper's name.
 *
 *   id, key ──► sem_set ──► value, pid │ value, pid │ …
 *                │  │
 *                │  └► waiting ──► sem_waiter ──► …    on the kernel stacks of tasks, first come first served
 *                └► undos ──► sem_undo ──► …           what SEM_UNDO owes, by set and by task
 *                                ▲
 *        task ──► undo_list ─────┘                     shared by tasks that clone() made with CLONE_SYSVSEM
 *
 * Nothing here but sem_operate() and sem_control() sleeps.
 */
#pragma once

#include "ipc/control.h"
#include "ipc/pieces.h"

enum { SEM_UNDO = 010000 };            /* a flag of struct sembuf */
enum { SEMVMX = 32767, SEMAEM = 32767 };   /* the highest value, and the highest adjustment; the lowest of those is -SEMAEM - 1 */
#define SEM_SET_MAX 65536              /* as many semaphores as struct sembuf can name */

enum { SEMMSL, SEMMNS, SEMOPM, SEMMNI };   /* places in sem_limits */
extern i32 sem_limits[4];              /* the setting: in a set, in all, operations of a call, sets */
extern struct ipc_ids sem_ids;
extern i32 sem_total;                  /* semaphores in all sets */

struct sembuf {                        /* as in the ABI */
	u16 num;
	i16 op, flags;
};

struct sem {
	i32 value;
	pid_t pid;                     /* of the last that operated on it or set it */
};

/* Who waits: for semaphores to be zero, who waits for one before who waits for several; to change some value. */
enum { AWAITS_ZERO, ALTERS, WAIT_KINDS };

struct sem_set {
	struct ipc_perm perm;
	i32 count;                     /* fixed at creation */
	u32 otime;
	u32 waiters;
	struct list waiting[WAIT_KINDS];   /* struct sem_waiter */
	struct list undos;             /* struct sem_undo */
	void *sems[];                  /* struct sem */
};

struct sem_undo {
	struct sem_set *set;
	struct list of_set, of_tasks;  /* sem_set, undo_list */
	void *adjustments[];           /* i16: what is to be added to each value */
};

struct sem_waiter {
	struct list link;
	const struct sembuf *ops, *blocking;   /* blocking: the one that cannot be done */
	u32 count;
	bool alters;
	pid_t pid;
	u64 deadline;                  /* of clock_now_ns() */
	struct sem_undo *undo;         /* NULL: SEM_UNDO is not in the list */
	int result;                    /* SEM_BLOCKED until it is answered; then it is on no queue, and the set may be gone */
	struct wait_queue sleeper;
};
#define SEM_BLOCKED 1

/* Whose first member it is. */
static inline struct sem_set *sem_set_of(struct ipc_perm *perm) { return (struct sem_set *)perm; }
static inline struct sem *sem_at(const struct sem_set *set, u32 num) { return piece_at(set->sems, num * sizeof(struct sem)); }
static inline i16 *sem_adjustment(const struct sem_undo *undo, u32 num) { return piece_at(undo->adjustments, num * sizeof(i16)); }

/* Boot: the table of ids, the setting and /proc/sysvipc/sem. */
void sem_init(void);

/* The calls, for both ways in: errors in the order of Linux. timeout: a timespec of the user's, or NULL. */
i32 sem_get(i32 key, i32 count, u32 flags);
i32 sem_operate(i32 id, const struct sembuf *user, u32 count, const void *timeout);
i32 sem_control(i32 id, i32 num, i32 command, vaddr_t argument, enum ipc_layout layout);
/* Sleepers get -EIDRM, undos are forgotten. */
void sem_destroy(struct sem_set *set);

/* ---- ipc/sem_queue.c ---- */

/* Do the waiter's list, or nothing of it. 0, -ERANGE, -EAGAIN: IPC_NOWAIT; SEM_BLOCKED. */
int sem_try(struct sem_set *set, struct sem_waiter *waiter);
/*
 * Values have changed: of those that the operations name, or of any (ops is NULL). Do what others wait for. operated: tell the time of it
 * even if there was nothing.
 */
void sem_changed(struct sem_set *set, const struct sembuf *ops, i32 count, bool operated);
/* Sleep until the list is done or refused: its result; -EAGAIN: the deadline; -EINTR: a signal. */
int sem_wait(struct sem_set *set, struct sem_waiter *waiter);
/* Everybody's wait ends with -EIDRM. */
void sem_wake_all(struct sem_set *set);
/* How many wait for that semaphore to become zero, or else to grow. */
i32 sem_waiters(const struct sem_set *set, i32 num, bool zero);

/* ---- ipc/sem_undo.c ---- */

/* The running task's adjustments of that set, made when there are none. -ENOMEM. */
int sem_undo_find(struct sem_set *set, struct sem_undo **out);
void sem_undo_free(struct sem_undo *undo);
/* clone with CLONE_SYSVSEM: the child shares the running task's. -ENOMEM. */
int sem_undo_share(struct task *child);
