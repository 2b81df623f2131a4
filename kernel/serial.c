/* The serial ports: registers of the National Semiconductor PC16550D data sheet. */
#include "kernel/serial.h"
#include "kernel/x86/cpu.h"

enum { DATA, INTERRUPTS, FIFO, LINE, MODEM, STATUS };      /* offsets; DATA and INTERRUPTS are the divisor under LINE_DIVISOR */

#define INTERRUPT_RECEIVED 0x01
#define FIFO_ON 0xc7               /* cleared, interrupting at 14 of 16 bytes or after a pause */
#define FIFO_SIZE 16u
enum { LINE_8N1 = 0x03, LINE_DIVISOR = 0x80, DIVISOR_115200 = 1 };
#define MODEM_ON 0x0b              /* DTR, RTS, and OUT2, which lets the interrupt through */
enum { STATUS_RECEIVED = 0x01, STATUS_SENT = 0x20, STATUS_IDLE = 0x40 };    /* its queue is empty; it is empty itself */
#define NO_PORT 0xff               /* what an empty bus reads as */

void serial_init(u16 port)
{
	outb(port + INTERRUPTS, 0);
	outb(port + LINE, LINE_DIVISOR);
	outb(port + DATA, DIVISOR_115200);
	outb(port + INTERRUPTS, 0);
	outb(port + LINE, LINE_8N1);
	outb(port + FIFO, FIFO_ON);
	outb(port + MODEM, MODEM_ON);
}

void serial_write(u16 port, const char *bytes, size_t n)
{
	while (n) {
		size_t now = MIN(n, (size_t)FIFO_SIZE);
		u32 flags = irq_save(); /* an interrupt handler may write here, too */

		while (!(inb(port + STATUS) & STATUS_SENT))
			;
		outsb(port + DATA, bytes, now);
		irq_restore(flags);
		bytes += now;
		n -= now;
	}
}

void serial_drain(u16 port)
{
	while (!(inb(port + STATUS) & STATUS_IDLE))
		;
}

bool serial_receive(u16 port, u8 *byte)
{
	u8 status = inb(port + STATUS);

	if (status == NO_PORT || !(status & STATUS_RECEIVED))
		return false;
	*byte = inb(port + DATA);
	return true;
}

void serial_receive_interrupts(u16 port, bool on) { outb(port + INTERRUPTS, on ? INTERRUPT_RECEIVED : 0); }
