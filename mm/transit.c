/* Pages on their way. Invariant: a frame is in transit from begin to end, only then do entries say so, and nothing shows it then. */
#include "mm/transit.h"
#include "mm/area.h"
#include "mm/reclaim.h"
#include "mm/rmap.h"
#include "mm/swap.h"

static struct wait_queue arrivals = { LIST_INIT(arrivals.waiters) };
static u32 travelling;                     /* frames in transit */

static void set_out(struct frame *frame)
{
	frame->transit = 1;
	frame->pins++;
	travelling++;
}

static bool is_fixed(const struct frame *frame)
{
	return frame->count && (list_first(&frame->family->members, struct object, family_link)->flags & OBJECT_FIXED);
}

bool transit_begin(struct frame *frame)
{
	struct object *member = NULL;
	pte_t name = frame_entry_name(frame);
	bool dirty = !frame->slot;

	for (u32 left = frame->count; left; left--) {
		pte_t *entry = family_next(frame->family, frame->index, name, &member);

		dirty |= (entry_take(entry) & PTE_D) != 0;
		entry_set(entry, pte_make(frame_pfn(frame), ENTRY_TRANSIT));
		object_hide_page(member, frame->index);
	}
	swap.fixed_tries += is_fixed(frame);
	set_out(frame);
	return dirty;
}

void transit_leave(struct frame *frame)
{
	swap.fixed_outs += is_fixed(frame);
	transit_end(frame, 0);
}

void transit_end(struct frame *frame, u32 flags)
{
	struct object *member = NULL;
	pte_t name = frame_entry_name(frame);

	for (u32 left = frame->count; left; left--) {
		pte_t *entry = family_next(frame->family, frame->index, name, &member);

		entry_set(entry, flags ? pte_make(frame_pfn(frame), flags) : pte_make(frame->slot, ENTRY_SLOT));
		if (flags)
			continue;
		slot_ref(frame->slot);         /* the entry names the slot now */
		frame->count--;
		member->resident--;
		member->swapped++;
	}
	frame->transit = frame->wanted = 0;
	if (flags && swap.closing)
		frame_drop_slot(frame);
	travelling--;
	frame_unpin(frame);
	wait_wake_all(&arrivals);
}

/* One that has been written, or not, for which somebody may have come meanwhile. */
static void end_written(struct frame *frame, int error)
{
	swap.outs += !error;
	if (error) {
		frame_retire_slot(frame);
		transit_end(frame, TRANSIT_HERE | PTE_A | PTE_D);
	} else if (frame->wanted || frame_is_wired(frame)) {
		transit_end(frame, TRANSIT_HERE | PTE_A);
	} else {
		transit_leave(frame);
	}
}

void transit_write(struct frame *const *frames, u32 n)
{
	int error = swap_transfer(frames[0]->slot, frames, n, true);

	for (u32 i = 0; i < n; i++) /* of several, all but the bad one can go */
		end_written(frames[i], error && n > 1 ? swap_transfer(frames[i]->slot, &frames[i], 1, true) : error);
}

/* Frames to read neighbouring slots into; those of slots that are not read are NULL. */
struct fetch {
	struct object *object;
	slot_t slot;                               /* that must come */
	u32 index[2 * TRANSIT_PAGES];              /* of the page in slot - TRANSIT_PAGES + i, plus 1 */
	struct frame *frames[2 * TRANSIT_PAGES];   /* likewise */
};

/* A frame for one slot, which every entry that named the slot names then. */
static bool fetch_begin(struct fetch *fetch, u32 i)
{
	u32 index = fetch->index[i] - 1;
	slot_t slot = fetch->slot + i - TRANSIT_PAGES;
	struct frame *frame = frame_alloc(FRAME_PAGE);
	struct object *member = NULL;

	if (!frame)
		return false;
	frame->family = fetch->object->family;
	frame->index = index;
	slot_ref(slot);
	frame_keep_slot(frame, slot);
	for (u32 left = slot_count(slot) - 1; left; left--) {
		pte_t *entry = family_next(frame->family, index, pte_make(slot, ENTRY_SLOT), &member);

		slot_unref(slot);
		entry_set(entry, pte_make(frame_pfn(frame), ENTRY_TRANSIT));
		frame->count++;
		member->resident++;
		member->swapped--;
	}
	set_out(frame);
	fetch->frames[i] = frame;
	return true;
}

