/*
 * Signal frames: what a handler finds on its stack, laid out exactly as Linux i386 does it (arch/x86/include/asm/sigframe.h,
 * uapi/asm/sigcontext.h), and the way back by sigreturn.
 *
 *   high   interrupted stack
 *          FXSAVE image, 512 bytes, aligned to 64 ┐ struct fpstate
 *          112 bytes in the old FSAVE format      ┘
 *   esp ►  struct sigframe or rt_sigframe: return address, arguments, context, trampoline
 */
#include "kernel/lib/errno.h"
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
	u32 oldmask;
	u32 cr2;
};

struct fxsave {
	u16 cw, sw;
	u8 tag, reserved;              /* tag: one bit a register, 1: in use */
	u16 opcode;
	u32 ip, cs, data, ds;
	u32 mxcsr, mxcsr_mask;
	u8 st[8][16], xmm[8][16];
	u8 padding[224];
};

struct fpstate {
	u32 cw, sw, tag, ip, cs_opcode, data, ds;
	u8 st[8][10];
	u16 status, magic;             /* magic 0: an FXSAVE image follows */
	struct fxsave fx;
};

struct sigframe {
	vaddr_t return_address;
	i32 sig;
	struct sigcontext context;
	u8 unused_fpstate[624];
	u32 extra_mask;                /* signals 33 to 64; the others are in context.oldmask */
	u8 trampoline[8];
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
	u8 info[SIGINFO_SIZE];
	struct ucontext ucontext;
	u8 trampoline[8];
};

_Static_assert(sizeof(struct sigcontext) == 88 && sizeof(struct signal_altstack) == 12, "ABI");
_Static_assert(sizeof(struct fxsave) == 512 && offsetof(struct fpstate, fx) == 112 && sizeof(struct fpstate) == 624, "ABI");
_Static_assert(offsetof(struct sigframe, extra_mask) == 720 && sizeof(struct sigframe) == 732, "ABI");
_Static_assert(sizeof(struct ucontext) == 116 && offsetof(struct rt_sigframe, ucontext) == 144, "ABI");
_Static_assert(sizeof(struct siginfo) <= SIGINFO_SIZE, "ABI");

/* What sigreturn may change of eflags: AC, RF, OF, DF, TF, SF, ZF, AF, PF, CF. */
#define EFLAGS_USER 0x00050dd5u
#define FSAVE_UNUSED 0xffff0000u       /* the high halves of the FSAVE format's 16-bit fields */
#define FX_SOFTWARE 48u                /* bytes at the end of an FXSAVE image that processors leave alone */

static const u8 trampoline[8] = { 0x58, 0xb8, 119, 0, 0, 0, 0xcd, 0x80 };  /* pop eax; mov eax, 119; int 0x80 */
static const u8 rt_trampoline[8] = { 0xb8, 173, 0, 0, 0, 0xcd, 0x80, 0 };  /* mov eax, 173; int 0x80 */

/* ---- Floating point state ------------------------------------------------------------------------------------------ */

/* The FSAVE format has two bits a register: valid, zero, special, empty. Found from the values, as FSAVE itself does. */
static u32 tag_of_register(const u8 st[16])
{
	u16 exponent = (u16)(st[8] | st[9] << 8) & 0x7fff;
	bool zero = true;

	for (u32 i = 0; i < 8; i++)
		zero &= !st[i];
	if (exponent == 0)
		return zero ? 1 : 2;
	return exponent != 0x7fff && (st[7] & 0x80) ? 0 : 2;
}

static u32 tags_expand(const struct fxsave *fx)
{
	u32 top = fx->sw >> 11 & 7, tags = FSAVE_UNUSED;

	for (u32 i = 0; i < 8; i++) {
		bool used = fx->tag >> i & 1;

		tags |= (used ? tag_of_register(fx->st[(i - top) & 7]) : 3) << (2 * i);
	}
	return tags;
}

static u8 tags_compress(u32 tags)
{
	u8 used = 0;

	for (u32 i = 0; i < 8; i++)
		used |= (u8)(((tags >> (2 * i) & 3) != 3) << i);
	return used;
}

