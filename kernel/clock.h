/* Clocks: nanoseconds since boot from the time-stamp counter, and the real time that the RTC told at boot. */
#pragma once

#include "kernel/lib/types.h"

#define NS_PER_SEC 1000000000u
#define NS_PER_MS 1000000u
#define NS_PER_USEC 1000u

/*
 * Boot: measure the counter against the PIT and begin at 0; `rtc_seconds` is the real time, since 1970. From then on there is a timer
 * interrupt so often, which calls clock_tick(): it lets the seconds go on.
 */
void clock_init(u32 rtc_seconds, u32 hz);
void clock_tick(void);
/* The battery-backed clock's time, taken as UTC, in seconds since 1970: kernel/rtc.c. */
u32 rtc_read(void);
/* Monotonic since boot. Under an instruction clock it is as deterministic as the counter. */
u64 clock_now_ns(void);
/* Nanoseconds since 1970. */
u64 clock_realtime_ns(void);
/* Seconds since 1970: the times of files and segments. Costs nothing; up to a tick late, as time() is on Linux. */
u32 clock_realtime(void);
void clock_set_realtime(u64 ns);
