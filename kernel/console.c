/*
 * Bytes for people and for the host. Input goes from COM1's interrupt handler to its readers through a ring:
 *
 *   COM1 ──► [ taken … put ) ──► console_read()       full: the interrupt stays off until half of it is free, so that
 *                                                     the port's own queue fills and holds the sender back
 */
#include "kernel/console.h"
#include "kernel/args.h"
#include "kernel/irq.h"
#include "kernel/vga.h"
#include "kernel/x86/cpu.h"

#define RING_SIZE 4096u            /* a power of two */

struct console_input console_input = { .waiters = { LIST_INIT(console_input.waiters.waiters) } };
static u8 ring[RING_SIZE];
static u32 put, taken;             /* bytes ever, so put - taken are in the ring; changed with interrupts off */
static bool held_back, host_channel;       /* the second: COM1 is a program's standard input and nothing for people */

void console_write(const void *bytes, size_t n)
{
	serial_write(SERIAL_COM1, bytes, n);
	if (!host_channel)
		vga_write(bytes, n);
}

/* Move what has been received into the ring. Interrupts off. */
static void receive(void)
{
	u8 byte;

	while (put - taken < RING_SIZE && serial_receive(SERIAL_COM1, &byte))
		ring[put++ % RING_SIZE] = byte;
	held_back = put - taken == RING_SIZE;
	serial_receive_interrupts(SERIAL_COM1, !held_back);
}

static void com1_interrupt(bool user UNUSED)
{
	receive();
	if (console_input.received)
		console_input.received();
	wait_wake_all(&console_input.waiters);
}

size_t console_read(void *bytes, size_t n)
{
	u32 flags = irq_save();
	u8 *to = bytes;
	size_t done = 0;

	while (done < n && taken != put)
		to[done++] = ring[taken++ % RING_SIZE];
	if (held_back && put - taken <= RING_SIZE / 2)
		receive();
	irq_restore(flags);
	return done;
}

bool console_readable(void) { return taken != put; }

void console_init(void)
{
	serial_init(SERIAL_COM1);
	serial_init(SERIAL_COM2);
	vga_init();
}

void console_input_init(void)
{
	host_channel = args_is("stdio", "host");
	irq_register(IRQ_COM1, com1_interrupt);
	receive();
}
