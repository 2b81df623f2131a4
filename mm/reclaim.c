/*
 * Making room. Page tables are a cache and are charged to nobody, so when grants have taken every other frame they are what is left
 * to drop; faults rebuild them.
 */
#include "mm/reclaim.h"
#include "kernel/wait.h"
#include "mm/frame.h"
#include "mm/space.h"

void reclaim_make_room(void)
{
	reclaim_make_room_for(0);
}

void reclaim_make_room_for(u32 frames)
{
	struct space *space;

	might_sleep();
	if (likely(!reclaim_is_due(frames)))
		return;
	list_for_each(space, &spaces, link) {
		if (space->dir != pagetable_loaded())
			pagetable_drop_all(space->dir);
		if (!reclaim_is_due(frames))
			return;
	}
	if (pagetable_loaded() != pagetable_kernel())
		pagetable_drop_all(pagetable_loaded());
}
