/*
 * Sending and delivering signals. Invariants: task->signal_due says exactly whether a pending signal is not blocked (or awaited);
 * only the task itself changes its actions and masks.
 */
#include "kernel/signal.h"
#include "kernel/exit.h"
#include "kernel/lib/string.h"
#include "kernel/sched.h"
#include "kernel/session.h"
#include "kernel/x86/cpu.h"
#include "mm/kmalloc.h"

#define SIGSET_STOPS (sigset_of(SIGSTOP) | sigset_of(SIGTSTP) | sigset_of(SIGTTIN) | sigset_of(SIGTTOU))
#define SIGSET_IGNORED_BY_DEFAULT (sigset_of(SIGCONT) | sigset_of(SIGCHLD) | sigset_of(SIGWINCH) | sigset_of(SIGURG))
/* Raised by what the task itself did: delivered first, while its registers still say where. */
#define SIGSET_SYNCHRONOUS                                                                                              \
	(sigset_of(SIGSEGV) | sigset_of(SIGBUS) | sigset_of(SIGILL) | sigset_of(SIGTRAP) | sigset_of(SIGFPE) | sigset_of(SIGSYS))

#define NR_RESTART_SYSCALL 0u
#define INT80_LENGTH 2u                /* bytes of the instruction that made the call */

struct signals *signals_create(struct task *task, const struct signals *from)
{
	struct signals *signals = kmalloc(sizeof(*signals));

	if (!signals)
		return NULL;
	memset(signals, 0, offsetof(struct signals, actions));
	signals->altstack.flags = SS_DISABLE;
	if (from) {
		signals->set = from->set;
		signals->blocked = from->blocked;
		signals->altstack = from->altstack;
		for (sigset_t left = from->set; left; left &= left - 1)
			signals->actions[__builtin_ctzll(left)] = from->actions[__builtin_ctzll(left)];
	}
	itimer_setup(&signals->itimer, task);
	return signals;
}

void signals_free(struct signals *signals)
{
	timer_stop(&signals->itimer.timer);
	kfree(signals);
}

void signals_exec(struct task *task)
{
	for (u32 sig = 1; sig <= SIGNALS; sig++) {
		if (signal_action_of(task, sig)->handler == SIG_IGN)
			signal_action_set(task, sig, &(struct signal_action){ .handler = SIG_IGN });
		else
			task->signals->set &= ~sigset_of(sig);
	}
	task->signals->altstack = (struct signal_altstack){ .flags = SS_DISABLE };
}

const struct signal_action *signal_action_of(const struct task *task, u32 sig)
{
	static const struct signal_action standard;

	return task->signals->set & sigset_of(sig) ? &task->signals->actions[sig - 1] : &standard;
}

void signal_action_set(struct task *task, u32 sig, const struct signal_action *action)
{
	task->signals->actions[sig - 1] = *action;
	task->signals->set |= sigset_of(sig);
}

/* init is spared what it has no handler for, SIGKILL included. */
bool action_drops(const struct task *task, u32 sig)
{
	vaddr_t handler = signal_action_of(task, sig)->handler;

	if (handler == SIG_DFL)
		return task->pid == INIT_PID || (SIGSET_IGNORED_BY_DEFAULT & sigset_of(sig));
	return handler == SIG_IGN;
}

/* ---- What is pending ---------------------------------------------------------------------------------------------- */

void signal_set_due(struct task *task)
{
	task->signal_due = true;
	if (task == current)
		user_work = true;
}

void signal_update(struct task *task)
{
	const struct signals *signals = task->signals;
	u32 flags = irq_save();
	bool due = signals->pending & (~signals->blocked | signals->awaited);

	if (due)
		signal_set_due(task);
	else if (task == current)
		task->signal_due = false;
	irq_restore(flags);
}

static void pending_add(struct task *task, const struct siginfo *info)
{
	struct signals *signals = task->signals;
	sigset_t bit = sigset_of((u32)info->signo);
	u32 flags = irq_save();

	if (!(signals->pending & bit))
		signals->info[info->signo - 1] = *info;
	signals->pending |= bit;
	if (bit & (~signals->blocked | signals->awaited))
		signal_set_due(task);
	irq_restore(flags);
}

/* Take back what has been sent to a task. It may be `current` in an interrupted call, so signal_due stays. */
static void pending_drop(struct task *task, sigset_t set)
{
	u32 flags = irq_save();

	task->signals->pending &= ~set;
	irq_restore(flags);
}

u32 signal_take(struct task *task, sigset_t set, struct siginfo *info)
{
	struct signals *signals = task->signals;
	u32 sig = 0, flags = irq_save();

	set &= signals->pending;
	if (set & sigset_of(SIGKILL))
		set = sigset_of(SIGKILL);
	else if (set & SIGSET_SYNCHRONOUS)
		set &= SIGSET_SYNCHRONOUS;
	if (set) {
		sig = (u32)__builtin_ctzll(set) + 1;
		*info = signals->info[sig - 1];
		signals->pending &= ~sigset_of(sig);
	}
	signal_update(task);           /* also when what made it due has been taken back */
	irq_restore(flags);
	return sig;
}

void signal_discard(struct task *task, sigset_t set)
{
	pending_drop(task, set);
	signal_update(task);
}

