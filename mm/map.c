/*
 * Changing what a space maps: map, unmap, protect, remap, brk. All of it is cutting areas at the ends of a range, and then doing
 * something to the whole areas inside.
 */
#include "mm/kmalloc.h"
#include "mm/reclaim.h"
#include "mm/space.h"

/* Make va a border between areas. */
int space_cut(struct space *space, vaddr_t va)
{
	struct area *area = space_area(space, va), *high;

	if (!area || area->start == va)
		return 0;
	if (space->area_count >= SPACE_MAX_AREAS || area_split(area, va, &high))
		return -ENOMEM;
	space->pages -= area_pages(high); /* linking it counts them again */
	space_link(high, area_after(area));
	area_open(high);
	return 0;
}

static int unmap_range(struct space *space, vaddr_t start, vaddr_t end)
{
	struct area *area, *next;

	if (space_cut(space, end) || space_cut(space, start))
		return -ENOMEM;
	for (area = space_area_from(space, start); area && area->start < end; area = next) {
		next = space_area_next(area);
		space_remove(area);
	}
	return 0;
}

int space_unmap(struct space *space, vaddr_t start, vaddr_t end)
{
	reclaim_make_room();
	return unmap_range(space, start, end);
}

/* Is there nothing in [start, end)? */
static bool range_is_free(struct space *space, vaddr_t start, vaddr_t end)
{
	return space_area_or_border(space, start)->start >= end;
}

/*
 * Should a window begin where a page table does? What its last table has no use for is lost to windows as large: an eighth of this one at
 * most, or whatever it is while little of the space is taken.
 */
static bool wants_tables(const struct space *space, const struct map_request *request)
{
	u32 lost = -request->pages % TABLE_ENTRIES;

	return object_has_tables(request->object) && (lost <= request->pages / 8 || space->pages < USER_PAGES / 8);
}

/* Decide where a request goes, below which area or border (*next). What is at a fixed place is unmapped. */
static int choose_place(struct space *space, const struct map_request *request, vaddr_t *out, struct area **next)
{
	vaddr_t size = request->pages * PAGE_SIZE, at = request->at;

	if (!request->pages || request->pages > USER_PAGES)
		return -ENOMEM;
	if (request->place & (MAP_AT_FIXED | MAP_AT_NOREPLACE)) {
		if (at > USER_END - size)
			return -ENOMEM;
		if (at < MMAP_MIN_ADDR && !(request->place & MAP_AT_PRIVILEGED))
			return -EPERM;
		if ((request->place & MAP_AT_NOREPLACE) && !range_is_free(space, at, at + size))
			return -EEXIST;
		if ((request->place & MAP_AT_FIXED) && unmap_range(space, at, at + size))
			return -ENOMEM;
		*next = space_area_or_border(space, at);
	} else if (at >= MMAP_MIN_ADDR && at <= USER_END - size && range_is_free(space, at, at + size)) {
		*next = space_area_or_border(space, at);
	} else {
		at = wants_tables(space, request) ? space_find_aligned_place(space, request->pages, next)
		                                  : space_find_place(space, request->pages, next);
		if (!at)
			return -ENOMEM;
	}
	*out = at;
	return 0;
}

/* An area with references of its own on what it shows, and its charge, not yet linked. NULL: no memory, or the account refuses. */
static inline struct area *new_area(struct space *space, const struct map_request *request, vaddr_t start)
{
	struct area *area = kmalloc(sizeof(*area));

	if (!area)
		return NULL;
	area->space = space;
	area->start = start;
	area->end = start + request->pages * PAGE_SIZE;
	area->prot = request->prot;
	area->flags = request->flags;
	area->ops = request->ops;
	area->owner = request->owner;
	area->tag = request->tag;
	area->upper = NULL;
	area->charged = 0;
	area->shown = false;
	area->index = request->object ? request->index : start >> PAGE_SHIFT;
	area_show(area, request->object);
	if (area_have_upper(area, area->prot)) {
		area_free(area);
		return NULL;
	}
	return area;
}

int space_map(struct space *space, const struct map_request *request, vaddr_t *out)
{
	struct area *area, *next;
	vaddr_t start;
	int error;

	reclaim_make_room();
	error = choose_place(space, request, &start, &next);
	if (error)
		return error;
	if (space->area_count >= SPACE_MAX_AREAS || space_over_limit(space, request->pages))
		return -ENOMEM;
	area = new_area(space, request, start);
	if (!area)
		return -ENOMEM;
	space_link(area, next);
	area_open(area);
	*out = start;
	return 0;
}

