/*
 * Areas by themselves: what they hold and what they are charged. Where they lie is the business of mm/space.c.
 *
 * Invariants: a private area that is or was writable has an upper list of its range, and unless NORESERVE holds the charge for
 * every page of it; an area is on the list of the object that it shows; an upper list belongs to exactly one area.
 */
#include "mm/area.h"
#include "mm/account.h"
#include "mm/kmalloc.h"
#include "mm/space.h"

/* What an area with an upper list of so many pages holds of the account. */
static u32 upper_cost(const struct area *area, u32 pages)
{
	return area->flags & AREA_NORESERVE ? 0 : pages + pagelist_cost(pages);
}

/* Bring the charge to `want` pages. -ENOMEM: more, and refused. */
static int area_recharge(struct area *area, u32 want)
{
	if (want > area->charged && account_charge(want - area->charged))
		return -ENOMEM;
	if (want < area->charged)
		account_uncharge(area->charged - want);
	area->charged = want;
	return 0;
}

int area_make_upper(struct area *area)
{
	u32 flags = OBJECT_UPPER | (area->flags & AREA_NORESERVE ? OBJECT_NORESERVE : 0);
	struct object *upper;

	if (area_recharge(area, upper_cost(area, area_pages(area))))
		return -ENOMEM;
	if (object_create(area->index, area_pages(area), flags, &upper)) {
		area_recharge(area, 0);
		return -ENOMEM;
	}
	area->upper = upper;
	upper->owner = area;
	return 0;
}

struct area *area_clone(const struct area *area, struct space *space)
{
	struct area *clone = kmalloc(sizeof(*clone));

	if (!clone)
		return NULL;
	*clone = *area;
	clone->space = space;
	clone->shown = false;
	clone->flags &= ~AREA_LOCKED; /* fork(2) */
	if (area->upper) {
		clone->upper = object_clone(area->upper);
		if (!clone->upper) {
			kfree(clone);
			return NULL;
		}
		clone->upper->owner = clone;
	} else if (area->shown && object_has_tables(area->object)) {
		clone->shown = pagetable_share_alike(space->dir, area->space->dir, area->start, area->end);
	}
	area_show(clone, area->object);
	return clone;
}

void area_free(struct area *area)
{
	list_unlink(&area->object_link);
	if (area->upper)
		area->upper->owner = NULL; /* nothing of it is mapped; who fetches a page of it holds it longer */
	object_unref(area->upper);
	object_unref(area->object);
	if (area->charged)
		account_uncharge(area->charged);
	if (area->flags & AREA_LOCKED)
		account_unwire(area_pages(area));
	kfree(area);
}

/* Divide the charge and the upper list at va. */
static int split_upper(struct area *area, struct area *high, vaddr_t va)
{
	u32 pages = area_pages(area), low_pages = (va - area->start) >> PAGE_SHIFT;
	u32 low = upper_cost(area, low_pages), high_cost = upper_cost(area, pages - low_pages);
	struct object *upper;

	if (!area->upper)
		return 0;
	if (area_recharge(area, MAX(area->charged, low + high_cost)))
		return -ENOMEM;
	if (object_split(area->upper, area_index(area, va), &upper)) {
		area_recharge(area, upper_cost(area, pages));
		return -ENOMEM;
	}
	high->upper = upper;
	upper->owner = high;
	high->charged = high_cost;
	area->charged -= high_cost;
	return area_recharge(area, low);
}

int area_split(struct area *area, vaddr_t va, struct area **out)
{
	struct area *high = kmalloc(sizeof(*high));

	assert(va > area->start && va < area->end);
	if (!high)
		return -ENOMEM;
	*high = *area;
	high->object = high->upper = NULL; /* without resources yet */
	high->charged = 0;
	list_init(&high->object_link);
	if (split_upper(area, high, va)) {
		high->flags &= ~AREA_LOCKED;
		area_free(high);
		return -ENOMEM;
	}
	area_show(high, area->object);
	high->start = va;
	high->index = area_index(area, va);
	area->end = va;
	*out = high;
	return 0;
}

int area_grow(struct area *area, vaddr_t start, vaddr_t end)
{
	u32 before = area->charged, pages = (end - start) >> PAGE_SHIFT;
	u32 below = (area->start - start) >> PAGE_SHIFT, index = area->index - below;
	u32 wire = area->flags & AREA_LOCKED ? pages - area_pages(area) : 0;

	if (below > area->index || index + pages < index)
		return -ENOMEM; /* there are no such pages */
	if (account_wire(wire))
		return -ENOMEM;
	if (area->upper && area_recharge(area, upper_cost(area, pages)))
		goto unwire;
	if (area->upper && object_resize(area->upper, index, pages))
		goto recharge;
	area->start = start;
	area->end = end;
	area->index = index;
	return 0;

recharge:
	area_recharge(area, before);
unwire:
	account_unwire(wire);
	return -ENOMEM;
}

int area_protect(struct area *area, u8 prot)
{
	if (area_have_upper(area, prot))
		return -ENOMEM;
	area->prot = prot;
	return 0;
}

pte_t area_entry(const struct area *area, u32 index)
{
	const struct object *layers[] = { area->upper, area->object };

	for (u32 i = 0; i < ARRAY_SIZE(layers); i++) {
		pte_t *entry = layers[i] ? object_entry(layers[i], index) : NULL;

		if (entry && *entry)
			return *entry;
	}
	return 0;
}
