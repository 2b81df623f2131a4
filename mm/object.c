/*
 * Objects, families and the counting of entries.
 *
 * Invariants: frame->count is the number of entries that name it, all of them at frame->index in members of frame->family;
 * resident and swapped count the entries of one object; an object's charge covers its pages and its full chunks, at the grant or,
 * with OBJECT_NORESERVE, as they come.
 */
#include "mm/object.h"
#include "kernel/lib/string.h"
#include "mm/account.h"
#include "mm/kmalloc.h"
#include "mm/reclaim.h"
#include "mm/rmap.h"
#include "mm/space.h"
#include "mm/swap.h"
#include "mm/transit.h"

struct list families = LIST_INIT(families);

/* family NULL: it founds its own. The list is the caller's to make. */
static inline struct object *object_alloc(struct family *family, u32 flags, u32 room)
{
	struct object *object = kmalloc((family ? offsetof(struct object, founded) : sizeof(*object)) + room);

	if (!object)
		return NULL;
	if (!family) {
		family = &object->founded;
		list_init(&family->members);
		list_push_back(&families, &family->link);
	}
	object->family = family;
	list_push_back(&family->members, &object->family_link);
	object->flags = flags;
	object->wired = false;
	object->refs = 1;
	object->list.lent = true; /* nothing to free yet */
	list_init(&object->areas);
	object->owner = NULL;
	object->charged = object->resident = object->swapped = 0;
	return object;
}

/* Owed: no page is left. */
static inline void object_free(struct object *object)
{
	struct family *family = object->family;
	struct object *founder = container_of(family, struct object, founded);

	if (object->flags & OBJECT_NORESERVE)
		account_unwire(object->charged); /* what is left are chunks */
	account_uncharge(object->charged);
	pagelist_free(&object->list);
	list_unlink(&object->family_link);
	if (object != founder)
		kfree(object);
	if (!list_empty(&family->members))
		return;
	list_unlink(&family->link);
	kfree(founder);
}

int object_create_with_room(u32 first, u32 pages, u32 flags, u32 room, struct object **out)
{
	u32 charge = flags & (OBJECT_NORESERVE | OBJECT_UPPER) ? 0 : pages + pagelist_cost(pages);
	struct object *object;
	int error;

	error = account_charge(charge);
	if (error)
		return error;
	object = object_alloc(NULL, flags, room);
	if (!object) {
		account_uncharge(charge);
		return -ENOMEM;
	}
	pagelist_init(&object->list, first, pages);
	object->charged = charge;
	*out = object;
	return 0;
}

int object_create(u32 first, u32 pages, u32 flags, struct object **out)
{
	return object_create_with_room(first, pages, flags, 0, out);
}

/* Charge the next pages of a NORESERVE object, and its next full chunks, which stay in RAM; the others were charged before. */
static int charge(struct object *object, u32 pages, u32 chunks)
{
	if (!(object->flags & OBJECT_NORESERVE))
		return 0;
	if (account_wire(chunks))
		return -ENOMEM;
	if (account_charge(pages + chunks)) {
		account_unwire(chunks);
		return -ENOMEM;
	}
	object->charged += pages + chunks;
	return 0;
}

static void uncharge(struct object *object, u32 pages, u32 chunks)
{
	if (!(object->flags & OBJECT_NORESERVE))
		return;
	account_unwire(chunks);
	account_uncharge(pages + chunks);
	object->charged -= pages + chunks;
}

static u32 object_pages(const struct object *object) { return object->resident + object->swapped; }

/*
 * A NORESERVE object's charge is its pages and its full chunks. Around what may make or free chunks: charge as many as may come
 * before, and settle after.
 */
static void settle_charge(struct object *object)
{
	u32 want = object_pages(object) + pagelist_full_chunks(&object->list);

	if (!(object->flags & OBJECT_NORESERVE))
		return;
	assert(want <= object->charged);
	uncharge(object, 0, object->charged - want);
}

/* The small chunks of what was granted are covered by the reserve; those of what was not must fit like all that the kernel takes. */
static bool may_take_slab(const struct object *object) { return !(object->flags & OBJECT_NORESERVE) || account_kernel_fits(); }