/* Which pages of the object, not far from this one, stand in slots not far from its slot. */
static void find_neighbours(struct fetch *fetch, u32 index)
{
	const struct pagelist *list = &fetch->object->list;
	u32 start = MAX(index & ~(TRANSIT_PAGES - 1), list->first);
	u32 end = MIN((index & ~(TRANSIT_PAGES - 1)) + TRANSIT_PAGES, pagelist_end(list));
	pte_t *entry;

	for (u32 at = start; (entry = pagelist_next(list, &at, end)); at++) {
		u32 i = pte_pfn(*entry) - fetch->slot + TRANSIT_PAGES;

		if (entry_is_slot(*entry) && i < ARRAY_SIZE(fetch->index))
			fetch->index[i] = at + 1;
	}
}

static bool fetch_more(struct fetch *fetch, u32 i)
{
	return i < ARRAY_SIZE(fetch->index) && fetch->index[i] && !reclaim_is_due(0) && fetch_begin(fetch, i);
}

/* Read [low, high). One page's error is not its neighbours'. */
static int fetch_read(struct fetch *fetch, u32 low, u32 high)
{
	struct frame **wanted = &fetch->frames[TRANSIT_PAGES];
	int error = swap_transfer(fetch->slot + low - TRANSIT_PAGES, &fetch->frames[low], high - low, false);
	int own = error && high - low > 1 ? swap_transfer(fetch->slot, wanted, 1, false) : error;

	swap.ins += error ? !own : high - low;
	for (u32 i = low; i < high; i++)
		if (i == TRANSIT_PAGES)
			transit_end(fetch->frames[i], own ? 0 : TRANSIT_HERE | PTE_A);
		else
			transit_end(fetch->frames[i], error ? 0 : TRANSIT_HERE);
	return own ? -EIO : -EAGAIN;
}

static int fetch_page(struct object *object, u32 index, pte_t entry)
{
	struct fetch fetch = { .object = object, .slot = pte_pfn(entry) };
	u32 low = TRANSIT_PAGES, high = TRANSIT_PAGES + 1;

	fetch.index[TRANSIT_PAGES] = index + 1;
	if (!fetch_begin(&fetch, TRANSIT_PAGES))
		return -ENOMEM;
	find_neighbours(&fetch, index);
	while (fetch_more(&fetch, high))
		high++;
	while (fetch_more(&fetch, low - 1))
		low--;
	return fetch_read(&fetch, low, high);
}

static int wait_or_fetch(struct object *object, u32 index)
{
	pte_t *entry = object_entry(object, index);

	if (entry && entry_is_slot(*entry))
		return fetch_page(object, index, *entry);
	if (entry && entry_is_transit(*entry)) {
		frame_of(pte_pfn(*entry))->wanted = 1;
		wait_sleep(&arrivals, false);
	}
	return -EAGAIN;
}

int transit_fetch(struct object *object, u32 index)
{
	int error;

	object_ref(object);
	reclaim_make_room_for(TRANSIT_PAGES);
	error = wait_or_fetch(object, index);
	object_unref(object);
	return error;
}

bool transit_wait(void)
{
	if (!travelling)
		return false;
	wait_sleep(&arrivals, false);
	return true;
}

/* Is a page of the object on the disk, from this one on? */
static bool find_slot(const struct object *object, u32 *index)
{
	const pte_t *entry;

	while ((entry = pagelist_next(&object->list, index, pagelist_end(&object->list))) && !entry_is_slot(*entry))
		++*index;
	return entry;
}

/* In one pass, while somebody has the object. */
static int bring_object_home(struct object *object)
{
	u32 index = object->list.first;
	int error = -EAGAIN;

	object_ref(object);
	while (error == -EAGAIN && object->refs > 1 && find_slot(object, &index))
		error = transit_fetch(object, index);
	object_unref(object);
	return error;
}

/* Some object with a page on the disk; NULL: there is none. */
static struct object *find_swapped(void)
{
	struct family *family;
	struct object *object;

	list_for_each(family, &families, link)
		list_for_each(object, &family->members, family_link)
			if (object->swapped)
				return object;
	return NULL;
}

int transit_bring_home(void)
{
	struct object *object;
	int error;

	swap_drop_kept();
	while (swap.used) {
		object = find_swapped();
		error = object ? bring_object_home(object) : transit_wait() ? -EAGAIN : 0;
		if (error != -EAGAIN)
			return error;
	}
	return 0;
}
