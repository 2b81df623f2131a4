/*
 * Sending and delivering signals. Invariants: task->signal_due says exactly whether a pending signal is not blocked (or awaited);
 * only the task itself changes its actions and masks.
 */
#include "kernel/signal.h"
#include "kernel/exit.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/sched.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/entry.h"
#include "mm/kmalloc.h"

#define SIGSET(sig) (1ull << ((sig) - 1))
#define SIGSET_STOPS (SIGSET(SIGSTOP) | SIGSET(SIGTSTP) | SIGSET(SIGTTIN) | SIGSET(SIGTTOU))
#define SIGSET_IGNORED_BY_DEFAULT (SIGSET(SIGCONT) | SIGSET(SIGCHLD) | SIGSET(SIGWINCH) | SIGSET(SIGURG))

#define NR_RESTART_SYSCALL 0u
#define INT80_LENGTH 2u                /* bytes of the instruction that made the call */
#define INIT_PID 1
#define CLOCK_TICK_NS 10000000u        /* USER_HZ is 100 */

struct signals *signals_create(struct task *task)
{
	struct signals *signals = kzalloc(sizeof(*signals));

	if (!signals)
		return NULL;
	signals->altstack.flags = SS_DISABLE;
	list_init(&signals->queue);
	interval_timers_init(&signals->timers, task);
	return signals;
}

struct signals *signals_copy(struct task *task, const struct signals *from)
{
	struct signals *signals = signals_create(task);

	if (!signals)
		return NULL;
	memcpy(signals->actions, from->actions, sizeof(signals->actions));
	signals->blocked = from->blocked;
	signals->altstack = from->altstack;
	return signals;
}

void signals_free(struct signals *signals)
{
	interval_timers_stop(&signals->timers);
	sigqueue_flush(signals, ~0ull);
	kfree(signals);
}

void signals_exec(struct signals *signals)
{
	for (u32 i = 0; i < SIGNALS; i++) {
		struct signal_action *action = &signals->actions[i];
		vaddr_t handler = action->handler == SIG_IGN ? SIG_IGN : SIG_DFL;

		*action = (struct signal_action){ .handler = handler };
	}
	signals->altstack = (struct signal_altstack){ .flags = SS_DISABLE };
}

struct signal_action *signal_action_of(const struct task *task, u32 sig)
{
	return &task->signals->actions[sig - 1];
}

/* init is spared what it has no handler for, SIGKILL included. */
bool action_drops(const struct task *task, u32 sig)
{
	vaddr_t handler = signal_action_of(task, sig)->handler;

	if (handler == SIG_DFL)
		return task->pid == INIT_PID || (SIGSET_IGNORED_BY_DEFAULT & SIGSET(sig));
	return handler == SIG_IGN;
}

/* ---- Sending ------------------------------------------------------------------------------------------------------ */

/* Let a stopped task go on. */
static void task_continue(struct task *task)
{
	if (task->state != TASK_STOPPED)
		return;
	task->signals->stop_signal = 0;
	task->signals->continued = true;
	signal_parent(task, CLD_CONTINUED, SIGCONT);
	sched_wake(task);
}

int signal_send(struct task *task, const struct siginfo *info)
{
	u32 sig = (u32)info->signo;
	int error;

	if (task->state == TASK_ZOMBIE || !task->signals)
		return 0;
	if (SIGSET_STOPS & sigset_of(sig))
		sigqueue_flush(task->signals, SIGSET(SIGCONT));
	if (sig == SIGCONT) {
		sigqueue_flush(task->signals, SIGSET_STOPS);
		task_continue(task);
	}
	if (!(task->signals->blocked & sigset_of(sig)) && action_drops(task, sig))
		return 0;
	error = sigqueue_add(task, info);
	if (error)
		return error;
	if (sig == SIGKILL)
		sched_wake(task);      /* stopped, too, or in a sleep that only this may end */
	if (task->signal_due)
		wait_interrupt(task);
	return 0;
}

void signal_send_kernel(struct task *task, u32 sig)
{
	signal_send(task, &(struct siginfo){ .signo = (i32)sig, .code = SI_KERNEL });
}

void signal_send_group(pid_t pgid, u32 sig)
{
	for (struct task *task = task_next(NULL); task; task = task_next(task)) {
		if (task->pgid == pgid)
			signal_send_kernel(task, sig);
	}
}

bool signal_parent(struct task *child, i32 code, i32 status)
{
	bool stop = code == CLD_STOPPED || code == CLD_CONTINUED;
	struct siginfo info = {
		.signo = SIGCHLD,
		.code = code,
		.pid = child->pid,
		.uid = child->cred.uid,
		.value = status,
		.utime = (u32)(child->usage.utime_ns / CLOCK_TICK_NS),
		.stime = (u32)(child->usage.stime_ns / CLOCK_TICK_NS),
	};
	const struct signal_action *action;

	if (!child->parent || !child->parent->signals)
		return false;
	action = signal_action_of(child->parent, SIGCHLD);
	if (!stop || !(action->flags & SA_NOCLDSTOP))
		signal_send(child->parent, &info);
	wait_wake_all(&child->parent->child_exit);
	return !stop && (action->handler == SIG_IGN || (action->flags & SA_NOCLDWAIT));
}

