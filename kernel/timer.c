/* Timers: those that run are in a tree, by deadline. */
#include "kernel/timer.h"
#include "kernel/clock.h"
#include "kernel/x86/cpu.h"

static bool no_value(UNUSED struct tree_node *node)
{
	return false;
}

static struct tree timers = { .update = no_value };
static u64 ticked;                      /* the clock at the last tick */

static struct timer *timer_of(struct tree_node *node)
{
	return container_of(node, struct timer, node);
}

void timer_setup(struct timer *timer, void (*expired)(struct timer *timer))
{
	timer->running = false;
	timer->expired = expired;
}

void timer_start(struct timer *timer, u64 deadline)
{
	u32 flags = irq_save();
	struct tree_node *parent = NULL, **link = &timers.root;

	timer_stop(timer);
	timer->deadline = MAX(deadline, ticked + 1);
	while (*link) {
		parent = *link;
		link = timer->deadline < timer_of(parent)->deadline ? &parent->left : &parent->right;
	}
	tree_insert(&timers, &timer->node, parent, link);
	timer->running = true;
	irq_restore(flags);
}

void timer_stop(struct timer *timer)
{
	u32 flags = irq_save();

	if (timer->running)
		tree_remove(&timers, &timer->node);
	timer->running = false;
	irq_restore(flags);
}

void timer_tick(void)
{
	struct tree_node *first;

	ticked = clock_now_ns();
	while ((first = tree_first(&timers)) && timer_of(first)->deadline <= ticked) {
		timer_stop(timer_of(first));
		timer_of(first)->expired(timer_of(first));
	}
}
