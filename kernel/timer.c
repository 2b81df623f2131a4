/* Timers: those that run are in a tree, by deadline. */
#include "kernel/timer.h"
#include "kernel/clock.h"
#include "kernel/x86/cpu.h"

static struct tree_node timers = TREE_HEAD(timers);
static u64 ticked;                      /* the clock at the last tick */

static struct timer *timer_of(struct tree_node *node) { return container_of(node, struct timer, node); }

void timer_setup(struct timer *timer, void (*expired)(struct timer *timer))
{
	timer->running = false;
	timer->expired = expired;
}

void timer_start(struct timer *timer, u64 deadline)
{
	u32 flags = irq_save();
	struct tree_node *node, *next = &timers;

	timer_stop(timer);
	timer->deadline = MAX(deadline, ticked + 1);
	for (node = timers.left; node; node = node->child[timer->deadline >= timer_of(node)->deadline])
		if (timer->deadline < timer_of(node)->deadline)
			next = node;
	tree_insert(&timer->node, next);
	timer->running = true;
	irq_restore(flags);
}

void timer_stop(struct timer *timer)
{
	u32 flags = irq_save();

	if (timer->running)
		tree_remove(&timer->node);
	timer->running = false;
	irq_restore(flags);
}

void timer_tick(void)
{
	struct timer *timer;

	ticked = clock_now_ns();
	while (timers.next != &timers && (timer = timer_of(timers.next))->deadline <= ticked) {
		timer_stop(timer);
		timer->expired(timer);
	}
}
