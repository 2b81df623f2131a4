/* Where bytes for people go and come from: COM1, VGA, and QEMU's debug ports. */
#pragma once

#include "kernel/serial.h"
#include "kernel/wait.h"

/* By their I/O ports. */
enum console_port {
	CONSOLE_HOST_OUT = 0xe9, CONSOLE_HOST_ERR = 0xea, CONSOLE_HOST_EXIT = 0xeb, CONSOLE_COM1 = SERIAL_COM1,
};

/* Write bytes to a port, as they are. Does not sleep. COM1 output is also shown on VGA unless it is a host channel. */
void console_write(enum console_port port, const void *bytes, size_t n);

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
