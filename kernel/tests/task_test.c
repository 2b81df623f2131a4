/* Tests of tasks, scheduling, wait queues and timers. Test tasks have nothing but a kernel stack; they run while the boot task yields. */
#include "kernel/clock.h"
#include "kernel/fork.h"
#include "kernel/sched.h"
#include "kernel/tests/ktest.h"
#include "kernel/timer.h"
#include "kernel/x86/cpu.h"
#include "mm/frame.h"

#define MANY_PIDS 70000u
#define TASKS 4u

static struct wait_queue queue;
static struct task *tasks[TASKS];
static u32 order[TASKS];               /* pids, as they woke */
static u32 woken;
static int results[TASKS];

static NORETURN void wake_up(int result)
{
	results[woken] = result;
	order[woken++] = current->pid;
	sched_exit(true);
}

static void sleeper(void)
{
	wake_up(wait_sleep(&queue, true));
}

static void late_sleeper(void)
{
	wake_up(wait_sleep_until(&queue, true, clock_now_ns() + 5 * NS_PER_MS));
}

/* Make tasks that sleep in the queue. */
static bool start(void (*entry)(void), u32 count)
{
	wait_queue_init(&queue);
	woken = 0;
	for (u32 i = 0; i < count; i++) {
		if (task_create_kernel("sleeper", entry, &tasks[i]))
			return false;
		sched_wake(tasks[i]);
	}
	schedule();
	return true;
}

/* Verifies that waking one wakes the first that came, and waking all wakes the rest in order. */
KTEST(wait_wakes_in_order)
{
	u32 free_before = frame_free_count();
	pid_t pids[TASKS];

	KCHECK(start(sleeper, TASKS));
	for (u32 i = 0; i < TASKS; i++)
		pids[i] = tasks[i]->pid;
	KCHECK(woken == 0);
	wait_wake_one(&queue);
	schedule();
	KCHECK(woken == 1 && order[0] == (u32)pids[0] && results[0] == 0);
	wait_wake_all(&queue);
	schedule();
	KCHECK(woken == TASKS);
	for (u32 i = 0; i < TASKS; i++)
		KCHECK(order[i] == (u32)pids[i] && results[i] == 0);
	KCHECK(list_empty(&queue.waiters));
	KCHECK(frame_free_count() == free_before);
}

/* Verifies that a signal ends an interruptible sleep, before it begins as well. */
KTEST(wait_is_interrupted)
{
	KCHECK(start(sleeper, 1));
	tasks[0]->signal_due = true;
	wait_interrupt(tasks[0]);
	schedule();
	KCHECK(woken == 1 && results[0] == -ERESTARTSYS && list_empty(&queue.waiters));

	woken = 0;
	KCHECK(task_create_kernel("sleeper", sleeper, &tasks[0]) == 0);
	tasks[0]->signal_due = true;
	sched_wake(tasks[0]);
	schedule();
	KCHECK(woken == 1 && results[0] == -ERESTARTSYS);
}

/* Verifies that a sleep with a deadline ends there, and not before, and that being woken in time is no timeout. */
KTEST(wait_times_out)
{
	u64 begin = clock_now_ns();

	KCHECK(start(late_sleeper, 2));
	wait_wake_one(&queue);
	schedule();
	KCHECK(woken == 1 && results[0] == 0);
	while (woken < 2 && clock_now_ns() - begin < NS_PER_SEC)
		schedule();
	KCHECK(woken == 2 && results[1] == -ETIMEDOUT);
	KCHECK(clock_now_ns() - begin >= 5 * NS_PER_MS);
}

static void yielder(void)
{
	for (u32 i = 0; i < 2; i++) {
		order[woken++] = current->pid;
		sched_yield();
	}
	sched_exit(true);
}

/* Verifies that tasks that yield take turns. */
KTEST(sched_takes_turns)
{
	KCHECK(start(yielder, 2));
	KCHECK(woken == 4);
	KCHECK(order[0] == order[2] && order[1] == order[3] && order[0] != order[1]);
}

static struct timer timers[4];
static u32 expired_count;
static bool expired_early;

static void timer_expired(struct timer *timer)
{
	expired_early |= clock_now_ns() < timer->deadline || timer != &timers[expired_count];
	expired_count++;
}

/* Verifies that timers expire in the order of their deadlines, not early, each once, and stopped ones never; near and far. */
KTEST(timer_order)
{
	static const u32 delays_ms[] = { 12, 25, 290, 600 };
	static const u8 start_order[] = { 3, 1, 0, 2 };
	struct timer stopped;
	u64 begin = clock_now_ns();

	expired_count = 0;
	expired_early = false;
	irq_disable();                          /* however late the last is started, it takes its turn */
	timer_setup(&stopped, timer_expired);
	timer_start(&stopped, begin + 15 * NS_PER_MS);
	for (u32 i = 0; i < ARRAY_SIZE(timers); i++) {
		struct timer *timer = &timers[start_order[i]];

		timer_setup(timer, timer_expired);
		timer_start(timer, begin + (u64)delays_ms[start_order[i]] * NS_PER_MS);
	}
	timer_stop(&stopped);
	while (expired_count < ARRAY_SIZE(timers) && clock_now_ns() - begin < 60ull * NS_PER_SEC) /* a busy host */
		cpu_idle();
	irq_enable();
	KCHECK(expired_count == ARRAY_SIZE(timers) && !expired_early);
	for (u32 i = 0; i < ARRAY_SIZE(timers); i++)
		KCHECK(!timer_running(&timers[i]));
}

/* Is the list of tasks in order of pid, and is each found by its pid? */
static bool tasks_consistent(void)
{
	pid_t last = 0;

	for (struct task *task = task_next(NULL); task; task = task_next(task)) {
		if (task->pid <= last || task_find(task->pid) != task)
			return false;
		last = task->pid;
	}
	return true;
}

/* Verifies that pids go round without ever meeting a living task, group or session, and that the list stays in order. */
KTEST(pids_go_round)
{
	struct task *stay[3], *task;
	pid_t dead_group, dead_session, last;
	u32 free_before = frame_free_count(), wraps = 0;

	for (u32 i = 0; i < ARRAY_SIZE(stay); i++)
		KCHECK(task_create_kernel("stay", NULL, &stay[i]) == 0);
	dead_group = stay[0]->pid + 100;
	dead_session = stay[0]->pid + 101;
	stay[1]->pgid = dead_group;
	stay[2]->sid = dead_session;
	last = stay[2]->pid;
	for (u32 i = 0; i < MANY_PIDS; i++) {
		KCHECK(task_create(&task) == 0);
		task_publish(task, NULL);
		wraps += task->pid < last;
		last = task->pid;
		KCHECK(wraps == 0 || (last != dead_group && last != dead_session));
		KCHECK(last != stay[0]->pid && last != stay[1]->pid && last != stay[2]->pid);
		KCHECK(i % 1000 || tasks_consistent());
		task_free(task);
	}
	KCHECK(wraps >= 2 && tasks_consistent());
	for (u32 i = 0; i < ARRAY_SIZE(stay); i++)
		task_free(stay[i]);
	KCHECK(!task_find(last) && frame_free_count() == free_before);
}