void signal_fault(u32 sig, i32 code, vaddr_t address, u32 trapno, u32 error_code)
{
	struct signals *signals = current->signals;
	struct siginfo info = { .signo = (i32)sig, .code = code };

	info.address = address;
	signals->trapno = trapno;
	signals->error_code = error_code;
	signals->fault_address = address;
	if ((signals->blocked & SIGSET(sig)) || signal_action_of(current, sig)->handler <= SIG_IGN)
		signal_force_kill(sig);
	sigqueue_flush(current->signals, SIGSET(sig));
	sigqueue_add(current, &info);
}

void signal_force_kill(u32 sig)
{
	task_exit(EXIT_SIGNAL((i32)sig));
}

bool signal_kill_pending(const struct task *task)
{
	return task->signals && (task->signals->pending & SIGSET(SIGKILL));
}

void signal_set_blocked(sigset_t mask)
{
	current->signals->blocked = mask & ~SIGSET_UNBLOCKABLE;
	sigqueue_update(current);
}

void signal_suspend_mask(sigset_t mask)
{
	struct signals *signals = current->signals;

	signals->saved_mask = signals->blocked;
	signals->restore_mask = true;
	signal_set_blocked(mask);
}

/* ---- Delivery ----------------------------------------------------------------------------------------------------- */

/* Has nobody of the session outside the group a child in it? Then nobody could continue it, and the terminal's stops are dropped. */
static bool group_orphaned(pid_t pgid)
{
	for (struct task *task = task_next(NULL); task; task = task_next(task)) {
		const struct task *parent = task->parent;

		if (task->pgid != pgid || task->state == TASK_ZOMBIE || !parent || parent->pid == INIT_PID)
			continue;
		if (parent->pgid != pgid && parent->sid == task->sid)
			return false;
	}
	return true;
}

static void stop_current(u32 sig)
{
	if (sig != SIGSTOP && group_orphaned(current->pgid))
		return;
	current->state = TASK_STOPPED;
	current->signals->stop_signal = (u8)sig;
	current->signals->continued = false;
	signal_parent(current, CLD_STOPPED, (i32)sig);
	schedule();
}

/* Take what is deliverable until a handler is to run (true; *action is its action) or nothing is left. May end or stop the task. */
static bool signal_next(struct siginfo *info, struct signal_action *action)
{
	struct signals *signals = current->signals;
	u32 sig;

	while ((sig = sigqueue_take(current, ~signals->blocked, info))) {
		*action = *signal_action_of(current, sig);
		if (action->handler > SIG_IGN) {
			if (action->flags & (u32)SA_RESETHAND)
				signal_action_of(current, sig)->handler = SIG_DFL;
			return true;
		}
		if (action_drops(current, sig))
			continue;
		if (SIGSET_STOPS & SIGSET(sig))
			stop_current(sig);
		else
			task_exit(EXIT_SIGNAL((i32)sig));
	}
	return false;
}

/* Does a handler with these flags end the interrupted call, rather than see it made again afterwards? */
static bool call_ends(i32 result, u32 flags)
{
	return result == -ERESTARTNOHAND || result == -ERESTART_BLOCK ||
	       (result == -ERESTARTSYS && !(flags & SA_RESTART));
}

/* Settle the call that a signal has interrupted: a handler is about to run (its flags are given), or none is. */
static void call_settle(struct regs *regs, bool handler, u32 flags)
{
	i32 result = (i32)regs->eax;
	bool interrupted = result == -ERESTARTSYS || result == -ERESTARTNOHAND || result == -ERESTART_BLOCK;

	if ((i32)regs->orig_eax < 0 || !interrupted)
		return;
	if (handler && call_ends(result, flags)) {
		regs->eax = (u32)-EINTR;
	} else {
		regs->eax = result == -ERESTART_BLOCK ? NR_RESTART_SYSCALL : regs->orig_eax;
		regs->eip -= INT80_LENGTH;
	}
	regs->orig_eax = ~0u;
}

/* A handler's stack cannot take its frame: that is a SIGSEGV, and the end if it was SIGSEGV's own frame. */
static void frame_refused(u32 sig)
{
	if (sig == SIGSEGV)
		signal_force_kill(SIGSEGV);
	signal_fault(SIGSEGV, SI_KERNEL, 0, current->signals->trapno, current->signals->error_code);
}

static void handler_start(struct regs *regs, const struct signal_action *action, const struct siginfo *info)
{
	struct signals *signals = current->signals;
	sigset_t mask = signals->restore_mask ? signals->saved_mask : signals->blocked;
	sigset_t blocked = signals->blocked | action->mask;

	call_settle(regs, true, action->flags);
	if (sigframe_push(regs, action, info, mask)) {
		frame_refused((u32)info->signo);
		return;
	}
	signals->restore_mask = false;
	if (!(action->flags & SA_NODEFER))
		blocked |= sigset_of((u32)info->signo);
	signal_set_blocked(blocked);
}

void signal_deliver(struct regs *regs)
{
	struct signals *signals = current->signals;
	struct signal_action action;
	struct siginfo info;

	if (signal_next(&info, &action)) {
		handler_start(regs, &action, &info);
		return;
	}
	call_settle(regs, false, 0);
	if (signals->restore_mask) {
		signals->restore_mask = false;
		signal_set_blocked(signals->saved_mask);
	}
}
