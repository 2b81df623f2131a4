/* What stops the kernel: only kernel mistakes. User mistakes return errors. */
#pragma once

#include "kernel/lib/types.h"

/* Print the words, the registers and a backtrace, and end the machine. */
void panic(const char *format, ...) PRINTF_LIKE(1, 2) NORETURN;

#define assert(cond)                                                                         \
	do {                                                                                 \
		if (unlikely(!(cond)))                                                       \
			panic("%s:%d: %s: assertion failed: %s", __FILE__, __LINE__, __func__, #cond); \
	} while (0)
