/*
 * Reverse mapping: from a page to every entry that names it and every area that shows it.
 *
 *   frame ── family, index ──► entry of each member at that index ──► member's areas ──► address ──► hardware entry
 */
#include "mm/rmap.h"
#include "mm/space.h"

static void unmap_from_area(struct area *area, u32 first, u32 end)
{
	u32 from = MAX(first, area->index), to = MIN(end, area->index + area_pages(area));

	if (from < to)
		pagetable_clear(area->space->dir, area_address(area, from), area_address(area, to));
}

void object_unmap(struct object *object, u32 first, u32 end)
{
	struct area *area;

	if (object->owner)
		unmap_from_area(object->owner, first, end);
	list_for_each(area, &object->areas, object_link)
		unmap_from_area(area, first, end);
}

pte_t *family_next(const struct family *family, u32 index, pte_t name, struct object **member)
{
	const struct list *link = *member ? (*member)->family_link.next : family->members.next;
	pte_t *entry;

	for (; link != &family->members; link = link->next) {
		*member = container_of(link, struct object, family_link);
		entry = object_entry(*member, index);
		if (entry && entry_name(*entry) == name)
			return entry;
	}
	return NULL;
}

struct area *object_next_window(const struct object *object, u32 index, struct area *area)
{
	const struct list *link = area ? area->object_link.next : object->areas.next;

	if (object->owner)
		return area ? NULL : object->owner;
	for (; link != &object->areas; link = link->next) {
		area = container_of(link, struct area, object_link);
		if (index - area->index < area_pages(area))
			return area;
	}
	return NULL;
}

void object_hide_page(const struct object *object, u32 index)
{
	for (struct area *area = NULL; (area = object_next_window(object, index, area));)
		if (area->shown)
			pagetable_hide(area->space->dir, area_address(area, index));
}

bool frame_is_wired(const struct frame *frame)
{
	struct object *member = NULL;

	for (u32 left = frame->count; left && family_next(frame->family, frame->index, frame_entry_name(frame), &member); left--) {
		if (member->wired)
			return true;
		for (struct area *area = NULL; (area = object_next_window(member, frame->index, area));)
			if (area->flags & AREA_LOCKED)
				return true;
	}
	return false;
}
