/* Tests of spaces: the tree of areas, gaps, limits, and what happens to areas at the edges of each call. */
#include "mm/account.h"
#include "mm/object.h"
#include "mm/space.h"
#include "mm/tests/mm_test.h"

#define HERE 0x40000000u
#define RW (AREA_READ | AREA_WRITE)

static int map_at(struct space *space, vaddr_t at, u32 pages, u8 prot, u32 place)
{
	struct map_request request = { .at = at, .pages = pages, .prot = prot, .flags = AREA_PRIVATE, .place = place };
	vaddr_t out;
	int error = space_map(space, &request, &out);

	return error ? error : (int)(out >> PAGE_SHIFT);
}

/* The highest place for so many pages that ends at or below top, found by walking every area; 0: none. */
static vaddr_t gap_by_walking(const struct space *space, u32 pages, vaddr_t top)
{
	vaddr_t bottom = MMAP_MIN_ADDR, size = pages * PAGE_SIZE, place = 0;
	struct area *area = space_area_from((struct space *)space, 0);

	for (;; area = space_area_next(area)) {
		vaddr_t end = area ? MIN(area->start, top) : top;

		if (end > bottom && end - bottom >= size)
			place = end - size;
		if (!area)
			return place;
		bottom = MAX(area->end, MMAP_MIN_ADDR);
	}
}

static vaddr_t find_gap(struct space *space, u32 pages)
{
	struct area *next;
	vaddr_t place = space_find_place(space, pages, &next);

	return place && next != space_area_or_border(space, place) ? 1 : place;
}

static bool gap_is_the_highest(struct space *space, u32 pages)
{
	vaddr_t expected = gap_by_walking(space, pages, MMAP_TOP);

	if (!expected)
		expected = gap_by_walking(space, pages, USER_END);
	return find_gap(space, pages) == expected;
}

/* At a multiple of TABLE_SPAN in the highest gap below MMAP_TOP that has room for it, else as any other. */
static bool aligned_place_is_right(struct space *space, u32 pages)
{
	vaddr_t wide = gap_by_walking(space, pages + TABLE_ENTRIES - 1, MMAP_TOP);
	vaddr_t expected = wide ? (wide + TABLE_SPAN - 1) & ~(TABLE_SPAN - 1) : space_find_place(space, pages, NULL);
	struct area *next;

	return space_find_aligned_place(space, pages, &next) == expected &&
	       (!expected || next == space_area_or_border(space, expected));
}

/* Verifies that the search finds the highest gap that is large enough, as a walk over all areas does. */
MM_TEST(space_finds_the_highest_gap)
{
	struct space *space = space_create();
	u32 seed = 5;

	KCHECK(space && gap_is_the_highest(space, 1) && gap_is_the_highest(space, USER_PAGES));
	for (u32 i = 0; i < 600; i++) {
		vaddr_t at = test_random(&seed, USER_PAGES - 3000) * PAGE_SIZE;
		u32 pages = 1 + test_random(&seed, i % 10 ? 300 : 3000);

		if (i % 3 == 0)
			KCHECK(space_unmap(space, at, at + pages * 8 * PAGE_SIZE > USER_END ? USER_END : at + pages * 8 * PAGE_SIZE) == 0);
		else
			map_at(space, at, pages, 0, MAP_AT_NOREPLACE | MAP_AT_PRIVILEGED);
		for (u32 size = 1; size < USER_PAGES; size = size * 3 + test_random(&seed, 5))
			KCHECK(gap_is_the_highest(space, size) && aligned_place_is_right(space, size));
	}
	CHECK_MM();
	space_unref(space);
}

/* Verifies that the search, which begins where the last one ended, finds what was unmapped above that. */
MM_TEST(space_finds_what_was_unmapped)
{
	enum { AREAS = 4, PAGES = 16 };
	struct space *space = space_create();
	vaddr_t at[AREAS];

	for (u32 n = 0; n < AREAS * AREAS; n++) {
		u32 first = n / AREAS, second = n % AREAS;

		for (u32 i = 0; i < AREAS; i++)
			at[i] = map_at(space, 0, PAGES, 0, 0) * PAGE_SIZE;
		KCHECK(space_unmap(space, at[first], at[first] + PAGES * PAGE_SIZE) == 0);
		KCHECK(gap_is_the_highest(space, PAGES) && gap_is_the_highest(space, PAGES + 1));
		KCHECK(space_unmap(space, at[second], at[second] + PAGES * PAGE_SIZE) == 0);
		CHECK_MM();
		KCHECK(gap_is_the_highest(space, PAGES + 1) && gap_is_the_highest(space, 1) && gap_is_the_highest(space, 2 * PAGES));
		KCHECK(space_unmap(space, 0, USER_END) == 0);
	}
	space_unref(space);
}

