/*
 * Signal frames: what a handler finds on its stack, laid out as Linux i386 does it (arch/x86/include/asm/sigframe.h,
 * uapi/asm/sigcontext.h), the way back by sigreturn, and the alternate stack.
 *
 *   high   interrupted stack
 *          FXSAVE image, 512 bytes, aligned to 64         ┐ struct fpstate
 *          112 bytes for the old FSAVE format, not filled ┘
 *   esp ►  struct sigframe or rt_sigframe: return address, arguments, context, trampoline
 */
#include "kernel/lib/string.h"
#include "kernel/signal.h"
#include "kernel/uaccess.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/descriptors.h"

struct sigcontext {
	u32 gs, fs, es, ds;            /* 16 bits and padding each */
	u32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
	u32 trapno, error_code, eip, cs, eflags, esp_at_signal, ss;
	vaddr_t fpstate;
	u32 oldmask, cr2;
};

#define FXSAVE_SIZE 512u
#define FXSAVE_MXCSR (24 / sizeof(u32))        /* where it lies in the image */

struct fpstate {
	u8 fsave[110];
	u16 magic;                     /* 0: an FXSAVE image follows */
	u32 fxsave[FXSAVE_SIZE / sizeof(u32)];
};

struct sigframe {
	vaddr_t return_address;
	i32 sig;
	struct sigcontext context;
	u8 unused_fpstate[624];
	u32 extra_mask;                /* signals 33 to 64; the others are in context.oldmask */
	u8 trampoline[8];              /* where handlers without SA_RESTORER return to */
};

struct ucontext {
	u32 flags, link;
	struct signal_altstack stack;
	struct sigcontext context;
	sigset_t mask;
};

struct rt_sigframe {
	vaddr_t return_address;
	i32 sig;
	vaddr_t info_pointer, context_pointer;
	struct siginfo_abi info;
	struct ucontext ucontext;
	u8 trampoline[8];
};

_Static_assert(sizeof(struct sigcontext) == 88 && sizeof(struct signal_altstack) == 12, "ABI");
_Static_assert(offsetof(struct fpstate, fxsave) == 112 && sizeof(struct fpstate) == 624, "ABI");
_Static_assert(offsetof(struct sigframe, extra_mask) == 720 && sizeof(struct sigframe) == 732, "ABI");
_Static_assert(sizeof(struct ucontext) == 116 && offsetof(struct rt_sigframe, ucontext) == 144, "ABI");

/* What sigreturn may change of eflags: AC, RF, OF, DF, TF, SF, ZF, AF, PF, CF. */
#define EFLAGS_USER 0x00050dd5u
#define MINSIGSTKSZ 2048u

/* ---- Floating point state ------------------------------------------------------------------------------------------ */

/* Write the state in the registers to the stack, and begin the handler with a fresh one. */
static int fpstate_push(struct fpstate *user)
{
	struct fpstate state = { 0 };

	fpu_save(current->fpu);
	memcpy(state.fxsave, current->fpu, FXSAVE_SIZE);
	if (copy_to_user(user, &state, sizeof(state)))
		return -EFAULT;
	fpu_init_image(current->fpu);
	fpu_load(current->fpu);
	return 0;
}

/* Take the state back from the stack (NULL: a fresh one). Of an image only the MXCSR could be refused by the processor. */
static int fpstate_pop(const struct fpstate *user)
{
	struct fpstate state;

	if (!user) {
		fpu_init_image(current->fpu);
	} else {
		if (copy_from_user(&state, user, sizeof(state)))
			return -EFAULT;
		state.fxsave[FXSAVE_MXCSR] &= fpu_mxcsr_mask();
		memcpy(current->fpu, state.fxsave, FXSAVE_SIZE);
	}
	fpu_load(current->fpu);
	return 0;
}

/* ---- The alternate stack -------------------------------------------------------------------------------------------- */