int space_discard(struct space *space, vaddr_t start, vaddr_t end)
{
	struct area *area;
	vaddr_t next;
	bool hole = false;

	for (vaddr_t va = start; va < end; va = next) {
		area = space_area_from(space, va);
		if (!area || area->start >= end)
			return -ENOMEM;
		if (area->flags & AREA_LOCKED)
			return -EINVAL;
		hole |= area->start > va;
		va = MAX(va, area->start);
		next = MIN(area->end, end);
		if (area->upper)
			object_discard(area->upper, area_index(area, va), area_index(area, next));
		pagetable_clear(space->dir, va, next);
	}
	return hole ? -ENOMEM : 0;
}

/* What the hardware shows beyond the new protection is dropped, and what it shows by table in any case; what it lacks, faults add. */
int space_protect(struct space *space, vaddr_t start, vaddr_t end, u8 prot)
{
	struct area *area;
	vaddr_t next;
	u8 lost;

	reclaim_make_room();
	for (vaddr_t va = start; va != end; va = next) {
		area = space_area(space, va);
		if (!area)
			return -ENOMEM;
		next = MIN(area->end, end);
		if (area->prot == prot)
			continue;
		if ((prot & AREA_WRITE) && (area->flags & AREA_DENY_WRITE))
			return -EACCES;
		if (space_cut(space, va) || space_cut(space, next))
			return -ENOMEM;
		area = space_area(space, va);
		lost = area->prot & ~prot;
		if (area_protect(area, prot))
			return -ENOMEM;
		if ((lost & AREA_WRITE) || !prot || !(area->flags & AREA_PRIVATE))
			area_hide(area);
	}
	return 0;
}

/*
 * Move a whole area to `start` and let it have so many pages. Its indices stay, so its lists do. One window more and one fewer: the
 * area's owner sees what Linux's copying shows.
 */
static int move_area(struct area *area, vaddr_t start, u32 pages)
{
	struct space *space = area->space;
	vaddr_t old_start = area->start, old_pages = area_pages(area);
	int error;

	area_hide(area);
	space_unlink(area);
	area->start = start;
	area->end = start + old_pages * PAGE_SIZE;
	error = area_grow(area, start, start + pages * PAGE_SIZE);
	if (error) {
		area->start = old_start;
		area->end = old_start + old_pages * PAGE_SIZE;
	}
	space_link(area, space_area_or_border(space, area->start));
	if (error)
		return error;
	area_open(area);
	area_close(area);
	return 0;
}

/* Is a fixed place possible? Nothing is changed. */
static int remap_check(const struct remap_request *request)
{
	vaddr_t size = request->new_pages * PAGE_SIZE;

	if (!request->fixed)
		return 0;
	if (request->at & ~PAGE_MASK || request->new_pages > USER_PAGES || request->at > USER_END - size)
		return -EINVAL;
	if (request->at < request->old_end && request->old_start < request->at + size)
		return -EINVAL;
	return request->at < MMAP_MIN_ADDR && !request->privileged ? -EPERM : 0;
}

/* Is the range the area's, and can it have so many pages? */
static int resize_check(const struct area *area, const struct remap_request *request)
{
	u32 index = area_index(area, request->old_start);

	if (request->old_end == request->old_start && (area->flags & AREA_PRIVATE))
		return -EINVAL;
	if (request->old_end - request->old_start > area->end - request->old_start)
		return -EFAULT;
	if (index + request->new_pages < index)
		return -EINVAL;
	return request->new_pages > USER_PAGES ? -ENOMEM : 0;
}

/* Where the range goes. A fixed place is free by now. */
static int remap_choose(struct space *space, const struct remap_request *request, vaddr_t *out)
{
	if (request->fixed) {
		*out = request->at;
		return 0;
	}
	*out = request->may_move ? space_find_place(space, request->new_pages, NULL) : 0;
	return *out ? 0 : -ENOMEM;
}

/* One more window on the pages that a shared area shows from old_start on. */
static int remap_copy(struct space *space, const struct remap_request *request, vaddr_t *out)
{
	const struct area *area = space_area(space, request->old_start);
	struct map_request copy = {
		.pages = request->new_pages, .place = MAP_AT_NOREPLACE | MAP_AT_PRIVILEGED, .prot = area->prot,
		.flags = area->flags & ~AREA_LOCKED, .index = area_index(area, request->old_start), .object = area->object,
		.ops = area->ops, .owner = area->owner, .tag = area->tag,
	};
	vaddr_t size = request->new_pages * PAGE_SIZE;
	bool locked = area->flags & AREA_LOCKED;
	int error = remap_choose(space, request, &copy.at) ?: space_map(space, &copy, out);

	if (error || !locked || !space_lock(space, *out, *out + size, true))
		return error;
	unmap_range(space, *out, *out + size);
	return -ENOMEM;
}