static void fpstate_from_fx(struct fpstate *to)
{
	const struct fxsave *fx = &to->fx;

	to->cw = fx->cw | FSAVE_UNUSED;
	to->sw = fx->sw | FSAVE_UNUSED;
	to->tag = tags_expand(fx);
	to->ip = fx->ip;
	to->cs_opcode = (fx->cs & 0xffff) | (u32)fx->opcode << 16;
	to->data = fx->data;
	to->ds = fx->ds;
	for (u32 i = 0; i < 8; i++)
		memcpy(to->st[i], fx->st[i], sizeof(to->st[i]));
	to->status = fx->sw;
	to->magic = 0;
}

/* The old format's part wins over the image's, as on Linux: handlers of old programs change it there. */
static void fx_from_fpstate(struct fpstate *from)
{
	struct fxsave *fx = &from->fx;

	fx->cw = (u16)from->cw;
	fx->sw = (u16)from->sw;
	fx->tag = tags_compress(from->tag);
	fx->ip = from->ip;
	fx->cs = from->cs_opcode & 0xffff;
	fx->opcode = (u16)(from->cs_opcode >> 16);
	fx->data = from->data;
	fx->ds = from->ds;
	for (u32 i = 0; i < 8; i++)
		memcpy(fx->st[i], from->st[i], sizeof(from->st[i]));
	fx->mxcsr &= fpu_mxcsr_mask();
}

/* Write the state in the registers to the stack, and begin the handler with a fresh one. */
static int fpstate_push(struct fpstate *user)
{
	struct fpstate state;

	fpu_save(current->fpu);
	memcpy(&state.fx, current->fpu, sizeof(state.fx));
	memset((u8 *)(&state.fx + 1) - FX_SOFTWARE, 0, FX_SOFTWARE);
	fpstate_from_fx(&state);
	if (copy_to_user(user, &state, sizeof(state)))
		return -EFAULT;
	fpu_init_image(current->fpu);
	fpu_load(current->fpu);
	return 0;
}

static int fpstate_pop(const struct fpstate *user)
{
	struct fpstate state;

	if (!user) {
		fpu_init_image(current->fpu);
	} else {
		if (copy_from_user(&state, user, sizeof(state)))
			return -EFAULT;
		fx_from_fpstate(&state);
		memcpy(current->fpu, &state.fx, sizeof(state.fx));
	}
	fpu_load(current->fpu);
	return 0;
}

/* ---- Pushing ------------------------------------------------------------------------------------------------------- */

struct frame_place {
	vaddr_t frame, fpstate;
};

/* Where things go on the handler's stack; false: they do not fit the alternate one. */
static bool frame_place(const struct regs *regs, u32 flags, u32 size, struct frame_place *place)
{
	const struct signal_altstack *alt = &current->signals->altstack;
	bool on_alt = altstack_active(alt, regs->esp);
	vaddr_t sp = regs->esp;

	if ((flags & SA_ONSTACK) && alt->size && !on_alt) {
		sp = alt->sp + alt->size;
		on_alt = true;
	}
	place->fpstate = ((sp - sizeof(struct fxsave)) & ~63u) - offsetof(struct fpstate, fx);
	place->frame = ((place->fpstate - size + 4) & ~15u) - 4;
	return place->frame < sp && (!on_alt || altstack_contains(alt, place->frame));
}

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

/* Without a restorer of the program's, return to the code on the stack. */
static vaddr_t return_address(const struct signal_action *action, vaddr_t on_stack)
{
	return action->flags & SA_RESTORER ? action->restorer : on_stack;
}

static int frame_push_old(const struct frame_place *place, const struct regs *regs, const struct signal_action *action,
			  i32 sig, sigset_t mask)
{
	struct sigframe *user = (struct sigframe *)place->frame;
	struct sigframe frame = { .sig = sig, .extra_mask = (u32)(mask >> 32) };

	frame.return_address = return_address(action, (vaddr_t)user->trampoline);
	context_save(&frame.context, regs, place->fpstate, mask);
	memcpy(frame.trampoline, trampoline, sizeof(trampoline));
	return copy_to_user(user, &frame, sizeof(frame));
}