/* As on Linux: an empty stack's end is not on it, its first byte is not either. */
static bool altstack_contains(const struct signal_altstack *stack, vaddr_t sp)
{
	return sp > stack->sp && sp - stack->sp <= stack->size;
}

/* Change that of the current task, whose stack pointer is sp. */
static int altstack_set(const struct signal_altstack *wanted, vaddr_t sp)
{
	static const struct signal_altstack none = { .flags = SS_DISABLE };
	struct signal_altstack *alt = &current->signals->altstack;
	bool off = wanted->flags == SS_DISABLE;

	if (altstack_contains(alt, sp))
		return -EPERM;
	if (!off && wanted->flags != SS_ONSTACK && wanted->flags != 0)
		return -EINVAL;
	if (!off && wanted->size < MINSIGSTKSZ)
		return -ENOMEM;
	*alt = off ? none : *wanted;
	return 0;
}

i32 sys_sigaltstack(const struct signal_altstack *new, struct signal_altstack *old)
{
	vaddr_t sp = task_regs(current)->esp;
	struct signal_altstack before = current->signals->altstack, wanted;
	int error;

	if (new && get_user(wanted, new))
		return -EFAULT;
	error = new ? altstack_set(&wanted, sp) : 0;
	if (error || !old)
		return error;
	if (before.size)
		before.flags = altstack_contains(&before, sp) ? SS_ONSTACK : 0;
	return put_user(before, old);
}

/* ---- Pushing ------------------------------------------------------------------------------------------------------- */

static void context_save(struct sigcontext *to, const struct regs *regs, vaddr_t fpstate, sigset_t mask)
{
	const struct signals *signals = current->signals;

	*to = (struct sigcontext){
		.gs = regs->gs & 0xffff, .fs = regs->fs & 0xffff, .es = regs->es & 0xffff, .ds = regs->ds & 0xffff,
		.edi = regs->edi, .esi = regs->esi, .ebp = regs->ebp, .esp = regs->esp,
		.ebx = regs->ebx, .edx = regs->edx, .ecx = regs->ecx, .eax = regs->eax,
		.trapno = signals->trapno, .error_code = signals->error_code,
		.eip = regs->eip, .cs = regs->cs & 0xffff, .eflags = regs->eflags,
		.esp_at_signal = regs->esp, .ss = regs->ss & 0xffff,
		.fpstate = fpstate, .oldmask = (u32)mask, .cr2 = signals->fault_address,
	};
}

static int frame_push_old(struct sigframe *user, vaddr_t fpstate, const struct regs *regs, const struct signal_action *action,
			  i32 sig, sigset_t mask)
{
	struct sigframe frame = {
		.return_address = action->flags & SA_RESTORER ? action->restorer : (vaddr_t)user->trampoline,
		.sig = sig, .extra_mask = (u32)(mask >> 32),
		.trampoline = { 0x58, 0xb8, 119, 0, 0, 0, 0xcd, 0x80 },        /* pop eax; mov eax, 119; int 0x80 */
	};

	context_save(&frame.context, regs, fpstate, mask);
	return copy_to_user(user, &frame, sizeof(frame));
}

static int frame_push_rt(struct rt_sigframe *user, vaddr_t fpstate, const struct regs *regs, const struct signal_action *action,
			 const struct siginfo *info, sigset_t mask)
{
	struct rt_sigframe frame = {
		.return_address = action->flags & SA_RESTORER ? action->restorer : (vaddr_t)user->trampoline,
		.sig = info->signo, .info_pointer = (vaddr_t)&user->info, .context_pointer = (vaddr_t)&user->ucontext,
		.info.info = *info, .ucontext = { .stack = current->signals->altstack, .mask = mask },
		.trampoline = { 0xb8, 173, 0, 0, 0, 0xcd, 0x80 },              /* mov eax, 173; int 0x80 */
	};

	context_save(&frame.ucontext.context, regs, fpstate, mask);
	return copy_to_user(user, &frame, sizeof(frame));
}

