/* Exceptions and interrupts, from kernel/x86/entry.asm. */
#pragma once

#include "kernel/x86/entry.h"

/*
 * Serve one, with interrupts off. What user mode has caused becomes a signal. In the kernel, a place of the exception table goes on
 * at its fixup, and anything else is a panic.
 */
void trap(struct regs *regs, u32 vector, u32 error);
/* frame_low(): let the way out to user mode make room. */
void trap_low_memory(void);
/* The double-fault task's last words. */
void trap_double_fault(const struct regs *regs, vaddr_t esp) NORETURN;
