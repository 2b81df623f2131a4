/*
 * The scheduler. The running task is on no queue; a task is on the run queue exactly when it is TASK_RUNNABLE and does not run.
 * Interrupts are off wherever the queue or a task's state is changed.
 */
#include "kernel/sched.h"
#include "kernel/block.h"
#include "kernel/clock.h"
#include "kernel/lib/string.h"
#include "kernel/panic.h"
#include "kernel/timer.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/descriptors.h"
#include "mm/kmalloc.h"

static struct task idle_task __attribute__((aligned(16))) = {
	.name = "idle", .children = LIST_INIT(idle_task.children), .exit_works = LIST_INIT(idle_task.exit_works),
	.rlimits = { [0 ... RLIM_NLIMITS - 1] = { RLIM_INFINITY, RLIM_INFINITY } },
};
static struct list run_queue = LIST_INIT(run_queue);
static struct task *buried;             /* a zombie to free now that its stack is left */

struct task *current = &idle_task;
bool need_resched, sched_switch_always;
u64 sched_idle_ns;

void sched_init(void)
{
	fpu_init_image(idle_task.fpu);
	fpu_load(idle_task.fpu);
}

void sched_idle(void)
{
	irq_disable();
	current->idle = true;
	for (;;) {
		while (!list_empty(&run_queue))
			schedule();
		sched_idle_ns -= clock_now_ns();
		cpu_idle();
		sched_idle_ns += clock_now_ns();
	}
}

/* What the task that has just got the processor does first. */
static void switch_finish(void)
{
	struct task *task = buried;

	if (unlikely(task)) {
		buried = NULL;
		task_free(task);
	}
}

/* Make `next` the one that runs. Returns when somebody switches back. */
static void switch_to(struct task *next)
{
	struct task *prev = current;

	current = next;
	next->ticks_left = SLICE_TICKS;
	kmalloc_fail_nth = &next->fail_nth;
	user_work = next->signal_due;
	tss_set_stack(next->stack_top);
	tls_load(next->tls);
	if (next->dir && next->dir != pagetable_loaded())
		pagetable_load(next->dir);
	fpu_save(prev->fpu);
	fpu_load(next->fpu);
	context_switch(&prev->kernel_esp, next->kernel_esp);
	switch_finish();
}

void schedule(void)
{
	u32 flags = irq_save();
	bool runnable = current->state == TASK_RUNNABLE;
	struct task *next;

	need_resched = false;
	if (runnable && current != &idle_task)
		list_push_back(&run_queue, &current->run_link);
	next = list_empty(&run_queue) ? &idle_task : list_entry(list_pop_front(&run_queue), struct task, run_link);
	if (next != current) {
		current->usage.involuntary_switches += runnable;
		current->usage.voluntary_switches += !runnable;
		switch_to(next);
	}
	irq_restore(flags);
}

void sched_yield(void)
{
	if (!list_empty(&run_queue))
		schedule();
}

void sched_wake(struct task *task)
{
	u32 flags = irq_save();

	if (task->state == TASK_SLEEPING || task->state == TASK_STOPPED) {
		task->state = TASK_RUNNABLE;
		task->interruptible = false;
		if (task != current)
			list_push_back(&run_queue, &task->run_link);
	}
	irq_restore(flags);
}

void sched_prepare(struct task *task, void (*entry)(void))
{
	u32 *sp = (u32 *)task_regs(task);

	*--sp = (u32)return_to_user;
	if (entry)
		*--sp = (u32)entry;
	*--sp = (u32)switch_finish;
	sp -= 4;                        /* callee-saved registers, of no value yet */
	memset(sp, 0, 4 * sizeof(*sp));
	task->kernel_esp = (u32)sp;
}

void sched_exit(bool bury)
{
	irq_disable();
	current->state = TASK_ZOMBIE;
	if (bury)
		buried = current;
	schedule();
	panic("%s (%d): a zombie runs", current->name, current->pid);
}

void sched_tick(bool user)
{
	struct task *task = current;

	clock_tick();
	timer_tick();
	ide_tick();
	if (task == &idle_task)
		return;
	if (user)
		task->usage.utime_ns += TICK_NS;
	else
		task->usage.stime_ns += TICK_NS;
	if (task->ticks_left && --task->ticks_left)
		return;
	task->ticks_left = SLICE_TICKS;
	if (!list_empty(&run_queue)) {
		need_resched = true;
		user_work = true;
	}
}