/* Can the range be extended where it is? It must end its area, and the room behind must be free. */
static bool can_grow_in_place(struct space *space, const struct area *area, const struct remap_request *request)
{
	vaddr_t more = request->new_pages * PAGE_SIZE - (request->old_end - request->old_start);

	return !request->fixed && area->end == request->old_end && more <= USER_END - area->end &&
	       range_is_free(space, area->end, area->end + more);
}

/* The range, cut out as an area of its own, goes elsewhere. */
static int remap_move(struct space *space, const struct remap_request *request, vaddr_t *out)
{
	u32 old_pages = (request->old_end - request->old_start) >> PAGE_SHIFT;
	u32 more = request->new_pages > old_pages ? request->new_pages - old_pages : 0;
	vaddr_t start;
	int error;

	if (space_over_limit(space, more))
		return -ENOMEM;
	error = remap_choose(space, request, &start);
	if (error)
		return error;
	if (space_cut(space, request->old_start) || space_cut(space, request->old_end))
		return -ENOMEM;
	*out = start;
	return move_area(space_area(space, request->old_start), start, old_pages + more);
}

/*
 * As on Linux, what lies at a fixed place, and what shrinking gives up, goes before the old range is looked at; which may even wrap.
 * Result: -EINVAL: there is no such range to be given up.
 */
static int remap_clear(struct space *space, const struct remap_request *request)
{
	vaddr_t old_size = request->old_end - request->old_start, size = request->new_pages * PAGE_SIZE;

	if (request->fixed && unmap_range(space, request->at, request->at + size))
		return -ENOMEM;
	if (old_size <= size)
		return 0;
	return old_size > USER_END - request->old_start ? -EINVAL : unmap_range(space, request->old_start + size, request->old_end);
}

int space_remap(struct space *space, const struct remap_request *request, vaddr_t *out)
{
	struct remap_request rest = *request;
	struct area *area;
	u32 old_pages = (request->old_end - request->old_start) >> PAGE_SHIFT;
	int error;

	reclaim_make_room();
	if (!space_area(space, request->old_start))
		return -EFAULT;
	error = remap_check(request);
	if (!error)
		error = remap_clear(space, request);
	*out = request->old_start;
	if (error || (request->new_pages <= old_pages && !request->fixed))
		return error;
	area = space_area(space, request->old_start); /* it may have been in the way, or cut */
	if (!area)
		return -EFAULT;
	rest.old_end = request->old_start + MIN(old_pages, request->new_pages) * PAGE_SIZE;
	error = resize_check(area, &rest);
	if (error)
		return error;
	if (!old_pages)
		return remap_copy(space, request, out);
	if (can_grow_in_place(space, area, request))
		return space_grow_area(area, area->start, request->old_start + request->new_pages * PAGE_SIZE);
	return remap_move(space, &rest, out);
}

static int grow_heap(struct space *space, vaddr_t end, vaddr_t new_end)
{
	struct area *heap = space_area(space, end - 1);
	struct map_request request = {
		.at = end, .pages = (new_end - end) >> PAGE_SHIFT, .place = MAP_AT_NOREPLACE,
		.prot = AREA_READ | AREA_WRITE, .flags = AREA_PRIVATE | AREA_HEAP,
	};
	vaddr_t at;

	if (!range_is_free(space, end, new_end + PAGE_SIZE))
		return -ENOMEM;
	if (heap && (heap->flags & AREA_HEAP) && heap->end == end && heap->prot == request.prot)
		return space_grow_area(heap, heap->start, new_end);
	return space_map(space, &request, &at);
}

vaddr_t space_set_brk(struct space *space, vaddr_t brk)
{
	struct space_image *image = &space->image;
	vaddr_t end = page_ceil(image->brk), new_end = page_ceil(brk);

	reclaim_make_room();
	if (brk < image->brk_start || brk > USER_END - PAGE_SIZE)
		return image->brk;
	if ((brk - image->brk_start) >> PAGE_SHIFT > space->limits.data)
		return image->brk;
	if (new_end > end && grow_heap(space, end, new_end))
		return image->brk;
	if (new_end < end && unmap_range(space, new_end, end))
		return image->brk;
	return image->brk = brk;
}
