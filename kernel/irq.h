/* Interrupt lines of the two 8259 controllers. */
#pragma once

#include "kernel/lib/types.h"

enum { IRQ_TIMER = 0, IRQ_COM1 = 4, IRQ_IDE0 = 14, IRQ_LINES = 16 };

/* Handlers run with interrupts off; `user` says whether user mode was interrupted. Registering unmasks the line. */
void irq_register(u32 line, void (*handler)(bool user));

/* Boot: move the lines to vectors 0x20-0x2f, all masked. */
void irq_init(void);
/* From the entry code. */
void irq_dispatch(u32 line, bool user);