/* Verifies that a private list which somebody still holds, as who fetches a page of it does, forgets its area when that goes. */
MM_TEST(space_unmap_leaves_a_held_list)
{
	struct space *space = space_create();
	struct object *upper;

	KCHECK(map_at(space, HERE, 4, RW, MAP_AT_FIXED) > 0);
	upper = space_area(space, HERE)->upper;
	object_ref(upper);
	KCHECK(space_unmap(space, HERE, HERE + 4 * PAGE_SIZE) == 0 && !upper->owner);
	object_unref(upper);
	space_unref(space);
}

/* Verifies that an aligned place above MMAP_TOP, where the stack is to grow, is not preferred to any below. */
MM_TEST(space_aligns_below_the_stack)
{
	enum { PAGES = 5 << 8 };
	const vaddr_t gap = 0x60001000, end = gap + PAGES * PAGE_SIZE;
	struct space *space = space_create();
	struct area *next;

	KCHECK(map_at(space, MMAP_MIN_ADDR, (gap - MMAP_MIN_ADDR) >> PAGE_SHIFT, 0, MAP_AT_NOREPLACE) > 0);
	KCHECK(map_at(space, end, (MMAP_TOP - end) >> PAGE_SHIFT, 0, MAP_AT_NOREPLACE) > 0);
	KCHECK(space_find_aligned_place(space, PAGES, &next) == gap && next == space_area_or_border(space, gap));
	CHECK_MM();
	space_unref(space);
}

/* Verifies that nothing is placed where only the superuser may map, though there is room. */
MM_TEST(space_finds_no_gap_too_low)
{
	struct space *space = space_create();
	vaddr_t low = MMAP_MIN_ADDR + 16 * PAGE_SIZE;

	KCHECK(space && map_at(space, low, (USER_END - low) >> PAGE_SHIFT, 0, MAP_AT_FIXED) > 0);
	KCHECK(find_gap(space, 16) == MMAP_MIN_ADDR && find_gap(space, 17) == 0);
	KCHECK(map_at(space, 0, 17, 0, 0) == -ENOMEM);
	space_unref(space);
}

/* Verifies that memory is mapped at the hint when that is free, and elsewhere when it is not or cannot be. */
MM_TEST(space_map_takes_the_hint_if_it_can)
{
	struct space *space = space_create();
	int hint = HERE >> PAGE_SHIFT;

	KCHECK(space && map_at(space, HERE, 4, RW, 0) == hint);
	KCHECK(map_at(space, HERE + 2 * PAGE_SIZE, 4, RW, 0) == (int)((MMAP_TOP >> PAGE_SHIFT) - 4));
	KCHECK(map_at(space, USER_END - PAGE_SIZE, 2, RW, 0) == (int)((MMAP_TOP >> PAGE_SHIFT) - 6));
	KCHECK(map_at(space, PAGE_SIZE, 1, RW, MAP_AT_PRIVILEGED) == (int)((MMAP_TOP >> PAGE_SHIFT) - 7));
	space_unref(space);
}

/* Verifies what fixed places are refused: below the lowest without privilege, beyond the user's end, or taken. */
MM_TEST(space_map_fixed_is_refused)
{
	struct space *space = space_create();

	KCHECK(space && map_at(space, 0, 1, RW, MAP_AT_FIXED) == -EPERM);
	KCHECK(map_at(space, 0, 1, RW, MAP_AT_FIXED | MAP_AT_PRIVILEGED) == 0);
	KCHECK(map_at(space, 0, 2, RW, MAP_AT_NOREPLACE | MAP_AT_PRIVILEGED) == -EEXIST);
	KCHECK(map_at(space, USER_END - PAGE_SIZE, 2, RW, MAP_AT_FIXED) == -ENOMEM);
	KCHECK(map_at(space, HERE, USER_PAGES + 1, 0, 0) == -ENOMEM && map_at(space, HERE, 0, 0, 0) == -ENOMEM);
	KCHECK(map_at(space, USER_END - PAGE_SIZE, 1, RW, MAP_AT_FIXED) > 0 && user_poke(space, USER_END - 1, 1));
	KCHECK(space->area_count == 2);
	space_unref(space);
}

