/*
 * Segments, gates and the task state segment. Selectors are those of Linux i386, since programs see them in signal frames
 * and set_thread_area hands out its entries.
 */
#pragma once

#include "kernel/lib/types.h"

struct regs;

/* GDT_TLS: set_thread_area's entries, selectors 0x33, 0x3b, 0x43. */
enum { GDT_TLS_FIRST = 6, GDT_TLS_COUNT = 3, KERNEL_CS = 0x60, KERNEL_DS = 0x68, USER_CS = 0x73, USER_DS = 0x7b };

/* Boot: load GDT, IDT and task register with the kernel's own. Interrupts stay off. */
void descriptors_init(void);
/*
 * Boot, once the kernel's page directory is loaded: set up the task that runs when the processor cannot enter an exception handler,
 * on a stack of its own and the directory now loaded. report() gets the interrupted registers and stack pointer, and does not return.
 */
void double_fault_init(void (*report)(const struct regs *regs, vaddr_t esp));
/* The stack that the next entry from user mode begins on. */
void tss_set_stack(vaddr_t top);
/* Make the running task's three descriptors (struct task's tls) the ones in force. Segment registers are loaded on the way out. */
void tls_load(const u64 descriptors[GDT_TLS_COUNT]);
