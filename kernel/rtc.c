/* The battery-backed clock: MC146818 registers. It has been counting 24 hours since any firmware set it. */
#include "kernel/clock.h"
#include "kernel/lib/string.h"
#include "kernel/x86/cpu.h"

enum { INDEX = 0x70, DATA = 0x71 };        /* ports */
enum { STATUS_A_UPDATING = 0x80, STATUS_B_BINARY = 0x04 };
enum { SECOND = 0, MINUTE = 2, HOUR = 4, DAY = 7, MONTH = 8, YEAR = 9, STATUS_A = 10, STATUS_B = 11 };

struct rtc_time {
	u8 second, minute, hour, day, month, year;
};

static u8 reg(u8 number)
{
	outb(INDEX, number);
	return inb(DATA);
}

static struct rtc_time read_once(void)
{
	while (reg(STATUS_A) & STATUS_A_UPDATING)
		;
	return (struct rtc_time){ reg(SECOND), reg(MINUTE), reg(HOUR), reg(DAY), reg(MONTH), reg(YEAR) };
}

/* Days from 1970-01-01; the year begins in March, so that the leap day is its last. */
static u32 days(u32 year, u32 month, u32 day)
{
	u32 m = (month + 9) % 12, y = year - (month < 3);

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

u32 rtc_read(void)
{
	struct rtc_time t = read_once(), again;

	while (again = read_once(), memcmp(&t, &again, sizeof(t)) != 0)
		t = again;
	if (!(reg(STATUS_B) & STATUS_B_BINARY)) /* but decimal */
		for (u8 *field = &t.second; field <= &t.year; field++)
			*field = (*field >> 4) * 10 + (*field & 15);
	return ((days(2000 + t.year, t.month, t.day) * 24 + t.hour) * 60 + t.minute) * 60 + t.second;
}