/* Verifies that the limit on a space's size counts every area, and holds for mapping, growing and remapping. */
MM_TEST(space_has_a_limit_of_pages)
{
	struct remap_request larger = { .old_start = HERE, .old_end = HERE + 8 * PAGE_SIZE, .new_pages = 11, .may_move = true };
	struct space *space = space_create();
	vaddr_t place;

	KCHECK(space);
	space->limits.pages = 10;
	KCHECK(map_at(space, HERE, 8, RW, MAP_AT_FIXED) > 0);
	KCHECK(map_at(space, HERE + 8 * PAGE_SIZE, 3, 0, MAP_AT_FIXED) == -ENOMEM);
	KCHECK(space_remap(space, &larger, &place) == -ENOMEM && space->pages == 8);
	larger.new_pages = 10;
	KCHECK(space_remap(space, &larger, &place) == 0 && place == HERE && space->pages == 10);
	KCHECK(map_at(space, HERE, 10, AREA_READ, MAP_AT_FIXED) > 0); /* what it replaces does not count */
	CHECK_MM();
	space_unref(space);
}

/* Verifies that a space holds as many areas as it may, is refused one more by any call, and is quick and whole with them. */
MM_TEST(space_has_a_limit_of_areas)
{
	struct space *space = space_create();
	vaddr_t at = HERE;

	KCHECK(space && map_at(space, at, 3, AREA_READ, MAP_AT_FIXED) > 0);
	while (space->area_count < SPACE_MAX_AREAS)
		KCHECK(map_at(space, at += 4 * PAGE_SIZE, 3, AREA_READ, MAP_AT_FIXED) > 0);
	KCHECK(map_at(space, at += 4 * PAGE_SIZE, 1, AREA_READ, MAP_AT_FIXED) == -ENOMEM);
	KCHECK(space_unmap(space, HERE + PAGE_SIZE, HERE + 2 * PAGE_SIZE) == -ENOMEM);
	KCHECK(space_protect(space, HERE, HERE + PAGE_SIZE, 0) == -ENOMEM);
	KCHECK(space_unmap(space, HERE, HERE + 3 * PAGE_SIZE) == 0 && space->area_count == SPACE_MAX_AREAS - 1);
	KCHECK(find_gap(space, 3) == MMAP_TOP - 3 * PAGE_SIZE);
	CHECK_MM();
	space_unref(space);
}

/* Verifies that making a private area writable is charged then, or refused with nothing changed; giving it up keeps the charge. */
MM_TEST(space_protect_charges)
{
	struct space *space = space_create();
	u32 granted = account.granted, room;

	KCHECK(space && map_at(space, HERE, 100, AREA_READ, MAP_AT_FIXED) > 0 && account.granted == granted);
	room = account.limit - account_committed();
	KCHECK(account_charge(room - 50) == 0);
	KCHECK(space_protect(space, HERE, HERE + 100 * PAGE_SIZE, RW) == -ENOMEM);
	account_uncharge(room - 50);
	KCHECK(account.granted == granted && space_area(space, HERE)->prot == AREA_READ);
	KCHECK(space_protect(space, HERE, HERE + 100 * PAGE_SIZE, RW) == 0 && account.granted == granted + 100);
	KCHECK(space_protect(space, HERE, HERE + 100 * PAGE_SIZE, 0) == 0 && account.granted == granted + 100);
	CHECK_MM();
	space_unref(space);
}

/* Verifies that a window which may never be written stays so, and that what stood before it in the range is changed. */
MM_TEST(space_protect_keeps_read_only_windows)
{
	struct map_request request = {
		.at = HERE + PAGE_SIZE, .pages = 2, .place = MAP_AT_FIXED, .prot = AREA_READ, .flags = AREA_DENY_WRITE,
	};
	struct space *space = space_create();
	vaddr_t place;

	KCHECK(space && object_create(0, 2, 0, &request.object) == 0);
	KCHECK(space_map(space, &request, &place) == 0 && map_at(space, HERE, 1, AREA_READ, MAP_AT_FIXED) > 0);
	KCHECK(space_protect(space, HERE, HERE + 3 * PAGE_SIZE, RW) == -EACCES);
	KCHECK(user_poke(space, HERE, 1) && !user_poke(space, place, 1) && last_fault == FAULT_ACCERR);
	KCHECK(space_protect(space, place, place + PAGE_SIZE, 0) == 0 && user_peek(space, place) == -1);
	space_unref(space);
	object_unref(request.object);
}

