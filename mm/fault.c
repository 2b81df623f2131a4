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
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/panic.h"
#include "kernel/wait.h"
#include "mm/object.h"
#include "mm/reclaim.h"
#include "mm/transit.h"

#define AROUND (16 * PAGE_SIZE)

struct fault {
	struct space *space;
	vaddr_t va;                /* of the page */
	enum access access;
	struct area *area;
	u32 index;                 /* of the page in the area's object and upper list */
};

struct frame *zero_frame;
bool fault_by_table = true;

void fault_init(void)
{
	zero_frame = frame_alloc(FRAME_KERNEL);
	assert(zero_frame);
	memset(frame_address(zero_frame), 0, PAGE_SIZE);
}

static enum fault_result find_area(struct fault *f)
{
	struct area *area = space_area(f->space, f->va);
	u8 needed = f->access == ACCESS_WRITE ? AREA_WRITE : AREA_READ | AREA_WRITE | AREA_EXEC;

	if (unlikely(!area)) {
		area = space_area_from(f->space, f->va);
		if (!area || !(area->flags & AREA_STACK) || space_grow_stack(f->space, area, f->va))
			return FAULT_MAPERR;
	}
	if (!(area->prot & needed))
		return FAULT_ACCERR;
	area->shown = true;
	f->area = area;
	f->index = area_index(area, f->va);
	return FAULT_OK;
}

static enum fault_result result_of(int error)
{
	return error == -EAGAIN ? FAULT_RETRY : error ? FAULT_BUS : FAULT_OK;
}

static enum fault_result show(struct fault *f, pfn_t pfn, bool writable)
{
	u32 flags = PTE_P | PTE_U | PTE_A | (writable ? PTE_W | PTE_D : 0);

	return pagetable_set(f->space->dir, f->va, pte_make(pfn, flags)) ? FAULT_BUS : FAULT_OK;
}

static struct frame *entry_frame(pte_t entry)
{
	return frame_of(pte_pfn(entry));
}

/* Show the page of an entry; may_write: the area allows it, and no other list names the frame. */
static enum fault_result show_entry(struct fault *f, pte_t *entry, bool may_write)
{
	if (f->access == ACCESS_WRITE)
		entry_set(entry, *entry | PTE_D);
	return show(f, pte_pfn(*entry), may_write && (*entry & PTE_D));
}

/*
 * The object's own table for the 4 MiB around the fault, whose directory entry is empty, if it may be shown: each page would be where
 * the area has it, the area shows every page that the object has there, and no other area lies there. NULL: by entry.
 */
static NOINLINE pte_t *whole_table(const struct fault *f)
{
	const struct area *area = f->area, *prev, *next;
	const struct object *object = area->object;
	vaddr_t span = f->va & ~(TABLE_SPAN - 1);
	u32 first = f->index & ~(TABLE_ENTRIES - 1), end = MIN(first + TABLE_ENTRIES, pagelist_end(&object->list));

	if (!object_has_tables(object) || !fault_by_table)
		return NULL;
	if (((f->va >> PAGE_SHIFT) ^ f->index) % TABLE_ENTRIES)
		return NULL;
	if (area->index > first || area->index + area_pages(area) < end)
		return NULL;
	prev = space_area_prev(area);
	next = space_area_next(area);
	if ((prev && prev->end > span) || (next && next->start < span + TABLE_SPAN))
		return NULL;
	return pagelist_table(&object->list, f->index);
}

static enum fault_result fault_shared(struct fault *f)
{
	bool write = f->area->prot & AREA_WRITE;
	pte_t *entry = object_frame_entry(f->area->object, f->index), *table;
	int error = entry ? 0 : object_page(f->area->object, f->index, &entry);

