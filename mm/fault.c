/*
 * The fault path: find the area, find or make the page, show it.
 *
 *   shared    object's entry ── frame ──► by table if possible: the directory entry points at the object's own table, and the
 *                            │            hardware sets D there. Else by entry: W when the entry is dirty, so that the first
 *                            │            write comes here and makes it so
 *                            └─ empty ──► a zeroed frame, entered
 *   private   upper's entry ─── frame ──► show; W when no other list names it and it is dirty. Written and named by others: copy
 *                            └─ empty ──► read: what is below, without W (the object's page, or the zero frame)
 *                                         written: a copy of what is below, whatever its count, entered in the upper list
 */
#include "mm/fault.h"
#include "kernel/lib/string.h"
#include "mm/reclaim.h"
#include "mm/transit.h"

#define AROUND 16u                 /* pages: an aligned run of them is shown at once */

struct fault {
	struct area *area;
	vaddr_t va;                /* in the page */
	enum access access;
	u32 index;                 /* of the page in the area's object and upper list */
};

struct frame *zero_frame;
bool fault_by_table = true;

void fault_init(void)
{
	zero_frame = frame_alloc(FRAME_KERNEL);
	assert(zero_frame);
	page_zero(frame_address(zero_frame));
}

static inline enum fault_result find_area(struct space *space, vaddr_t va, enum access access, struct area **out)
{
	struct area *area = space_area(space, va);

	if (unlikely(!area)) {
		area = space_area_from(space, va);
		if (!area || !(area->flags & AREA_STACK) || space_grow_stack(space, area, va))
			return FAULT_MAPERR;
	}
	if (!(area->prot & access))
		return FAULT_ACCERR;
	*out = area;
	return FAULT_OK;
}

static enum fault_result result_of(int error) { return error == -EAGAIN ? FAULT_RETRY : error ? FAULT_BUS : FAULT_OK; }

static enum fault_result show(struct fault *f, pfn_t pfn, bool writable)
{
	u32 flags = PTE_P | PTE_U | PTE_A | (writable ? PTE_W | PTE_D : 0);

	return pagetable_set(f->area->space->dir, f->va, pte_make(pfn, flags)) ? FAULT_BUS : FAULT_OK;
}

static struct frame *entry_frame(pte_t entry) { return frame_of(pte_pfn(entry)); }

/* A write makes the page dirty, whichever way it is shown. */
static inline void entry_touch(pte_t *entry, enum access access)
{
	if (access == ACCESS_WRITE)
		entry_set(entry, *entry | PTE_D);
}

/* Show the page of an entry; may_write: the area allows it, and no other list names the frame. */
static enum fault_result show_entry(struct fault *f, const pte_t *entry, bool may_write)
{
	return show(f, pte_pfn(*entry), may_write && (*entry & PTE_D));
}

/*
 * The object's own table for the 4 MiB around the fault, whose directory entry is empty, if it may be shown: each page would be where
 * the area has it, the area shows every page that the object has there, and no other area lies there. NULL: by entry.
 */
static NOINLINE pte_t *whole_table(const struct fault *f)
{
	const struct area *area = f->area;
	const struct object *object = area->object;
	vaddr_t span = f->va & ~(TABLE_SPAN - 1);
	u32 first = f->index & ~(TABLE_ENTRIES - 1), end = MIN(first + TABLE_ENTRIES, pagelist_end(&object->list));

	if (!object_has_tables(object) || !fault_by_table)
		return NULL;
	if (((f->va >> PAGE_SHIFT) ^ f->index) % TABLE_ENTRIES)
		return NULL;
	if (area->index > first || area->index + area_pages(area) < end)
		return NULL;
	if (area_before(area)->end > span || area_after(area)->start < span + TABLE_SPAN)
		return NULL;
	return pagelist_table(&object->list, f->index);
}

/* Show [from, to) by entry, pages of the object around the one that is shown already. */
static NOINLINE void show_run(const struct fault *f, const pte_t *entry, const pte_t *from, const pte_t *to)
{
	const struct area *area = f->area;
	pte_t *dir = area->space->dir;

	if (!area->upper) /* shared, or private and never writable */
		pagetable_fill(dir, f->va - (entry - from) * PAGE_SIZE, from, to - from, area->prot & AREA_WRITE);
	else
		for (; from < to; from++) {
			const pte_t *own = pagelist_entry(&area->upper->list, f->index + (from - entry));

			if (!own || !*own)
				pagetable_fill(dir, f->va + (from - entry) * PAGE_SIZE, from, 1, false);
		}
}

/*
 * A page of the object that was there already has been shown by entry: show those that are there next to it, too, as faults of their
 * own would. The run ends with the window, with the chunk of `entry`, and at the first page that is not there.
 */
