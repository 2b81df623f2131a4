/* mlock: areas whose pages stay in RAM. Every page of a locked area is charged as wired, wherever the area is cut. */
#include "mm/account.h"
#include "mm/reclaim.h"
#include "mm/space.h"

u32 space_locked(struct space *space, vaddr_t start, vaddr_t end)
{
	u32 pages = 0;

	for (struct area *area = space_area_from(space, start); area && area->start < end; area = space_area_next(area))
		if (area->flags & AREA_LOCKED)
			pages += (MIN(area->end, end) - MAX(area->start, start)) >> PAGE_SHIFT;
	return pages;
}

int space_lock(struct space *space, vaddr_t start, vaddr_t end, bool locked)
{
	struct area *area;
	vaddr_t next;

	reclaim_make_room();
	for (vaddr_t va = start; va != end; va = next) {
		area = space_area(space, va);
		if (!area)
			return -ENOMEM;
		next = MIN(area->end, end);
		if (!(area->flags & AREA_LOCKED) == !locked)
			continue;
		if (space_cut(space, va) || space_cut(space, next))
			return -ENOMEM;
		area = space_area(space, va);
		if (locked && account_wire(area_pages(area)))
			return -ENOMEM;
		if (!locked)
			account_unwire(area_pages(area));
		area->flags ^= AREA_LOCKED;
	}
	return 0;
}
