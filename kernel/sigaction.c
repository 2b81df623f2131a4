/*
 * System calls by which a task says what it does about signals: actions, masks, the alternate stack; and those that wait for one.
 */
#include "kernel/clock.h"
#include "kernel/lib/errno.h"
#include "kernel/signal.h"
#include "kernel/time.h"
#include "kernel/uaccess.h"

enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };

#define SA_KNOWN                                                                             \
	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_RESTART |  \
	 SA_NODEFER | (u32)SA_RESETHAND)
#define MINSIGSTKSZ 2048u

/* As user memory has them: asm/signal.h of i386. */
struct sigaction_abi {
	vaddr_t handler;
	u32 flags;
	vaddr_t restorer;
	sigset_t mask;
};
struct old_sigaction_abi {
	vaddr_t handler;
	u32 mask, flags;
	vaddr_t restorer;
};
_Static_assert(sizeof(struct sigaction_abi) == 20 && sizeof(struct old_sigaction_abi) == 16, "ABI");

/* ---- Actions ------------------------------------------------------------------------------------------------------- */

/* `old` may be the same memory as `new`; either may be NULL. */
static int action_change(u32 sig, const struct signal_action *new, struct signal_action *old)
{
	struct signal_action *action, wanted;

	if (sig < 1 || sig > SIGNALS || (new && (SIGSET_UNBLOCKABLE & sigset_of(sig))))
		return -EINVAL;
	action = signal_action_of(current, sig);
	if (new)
		wanted = *new;
	if (old)
		*old = *action;
	if (!new)
		return 0;
	*action = wanted;
	action->flags &= SA_KNOWN;
	action->mask &= ~SIGSET_UNBLOCKABLE;
	if (action_drops(current, sig)) {
		sigqueue_flush(current->signals, sigset_of(sig));
		sigqueue_update(current);
	}
	return 0;
}

i32 sys_rt_sigaction(u32 sig, const struct sigaction_abi *new, struct sigaction_abi *old, u32 size)
{
	struct sigaction_abi abi;
	struct signal_action action;
	int error;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (new && get_user(abi, new))
		return -EFAULT;
	if (new)
		action = (struct signal_action){ abi.handler, abi.flags, abi.restorer, abi.mask };
	error = action_change(sig, new ? &action : NULL, &action);
	if (error || !old)
		return error;
	abi = (struct sigaction_abi){ action.handler, action.flags, action.restorer, action.mask };
	return put_user(abi, old);
}

i32 sys_sigaction(u32 sig, const struct old_sigaction_abi *new, struct old_sigaction_abi *old)
{
	struct old_sigaction_abi abi;
	struct signal_action action;
	int error;

	if (new && get_user(abi, new))
		return -EFAULT;
	if (new)
		action = (struct signal_action){ abi.handler, abi.flags, abi.restorer, abi.mask };
	error = action_change(sig, new ? &action : NULL, &action);
	if (error || !old)
		return error;
	abi = (struct old_sigaction_abi){ action.handler, (u32)action.mask, action.flags, action.restorer };
	return put_user(abi, old);
}

i32 sys_signal(u32 sig, vaddr_t handler)
{
	struct signal_action action = { .handler = handler, .flags = (u32)SA_RESETHAND | SA_NODEFER };
	int error = action_change(sig, &action, &action);

	return error ? error : (i32)action.handler;
}

/* ---- Masks --------------------------------------------------------------------------------------------------------- */

/* The mask after `how` with `set`; only the signals of `range` change. */
static int mask_change(i32 how, sigset_t set, sigset_t range)
{
	sigset_t blocked = current->signals->blocked;

	switch (how) {
	case SIG_BLOCK:
		blocked |= set;
		break;
	case SIG_UNBLOCK:
		blocked &= ~set;
		break;
	case SIG_SETMASK:
		blocked = (blocked & ~range) | set;
		break;
	default:
		return -EINVAL;
	}
	signal_set_blocked(blocked);
	return 0;
}

i32 sys_rt_sigprocmask(i32 how, const sigset_t *new, sigset_t *old, u32 size)
{
	sigset_t set, before = current->signals->blocked;
	int error;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (new) {
		if (get_user(set, new))
			return -EFAULT;
		error = mask_change(how, set, ~0ull);
		if (error)
			return error;
	}
	return old ? put_user(before, old) : 0;
}

i32 sys_sigprocmask(i32 how, const u32 *new, u32 *old)
{
	u32 set, before = (u32)current->signals->blocked;
	int error;

	if (new) {
		if (get_user(set, new))
			return -EFAULT;
		error = mask_change(how, set, UINT32_MAX);
		if (error)
			return error;
	}
	return old ? put_user(before, old) : 0;
}

/* signal(2)'s forerunners: the mask of the first 32 signals. */
i32 sys_sgetmask(void)
{
	return (i32)current->signals->blocked;
}