	if (error)
		return result_of(error);
	if (f->access == ACCESS_WRITE)
		entry_set(entry, *entry | PTE_D);
	if (pagetable_is_shared(f->space->dir, f->va))
		return FAULT_OK; /* it is there now, for everyone who shows the table */
	table = f->space->dir[f->va >> TABLE_SHIFT] ? NULL : whole_table(f);
	if (!table)
		return show_entry(f, entry, write);
	pagetable_share(f->space->dir, f->va, table, write);
	return FAULT_OK;
}

/* What is below a private area's own pages: a frame to read and never to write. */
static int frame_below(struct fault *f, struct frame **out)
{
	pte_t *entry;
	int error;

	*out = zero_frame;
	if (!f->area->object)
		return 0;
	error = object_page(f->area->object, f->index, &entry);
	if (!error)
		*out = entry_frame(*entry);
	return error;
}

static enum fault_result copy_below(struct fault *f)
{
	struct frame *below, *own;
	int error = frame_below(f, &below);

	if (!error)
		error = object_add_page(f->area->upper, f->index, &own);
	if (error)
		return result_of(error);
	if (below == zero_frame)
		memset(frame_address(own), 0, PAGE_SIZE);
	else
		memcpy(frame_address(own), frame_address(below), PAGE_SIZE);
	return show(f, frame_pfn(own), true);
}

static NOINLINE enum fault_result fault_private(struct fault *f)
{
	struct object *upper = f->area->upper;
	pte_t *entry = upper ? pagelist_entry(&upper->list, f->index) : NULL;
	struct frame *below;
	int error;

	if (entry && *entry) {
		if (unlikely(!entry_is_frame(*entry)))
			return result_of(transit_fetch(upper, f->index));
		if (f->access == ACCESS_WRITE && entry_frame(*entry)->count > 1 && object_unshare(upper, entry))
			return FAULT_BUS;
		return show_entry(f, entry, (f->area->prot & AREA_WRITE) && entry_frame(*entry)->count == 1);
	}
	if (f->access == ACCESS_WRITE)
		return copy_below(f);
	error = frame_below(f, &below);
	return error ? result_of(error) : show(f, frame_pfn(below), false);
}

/* The entry of a page that is in RAM and may be shown as it is; NULL: there is none. */
static pte_t *present_entry(const struct area *area, u32 index)
{
	pte_t *own = area->upper ? pagelist_entry(&area->upper->list, index) : NULL;

	return own && *own ? NULL : object_frame_entry(area->object, index);
}

/* After a read: show what is there already around it, in the same 64 KiB. Failing to is no failure. */
static NOINLINE void show_around(struct fault *f)
{
	const struct area *area = f->area;
	vaddr_t block = f->va & ~(AROUND - 1), end = MIN(block + AROUND, area->end);
	bool shared = !(area->flags & AREA_PRIVATE);

	for (vaddr_t va = MAX(block, area->start); va < end; va += PAGE_SIZE) {
		pte_t *entry = present_entry(area, area_index(area, va));
		bool write = shared && (area->prot & AREA_WRITE) && entry && (*entry & PTE_D);

		if (entry)
			pagetable_add(f->space->dir, va, pte_make(pte_pfn(*entry), PTE_P | PTE_U | (write ? PTE_W : 0)));
	}
}

enum fault_result fault(struct space *space, vaddr_t va, enum access access, bool *major)
{
	struct fault f = { .space = space, .va = page_floor(va), .access = access };
	enum fault_result result;

	might_sleep();
	*major = false;
	do { /* whatever slept made every lookup stale */
		if (unlikely(reclaim_is_due(0)))
			reclaim_make_room();
		result = find_area(&f);
		if (result == FAULT_OK)
			result = f.area->flags & AREA_PRIVATE ? fault_private(&f) : fault_shared(&f);
		*major |= result == FAULT_RETRY;
	} while (result == FAULT_RETRY);
	if (result == FAULT_OK && access == ACCESS_READ && f.area->object && f.area->ops && f.area->ops->around)
		show_around(&f);
	return result;
}
