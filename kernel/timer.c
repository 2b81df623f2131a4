/*
 * The timer wheel: two rings of slots, time in steps of a millisecond.
 *
 *   near[256]   a slot for each of the next 256 steps         far[256]   a slot for each 256 steps after them
 *
 * Right before the near ring begins anew, the far slot of the 256 steps to come is emptied into it. What lies beyond both rings waits in
 * the far ring's last slot, and is placed again from there.
 */
#include "kernel/timer.h"
#include "kernel/clock.h"
#include "kernel/x86/cpu.h"

#define STEP_NS NS_PER_MS
#define SLOTS 256u

static struct list near[SLOTS], far[SLOTS];
static u64 now_step;                    /* timers of this step and before have expired */

void timer_init(void)
{
	for (u32 i = 0; i < SLOTS; i++) {
		list_init(&near[i]);
		list_init(&far[i]);
	}
}

/* Deadlines are rounded up, so that no timer expires early. */
static u64 step_of(u64 ns)
{
	return (ns + STEP_NS - 1) / STEP_NS;
}

static struct list *slot_of(u64 deadline)
{
	u64 step = deadline > UINT64_MAX - STEP_NS ? UINT64_MAX : step_of(deadline);
	u64 turn = step / SLOTS, now_turn = now_step / SLOTS;

	if (step <= now_step)
		return &near[(now_step + 1) % SLOTS];
	if (step - now_step <= SLOTS)
		return &near[step % SLOTS];
	return &far[MIN(turn, now_turn + SLOTS - 1) % SLOTS];
}

void timer_setup(struct timer *timer, void (*expired)(struct timer *timer))
{
	list_init(&timer->link);
	timer->expired = expired;
}

void timer_start(struct timer *timer, u64 deadline)
{
	u32 flags = irq_save();

	list_remove(&timer->link);
	timer->deadline = deadline;
	list_push_back(slot_of(deadline), &timer->link);
	irq_restore(flags);
}

void timer_stop(struct timer *timer)
{
	u32 flags = irq_save();

	list_remove(&timer->link);
	irq_restore(flags);
}

/* Move a slot's timers to a list of their own, so that those which are placed again do not come up again. */
static void slot_take(struct list *slot, struct list *taken)
{
	list_init(taken);
	if (!list_empty(slot)) {
		list_insert_between(taken, slot->prev, slot);
		list_remove(slot);
	}
}

static void far_spread(struct list *slot)
{
	struct list taken;

	slot_take(slot, &taken);
	while (!list_empty(&taken)) {
		struct timer *timer = list_first(&taken, struct timer, link);

		list_remove(&timer->link);
		list_push_back(slot_of(timer->deadline), &timer->link);
	}
}

static void near_expire(struct list *slot)
{
	struct list taken;

	slot_take(slot, &taken);
	while (!list_empty(&taken)) {
		struct timer *timer = list_first(&taken, struct timer, link);

		list_remove(&timer->link);
		timer->expired(timer);
	}
}

void timer_tick(void)
{
	for (u64 end = clock_now_ns() / STEP_NS; now_step < end;) {
		if ((now_step + 1) % SLOTS == 0)
			far_spread(&far[(now_step + 1) / SLOTS % SLOTS]);
		now_step++;
		near_expire(&near[now_step % SLOTS]);
	}
}
