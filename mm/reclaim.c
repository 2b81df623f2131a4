/*
 * Making room, by second chance: a hand goes round the frames. One whose page was used since it last came by is passed, and marked unused;
 * one that was not goes to the swap disk, with what can go of the pages beside it, so that they are written, and read again, together. Page
 * tables are a cache and are charged to nobody: they are dropped when nothing else is left; faults rebuild them.
 */
#include "mm/reclaim.h"
#include "mm/rmap.h"
#include "mm/space.h"
#include "mm/swap.h"
#include "mm/transit.h"

static pfn_t hand;

/* Was the page used since the last time, by what its entries say or any window that shows it? */
static bool test_used(const struct frame *frame)
{
	struct object *member = NULL;
	bool used = false;

	for (u32 left = frame->count; left; left--) {
		pte_t *entry = family_next(frame->family, frame->index, frame_entry_name(frame), &member);

		used |= entry_test_accessed(entry);
		for (struct area *area = NULL; (area = object_next_window(member, frame->index, area));)
			if (area->shown)
				used |= pagetable_test_accessed(area->space->dir, area_address(area, frame->index), frame_pfn(frame));
	}
	return used;
}

static bool may_go(const struct frame *frame)
{
	return frame->kind == FRAME_PAGE && frame->count && !frame->pins && !test_used(frame) && !frame_is_wired(frame);
}

static struct frame *next_victim(void)
{
	for (u32 left = 2 * frame_limit(); left; left--) {
		hand = hand + 1 < frame_limit() ? hand + 1 : 0;
		if (may_go(frame_of(hand)))
			return frame_of(hand);
	}
	return NULL;
}

/* Write frames that are begun and keep no slot; those for which there are no slots stay. */
static void write_out(struct frame *const *frames, u32 n)
{
	slot_t slot;

	for (u32 done = 0, count; done < n; done += count) {
		count = swap_alloc(n - done, &slot);
		for (u32 i = 0; i < count; i++)
			frame_keep_slot(frames[done + i], slot + i);
		if (count)
			transit_write(frames + done, count);
		else
			transit_end(frames[done + count++], TRANSIT_HERE | PTE_D);
	}
}

/* Clean pages with a slot go at once, the others are written together. */
void reclaim_evict(struct frame *victim)
{
	struct frame *dirty[TRANSIT_PAGES], *frame;
	struct object *member = NULL;
	u32 index = victim->index & ~(TRANSIT_PAGES - 1), n = 0;
	pte_t *entry;

	family_next(victim->family, victim->index, frame_entry_name(victim), &member);
	for (u32 end = index + TRANSIT_PAGES; index != end; index++) {
		entry = object_frame_entry(member, index);
		frame = entry ? frame_of(pte_pfn(*entry)) : NULL;
		if (!frame || (frame != victim && !may_go(frame)))
			continue;
		if (transit_begin(frame)) {
			frame_drop_slot(frame);
			dirty[n++] = frame;
		} else {
			transit_leave(frame);
		}
	}
	write_out(dirty, n);
}

/* Returns false when there is nothing that could go, now or soon. */
static bool evict_some(void)
{
	struct frame *victim;

	if (!swap_free_count())
		swap_drop_kept();
	victim = swap_free_count() ? next_victim() : NULL;
	if (!victim)
		return transit_wait();
	reclaim_evict(victim);
	return true;
}

/* The first index at or after this one at which the list has an entry; `end`: none before that. */
static u32 next_used(const struct object *object, u32 index, u32 end)
{
	u32 stop = object ? MIN(end, pagelist_end(&object->list)) : index;

	return index < stop && pagelist_next(&object->list, &index, stop) ? index : end;
}

/* Send a page of the range that may go. Returns the address after it; `end`: there was none. */
static vaddr_t page_out_one(struct space *space, vaddr_t start, vaddr_t end)
{
	for (struct area *area = space_area_from(space, start); area && area->start < end; area = space_area_next(area)) {
		u32 last = area_index(area, MIN(area->end, end)), index = area_index(area, MAX(area->start, start));

		for (; index = MIN(next_used(area->upper, index, last), next_used(area->object, index, last)), index < last; index++) {
			pte_t entry = area_entry(area, index);
			struct frame *frame = entry_is_frame(entry) ? frame_of(pte_pfn(entry)) : NULL;

			if (!frame || frame->pins || frame_is_wired(frame))
				continue;
			start = area_address(area, index) + PAGE_SIZE;
			reclaim_evict(frame); /* sleeps, so the area may be gone */
			return start;
		}
	}
	return end;
}

void space_page_out(struct space *space, vaddr_t start, vaddr_t end)
{
	while (start < end && swap_free_count())
		start = page_out_one(space, start, end);
}

static void drop_tables(u32 frames)
{
	struct space *space;

	list_for_each(space, &spaces, link) {
		if (space->dir != pagetable_loaded())
			pagetable_drop_all(space->dir);
		if (!reclaim_is_due(frames))
			return;
	}
	if (pagetable_loaded() != pagetable_kernel())
		pagetable_drop_all(pagetable_loaded());
}

void reclaim(u32 frames)
{
	while (reclaim_is_due(frames) && evict_some())
		;
	if (reclaim_is_due(frames))
		drop_tables(frames);
}
