/* Kernel timers: a callback once the clock has reached a deadline, as exact as the tick. */
#pragma once

#include "kernel/lib/tree.h"

struct timer {
	struct tree_node node;         /* of those that run */
	bool running;
	u64 deadline;                  /* of clock_now_ns() */
	/* Called once in the timer interrupt, the timer no longer running; may start it again, and may not sleep. */
	void (*expired)(struct timer *timer);
};

void timer_setup(struct timer *timer, void (*expired)(struct timer *timer));
/* Start it, or move its deadline. A deadline gone by expires at the next tick. */
void timer_start(struct timer *timer, u64 deadline);
/* Afterwards it does not run, whether it did or not. Owed before its memory goes. */
void timer_stop(struct timer *timer);
static inline bool timer_running(const struct timer *timer) { return timer->running; }

/* The tick: call what has expired. Interrupts off. */
void timer_tick(void);