/* The entry of a page that is about to come; its chunk is made and charged. NULL: no memory. */
static pte_t *make_entry(struct object *object, u32 index)
{
	pte_t *entry = pagelist_entry(&object->list, index);
	u32 full = object->list.order == PAGELIST_ORDER_MAX;

	if (entry)
		return entry;
	if (!may_take_slab(object) || charge(object, 0, full))
		return NULL;
	entry = pagelist_make_entry(&object->list, index);
	if (!entry)
		uncharge(object, 0, full);
	return entry;
}

/* Enter a frame at an empty entry that is charged; the entry is born dirty and accessed. */
static void object_enter(struct object *object, pte_t *entry, u32 index, struct frame *frame)
{
	frame->family = object->family;
	frame->index = index;
	frame->count++;
	object->resident++;
	entry_set(entry, pte_make(frame_pfn(frame), PTE_P | PTE_W | PTE_U | PTE_A | PTE_D));
}

static inline void frame_release(struct frame *frame)
{
	if (frame->count || frame->pins)
		return;
	if (unlikely(frame->slot))
		frame_drop_slot(frame);
	frame_free(frame);
}

/* One list entry fewer names the frame. */
static inline void frame_unname(struct frame *frame)
{
	assert(frame->kind == FRAME_PAGE && frame->count);
	frame->count--;
	frame_release(frame);
}

/* Empty at most `left` of the entries that are not empty, which the hardware does not see any more; returns how many were. */
static inline u32 discard_run(struct object *object, pte_t *entries, u32 count, u32 left)
{
	u32 slots = 0, found = 0;

	for (const pte_t *end = entries + count; entries != end; entries++) {
		pte_t old = *entries;

		if (!old)
			continue;
		*entries = 0;
		if (unlikely(!entry_is_frame(old)) && entry_is_slot(old)) {
			slot_unref(pte_pfn(old));
			slots++;
		} else {
			frame_unname(frame_of(pte_pfn(old)));
		}
		if (++found == left)
			break;
	}
	object->resident -= found - slots;
	object->swapped -= slots;
	uncharge(object, found, 0);
	return found;
}

/* Free the pages of [first, end), which no area shows. */
static inline void free_pages(struct object *object, u32 first, u32 end)
{
	u32 left = object_pages(object);
	pte_t *entries;

	for (u32 count; first < end && left; first += count) {
		count = pagelist_run(&object->list, first, end, &entries);
		if (entries)
			left -= discard_run(object, entries, count, left);
	}
}

void object_discard(struct object *object, u32 first, u32 end)
{
	first = MAX(first, object->list.first);
	end = MIN(end, pagelist_end(&object->list));
	object_unmap(object, first, end);
	free_pages(object, first, end);
}

void object_destroy(struct object *object)
{
	const struct pagelist *list = &object->list;

	assert(list_empty(&object->areas) && !object->owner);
	if (!pagelist_is_small(list))
		free_pages(object, list->first, pagelist_end(list));
	else if (object_pages(object))
		discard_run(object, list->chunk, list->size, object_pages(object));
	object_free(object);
}

/* Give an empty entry a new frame with old contents. */
static inline struct frame *fill_entry(struct object *object, pte_t *entry, u32 index)
{
	struct frame *frame;

	if (charge(object, 1, 0))
		return NULL;
	frame = frame_alloc(FRAME_PAGE);
	if (frame)
		object_enter(object, entry, index, frame);
	else
		uncharge(object, 1, 0);
	return frame;
}

struct frame *object_add_page(struct object *object, u32 index)
{
	pte_t *entry = make_entry(object, index);

	return entry ? fill_entry(object, entry, index) : NULL;
}

int object_make_page(struct object *object, u32 index, pte_t *entry)
{
	struct frame *frame;

	if (!entry) {
		if (index - object->list.first >= object->list.pages)
			return -EFBIG;
		entry = make_entry(object, index);
	} else if (unlikely(*entry)) {
		return transit_fetch(object, index);
	}
	frame = entry ? fill_entry(object, entry, index) : NULL;
	if (!frame)
		return -ENOMEM;
	page_zero(frame_address(frame));
	return 0;
}

int object_unshare(struct object *object, pte_t *entry)
{
	struct frame *old = frame_of(pte_pfn(*entry)), *new = frame_alloc(FRAME_PAGE);
	u32 index = old->index;

	if (!new)
		return -ENOMEM;
	memcpy(frame_address(new), frame_address(old), PAGE_SIZE);
	entry_take(entry);
	object->resident--;
	frame_unname(old);
	object_enter(object, entry, index, new);
	return 0;
}

