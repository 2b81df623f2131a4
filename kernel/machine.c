/* How the machine ends. */
#include "kernel/machine.h"
#include "kernel/printk.h"
#include "kernel/serial.h"
#include "kernel/x86/cpu.h"

/* Ports. The third is PM1a control of QEMU's PIIX4 as its firmware places it. */
enum { DEBUG_EXIT = 0xf4, BOCHS = 0x8900, ACPI_PIIX4 = 0x604, KEYBOARD_COMMAND = 0x64 };
enum { ACPI_SLEEP = 0x2000 /* S5 */, KEYBOARD_RESET = 0xfe };

/* Nothing more will be written. */
static void last_words(void)
{
	irq_disable();
	serial_drain(SERIAL_COM1);
	serial_drain(SERIAL_COM2);
}

void machine_end(u8 code)
{
	last_words();
	outb(DEBUG_EXIT, code);
	for (const char *p = "Shutdown"; *p; p++)
		outb(BOCHS, *p);
	outw(ACPI_PIIX4, ACPI_SLEEP);
	cpu_halt();
}

void machine_restart(void)
{
	static const u16 no_idt[3];            /* limit, base */

	last_words();
	outb(KEYBOARD_COMMAND, KEYBOARD_RESET);
	__asm__ volatile("lidt %0; int3" : : "m"(no_idt)); /* a triple fault resets as well */
	cpu_halt();
}

void machine_refuse(const char *format, ...)
{
	va_list args;

	printk_everywhere();
	printk("commons: ");
	va_start(args, format);
	vprintk(format, args);
	va_end(args);
	printk("\n");
	machine_end(MACHINE_EXIT_PANIC);
}
