/* System calls by which a task says what it does about signals, actions and masks; and those that wait for one. */
#include "kernel/clock.h"
#include "kernel/lib/string.h"
#include "kernel/signal.h"
#include "kernel/time.h"
#include "kernel/uaccess.h"

enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };

#define SA_KNOWN                                                                                                        \
	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_RESTART | SA_NODEFER | (u32)SA_RESETHAND)

struct old_sigaction_abi {
	vaddr_t handler;
	u32 mask, flags;
	vaddr_t restorer;
};
_Static_assert(sizeof(struct signal_action) == 20 && sizeof(struct old_sigaction_abi) == 16, "ABI of asm/signal.h");

/* ---- Actions ------------------------------------------------------------------------------------------------------- */

/* Change an action (NULL: leave it) and tell what it was. */
static int action_change(u32 sig, const struct signal_action *new, struct signal_action *old)
{
	struct signal_action action;

	if (sig < 1 || sig > SIGNALS || (new && (SIGSET_UNBLOCKABLE & sigset_of(sig))))
		return -EINVAL;
	*old = *signal_action_of(current, sig);
	if (!new)
		return 0;
	action = *new;
	action.flags &= SA_KNOWN;
	action.mask &= ~SIGSET_UNBLOCKABLE;
	signal_action_set(current, sig, &action);
	if (action_drops(current, sig))
		signal_discard(current, sigset_of(sig));
	return 0;
}

i32 sys_rt_sigaction(u32 sig, const struct signal_action *new, struct signal_action *old, u32 size)
{
	struct signal_action action, before;
	int error;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (new && get_user(action, new))
		return -EFAULT;
	error = action_change(sig, new ? &action : NULL, &before);
	return error || !old ? error : put_user(before, old);
}

i32 sys_sigaction(u32 sig, const struct old_sigaction_abi *new, struct old_sigaction_abi *old)
{
	struct signal_action action, before;
	struct old_sigaction_abi abi;
	int error;

	if (new && get_user(abi, new))
		return -EFAULT;
	if (new)
		action = (struct signal_action){ abi.handler, abi.flags, abi.restorer, abi.mask };
	error = action_change(sig, new ? &action : NULL, &before);
	if (error || !old)
		return error;
	abi = (struct old_sigaction_abi){ before.handler, (u32)before.mask, before.flags, before.restorer };
	return put_user(abi, old);
}

i32 sys_signal(u32 sig, vaddr_t handler)
{
	struct signal_action action = { .handler = handler, .flags = (u32)SA_RESETHAND | SA_NODEFER }, before;

	return action_change(sig, &action, &before) ?: (i32)before.handler;
}

/* ---- Masks --------------------------------------------------------------------------------------------------------- */

/* The old and the new call: `size` bytes of a mask, beyond which nothing changes. */
static i32 mask_change(i32 how, const void *new, void *old, u32 size)
{
	const sigset_t before = current->signals->blocked;
	sigset_t set = 0, blocked = before;

	if (new && copy_from_user(&set, new, size))
		return -EFAULT;
	if (how == SIG_BLOCK)
		blocked |= set;
	else if (how == SIG_UNBLOCK)
		blocked &= ~set;
	else if (how == SIG_SETMASK)
		memcpy(&blocked, &set, size);
	else if (new)
		return -EINVAL;
	if (new)
		signal_set_blocked(blocked);
	return old ? copy_to_user(old, &before, size) : 0;
}

i32 sys_rt_sigprocmask(i32 how, const sigset_t *new, sigset_t *old, u32 size)
{
	return size == sizeof(sigset_t) ? mask_change(how, new, old, size) : -EINVAL;
}

i32 sys_sigprocmask(i32 how, const u32 *new, u32 *old) { return mask_change(how, new, old, sizeof(*new)); }

i32 sys_rt_sigpending(void *to, u32 size)
{
	sigset_t set = current->signals->pending & current->signals->blocked;

	return size <= sizeof(set) ? copy_to_user(to, &set, size) : -EINVAL;
}

i32 sys_sigpending(u32 *to) { return sys_rt_sigpending(to, sizeof(*to)); }

/* ---- Waiting for a signal ------------------------------------------------------------------------------------------- */

/* Sleep until a signal of `set` can be taken, another one comes (-EINTR), or the deadline (-EAGAIN). */
static i32 signal_await(sigset_t set, u64 deadline, struct siginfo *info)
{
	struct wait_queue nobody;
	int error = 0;
	u32 sig;

	wait_queue_init(&nobody);
	set &= ~SIGSET_UNBLOCKABLE;
	current->signals->awaited = set;
	signal_update(current);
	while (!(sig = signal_take(current, set, info)) && !error)
		error = clock_now_ns() < deadline ? wait_sleep_until(&nobody, true, deadline) : -ETIMEDOUT;
	current->signals->awaited = 0;
	signal_update(current);
	if (sig)
		return (i32)sig;
	return error == -ETIMEDOUT ? -EAGAIN : -EINTR;
}

i32 sys_pause(void)
{
	struct siginfo none;

	signal_await(0, WAIT_FOREVER, &none);
	return -ERESTARTNOHAND;
}

int signal_take_mask(const sigset_t *user, u32 size)
{
	sigset_t mask;

	if (size != sizeof(mask))
		return -EINVAL;
	if (get_user(mask, user))
		return -EFAULT;
	signal_suspend_mask(mask);
	return 0;
}

i32 sys_rt_sigsuspend(const sigset_t *mask, u32 size) { return signal_take_mask(mask, size) ?: sys_pause(); }

/* On i386 the mask is the third argument. */
i32 sys_sigsuspend(UNUSED u32 a, UNUSED u32 b, u32 mask)
{
	signal_suspend_mask(mask);
	return sys_pause();
}

i32 sys_rt_sigtimedwait(const sigset_t *user_set, struct siginfo_abi *to, const void *timeout, u32 size)
{
	struct siginfo_abi abi = { 0 };
	u64 deadline;
	sigset_t set;
	i32 sig;

	if (size != sizeof(set))
		return -EINVAL;
	sig = get_user(set, user_set) ?: time_get_deadline(&deadline, timeout);
	if (sig)
		return sig;
	sig = signal_await(set, deadline, &abi.info);
	if (sig > 0 && to && put_user(abi, to))
		return -EFAULT;
	return sig;
}