void frame_unpin(struct frame *frame)
{
	assert(frame->pins);
	frame->pins--;
	frame_release(frame);
}

/* Cut off pages, and what private areas have copied of them: beyond the end of a file there is nothing to see. */
int object_resize(struct object *object, u32 first, u32 pages)
{
	u32 end = pagelist_end(&object->list), new_end = first + pages;
	bool grows = first < object->list.first || new_end > end;
	struct area *area;
	int error;

	if (new_end < end) {
		object_discard(object, new_end, end);
		list_for_each(area, &object->areas, object_link)
			if (area->upper)
				object_discard(area->upper, new_end, end);
	}
	/* what stood in one small chunk may come to lie across the border of two full ones */
	if (grows && charge(object, 0, 2))
		return -ENOMEM;
	error = pagelist_resize(&object->list, first, pages);
	settle_charge(object);
	return error;
}

/* Copy a run of entries, whose names then count once more. `shown`: what the hardware shows of them can no longer be written. */
static inline void share_run(const pte_t *entries, pte_t *copy, u32 count, pte_t *shown)
{
	for (u32 i = 0; i < count; i++) {
		pte_t entry = copy[i] = entries[i];

		if (!entry)
			continue;
		if (unlikely(!entry_is_frame(entry)) && entry_is_slot(entry))
			slot_ref(pte_pfn(entry));
		else
			frame_of(pte_pfn(entry))->count++;
		if (shown)
			shown[i] &= ~PTE_W;
	}
}

/* The same for a chunk, which the owner shows from va on. The caller flushes. */
static inline void share_chunk(const pte_t *entries, pte_t *copy, u32 count, const struct area *owner, vaddr_t va)
{
	pte_t *shown = NULL;

	for (u32 done = 0, run; done < count; done += run) {
		run = count - done;
		if (owner)
			shown = pagetable_run(owner->space->dir, va + done * PAGE_SIZE, &run);
		share_run(entries + done, copy + done, run, shown);
	}
}

static inline void share_entries(const struct object *from, const struct object *clone)
{
	const struct area *owner = from->owner && from->owner->shown ? from->owner : NULL;
	vaddr_t va = owner ? area_address(owner, from->list.base) : 0;
	const struct pagelist *list = &from->list;

	if (pagelist_is_small(list))
		share_chunk(list->chunk, clone->list.chunk, list->size, owner, va);
	for (u32 i = 0; list->chunks && i < pagelist_chunks(list); i++)
		if (list->chunks[i])
			share_chunk(list->chunks[i], clone->list.chunks[i], TABLE_ENTRIES, owner, va + i * TABLE_SPAN);
}

struct object *object_clone(const struct object *from)
{
	struct object *clone = object_alloc(from->family, from->flags, pagelist_room(&from->list));
	u32 pages = object_pages(from);

	if (!clone)
		return NULL;
	if (!may_take_slab(clone) || charge(clone, pages, from->charged - pages))
		goto free_clone;
	if (pagelist_copy_shape(&from->list, &clone->list, (pte_t *)&clone->founded)) {
		uncharge(clone, pages, 0);
		goto free_clone;
	}
	clone->resident = from->resident;
	clone->swapped = from->swapped;
	share_entries(from, clone);
	return clone;

free_clone:
	object_free(clone);
	return NULL;
}

int object_split(struct object *object, u32 index, struct object **out)
{
	struct object *upper = object_alloc(object->family, object->flags, 0);
	pte_t *entry;

	if (!upper)
		return -ENOMEM;
	if (charge(object, 0, 1) || pagelist_split(&object->list, index, &upper->list)) {
		settle_charge(object);
		object_free(upper);
		return -ENOMEM;
	}
	for (u32 at = index; (entry = pagelist_next(&upper->list, &at, pagelist_end(&upper->list))); at++)
		*(entry_is_slot(*entry) ? &upper->swapped : &upper->resident) += 1;
	object->resident -= upper->resident;
	object->swapped -= upper->swapped;
	if (object->flags & OBJECT_NORESERVE) {
		upper->charged = object_pages(upper) + pagelist_full_chunks(&upper->list);
		object->charged -= upper->charged;
	}
	settle_charge(object);
	*out = upper;
	return 0;
}

void object_wire(struct object *object, bool wired) { object->wired = wired; }
