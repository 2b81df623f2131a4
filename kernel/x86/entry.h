/* The ways in and out of the kernel (kernel/x86/entry.asm), and what they leave on the stack. */
#pragma once

#include "kernel/lib/types.h"

/* The registers of the interrupted code: the layout that Linux's i386 ABI shows in signal frames. */
struct regs {
	u32 ebx, ecx, edx, esi, edi, ebp, eax;
	u32 ds, es, fs, gs;
	u32 orig_eax;              /* system call number, or ~0 for interrupts and exceptions */
	u32 eip, cs, eflags;
	u32 esp, ss;               /* only there when the interrupted code was user mode */
};

static inline bool regs_user(const struct regs *regs) { return (regs->cs & 3) == 3; }

/*
 * Not zero: something must be done before user mode runs on (a signal is pending for the running task, or another task should
 * run). Set it from anywhere; who handles the work clears it.
 */
extern u32 user_work;
/*
 * Do that work. Called on the way to user mode while user_work is set, again and again until it is not, with interrupts off; may
 * turn them on and may sleep.
 */
void return_to_user_work(struct regs *regs);

/* Push the callee-saved registers, leave the stack pointer in *save_esp, and go on where `load_esp` was left. Interrupts off. */
void context_switch(u32 *save_esp, u32 load_esp);
/*
 * Where the first context_switch() to a new task arrives: its stack holds four words for the callee-saved registers (edi, esi,
 * ebx, ebp), the address of this, and then the struct regs to load. Not to be called.
 */
void return_to_user(void);

/*
 * kernel/trap.c: serve an exception or interrupt, with interrupts off. What user mode has caused becomes a signal. In the kernel, a
 * place of the exception table goes on at its fixup, and anything else is a panic.
 */
void trap(struct regs *regs, u32 vector, u32 error);
/* frame_low(): let the way out to user mode make room. */
void trap_low_memory(void);
/* The double-fault task's last words. */
void trap_double_fault(const struct regs *regs, vaddr_t esp) NORETURN;
