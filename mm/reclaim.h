/* Making room: what a fault or a call that allocates does before it looks anything up. */
#pragma once

#include "kernel/wait.h"
#include "mm/frame.h"

/* Are there fewer free frames than the low-water mark and so many more? */
static inline bool reclaim_is_due(u32 frames) { return frame_free_count() < frames + FRAME_LOW_WATER; }

/* Free frames, by eviction, else by dropping tables, until it is not due. Sleeps. */
void reclaim(u32 frames);

/* Bring the free frames up to the low-water mark and so many more, so that what follows need not sleep. May sleep. */
static inline void reclaim_make_room_for(u32 frames)
{
	might_sleep();
	if (unlikely(reclaim_is_due(frames)))
		reclaim(frames);
}

static inline void reclaim_make_room(void) { reclaim_make_room_for(0); }

/* Send a page to the swap disk, and what may go of those beside it. Owed: it is neither wired nor pinned nor in transit. Sleeps. */
void reclaim_evict(struct frame *victim);
