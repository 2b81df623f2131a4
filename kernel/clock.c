/*
 * Clocks. The time-stamp counter is measured once against the PIT (Intel 8254 data sheet), which goes on to give the tick; from then
 * on ns = (counter - base) * multiplier / 2^SHIFT.
 */
#include "kernel/clock.h"
#include "kernel/x86/cpu.h"

#define PIT_HZ 1193182u
/* Ports. Of port B, bit 0 gates channel 2, bit 1 the speaker. */
enum { PIT_CHANNEL0 = 0x40, PIT_CHANNEL2 = 0x42, PIT_COMMAND = 0x43, PORT_B = 0x61 };
/* Commands, both bytes: channel 0, mode 2, interrupt line 0 at a rate; channel 2, mode 0, count down once; and read its count. */
enum { PIT_RATE0 = 0x34, PIT_START2 = 0xb0, PIT_LATCH2 = 0x80 };
#define MEASURED 8192u                 /* PIT counts: 7 ms */
#define SHIFT 24
#define MHZ_MIN 4u                     /* the multiplier fits 32 bits from here on */

static u64 base, realtime_offset;      /* the counter at boot, and ns since 1970 then */
static u32 multiplier, realtime_seconds;       /* the second: since 1970, by the tick */

static u16 pit_count(void)
{
	u8 low;

	outb(PIT_COMMAND, PIT_LATCH2);
	low = inb(PIT_CHANNEL2);
	return low | inb(PIT_CHANNEL2) << 8;
}

void clock_init(u32 rtc_seconds, u32 hz)
{
	u32 mhz, divisor = (PIT_HZ + hz / 2) / hz;
	u64 begin, end;
	u16 first, passed;

	outb(PORT_B, (inb(PORT_B) & ~2) | 1);
	outb(PIT_COMMAND, PIT_START2);
	outb(PIT_CHANNEL2, 0xff);
	outb(PIT_CHANNEL2, 0xff);
	first = pit_count();
	begin = rdtsc();
	do {
		for (u32 spin = 0; spin < 1000; spin++) /* ports are slow under an instruction clock */
			__asm__ volatile("pause");
		passed = first - pit_count();
		end = rdtsc();
	} while (passed < MEASURED);
	mhz = ((end - begin) * PIT_HZ / passed + 500000) / 1000000;    /* rounded: the measurement is good to about one in 5,000 */
	multiplier = (u32)((1000ull << SHIFT) / MAX(mhz, MHZ_MIN));
	base = rdtsc();
	clock_set_realtime((u64)rtc_seconds * NS_PER_SEC);
	outb(PIT_COMMAND, PIT_RATE0);
	outb(PIT_CHANNEL0, divisor);
	outb(PIT_CHANNEL0, divisor >> 8);
}

u64 clock_now_ns(void)
{
	u64 counter = rdtsc() - base;
	u64 low = (u64)(u32)counter * multiplier, high = (u64)(u32)(counter >> 32) * multiplier;

	return (high << (32 - SHIFT)) + (low >> SHIFT);
}

u64 clock_realtime_ns(void) { return realtime_offset + clock_now_ns(); }

u32 clock_realtime(void) { return realtime_seconds; }

void clock_set_realtime(u64 ns)
{
	realtime_offset = ns - clock_now_ns();
	clock_tick();
}

void clock_tick(void) { realtime_seconds = clock_realtime_ns() / NS_PER_SEC; }
