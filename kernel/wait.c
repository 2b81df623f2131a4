/*
 * Wait queues. A waiter lives on its task's kernel stack while the task sleeps; whoever wakes the task takes it off the queue.
 *
 *   wait_queue ─► waiter ─► waiter          (a task sleeps in one queue at a time)
 *                   └► task
 */
#include "kernel/lib/errno.h"
#include "kernel/panic.h"
#include "kernel/sched.h"
#include "kernel/timer.h"
#include "kernel/x86/cpu.h"

struct waiter {
	struct list link;
	struct task *task;
};

struct alarm {
	struct timer timer;
	struct task *task;
};

void wait_queue_init(struct wait_queue *queue)
{
	list_init(&queue->waiters);
}

/* 0: woken through the queue. -ERESTARTSYS: a signal is due. -ETIMEDOUT: neither, so an alarm, or nothing at all. */
static int sleep_in(struct wait_queue *queue, bool interruptible)
{
	struct waiter waiter = { .task = current };

	if (interruptible && current->signal_due)
		return -ERESTARTSYS;
	list_push_back(&queue->waiters, &waiter.link);
	current->state = TASK_SLEEPING;
	current->interruptible = interruptible;
	schedule();
	if (list_empty(&waiter.link))
		return 0;
	list_remove(&waiter.link);
	return interruptible && current->signal_due ? -ERESTARTSYS : -ETIMEDOUT;
}

int wait_sleep(struct wait_queue *queue, bool interruptible)
{
	u32 flags = irq_save();
	int result = sleep_in(queue, interruptible);

	irq_restore(flags);
	return result == -ETIMEDOUT ? 0 : result;
}

static void alarm_expired(struct timer *timer)
{
	sched_wake(container_of(timer, struct alarm, timer)->task);
}

int wait_sleep_until(struct wait_queue *queue, bool interruptible, u64 deadline)
{
	struct alarm alarm = { .task = current };
	u32 flags = irq_save();
	int result;

	timer_setup(&alarm.timer, alarm_expired);
	timer_start(&alarm.timer, deadline);
	result = sleep_in(queue, interruptible);
	if (result == -ETIMEDOUT && timer_running(&alarm.timer))
		result = 0;
	timer_stop(&alarm.timer);
	irq_restore(flags);
	return result;
}

static void wake(struct waiter *waiter)
{
	list_remove(&waiter->link);
	sched_wake(waiter->task);
}

void wait_wake_one(struct wait_queue *queue)
{
	u32 flags = irq_save();

	if (!list_empty(&queue->waiters))
		wake(list_first(&queue->waiters, struct waiter, link));
	irq_restore(flags);
}

void wait_wake_all(struct wait_queue *queue)
{
	u32 flags = irq_save();

	while (!list_empty(&queue->waiters))
		wake(list_first(&queue->waiters, struct waiter, link));
	irq_restore(flags);
}

void wait_interrupt(struct task *task)
{
	if (task->interruptible)
		sched_wake(task);
}

void might_sleep(void)
{
	assert(sched_may_sleep());
	if (sched_switch_always)
		sched_yield();
}
