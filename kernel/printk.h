/* The kernel's log: a ring that /proc/kmsg shows, copied to the log port as it is written. */
#pragma once

#include <stdarg.h>
#include "kernel/lib/types.h"

/* May be called from anywhere, interrupt handlers included. Lines end with \n. Does not sleep. */
void printk(const char *format, ...) PRINTF_LIKE(1, 2);
void vprintk(const char *format, va_list args);

/*
 * Copy up to n bytes of the log from *position on (0: from its beginning; bytes that the ring has lost are skipped) and advance
 * it. 0: nothing more.
 */
size_t printk_read(u32 *position, char *to, size_t n);

/* Boot: where the log goes, by the kernel arguments; what was logged before is copied there. */
void printk_init(void);
/* Last words: from here on also to the screen, and to COM1 unless a program's standard input comes from there. */
void printk_everywhere(void);
