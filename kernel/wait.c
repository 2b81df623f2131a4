/*
 * Wait queues. A waiter lives on its task's kernel stack while the task sleeps; whoever wakes the task takes it off the queue.
 *
 *   wait_queue ─► waiter ─► waiter          (a task sleeps in one queue at a time)
 *                   └► task
 */
#include "kernel/panic.h"
#include "kernel/sched.h"
#include "kernel/timer.h"
#include "kernel/x86/cpu.h"

struct waiter {
	struct list link;
	struct task *task;
	struct timer timer;            /* of the deadline, if there is one */
};

void wait_queue_init(struct wait_queue *queue) { list_init(&queue->waiters); }

static void deadline_reached(struct timer *timer) { sched_wake(container_of(timer, struct waiter, timer)->task); }

/* Interrupts off. -ETIMEDOUT: neither woken through the queue nor by a signal. */
static int sleep_in(struct wait_queue *queue, struct waiter *waiter, bool interruptible)
{
	if (interruptible && current->signal_due)
		return -ERESTARTSYS;
	waiter->task = current;
	list_push_back(&queue->waiters, &waiter->link);
	current->state = TASK_SLEEPING;
	current->interruptible = interruptible;
	schedule();
	if (list_empty(&waiter->link))
		return 0;
	list_remove(&waiter->link);
	return interruptible && current->signal_due ? -ERESTARTSYS : -ETIMEDOUT;
}

int wait_sleep_until(struct wait_queue *queue, bool interruptible, u64 deadline)
{
	bool timed = deadline != WAIT_FOREVER;
	struct waiter waiter;
	u32 flags = irq_save();
	int result;

	if (timed) {
		timer_setup(&waiter.timer, deadline_reached);
		timer_start(&waiter.timer, deadline);
	}
	result = sleep_in(queue, &waiter, interruptible);
	if (result == -ETIMEDOUT && (!timed || timer_running(&waiter.timer)))
		result = 0;
	if (timed)
		timer_stop(&waiter.timer);
	irq_restore(flags);
	return result;
}

void wait_wake_one(struct wait_queue *queue)
{
	u32 flags = irq_save();

	if (!list_empty(&queue->waiters)) {
		struct waiter *waiter = list_first(&queue->waiters, struct waiter, link);

		list_remove(&waiter->link);
		sched_wake(waiter->task);
	}
	irq_restore(flags);
}

void wait_wake_all(struct wait_queue *queue)
{
	while (!list_empty(&queue->waiters))
		wait_wake_one(queue);
}

void wait_interrupt(struct task *task)
{
	if (task->interruptible)
		sched_wake(task);
}

void might_sleep(void)
{
	assert(!current->idle);
	if (sched_switch_always)
		sched_yield();
}