int sigframe_push(struct regs *regs, const struct signal_action *action, const struct siginfo *info, sigset_t mask)
{
	const struct signal_altstack *alt = &current->signals->altstack;
	bool rt = action->flags & SA_SIGINFO;
	bool switches = (action->flags & SA_ONSTACK) && alt->size && !altstack_contains(alt, regs->esp);
	vaddr_t sp = switches ? alt->sp + alt->size : regs->esp;
	vaddr_t fpstate = ((sp - FXSAVE_SIZE) & ~63u) - offsetof(struct fpstate, fxsave);
	vaddr_t frame = ((fpstate - (rt ? sizeof(struct rt_sigframe) : sizeof(struct sigframe)) + 4) & ~15u) - 4;

	if (frame >= sp || (altstack_contains(alt, sp) && !altstack_contains(alt, frame)))
		return -EFAULT;        /* they do not fit */
	if (fpstate_push((struct fpstate *)fpstate))
		return -EFAULT;
	if (rt ? frame_push_rt((struct rt_sigframe *)frame, fpstate, regs, action, info, mask) :
		 frame_push_old((struct sigframe *)frame, fpstate, regs, action, info->signo, mask))
		return -EFAULT;
	regs->esp = frame;
	regs->eip = action->handler;
	regs->ds = regs->es = regs->ss = USER_DS;
	regs->cs = USER_CS;
	regs->eflags &= ~(EFLAGS_DF | EFLAGS_RF | EFLAGS_TF);
	return 0;
}

/* ---- Returning ------------------------------------------------------------------------------------------------------ */

/*
 * Take registers, FPU state and mask from a frame. Selectors are the user's wish, at privilege 3: one that cannot be loaded is dealt
 * with on the way out (entry.asm). Result: what sigreturn returns, eax as it was.
 */
static i32 context_restore(const struct sigcontext *from, sigset_t mask)
{
	struct regs *regs = task_regs(current);

	signal_set_blocked(mask);
	*regs = (struct regs){
		.ebx = from->ebx, .ecx = from->ecx, .edx = from->edx, .esi = from->esi, .edi = from->edi, .ebp = from->ebp,
		.eax = from->eax, .ds = from->ds & 0xffff, .es = from->es & 0xffff, .fs = from->fs & 0xffff,
		.gs = from->gs & 0xffff, .orig_eax = ~0u /* no call to be restarted */, .eip = from->eip,
		.cs = (from->cs & 0xffff) | 3, .eflags = (regs->eflags & ~EFLAGS_USER) | (from->eflags & EFLAGS_USER),
		.esp = from->esp, .ss = (from->ss & 0xffff) | 3,
	};
	if (fpstate_pop((const struct fpstate *)from->fpstate))
		signal_force(SIGSEGV, SI_KERNEL, 0);
	return (i32)regs->eax;
}

/* A frame that cannot be read back: there is nothing to return to. */
static i32 frame_bad(void)
{
	signal_force(SIGSEGV, SI_KERNEL, 0);
	return 0;
}

i32 sys_sigreturn(void)
{
	/* The handler has popped the return address, and the trampoline the signal's number. */
	const struct sigframe *user = (const struct sigframe *)(task_regs(current)->esp - 8);
	struct sigcontext context;
	u32 extra_mask;

	if (copy_from_user(&context, &user->context, sizeof(context)) || get_user(extra_mask, &user->extra_mask))
		return frame_bad();
	return context_restore(&context, context.oldmask | (sigset_t)extra_mask << 32);
}

i32 sys_rt_sigreturn(void)
{
	const struct rt_sigframe *user = (const struct rt_sigframe *)(task_regs(current)->esp - 4);
	struct ucontext context;

	if (copy_from_user(&context, &user->ucontext, sizeof(context)))
		return frame_bad();
	altstack_set(&context.stack, context.context.esp);
	return context_restore(&context.context, context.mask);
}
