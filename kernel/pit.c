/* The programmable interval timer 8254. */
#include "kernel/pit.h"
#include "kernel/x86/cpu.h"

#define PIT_HZ 1193182u            /* what it counts */
#define CHANNEL_0 0x40
#define COMMAND 0x43
#define COMMAND_0_RATE 0x34        /* channel 0, both bytes, mode 2 */

void pit_start(u32 hz)
{
	u32 count = (PIT_HZ + hz / 2) / hz;

	outb(COMMAND, COMMAND_0_RATE);
	outb(CHANNEL_0, count);
	outb(CHANNEL_0, count >> 8);
}
