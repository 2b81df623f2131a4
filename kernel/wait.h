/*
 * Sleeping and waking. One CPU runs kernel code and is not preempted in it: control is given up only in wait_sleep() and
 * sched_yield(), so what is looked up stays true until the next of them. The rules: docs/sleeping.md.
 */
#pragma once

#include "kernel/lib/list.h"

struct wait_queue {
	struct list waiters;       /* struct waiter (wait.c), in order of arrival */
};

#define WAIT_FOREVER UINT64_MAX    /* a deadline */

void wait_queue_init(struct wait_queue *queue);

/*
 * Sleep until woken through the queue, or until clock_now_ns() reaches `deadline`: -ETIMEDOUT. Interrupts may be off on entry; they are
 * off on return as they were. The caller loops over its condition. -ERESTARTSYS: interruptible, and a signal is pending (at once,
 * without sleeping, or later).
 */
int wait_sleep_until(struct wait_queue *queue, bool interruptible, u64 deadline);
static inline int wait_sleep(struct wait_queue *queue, bool interruptible)
{
	return wait_sleep_until(queue, interruptible, WAIT_FOREVER);
}

/* Callable from interrupt handlers. */
void wait_wake_all(struct wait_queue *queue);
void wait_wake_one(struct wait_queue *queue);

struct task;
/* A signal has come for the task: an interruptible sleep of it ends. Callable from interrupt handlers. */
void wait_interrupt(struct task *task);

/* Marks a function that may sleep: asserts that it may here, and under switch=always lets another task run first. */
void might_sleep(void);
