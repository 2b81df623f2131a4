/* The kernel's log: a ring, and the ports that it is copied to. */
#include "kernel/printk.h"
#include "kernel/args.h"
#include "kernel/lib/string.h"
#include "kernel/serial.h"
#include "kernel/vga.h"
#include "kernel/x86/cpu.h"

#define RING_SIZE 16384u           /* a power of two */
#define LINE_SIZE 512u             /* the most that one call can say */

enum { TO_COM1 = 1, TO_COM2 = 2, TO_VGA = 4 };

static char ring[RING_SIZE];
static u32 written;                /* bytes ever */
static u32 ports;

static void copy_out(const char *bytes, size_t n)
{
	if (ports & TO_COM1)
		serial_write(SERIAL_COM1, bytes, n);
	if (ports & TO_COM2)
		serial_write(SERIAL_COM2, bytes, n);
	if (ports & TO_VGA)
		vga_write(bytes, n);
}

void vprintk(const char *format, va_list args)
{
	static char line[LINE_SIZE];
	u32 flags = irq_save();
	size_t n = vsnprintf(line, sizeof(line), format, args);

	n = MIN(n, sizeof(line) - 1);
	for (size_t i = 0; i < n; i++)
		ring[written++ % RING_SIZE] = line[i];
	copy_out(line, n);
	irq_restore(flags);
}

void printk(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintk(format, args);
	va_end(args);
}

size_t printk_read(u32 *position, char *to, size_t n)
{
	size_t done = 0;

	if (written - *position > RING_SIZE)
		*position = written - RING_SIZE;
	while (done < n && *position != written)
		to[done++] = ring[(*position)++ % RING_SIZE];
	return done;
}

void printk_init(void)
{
	ports = args_is("log", "com2") ? TO_COM2 : TO_COM1 | TO_VGA;
	copy_out(ring, MIN(written, RING_SIZE));
}

void printk_everywhere(void) { ports |= args_is("stdio", "host") ? TO_VGA : TO_VGA | TO_COM1; }
