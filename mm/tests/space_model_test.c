/*
 * A space against a model that knows nothing of areas: an array of what each page of a small range should be. Random maps, unmaps,
 * protections and remaps are done to both.
 */
#include "mm/object.h"
#include "mm/space.h"
#include "mm/tests/mm_test.h"

#define PAGES 96u
#define BASE (0x40000000u - 40 * PAGE_SIZE)    /* a table ends inside */
#define SHARED_PAGES 64u

enum kind { NOTHING, PRIVATE, SHARED };

struct page {
	enum kind kind;
	u8 prot;
	u8 value;                  /* PRIVATE: its first byte */
	u32 index;                 /* SHARED: the page of the object */
};

static struct page model[PAGES];
static u8 shared[SHARED_PAGES];
static struct object *object;
static struct space *space;
static u32 seed;

static vaddr_t address(u32 page)
{
	return BASE + page * PAGE_SIZE;
}

static u32 any(u32 below)
{
	return test_random(&seed, below);
}

static u8 any_prot(void)
{
	static const u8 prots[] = { 0, AREA_READ, AREA_READ | AREA_WRITE, AREA_READ | AREA_WRITE };

	return prots[any(ARRAY_SIZE(prots))];
}

/* Is the page what the model says, as area and as the user sees it? */
static bool page_is_as_model(u32 number)
{
	const struct page *page = &model[number];
	struct area *area = space_area(space, address(number));
	int value = page->kind == SHARED ? shared[page->index] : page->value;

	if (!area)
		return page->kind == NOTHING && user_peek(space, address(number)) == -1;
	if (page->kind != (area->flags & AREA_PRIVATE ? PRIVATE : SHARED) || page->prot != area->prot)
		return false;
	if (page->kind == SHARED && area_index(area, address(number)) != page->index)
		return false;
	return user_peek(space, address(number)) == (page->prot ? value : -1);
}

static bool all_is_as_model(void)
{
	for (u32 page = 0; page < PAGES; page++)
		if (!page_is_as_model(page))
			return false;
	return true;
}

static bool is_free(u32 first, u32 end)
{
	while (first < end && !model[first].kind)
		first++;
	return first == end;
}

static bool do_map(u32 first, u32 pages)
{
	enum kind kind = any(2) ? PRIVATE : SHARED;
	struct map_request request = {
		.at = address(first), .pages = pages, .place = any(2) ? MAP_AT_FIXED : MAP_AT_NOREPLACE, .prot = any_prot(),
		.flags = kind == PRIVATE ? AREA_PRIVATE | (any(2) ? AREA_NORESERVE : 0) : 0,
		.object = kind == SHARED ? object : NULL, .index = any(SHARED_PAGES - MIN(pages, SHARED_PAGES - 1)),
	};
	vaddr_t place;
	int error;

	if (kind == SHARED && request.index + pages > SHARED_PAGES)
		return true;
	error = space_map(space, &request, &place);
	if (request.place == MAP_AT_NOREPLACE && !is_free(first, first + pages))
		return error == -EEXIST;
	for (u32 i = 0; i < pages; i++)
		model[first + i] = (struct page){ kind, request.prot, 0, request.index + i };
	return !error && place == address(first);
}

static bool do_unmap(u32 first, u32 pages)
{
	for (u32 i = 0; i < pages; i++)
		model[first + i] = (struct page){ 0 };
	return space_unmap(space, address(first), address(first + pages)) == 0;
}

/* What comes before the first hole is changed. */
static bool do_protect(u32 first, u32 pages)
{
	u8 prot = any_prot();
	bool hole = false;
	int error = space_protect(space, address(first), address(first + pages), prot);

	for (u32 i = first; i < first + pages && !hole; i++) {
		hole = !model[i].kind;
		model[i].prot = hole ? 0 : prot;
	}
	return error == (hole ? -ENOMEM : 0);
}

static bool do_poke(u32 first)
{
	struct page *page = &model[first];
	u8 value = any(256);
	bool done = user_poke(space, address(first), value);

	if (done)
		*(page->kind == SHARED ? &shared[page->index] : &page->value) = value;
	return done == (page->kind && (page->prot & AREA_WRITE));
}