static NOINLINE void show_around(const struct fault *f, const pte_t *entry)
{
	const struct area *area = f->area;
	u32 in_run = f->va / PAGE_SIZE % AROUND, in_area = f->index - area->index;
	const struct pagelist *list = &area->object->list;
	u32 in_chunk = (f->index - list->base) % TABLE_ENTRIES;
	u32 behind = (pagelist_is_small(list) ? list->size : TABLE_ENTRIES) - in_chunk;
	const pte_t *lowest = entry - MIN(in_run, MIN(in_area, in_chunk)), *from = entry, *to = entry + 1;
	const pte_t *end = entry + MIN(AROUND - in_run, MIN(area_pages(area) - in_area, behind));

	while (from > lowest && entry_is_frame(from[-1]))
		from--;
	while (to < end && entry_is_frame(*to))
		to++;
	if (to - from > 1)
		show_run(f, entry, from, to);
}

/* Show a page that the object has: by table, or by entry. `entry` is its entry if it was there before, and what is around it may be. */
static NOINLINE enum fault_result fault_shared(struct fault *f, pte_t *entry)
{
	pte_t *dir = f->area->space->dir, *table = dir[f->va >> TABLE_SHIFT] ? NULL : whole_table(f), *shown;
	bool write = f->area->prot & AREA_WRITE;
	enum fault_result result;

	if (table) {
		pagetable_share(dir, f->va, table, write);
		return FAULT_OK;
	}
	shown = entry ? entry : object_frame_entry(f->area->object, f->index);
	assert(shown);
	result = show_entry(f, shown, write);
	if (entry && result == FAULT_OK)
		show_around(f, entry);
	return result;
}

/* What is below a private area's own pages: the object's entry, which may be read and never written; NULL: zeroes. */
static int entry_below(struct fault *f, pte_t **out)
{
	*out = NULL;
	return f->area->object ? object_page(f->area->object, f->index, out) : 0;
}

static enum fault_result copy_below(struct fault *f)
{
	struct frame *own;
	pte_t *below;
	int error = entry_below(f, &below);

	if (error)
		return result_of(error);
	own = object_add_page(f->area->upper, f->index);
	if (!own)
		return FAULT_BUS;
	if (below)
		memcpy(frame_address(own), frame_address(entry_frame(*below)), PAGE_SIZE);
	else
		page_zero(frame_address(own));
	return show(f, frame_pfn(own), true);
}

static enum fault_result show_below(struct fault *f)
{
	enum fault_result result;
	pte_t *below;
	int error = entry_below(f, &below);

	if (error)
		return result_of(error);
	result = show(f, below ? pte_pfn(*below) : frame_pfn(zero_frame), false);
	if (below && result == FAULT_OK)
		show_around(f, below);
	return result;
}

static NOINLINE enum fault_result fault_private(struct fault *f)
{
	struct object *upper = f->area->upper;
	pte_t *entry = upper ? pagelist_entry(&upper->list, f->index) : NULL;

	if (!entry || !*entry)
		return f->access == ACCESS_WRITE ? copy_below(f) : show_below(f);
	if (unlikely(!entry_is_frame(*entry)))
		return result_of(transit_fetch(upper, f->index));
	if (f->access == ACCESS_WRITE && entry_frame(*entry)->count > 1 && object_unshare(upper, entry))
		return FAULT_BUS;
	entry_touch(entry, f->access);
	return show_entry(f, entry, (f->area->prot & AREA_WRITE) && entry_frame(*entry)->count == 1);
}

/* See to it that the object of a shared window has the page. *was_there: its entry; NULL: it has been made now. */
static inline int have_page(struct object *object, u32 index, enum access access, pte_t **was_there)
{
	pte_t *entry = object_entry(object, index);

	if (entry && entry_is_frame(*entry)) {
		entry_touch(entry, access);
		*was_there = entry;
		return 0;
	}
	*was_there = NULL;
	return object_make_page(object, index, entry);
}

static inline enum fault_result serve(struct area *area, vaddr_t va, enum access access)
{
	u32 index = area_index(area, va);
	bool shared = !(area->flags & AREA_PRIVATE);
	pte_t *entry = NULL;
	int error = shared ? have_page(area->object, index, access, &entry) : 0;
	struct fault f;

	if (error)
		return result_of(error);
	if (shared && pagetable_is_shared(area->space->dir, va))
		return FAULT_OK; /* it is there now, for everyone who shows the table */
	area->shown = true;
	f = (struct fault){ area, va, access, index };
	return shared ? fault_shared(&f, entry) : fault_private(&f);
}

enum fault_result fault(struct space *space, vaddr_t va, enum access access)
{
	enum fault_result result, served = FAULT_OK;
	struct area *area;

	might_sleep();
	for (;; served = FAULT_MAJOR) { /* whatever slept made every lookup stale */
		if (unlikely(reclaim_is_due(0)))
			reclaim_make_room();
		result = find_area(space, va, access, &area);
		if (result != FAULT_OK)
			return result;
		result = serve(area, va, access);
		if (likely(result != FAULT_RETRY))
			return result == FAULT_OK ? served : result;
	}
}
