/*
 * fork, vfork, clone: new tasks as copies of the running one.
 *
 * Everything that can fail or sleep happens before task_publish(); from there on nothing does.
 */
#include "kernel/fork.h"
#include "kernel/exit.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/lib/string.h"
#include "kernel/sched.h"
#include "kernel/signal.h"
#include "kernel/uaccess.h"
#include "kernel/x86/cpu.h"
#include "mm/reclaim.h"
#include "mm/space.h"

#define CSIGNAL 0xffu
#define CLONE_VM 0x00000100u
#define CLONE_VFORK 0x00004000u
#define CLONE_SYSVSEM 0x00040000u
#define CLONE_PARENT_SETTID 0x00100000u
#define CLONE_CHILD_CLEARTID 0x00200000u
#define CLONE_CHILD_SETTID 0x01000000u
#define CLONE_IGNORED 0x80c02000u      /* IO, UNTRACED, DETACHED, PTRACE */
#define CLONE_KNOWN                                                                          \
	(CSIGNAL | CLONE_VM | CLONE_VFORK | CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | CLONE_IGNORED)

void task_use_space(struct space *space)
{
	struct space *old = current->space;

	current->space = space;
	current->dir = space ? space->dir : NULL;
	pagetable_load(space ? space->dir : pagetable_kernel());
	if (old)
		space_unref(old);
}

/* Give the child what a task has, copied from the running one. -ENOMEM: task_drop_parts() is owed, and its exit works. May sleep. */
static int parts_copy(struct task *child, u32 flags)
{
	child->files = fd_table_copy(current->files);
	child->cwd = dentry_ref(current->cwd);
	child->umask = current->umask;
	child->signals = signals_create(child, current->signals);
	if (!child->files || !child->signals || ((flags & CLONE_SYSVSEM) && task_share_undos(child)))
		return -ENOMEM;
	if (flags & CLONE_VM) {
		child->space = current->space;
		space_ref(child->space);
	} else if (space_fork(current->space, &child->space)) {
		return -ENOMEM;
	}
	child->dir = child->space->dir;
	return 0;
}

/*
 * CLONE_CHILD_SETTID writes into the child's memory, so the child does it, before it enters user mode: clone's fifth argument
 * is still in its registers. As on Linux, a bad address is its own fault.
 */
static void child_set_tid(void)
{
	irq_enable();
	put_user(current->pid, (pid_t *)task_regs(current)->edi);
}

static int child_create(u32 flags, vaddr_t stack, pid_t *tid, struct task **out)
{
	struct task *child;
	int error = task_create(&child);

	if (error)
		return error;
	error = parts_copy(child, flags);
	if (!error && signal_pending(current) && current->signals->to_group)
		error = -ERESTARTNOINTR;       /* the child is to get what its group gets, so it is made after that */
	if (error) {
		task_run_exit_works(child);
		if (child->space)
			space_unref(child->space);
		child->space = NULL;
		task_drop_parts(child);
		task_free(child);
		return error;
	}
	*task_regs(child) = *task_regs(current);
	task_regs(child)->eax = 0;
	if (stack)
		task_regs(child)->esp = stack;
	if (flags & CLONE_CHILD_CLEARTID)
		child->clear_child_tid = (vaddr_t)tid;
	sched_prepare(child, flags & CLONE_CHILD_SETTID ? child_set_tid : NULL);
	*out = child;
	return 0;
}

void task_release_vfork(struct task *task)
{
	if (task->vfork_parent_waits) {
		task->vfork_parent_waits = false;
		wait_wake_all(&task->parent->child_exit);
	}
}

/* The child is looked up afresh after each sleep: another task may have waited for it. */
static void vfork_wait(pid_t pid)
{
	for (;;) {
		const struct task *child = task_find(pid);

		if (!child || child->parent != current || !child->vfork_parent_waits || signal_kill_pending(current))
			return;
		wait_sleep(&current->child_exit, false);
	}
}

static int clone_check(u32 flags)
{
	if ((flags & ~CLONE_KNOWN) || ((flags & CSIGNAL) && (flags & CSIGNAL) != SIGCHLD))
		return -EINVAL;
	if ((flags & CLONE_VM) && !(flags & CLONE_VFORK))
		return -EINVAL;        /* a thread in all but name */
	if (task_limit_reached(current->cred.uid, current->rlimits[RLIMIT_NPROC].soft) && !cred_privileged(&current->cred))
		return -EAGAIN;
	return 0;
}

i32 sys_clone(u32 flags, vaddr_t stack, pid_t *parent_tid, UNUSED vaddr_t tls, pid_t *child_tid)
{
	struct task *child;
	pid_t pid;
	int error = clone_check(flags);

	current->signals->to_group = false;    /* before anything sleeps */
	reclaim_make_room();
	if (!error)
		error = child_create(flags, stack, child_tid, &child);
	if (error)
		return error;
	task_publish(child, current);
	pid = child->pid;
	child->vfork_parent_waits = flags & CLONE_VFORK;
	child->silent = !(flags & CSIGNAL);
	sched_wake(child);
	if (flags & CLONE_PARENT_SETTID)
		put_user(pid, parent_tid);
	if (flags & CLONE_VFORK)
		vfork_wait(pid);
	return pid;
}

i32 sys_fork(void) { return sys_clone(SIGCHLD, 0, NULL, 0, NULL); }

i32 sys_vfork(void) { return sys_clone(SIGCHLD | CLONE_VFORK | CLONE_VM, 0, NULL, 0, NULL); }

i32 sys_set_tid_address(vaddr_t child_tid)
{
	current->clear_child_tid = child_tid;
	return current->pid;
}

int task_create_kernel(const char *name, void (*entry)(void), struct task **out)
{
	struct task *task;
	int error = task_create(&task);

	if (error)
		return error;
	strlcpy(task->name, name, sizeof(task->name));
	memset(task_regs(task), 0, sizeof(struct regs));
	sched_prepare(task, entry);
	task_publish(task, NULL);
	task->pgid = task->sid = task->pid;
	rlimits_init(task->rlimits);
	*out = task;
	return 0;
}
