/* Reverse mapping: which entries name a page, and which areas show it. */
#pragma once

#include "mm/object.h"

/* What the entries that name a page's frame say. */
static inline pte_t frame_entry_name(const struct frame *frame)
{
	return pte_make(frame_pfn(frame), frame->transit ? ENTRY_TRANSIT : PTE_P);
}

/*
 * The next entry at `index` of the family that says `name` (entry_name()), in a member after *member, or in any when that is NULL; *member
 * is then whose it is. NULL: there is none. A count says how many there are, so that a walk can stop after the last.
 */
pte_t *family_next(const struct family *family, u32 index, pte_t name, struct object **member);
/* The next area after `area`, or any when that is NULL, that may show page `index` of the object. NULL: there is none. */
struct area *object_next_window(const struct object *object, u32 index, struct area *area);
/* Drop what the hardware shows of a page whose entry has been changed before, and flush. */
void object_hide_page(const struct object *object, u32 index);
/* Must it stay in RAM, by SHM_LOCK or mlock? */
bool frame_is_wired(const struct frame *frame);
/* Drop what the hardware shows of [first, end), in every area that shows the object, and flush. */
void object_unmap(struct object *object, u32 first, u32 end);