/* Verifies that the break moves up and down, keeps what is below it, and stops at its limits and at what is in its way. */
MM_TEST(space_break_moves)
{
	struct space *space = space_create();
	vaddr_t start = HERE + 0x123;

	KCHECK(space);
	space->image.brk_start = space->image.brk = start;
	KCHECK(space_set_brk(space, 0) == start && space_set_brk(space, start - 1) == start);
	KCHECK(space_set_brk(space, start + 0x10000) == start + 0x10000 && user_poke(space, start + 0xffff, 7));
	KCHECK(space_set_brk(space, start + 0x20000) == start + 0x20000 && space->area_count == 1);
	KCHECK(user_peek(space, start + 0xffff) == 7);
	KCHECK(space_set_brk(space, start + 5) == start + 5 && space->area_count == 0);
	KCHECK(space_set_brk(space, start + 0x10000) == start + 0x10000 && user_peek(space, start + 0xffff) == 0);
	space->limits.data = 0x20;
	KCHECK(space_set_brk(space, start + 0x22000) == start + 0x10000);
	space->limits.data = UINT32_MAX;
	KCHECK(map_at(space, HERE + 0x40000, 1, RW, MAP_AT_FIXED) > 0);
	KCHECK(space_set_brk(space, HERE + 0x40001) == start + 0x10000);
	KCHECK(space_set_brk(space, USER_END) == start + 0x10000);
	CHECK_MM();
	space_unref(space);
}

/* Verifies that mremap with an old size of 0 makes one more window on shared pages, refused for private ones. */
MM_TEST(space_remap_of_nothing_copies_the_window)
{
	struct remap_request request = { .old_start = HERE + PAGE_SIZE, .old_end = HERE + PAGE_SIZE, .new_pages = 2, .may_move = true };
	struct space *space = space_create();
	struct object *object;
	vaddr_t place;

	KCHECK(space && object_create(0, 4, 0, &object) == 0 && map_object(space, HERE, 4, object, 0));
	KCHECK(user_poke(space, HERE + 2 * PAGE_SIZE, 5));
	KCHECK(space_remap(space, &request, &place) == 0 && user_peek(space, place + PAGE_SIZE) == 5);
	request.fixed = true;
	request.at = HERE;
	KCHECK(space_remap(space, &request, &place) == -EINVAL);
	object_unref(object); /* the windows are all that holds it now */
	request.at = HERE + PAGE_SIZE;
	KCHECK(space_remap(space, &request, &place) == -EFAULT && !space_area(space, HERE + PAGE_SIZE));
	CHECK_MM();
	request.at = HERE + 8 * PAGE_SIZE;
	KCHECK(map_private(space, HERE + PAGE_SIZE, 2) && space_remap(space, &request, &place) == -EINVAL);
	space_unref(space);
}

/* Verifies that a range has to be in one area to grow or move, and that nothing is lost when there is no room. */
MM_TEST(space_remap_is_refused)
{
	struct remap_request request = { .old_start = HERE, .old_end = HERE + 2 * PAGE_SIZE, .new_pages = 3 };
	struct space *space = space_create();
	vaddr_t place;

	KCHECK(space && space_remap(space, &request, &place) == -EFAULT);
	KCHECK(map_private(space, HERE, 2) && map_private(space, HERE + 2 * PAGE_SIZE, 2) && user_poke(space, HERE, 1));
	KCHECK(space_remap(space, &request, &place) == -ENOMEM);
	request.new_pages = USER_PAGES;
	request.may_move = true;
	KCHECK(space_remap(space, &request, &place) == -ENOMEM);
	request.old_end = HERE + 3 * PAGE_SIZE;
	KCHECK(space_remap(space, &request, &place) == -EFAULT);
	request = (struct remap_request){ HERE, HERE + 2 * PAGE_SIZE, 1, true, true, HERE + PAGE_SIZE, false };
	request.at = HERE;
	KCHECK(space_remap(space, &request, &place) == -EINVAL);
	request.at = 0;
	KCHECK(space_remap(space, &request, &place) == -EPERM);
	KCHECK(user_peek(space, HERE) == 1 && space->pages == 4);
	CHECK_MM();
	space_unref(space);
}

/* Verifies that a forked tree of areas is a tree of its own, however many areas and gaps there are. */
MM_TEST(space_fork_copies_every_area)
{
	struct space *parent = space_create(), *child;
	u32 state = 1, areas;

	KCHECK(parent && space_fork(parent, &child) == 0 && child->area_count == 0);
	space_unref(child);
	for (u32 i = 0; i < 300; i++)
		KCHECK(map_private(parent, HERE + (3 * i + test_random(&state, 3)) * 4 * PAGE_SIZE, 1 + i % 4));
	areas = parent->area_count;
	KCHECK(space_fork(parent, &child) == 0 && child->area_count == areas && child->pages == parent->pages);
	CHECK_MM();
	KCHECK(space_unmap(parent, HERE, HERE + 1800 * PAGE_SIZE) == 0 && child->area_count == areas);
	KCHECK(space_unmap(child, HERE + 900 * PAGE_SIZE, HERE + 2700 * PAGE_SIZE) == 0);
	CHECK_MM();
	space_unref(parent);
	space_unref(child);
}