i32 sys_ssetmask(u32 mask)
{
	u32 before = (u32)current->signals->blocked;

	signal_set_blocked(mask);
	return (i32)before;
}

static sigset_t pending_blocked(void)
{
	return current->signals->pending & current->signals->blocked;
}

i32 sys_rt_sigpending(sigset_t *to, u32 size)
{
	sigset_t set = pending_blocked();

	if (size > sizeof(set))
		return -EINVAL;
	return copy_to_user(to, &set, size);
}

i32 sys_sigpending(u32 *to)
{
	return put_user((u32)pending_blocked(), to);
}

/* ---- Waiting for a signal ------------------------------------------------------------------------------------------- */

i32 sys_pause(void)
{
	struct wait_queue nobody;

	wait_queue_init(&nobody);
	while (!signal_pending(current))
		wait_sleep(&nobody, true);
	return -ERESTARTNOHAND;
}

i32 sys_rt_sigsuspend(const sigset_t *user_mask, u32 size)
{
	sigset_t mask;

	if (size != sizeof(mask))
		return -EINVAL;
	if (get_user(mask, user_mask))
		return -EFAULT;
	signal_suspend_mask(mask);
	return sys_pause();
}

/* On i386 the mask is the third argument. */
i32 sys_sigsuspend(UNUSED u32 a, UNUSED u32 b, u32 mask)
{
	signal_suspend_mask(mask);
	return sys_pause();
}

#define NO_DEADLINE UINT64_MAX

/* One sleep until some signal comes, -ERESTARTSYS, or until the deadline, -ETIMEDOUT. */
static int await_sleep(u64 deadline)
{
	struct wait_queue nobody;

	wait_queue_init(&nobody);
	if (deadline == NO_DEADLINE)
		return wait_sleep(&nobody, true);
	return clock_now_ns() >= deadline ? -ETIMEDOUT : wait_sleep_until(&nobody, true, deadline);
}

/* Sleep until a signal of `set` can be taken, another one comes (-EINTR), or the deadline (-EAGAIN). */
static i32 signal_await(sigset_t set, u64 deadline, struct siginfo *info)
{
	struct signals *signals = current->signals;
	int result = 0;
	u32 sig;

	set &= ~SIGSET_UNBLOCKABLE;
	signals->awaited = set;
	sigqueue_update(current);
	while (!(sig = sigqueue_take(current, set, info)) && !result)
		result = await_sleep(deadline);
	signals->awaited = 0;
	sigqueue_update(current);
	if (sig)
		return (i32)sig;
	return result == -ETIMEDOUT ? -EAGAIN : -EINTR;
}

static i32 sigtimedwait(const sigset_t *user_set, void *user_info, u64 deadline)
{
	struct siginfo info;
	sigset_t set;
	i32 sig;

	if (get_user(set, user_set))
		return -EFAULT;
	sig = signal_await(set, deadline, &info);
	if (sig > 0 && user_info && siginfo_to_user(user_info, &info))
		return -EFAULT;
	return sig;
}

i32 sys_rt_sigtimedwait(const sigset_t *set, void *info, const void *timeout, u32 size)
{
	u64 ns;
	int error;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (!timeout)
		return sigtimedwait(set, info, NO_DEADLINE);
	error = time_get(&ns, timeout);
	return error ? error : sigtimedwait(set, info, clock_now_ns() + ns);
}

/* ---- The alternate stack -------------------------------------------------------------------------------------------- */

/* As on Linux: an empty stack's end is not on it, its first byte is not either. */
bool altstack_contains(const struct signal_altstack *stack, vaddr_t sp)
{
	return sp > stack->sp && sp - stack->sp <= stack->size;
}

bool altstack_active(const struct signal_altstack *stack, vaddr_t sp)
{
	return !(stack->flags & SS_AUTODISARM) && altstack_contains(stack, sp);
}

int altstack_set(const struct signal_altstack *stack, vaddr_t sp)
{
	struct signal_altstack *alt = &current->signals->altstack;
	u32 mode = stack->flags & ~SS_AUTODISARM;

	if (altstack_active(alt, sp))
		return -EPERM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		*alt = (struct signal_altstack){ .flags = stack->flags };
		return 0;
	}
	if (stack->size < MINSIGSTKSZ)
		return -ENOMEM;
	*alt = *stack;
	return 0;
}

i32 sys_sigaltstack(const struct signal_altstack *new, struct signal_altstack *old)
{
	vaddr_t sp = task_regs(current)->esp;
	struct signal_altstack before = current->signals->altstack, wanted;
	u32 state = altstack_active(&before, sp) ? SS_ONSTACK : 0;
	int error;

	if (new) {
		if (get_user(wanted, new))
			return -EFAULT;
		error = altstack_set(&wanted, sp);
		if (error)
			return error;
	}
	before.flags = (before.flags & SS_AUTODISARM) | (before.size ? state : SS_DISABLE);
	return old ? put_user(before, old) : 0;
}
