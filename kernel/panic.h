/* What stops the kernel: only kernel mistakes. User mistakes return errors. */
#pragma once

#include "kernel/lib/types.h"

struct regs;

/* Print the words, the registers and a backtrace, and end the machine. */
void panic(const char *format, ...) PRINTF_LIKE(1, 2) NORETURN;
/* The same for code that a trap has interrupted: these are its registers, `esp` its stack pointer. */
void panic_regs(const struct regs *regs, vaddr_t esp, const char *format, ...) PRINTF_LIKE(3, 4) NORETURN;

#define assert(cond)                                                                         \
	do {                                                                                 \
		if (unlikely(!(cond)))                                                       \
			panic("%s:%d: %s: assertion failed: %s", __FILE__, __LINE__, __func__, #cond); \
	} while (0)
