/*
 * Exceptions and interrupts: page faults go to mm, what else user mode does wrong becomes the signal that Linux sends for it.
 */
#include "kernel/irq.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "kernel/signal.h"
#include "kernel/x86/cpu.h"
#include "mm/fault.h"
#include "mm/reclaim.h"

#define FIRST_IRQ 0x20u
#define VECTOR_IRET 0x100u         /* entry.asm: an iret to user mode has failed */
#define TRAPNO_IRET 32u            /* what Linux calls that */
enum { PAGE_FAULT_PRESENT = 1, PAGE_FAULT_WRITE = 2 };             /* the error code: SDM vol. 3, 4.7 */
enum { DIVIDE, DEBUG, NMI, BREAKPOINT, OPCODE = 6, PROTECTION = 13, PAGE, X87 = 16, ALIGNMENT, SIMD = 19 };

struct fixup {
	vaddr_t fault, go_on;
};
extern const struct fixup ex_table_start[], ex_table_end[];

/* What user mode gets for an exception; unlisted ones are SIGSEGV. Code 0 stands for the kernel's own SI_KERNEL. */
static const struct {
	const char *name;
	u8 sig, code;
	bool address;              /* si_addr is the instruction */
} exceptions[FIRST_IRQ] = {
	[DIVIDE] = { "divide error", SIGFPE, FPE_INTDIV, true },
	[DEBUG] = { "debug exception", SIGTRAP, TRAP_TRACE, true },
	[BREAKPOINT] = { "breakpoint", SIGTRAP, 0, false },
	[OPCODE] = { "invalid opcode (an undefined-behaviour check, if built so)", SIGILL, ILL_ILLOPN, true },
	[11] = { "segment not present", SIGBUS, 0, false },
	[12] = { "stack segment", SIGBUS, 0, false },
	[PROTECTION] = { "general protection", SIGSEGV, 0, false },
	[PAGE] = { "page fault", SIGSEGV, 0, false },
	[X87] = { "x87 exception", SIGFPE, 0, true },
	[ALIGNMENT] = { "alignment check", SIGBUS, BUS_ADRALN, false },
	[SIMD] = { "SIMD exception", SIGFPE, 0, true },
};

/* The kernel has faulted: go on at the fixup of that instruction, if there is one. */
static bool fixed_up(struct regs *regs)
{
	for (const struct fixup *f = ex_table_start; f < ex_table_end; f++)
		if (f->fault == regs->eip) {
			regs->eip = f->go_on;
			return true;
		}
	return false;
}

/* What the interrupted kernel code's stack pointer was: the processor pushed nothing below eflags. */
static vaddr_t kernel_esp(const struct regs *regs) { return (vaddr_t)&regs->esp; }

void trap_double_fault(const struct regs *regs, vaddr_t esp)
{
	vaddr_t address = cr2_read();

	/* A push that fails is next to the stack pointer: that page can only be the guard page. */
	if (address - esp < PAGE_SIZE || esp - address <= PAGE_SIZE)
		panic_regs(regs, esp, "kernel stack overflow into the guard page at %08x, task %d (%s)", page_floor(address),
			   current->pid, current->name);
	panic_regs(regs, esp, "double fault, cr2 %08x, task %d (%s)", address, current->pid, current->name);
}

static NOINLINE void page_fault_failed(struct regs *regs, vaddr_t address, u32 error, enum fault_result result)
{
	if (!regs_user(regs)) {
		if (!fixed_up(regs))
			panic_regs(regs, kernel_esp(regs), "page fault at %08x, error %04x, task %d (%s)", address, error,
				   current->pid, current->name);
		return;
	}
	if (address >= USER_END)
		error |= PAGE_FAULT_PRESENT; /* as Linux: what is mapped there is no business of theirs */
	if (result == FAULT_BUS)
		signal_fault(SIGBUS, BUS_ADRERR, address, PAGE, error);
	else
		signal_fault(SIGSEGV, result == FAULT_ACCERR ? SEGV_ACCERR : SEGV_MAPERR, address, PAGE, error);
}

static void page_fault(struct regs *regs, u32 error)
{
	vaddr_t address = cr2_read();
	enum fault_result result = FAULT_MAPERR;

	if (regs->eflags & EFLAGS_IF)
		irq_enable();
	if (address < USER_END && current->space)
		result = fault(current->space, address, error & PAGE_FAULT_WRITE ? ACCESS_WRITE : ACCESS_READ);
	if (result == FAULT_OK)
		current->usage.min_faults++;
	else if (result == FAULT_MAJOR)
		current->usage.maj_faults++;
	else
		page_fault_failed(regs, address, error, result);
}

/* The si_code of what x87 or SSE complain of: unmasked exceptions in order of urgency; 0: it is gone already. */
static i32 fpu_code(u32 vector)
{
	static const struct {
		u8 bits, code;
	} urgency[] = { { 0x01, FPE_FLTINV }, { 0x04, FPE_FLTDIV }, { 0x08, FPE_FLTOVF }, { 0x12, FPE_FLTUND }, { 0x20, FPE_FLTRES } };
	u16 control, status;
	u32 mxcsr, raised;

	if (vector == X87) {
		__asm__ volatile("fnstcw %0\n\tfnstsw %1" : "=m"(control), "=m"(status));
		raised = status & ~control;
	} else {
		__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
		raised = mxcsr & ~(mxcsr >> 7);
	}
	for (u32 i = 0; i < ARRAY_SIZE(urgency); i++)
		if (raised & urgency[i].bits)
			return urgency[i].code;
	return 0;
}

static void user_trap(struct regs *regs, u32 vector, u32 error)
{
	u32 sig = exceptions[vector].sig ? exceptions[vector].sig : SIGSEGV;
	i32 code = exceptions[vector].code;

	if (vector == X87 || vector == SIMD) {
		code = fpu_code(vector);
		if (!code)
			return;
	}
	signal_fault(sig, code ? code : SI_KERNEL, exceptions[vector].address ? regs->eip : 0, vector, error);
}

u32 user_work;

void trap_low_memory(void) { user_work = true; }

void return_to_user_work(struct regs *regs)
{
	irq_enable();
	if (reclaim_is_due(0))
		reclaim_make_room();
	if (need_resched)
		schedule();
	if (signal_pending(current))
		signal_deliver(regs);
	irq_disable();
	user_work = need_resched || signal_pending(current);
}

static NOINLINE void other_trap(struct regs *regs, u32 vector, u32 error)
{
	if (vector == VECTOR_IRET) {
		irq_enable();
		signal_fault(SIGILL, ILL_BADSTK, 0, TRAPNO_IRET, error);
	} else if (vector >= FIRST_IRQ) {
		irq_dispatch(vector - FIRST_IRQ, regs_user(regs));
	} else if (vector == NMI) {
		printk("NMI ignored\n");
	} else if (regs_user(regs)) {
		irq_enable();
		user_trap(regs, vector, error);
	} else if (!fixed_up(regs)) {
		panic_regs(regs, kernel_esp(regs), "%s, vector %u, error %04x, task %d (%s)",
			   exceptions[vector].name ? exceptions[vector].name : "exception", vector, error, current->pid,
			   current->name);
	}
}

void trap(struct regs *regs, u32 vector, u32 error)
{
	if (vector == PAGE)
		page_fault(regs, error);
	else
		other_trap(regs, vector, error);
}
