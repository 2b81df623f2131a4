/* The registers of the interrupted code, as boot-time stubs push them: the layout that Linux's i386 ABI shows in signal frames. */
#pragma once

#include "kernel/lib/types.h"

struct regs {
	u32 ebx, ecx, edx, esi, edi, ebp, eax;
	u32 ds, es, fs, gs;
	u32 orig_eax;              /* system call number, or ~0 for interrupts and exceptions */
	u32 eip, cs, eflags;
	u32 esp, ss;               /* only there when the interrupted code was user mode */
};

static inline bool regs_user(const struct regs *regs) { return (regs->cs & 3) == 3; }
