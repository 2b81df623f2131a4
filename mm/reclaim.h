/* Making room: what a fault or a call that allocates does before it looks anything up. */
#pragma once

#include "kernel/lib/types.h"

/* Bring the free frames up to the low-water mark, so that what follows need not sleep. May sleep. */
void reclaim_make_room(void);
/* The same, with so many frames beyond it. */
void reclaim_make_room_for(u32 frames);
