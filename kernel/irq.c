/* Interrupt lines of the two 8259 controllers (Intel's data sheet 8259A), in edge-triggered mode. */
#include "kernel/irq.h"
#include "kernel/x86/cpu.h"

enum { MASTER = 0x20, SLAVE = 0xa0 };      /* ports of commands; data is the next one */
enum { ICW1_INIT = 0x11, ICW4_8086 = 0x01, READ_IN_SERVICE = 0x0b, END_OF_INTERRUPT = 0x20 };
#define FIRST_VECTOR 0x20
#define CASCADE 2u                 /* the master's line that the slave is on */

static void (*handlers[IRQ_LINES])(bool user);
static u16 mask = 0xffff & ~(1u << CASCADE);

static void setup(u16 chip, u8 first_vector, u8 cascade, u8 masked)
{
	outb(chip, ICW1_INIT);
	outb(chip + 1, first_vector);
	outb(chip + 1, cascade);
	outb(chip + 1, ICW4_8086);
	outb(chip + 1, masked);
}

void irq_init(void)
{
	setup(MASTER, FIRST_VECTOR, 1u << CASCADE, mask);
	setup(SLAVE, FIRST_VECTOR + 8, CASCADE, mask >> 8);
}

void irq_register(u32 line, void (*handler)(bool user))
{
	u32 flags = irq_save();

	handlers[line] = handler;
	mask &= ~(1u << line);
	outb(MASTER + 1, mask);
	outb(SLAVE + 1, mask >> 8);
	irq_restore(flags);
}

void irq_dispatch(u32 line, bool user)
{
	u16 chip = line < 8 ? MASTER : SLAVE;
	bool real = true;

	if (line % 8 == 7) {            /* the last of a chip is also raised when a request vanishes before it is served */
		outb(chip, READ_IN_SERVICE);
		real = inb(chip) & 1 << 7;
	}
	if (real)
		outb(chip, END_OF_INTERRUPT);
	if (chip == SLAVE)
		outb(MASTER, END_OF_INTERRUPT);
	if (real && handlers[line])
		handlers[line](user);
}
