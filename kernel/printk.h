/* The kernel's log: a ring that /proc/kmsg shows, copied to the log port as it is written. */
#pragma once

#include "kernel/lib/types.h"

/* May be called from anywhere, interrupt handlers included. Lines end with \n. Does not sleep. */
void printk(const char *format, ...) PRINTF_LIKE(1, 2);
