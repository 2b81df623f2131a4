/* The text screen: 80 x 25, scrolling. */
#include "kernel/vga.h"
#include "kernel/lib/string.h"
#include "kernel/x86/cpu.h"
#include "mm/memlayout.h"

#define COLUMNS 80u
#define ROWS 25u
#define TAB 8u
#define BLANK 0x0720               /* a space, light grey on black */
#define FRAME_BUFFER 0xb8000u
#define CRTC_INDEX 0x3d4
#define CRTC_DATA 0x3d5
#define CRTC_CURSOR_HIGH 14
#define CRTC_CURSOR_LOW 15

static u32 row, column;

static u16 *cell(u32 r, u32 c)
{
	return (u16 *)paddr_to_kernel(FRAME_BUFFER) + r * COLUMNS + c;
}

static void blank(u32 from_row)
{
	for (u32 r = from_row; r < ROWS; r++)
		for (u32 c = 0; c < COLUMNS; c++)
			*cell(r, c) = BLANK;
}

static void new_line(void)
{
	column = 0;
	if (++row < ROWS)
		return;
	memmove(cell(0, 0), cell(1, 0), (ROWS - 1) * COLUMNS * sizeof(u16));
	blank(ROWS - 1);
	row = ROWS - 1;
}

static void put(char c)
{
	switch (c) {
	case '\n':
		new_line();
		return;
	case '\r':
		column = 0;
		return;
	case '\b':
		column -= column > 0;
		return;
	case '\t':
		column = (column + TAB) & ~(TAB - 1);
		break;
	default:
		*cell(row, column++) = (BLANK & 0xff00) | (u8)c;
	}
	if (column >= COLUMNS)
		new_line();
}

static void move_cursor(void)
{
	u32 at = row * COLUMNS + column;

	outb(CRTC_INDEX, CRTC_CURSOR_HIGH);
	outb(CRTC_DATA, at >> 8);
	outb(CRTC_INDEX, CRTC_CURSOR_LOW);
	outb(CRTC_DATA, at);
}

void vga_write(const char *bytes, size_t n)
{
	while (n--)
		put(*bytes++);
	move_cursor();
}

void vga_init(void)
{
	row = column = 0;
	blank(0);
	move_cursor();
}