/* Move [first, first + old) of one area to a place that does not overlap it. */
static bool move_to(u32 first, u32 old, u32 new, u32 to)
{
	struct page moved[PAGES];
	struct remap_request request = {
		.old_start = address(first), .old_end = address(first + old), .new_pages = new,
		.may_move = true, .fixed = true, .at = address(to),
	};
	vaddr_t place;

	for (u32 i = 0; i < new; i++) {
		moved[i] = model[first + MIN(i, old - 1)];
		moved[i].index = model[first].index + i;
		moved[i].value = i < old ? moved[i].value : 0;
	}
	if (moved[0].kind == SHARED && moved[0].index + new > SHARED_PAGES)
		return true;
	if (space_remap(space, &request, &place) || place != address(to))
		return false;
	for (u32 i = 0; i < old; i++)
		model[first + i] = (struct page){ 0 };
	for (u32 i = 0; i < new; i++)
		model[to + i] = moved[i];
	return true;
}

/* Without moving: longer if there is room behind and the area ends there, shorter always. */
static bool resize_to(u32 first, u32 old, u32 new, const struct area *area)
{
	struct remap_request request = { .old_start = address(first), .old_end = address(first + old), .new_pages = new };
	bool room = new <= old || (area->end == request.old_end && is_free(first + old, first + new));
	struct page last = model[first + old - 1];
	vaddr_t place;
	int error;

	if (last.kind == SHARED && last.index + 1 + new - old > SHARED_PAGES)
		return true;
	error = space_remap(space, &request, &place);
	if (!room)
		return error == -ENOMEM;
	for (u32 i = new; i < old; i++)
		model[first + i] = (struct page){ 0 };
	for (u32 i = old; i < new; i++)
		model[first + i] = (struct page){ last.kind, last.prot, 0, last.index + 1 + i - old };
	return !error && place == address(first);
}

static bool do_remap(u32 first, u32 old, u32 new, u32 to)
{
	struct area *area = space_area(space, address(first));

	if (!area || area->end < address(first + old) || MAX(first, to) + new > PAGES)
		return true;
	if (any(3) == 0)
		return resize_to(first, old, new, area);
	return (to < first + old && first < to + new) || move_to(first, old, new, to);
}

static bool do_discard(u32 first, u32 pages)
{
	int error = space_discard(space, address(first), address(first + pages));
	bool hole = false;

	for (u32 i = first; i < first + pages; i++) {
		hole |= !model[i].kind;
		model[i].value = 0;
	}
	return error == (hole ? -ENOMEM : 0);
}

static bool change_at_random(void)
{
	u32 first = any(PAGES), pages = 1 + any(MIN(PAGES - first, 24u));

	switch (any(12)) {
	case 0:
	case 1:
		return do_map(first, pages);
	case 2:
		return do_unmap(first, pages);
	case 3:
	case 4:
		return do_protect(first, pages);
	case 5:
	case 6:
		return do_remap(first, pages, 1 + any(24), any(PAGES));
	case 7:
		return any(4) || do_discard(first, pages);
	default:
		return do_poke(first);
	}
}

static void run_model(u32 with_seed, u32 steps)
{
	seed = with_seed;
	for (u32 i = 0; i < PAGES; i++)
		model[i] = (struct page){ 0 };
	for (u32 i = 0; i < SHARED_PAGES; i++)
		shared[i] = 0;
	KCHECK((space = space_create()) && object_create(0, SHARED_PAGES, 0, &object) == 0);
	for (u32 i = 0; i < steps; i++) {
		KCHECK(change_at_random());
		KCHECK(page_is_as_model(any(PAGES)));
		if (i % 32 == 0) {
			KCHECK(all_is_as_model());
			CHECK_MM();
		}
	}
	KCHECK(all_is_as_model());
	space_unref(space);
	object_unref(object);
}

/* Verifies that random maps, unmaps, protections, remaps and writes leave each page what a model without areas says. */
MM_TEST(space_is_as_its_model)
{
	run_model(1, 3000);
	run_model(20261123, 3000);
}
