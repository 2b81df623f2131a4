/* How the machine ends. */
#pragma once

#include "kernel/lib/types.h"

/* What QEMU's isa-debug-exit is told; its exit status is 2n + 1. */
#define MACHINE_EXIT_OFF 0x10u
#define MACHINE_EXIT_PANIC 0x7fu

/* Off by whichever way this machine knows: isa-debug-exit with that code, Bochs, ACPI; else stop the processor. */
void machine_end(u8 code) NORETURN;
static inline NORETURN void machine_power_off(void) { machine_end(MACHINE_EXIT_OFF); }
void machine_restart(void) NORETURN;
/* The machine cannot run this: say so in one line and end it. */
void machine_refuse(const char *format, ...) PRINTF_LIKE(1, 2) NORETURN;
