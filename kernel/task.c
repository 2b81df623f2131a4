/*
 * The table of tasks: their memory, their pids, and how they are found.
 *
 *   pid_hash[pid % 256] ─► task ─► task          all_tasks ─► 1 ─► 2 ─► 7 ─► …   in order of pid
 *
 * Pids are handed out in a cycle, so a new one's place in the list is right behind the one handed out before.
 */
#include "kernel/task.h"
#include "kernel/clock.h"
#include "kernel/kstack.h"
#include "kernel/lib/string.h"
#include "kernel/panic.h"
#include "kernel/x86/cpu.h"
#include "mm/kmalloc.h"

#define PID_MAX 32768          /* Linux's default; pids stay below it */
#define PID_RESERVED 300       /* where the cycle begins again: Linux's RESERVED_PIDS */
#define FRAMES_PER_TASK 8u     /* what a small task takes at least, tables included */
#define TASKS_MAX 5000u

static struct list all_tasks = LIST_INIT(all_tasks);
static struct task *pid_hash[256];
static u32 task_count, task_max;

int (*task_share_undos)(struct task *child);

static pid_t pid_next = 1, pid_limit = 1;  /* nobody bears a number of [pid_next, pid_limit) */
static struct list *pid_place = &all_tasks; /* all before it, and itself, have smaller pids than pid_next */

vaddr_t task_init(u32 ram_frames)
{
	task_max = MIN(ram_frames / FRAMES_PER_TASK, TASKS_MAX);
	return kstack_init(task_max);
}

u32 task_limit(void) { return task_max; }

/* The range of free numbers at pid_next ends before `used`, or lies behind it. Returns whether it had to move. */
static bool pid_avoid(pid_t used)
{
	if (used == pid_next) {
		pid_next++;
		return true;
	}
	if (used > pid_next)
		pid_limit = MIN(pid_limit, used);
	return false;
}

/*
 * Find the next range of numbers that no task, group or session bears. A walk over all tasks, but one that is made only once
 * for each range: groups and sessions are named after numbers that are taken already.
 */
static void pid_find_range(void)
{
	struct task *task;
	bool moved;

	do {
		if (pid_next >= PID_MAX) {
			pid_next = PID_RESERVED;
			pid_place = &all_tasks;
		}
		pid_limit = PID_MAX;
		moved = false;
		list_for_each(task, &all_tasks, all_link)
			moved |= pid_avoid(task->pid) | pid_avoid(task->pgid) | pid_avoid(task->sid);
	} while (moved);
}

static void pid_assign(struct task *task)
{
	struct task **chain;
	u32 flags;

	if (pid_next == pid_limit)
		pid_find_range();
	task->pid = pid_next++;
	while (pid_place->next != &all_tasks && list_entry(pid_place->next, struct task, all_link)->pid < task->pid)
		pid_place = pid_place->next;
	flags = irq_save();            /* the terminal's interrupt handler looks for its group's tasks */
	list_push_front(pid_place, &task->all_link);
	irq_restore(flags);
	pid_place = &task->all_link;
	chain = &pid_hash[task->pid % ARRAY_SIZE(pid_hash)];
	task->hash_next = *chain;
	*chain = task;
}

static void pid_release(struct task *task)
{
	struct task **link = &pid_hash[task->pid % ARRAY_SIZE(pid_hash)];
	u32 flags = irq_save();

	while (*link != task)
		link = &(*link)->hash_next;
	*link = task->hash_next;
	if (pid_place == &task->all_link)
		pid_place = pid_place->prev;
	list_remove(&task->all_link);
	irq_restore(flags);
}

struct task *task_find(pid_t pid)
{
	struct task *task = pid_hash[(u32)pid % ARRAY_SIZE(pid_hash)];

	while (task && task->pid != pid)
		task = task->hash_next;
	return task;
}

struct task *task_next(const struct task *task)
{
	const struct list *next = task ? task->all_link.next : all_tasks.next;

	return next == &all_tasks ? NULL : list_entry(next, struct task, all_link);
}

static void task_set_up(struct task *task)
{
	const size_t inherited = offsetof(struct task, name);

	memset(task->fpu + sizeof(task->fpu), 0, inherited - sizeof(task->fpu));
	memcpy(task->name, current->name, sizeof(*task) - inherited);
	fpu_save(task->fpu);
	task->state = TASK_SLEEPING;
	task->start_ns = clock_now_ns();
	list_init(&task->run_link);
	list_init(&task->children);
	list_init(&task->sibling_link);
	list_init(&task->exit_works);
	list_init(&task->all_link);
	wait_queue_init(&task->child_exit);
}

int task_create(struct task **out)
{
	struct task *task;

	if (task_count >= task_max)
		return -EAGAIN;
	task = kmalloc(sizeof(*task));
	if (!task)
		return -ENOMEM;
	task_set_up(task);
	task->stack_top = kstack_create();
	if (!task->stack_top) {
		kfree(task);
		return -ENOMEM;
	}
	task_count++;
	*out = task;
	return 0;
}

void task_publish(struct task *task, struct task *parent)
{
	pid_assign(task);
	task->parent = parent;
	if (parent)
		list_push_back(&parent->children, &task->sibling_link);
}

void task_free(struct task *task)
{
	assert(task != current && list_empty(&task->children) && !task->space && !task->files && !task->cwd && !task->signals);
	list_remove(&task->sibling_link);
	if (task->pid)
		pid_release(task);
	kstack_destroy(task->stack_top);
	kfree(task);
	task_count--;
}

bool task_limit_reached(uid_t uid, u32 limit)
{
	u32 count = 0;

	if (task_count < limit) /* all tasks together are too few: no need to count */
		return false;
	for (const struct task *task = task_next(NULL); task; task = task_next(task))
		count += task->cred.uid == uid;
	return count >= limit;
}

void task_run_exit_works(struct task *task)
{
	while (!list_empty(&task->exit_works)) {
		struct exit_work *work = list_first(&task->exit_works, struct exit_work, link);

		list_remove(&work->link);
		work->run(work);
	}
}
