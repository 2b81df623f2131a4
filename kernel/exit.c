/*
 * The end of a task: it gives back all it has but its table entry and kernel stack, hands its children to init, tells its parent, and
 * stays a zombie until the parent has waited for it.
 */
#include "kernel/exit.h"
#include "kernel/fork.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/futex.h"
#include "kernel/machine.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "kernel/session.h"
#include "kernel/signal.h"
#include "kernel/uaccess.h"
#include "mm/space.h"

/* Tell a zombie's parent. Result: nobody will wait for it. */
static bool notify_parent(struct task *zombie)
{
	i32 signal = EXIT_SIGNAL(zombie->exit_status);

	if (task_silent(zombie)) {
		wait_wake_all(&zombie->parent->child_exit);
		return false;
	}
	if (signal)
		return signal_parent(zombie, CLD_KILLED, signal);
	return signal_parent(zombie, CLD_EXITED, zombie->exit_status >> 8 & 0xff);
}

static void children_to_init(void)
{
	struct task *init = task_find(INIT_PID), *child, *next;

	list_for_each_safe(child, next, &current->children, sibling_link) {
		list_remove(&child->sibling_link);
		list_push_back(&init->children, &child->sibling_link);
		child->parent = init;
		child->silent = false;
		group_untie(child, current);
		if (child->state == TASK_ZOMBIE && notify_parent(child))
			task_free(child);
	}
}

void task_drop_parts(struct task *task)
{
	struct fd_table *files = task->files;
	struct signals *signals = task->signals;

	task->files = NULL;            /* first: others look in /proc when this sleeps, and an interrupt may send a signal */
	task->signals = NULL;
	if (files)
		fd_table_free(files);
	if (signals)
		signals_free(signals);
	dentry_unref(task->cwd);
	task->cwd = NULL;
}

void task_exit(i32 status)
{
	if (current->pid == INIT_PID) {
		printk("init has ended with status 0x%x\n", status);
		machine_power_off();
	}
	current->exit_status = status;
	task_run_exit_works(current);
	futex_release();
	task_use_space(NULL);
	task_release_vfork(current);
	task_drop_parts(current);
	session_leave();
	children_to_init();
	sched_exit(notify_parent(current));
}

i32 sys_exit(i32 code) { task_exit(EXIT_CODE(code)); }
