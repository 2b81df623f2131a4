/* The text screen: 80 x 25, scrolling. */
#include "kernel/vga.h"
#include "kernel/lib/string.h"
#include "kernel/x86/cpu.h"
#include "mm/memlayout.h"

enum { COLUMNS = 80, CELLS = 25 * COLUMNS, TAB = 8 };
enum { FRAME_BUFFER = 0xb8000, BLANK = 0x0720 };   /* where the cells are; a space, light grey on black */
enum { CRTC_INDEX = 0x3d4, CRTC_DATA = 0x3d5 };    /* ports */
enum { CRTC_CURSOR = 10, CRTC_CURSOR_OFF = 0x20 };

static u32 at;                     /* where the next character goes */

static u16 *cell(u32 place) { return (u16 *)paddr_to_kernel(FRAME_BUFFER) + place; }

static void blank(u32 from)
{
	for (u32 place = from; place < CELLS; place++)
		*cell(place) = BLANK;
}

static void put(char c)
{
	switch (c) {
	case '\n': at += COLUMNS - at % COLUMNS; break;
	case '\r': at -= at % COLUMNS; break;
	case '\b': at -= at % COLUMNS > 0; break;
	case '\t': at += TAB - at % TAB; break;
	default: *cell(at++) = (BLANK & 0xff00) | (u8)c;
	}
	if (at < CELLS)
		return;
	memmove(cell(0), cell(COLUMNS), (CELLS - COLUMNS) * sizeof(u16));
	at -= COLUMNS;
	blank(CELLS - COLUMNS);
}

void vga_write(const char *bytes, size_t n)
{
	u32 flags = irq_save();        /* an interrupt handler may write here, too */

	while (n--)
		put(*bytes++);
	irq_restore(flags);
}

void vga_init(void)
{
	blank(0);
	outb(CRTC_INDEX, CRTC_CURSOR);
	outb(CRTC_DATA, CRTC_CURSOR_OFF); /* nothing is typed here */
}