/* ---- Sending ------------------------------------------------------------------------------------------------------ */

void signal_send(struct task *task, const struct siginfo *info)
{
	u32 sig = (u32)info->signo;

	if (task->state == TASK_ZOMBIE || !task->signals)
		return;
	if (SIGSET_STOPS & sigset_of(sig))
		pending_drop(task, sigset_of(SIGCONT));
	if (sig == SIGCONT)
		pending_drop(task, SIGSET_STOPS);
	if (sig == SIGCONT && task->state == TASK_STOPPED) {
		task->signals->stop_signal = 0;
		task->signals->continued = true;
		signal_parent(task, CLD_CONTINUED, SIGCONT);
		sched_wake(task);
	}
	if (!(task->signals->blocked & sigset_of(sig)) && action_drops(task, sig))
		return;
	pending_add(task, info);
	if (sig == SIGKILL)
		sched_wake(task);      /* stopped, too, or in a sleep that only this may end */
	if (task->signal_due)
		wait_interrupt(task);
}

void signal_send_kernel(struct task *task, u32 sig)
{
	signal_send(task, &(struct siginfo){ .signo = (i32)sig, .code = SI_KERNEL });
}

bool signal_parent(struct task *child, i32 code, i32 status)
{
	bool stop = code == CLD_STOPPED || code == CLD_CONTINUED;
	struct siginfo info = {
		.signo = SIGCHLD, .code = code, .pid = child->pid, .uid = child->cred.uid, .status = status,
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

void signal_force(u32 sig, i32 code, vaddr_t address)
{
	struct siginfo info = { .signo = (i32)sig, .code = code, .address = address };

	if ((current->signals->blocked & sigset_of(sig)) || signal_action_of(current, sig)->handler <= SIG_IGN)
		task_exit(EXIT_SIGNAL((i32)sig));
	signal_discard(current, sigset_of(sig));
	pending_add(current, &info);
}

void signal_fault(u32 sig, i32 code, vaddr_t address, u32 trapno, u32 error_code)
{
	current->signals->trapno = trapno;
	current->signals->error_code = error_code;
	current->signals->fault_address = address;
	signal_force(sig, code, address);
}

bool signal_kill_pending(const struct task *task) { return task->signals && (task->signals->pending & sigset_of(SIGKILL)); }

void signal_set_blocked(sigset_t mask)
{
	current->signals->blocked = mask & ~SIGSET_UNBLOCKABLE;
	signal_update(current);
}

void signal_suspend_mask(sigset_t mask)
{
	struct signals *signals = current->signals;

	signals->saved_mask = signals->blocked;
	signals->restore_mask = true;
	signal_set_blocked(mask);
}

/* ---- Delivery ----------------------------------------------------------------------------------------------------- */

/* Take what is deliverable until a handler is to run (true; *action is its action) or nothing is left. May end or stop the task. */
static bool signal_next(struct siginfo *info, struct signal_action *action)
{
	struct signals *signals = current->signals;
	u32 sig;

	while ((sig = signal_take(current, ~signals->blocked, info))) {
		*action = *signal_action_of(current, sig);
		if (action->handler > SIG_IGN) {
			if (action->flags & (u32)SA_RESETHAND)
				current->signals->actions[sig - 1].handler = SIG_DFL;
			return true;
		}
		if (action_drops(current, sig))
			continue;
		if (!(SIGSET_STOPS & sigset_of(sig)))
			task_exit(EXIT_SIGNAL((i32)sig));
		if (sig != SIGSTOP && group_orphaned(current->pgid, NULL))
			continue;
		current->state = TASK_STOPPED;
		signals->stop_signal = (u8)sig;
		signals->continued = false;
		signal_parent(current, CLD_STOPPED, (i32)sig);
		schedule();
	}
	return false;
}

/* Settle the call that a signal has interrupted: a handler with this action is about to run, or none is (NULL). */
static void call_settle(struct regs *regs, const struct signal_action *action)
{
	i32 result = (i32)regs->eax;

	if ((i32)regs->orig_eax < 0 || result > -ERESTARTSYS || result < -ERESTART_BLOCK)
		return;
	if (!action || result == -ERESTARTNOINTR || (result == -ERESTARTSYS && (action->flags & SA_RESTART))) {
		regs->eax = result == -ERESTART_BLOCK ? NR_RESTART_SYSCALL : regs->orig_eax;
		regs->eip -= INT80_LENGTH;
	} else {
		regs->eax = (u32)-EINTR;
	}
	regs->orig_eax = ~0u;
}

/* A stack that cannot take the frame is a SIGSEGV, and the end if it was SIGSEGV's own frame. */
static void handler_start(struct regs *regs, const struct signal_action *action, const struct siginfo *info)
{
	struct signals *signals = current->signals;
	sigset_t mask = signals->restore_mask ? signals->saved_mask : signals->blocked, blocked = signals->blocked | action->mask;

	call_settle(regs, action);
	if (sigframe_push(regs, action, info, mask)) {
		if (info->signo == SIGSEGV)
			task_exit(EXIT_SIGNAL(SIGSEGV));
		signal_force(SIGSEGV, SI_KERNEL, 0);
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
	call_settle(regs, NULL);
	if (signals->restore_mask) {
		signals->restore_mask = false;
		signal_set_blocked(signals->saved_mask);
	}
}
