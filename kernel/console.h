/* Where bytes for people go and come from: COM1 and VGA. */
#pragma once

#include "kernel/serial.h"
#include "kernel/wait.h"

/* Write bytes to COM1, and to VGA unless COM1 is a host channel. Does not sleep. */
void console_write(const void *bytes, size_t n);

/*
 * COM1 input, buffered by its interrupt handler; a full buffer holds the sender back. Returns bytes taken (0: none there now).
 * When bytes arrive received() is called, if somebody has set it, in the interrupt handler, and the waiters are woken.
 */
struct console_input {
	void (*received)(void);
	struct wait_queue waiters;
};
extern struct console_input console_input;
size_t console_read(void *bytes, size_t n);
bool console_readable(void);

/* Boot: the ports, for output. Later, once there are interrupts: input from COM1. */
void console_init(void);
void console_input_init(void);
