/*
 * Making room. Page tables are a cache and are charged to nobody, so when grants have taken every other frame they are what is left
 * to drop; faults rebuild them.
 */
#include "mm/reclaim.h"
#include "kernel/wait.h"
#include "mm/frame.h"
#include "mm/space.h"

/* What one fault, or one step of a call, can take without coming back here: pages, tables, chunks and slabs. */
#define LOW_WATER 12u

void reclaim_make_room(void)
{
	reclaim_make_room_for(0);
}

void reclaim_make_room_for(u32 frames)
{
	struct space *space;

	might_sleep();
	frames += LOW_WATER;
	if (likely(frame_free_count() >= frames))
		return;
	list_for_each(space, &spaces, link) {
		if (space->dir != pagetable_loaded())
			pagetable_drop_all(space->dir);
		if (frame_free_count() >= frames)
			return;
	}
	if (pagetable_loaded() != pagetable_kernel())
		pagetable_drop_all(pagetable_loaded());
}