static int frame_push_rt(const struct frame_place *place, const struct regs *regs, const struct signal_action *action,
			 const struct siginfo *info, sigset_t mask)
{
	struct rt_sigframe *user = (struct rt_sigframe *)place->frame;
	struct rt_sigframe frame = {
		.sig = info->signo,
		.info_pointer = (vaddr_t)user->info,
		.context_pointer = (vaddr_t)&user->ucontext,
		.ucontext = { .stack = current->signals->altstack, .mask = mask },
	};

	frame.return_address = return_address(action, (vaddr_t)user->trampoline);
	memcpy(frame.info, info, sizeof(*info));
	context_save(&frame.ucontext.context, regs, place->fpstate, mask);
	memcpy(frame.trampoline, rt_trampoline, sizeof(rt_trampoline));
	if (copy_to_user(user, &frame, sizeof(frame)))
		return -EFAULT;
	if (current->signals->altstack.flags & SS_AUTODISARM)
		current->signals->altstack = (struct signal_altstack){ .flags = SS_DISABLE };
	return 0;
}

int sigframe_push(struct regs *regs, const struct signal_action *action, const struct siginfo *info, sigset_t mask)
{
	bool rt = action->flags & SA_SIGINFO;
	struct rt_sigframe *user;
	struct frame_place place;
	int error;

	if (!frame_place(regs, action->flags, rt ? sizeof(struct rt_sigframe) : sizeof(struct sigframe), &place))
		return -EFAULT;
	if (fpstate_push((struct fpstate *)place.fpstate))
		return -EFAULT;
	error = rt ? frame_push_rt(&place, regs, action, info, mask) :
		     frame_push_old(&place, regs, action, info->signo, mask);
	if (error)
		return error;
	user = (struct rt_sigframe *)place.frame;
	regs->esp = place.frame;
	regs->eip = action->handler;
	regs->eax = (u32)info->signo;  /* for handlers compiled with -mregparm=3 */
	regs->edx = rt ? (vaddr_t)user->info : 0;
	regs->ecx = rt ? (vaddr_t)&user->ucontext : 0;
	regs->ds = regs->es = regs->ss = USER_DS;
	regs->cs = USER_CS;
	regs->eflags &= ~(EFLAGS_DF | EFLAGS_RF | EFLAGS_TF);
	return 0;
}

/* ---- Returning ------------------------------------------------------------------------------------------------------ */

/* Selectors are the user's wish, at privilege 3: one that cannot be loaded is dealt with on the way out (entry.asm). */
static int context_restore(struct regs *regs, const struct sigcontext *from)
{
	regs->gs = from->gs & 0xffff;
	regs->fs = from->fs & 0xffff;
	regs->es = from->es & 0xffff;
	regs->ds = from->ds & 0xffff;
	regs->edi = from->edi;
	regs->esi = from->esi;
	regs->ebp = from->ebp;
	regs->esp = from->esp;
	regs->ebx = from->ebx;
	regs->edx = from->edx;
	regs->ecx = from->ecx;
	regs->eax = from->eax;
	regs->eip = from->eip;
	regs->cs = (from->cs & 0xffff) | 3;
	regs->ss = (from->ss & 0xffff) | 3;
	regs->eflags = (regs->eflags & ~EFLAGS_USER) | (from->eflags & EFLAGS_USER);
	regs->orig_eax = ~0u;          /* no call to be restarted */
	return fpstate_pop((const struct fpstate *)from->fpstate);
}

/* A frame that cannot be read back: there is nothing to return to. */
static i32 frame_bad(void)
{
	signal_fault(SIGSEGV, SI_KERNEL, 0, current->signals->trapno, current->signals->error_code);
	return 0;
}

i32 sys_sigreturn(void)
{
	struct regs *regs = task_regs(current);
	/* The handler has popped the return address, and the trampoline the signal's number. */
	const struct sigframe *user = (const struct sigframe *)(regs->esp - 8);
	struct sigcontext context;
	u32 extra_mask;

	if (copy_from_user(&context, &user->context, sizeof(context)) || get_user(extra_mask, &user->extra_mask))
		return frame_bad();
	signal_set_blocked(context.oldmask | (sigset_t)extra_mask << 32);
	if (context_restore(regs, &context))
		return frame_bad();
	return (i32)regs->eax;
}

i32 sys_rt_sigreturn(void)
{
	struct regs *regs = task_regs(current);
	const struct rt_sigframe *user = (const struct rt_sigframe *)(regs->esp - 4);
	struct ucontext context;

	if (copy_from_user(&context, &user->ucontext, sizeof(context)))
		return frame_bad();
	signal_set_blocked(context.mask);
	if (context_restore(regs, &context.context))
		return frame_bad();
	altstack_set(&context.stack, regs->esp);
	return (i32)regs->eax;
}
