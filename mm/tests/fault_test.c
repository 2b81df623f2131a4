/* Tests of the fault path, with users whose accesses are made by what their page tables show. */
#include "mm/account.h"
#include "mm/object.h"
#include "mm/space.h"
#include "mm/tests/mm_test.h"

#define HERE 0x40000000u
#define THERE 0x7fffd000u             /* another place, not congruent modulo 4 MiB */

static bool map_with(struct space *space, vaddr_t at, u32 pages, struct object *object, u8 prot, u8 flags)
{
	struct map_request request = {
		.at = at, .pages = pages, .place = MAP_AT_FIXED, .prot = prot, .flags = flags, .object = object,
	};
	vaddr_t place;

	return space_map(space, &request, &place) == 0;
}

/* Verifies that the first toucher of a shared page makes it, and that the next one is shown the same frame at its own address. */
MM_TEST(fault_shared_page_is_one_frame)
{
	struct space *a = space_create(), *b = space_create();
	u32 pages = frame_counts[FRAME_PAGE];
	struct object *object;

	KCHECK(a && b && object_create(0, 8, 0, &object) == 0);
	KCHECK(map_object(a, HERE, 8, object, 0) && map_object(b, THERE, 6, object, 2));
	KCHECK(!shown_frame(a, HERE + 5 * PAGE_SIZE) && frame_counts[FRAME_PAGE] == pages);
	KCHECK(user_poke(a, HERE + 5 * PAGE_SIZE + 7, 0x42));
	KCHECK(user_peek(b, THERE + 3 * PAGE_SIZE + 7) == 0x42);
	KCHECK(shown_frame(a, HERE + 5 * PAGE_SIZE) == shown_frame(b, THERE + 3 * PAGE_SIZE));
	KCHECK(user_poke(b, THERE + 3 * PAGE_SIZE, 1) && user_peek(a, HERE + 5 * PAGE_SIZE) == 1);
	KCHECK(frame_counts[FRAME_PAGE] == pages + 1 && object_stat(object).resident == 1);
	CHECK_MM();
	space_unref(a);
	space_unref(b);
	KCHECK(object_stat(object).resident == 1);
	object_unref(object);
}

/* Verifies what is told of addresses that cannot be served: none there, not allowed, beyond the end of the object. */
MM_TEST(fault_tells_why)
{
	struct space *space = space_create();
	struct object *object;

	KCHECK(space && object_create(0, 2, 0, &object) == 0);
	KCHECK(map_with(space, HERE, 4, object, AREA_READ, 0) && map_with(space, THERE, 1, NULL, 0, AREA_PRIVATE));
	KCHECK(user_peek(space, HERE - 1) == -1 && last_fault == FAULT_MAPERR);
	KCHECK(user_peek(space, USER_END + 5) == -1 && last_fault == FAULT_MAPERR);
	KCHECK(!user_poke(space, HERE, 1) && last_fault == FAULT_ACCERR);
	KCHECK(user_peek(space, THERE) == -1 && last_fault == FAULT_ACCERR);
	KCHECK(user_peek(space, HERE + 2 * PAGE_SIZE) == -1 && last_fault == FAULT_BUS);
	KCHECK(user_peek(space, HERE + PAGE_SIZE) == 0);
	space_unref(space);
	object_unref(object);
}

/* Verifies that private memory which was only read shows the zero frame, and gets frames of its own when written. */
MM_TEST(fault_private_zeroes_cost_nothing)
{
	struct space *space = space_create();
	u32 pages = frame_counts[FRAME_PAGE];

	KCHECK(space && map_private(space, HERE, 10));
	KCHECK(user_peek(space, HERE) == 0 && user_peek(space, HERE + 9 * PAGE_SIZE) == 0);
	KCHECK(frame_counts[FRAME_PAGE] == pages && shown_frame(space, HERE) == frame_pfn(zero_frame));
	CHECK_MM();
	KCHECK(user_poke(space, HERE, 9) && user_peek(space, HERE) == 9 && user_peek(space, HERE + 1) == 0);
	KCHECK(frame_counts[FRAME_PAGE] == pages + 1 && user_peek(space, HERE + PAGE_SIZE) == 0);
	CHECK_MM();
	space_unref(space);
}

/* Verifies that a private window reads what is below, and copies it when written, so that no one else sees that. */
MM_TEST(fault_private_copies_what_is_below)
{
	struct space *a = space_create(), *b = space_create();
	struct object *object;

	KCHECK(a && b && object_create(0, 4, 0, &object) == 0 && map_object(a, HERE, 4, object, 0));
	KCHECK(map_with(b, THERE, 4, object, AREA_READ | AREA_WRITE, AREA_PRIVATE));
	KCHECK(user_poke(a, HERE, 1) && user_peek(b, THERE) == 1);
	KCHECK(shown_frame(a, HERE) == shown_frame(b, THERE));
	KCHECK(user_poke(a, HERE, 2) && user_peek(b, THERE) == 2);
	CHECK_MM();
	KCHECK(user_poke(b, THERE + 1, 3) && user_peek(b, THERE) == 2 && user_peek(a, HERE + 1) == 0);
	KCHECK(user_poke(a, HERE, 4) && user_peek(b, THERE) == 2);
	CHECK_MM();
	space_unref(a);
	space_unref(b);
	object_unref(object);
}

/* Verifies that parent and child keep their own private memory after fork, and that the last one left writes without copying. */
MM_TEST(fault_copy_on_write_after_fork)
{
	struct space *parent = space_create(), *child;
	u32 pages = frame_counts[FRAME_PAGE];

	KCHECK(parent && map_private(parent, HERE, 3) && user_poke(parent, HERE, 1) && user_poke(parent, HERE + PAGE_SIZE, 2));
	KCHECK(space_fork(parent, &child) == 0);
	CHECK_MM();
	KCHECK(user_peek(child, HERE) == 1 && frame_counts[FRAME_PAGE] == pages + 2 && shown_frame(parent, HERE) == shown_frame(child, HERE));
	KCHECK(user_poke(child, HERE, 10) && user_peek(parent, HERE) == 1);
	KCHECK(user_poke(parent, HERE + PAGE_SIZE, 20) && user_peek(child, HERE + PAGE_SIZE) == 2);
	KCHECK(frame_counts[FRAME_PAGE] == pages + 4);
	CHECK_MM();
	KCHECK(user_poke(parent, HERE, 11) && frame_counts[FRAME_PAGE] == pages + 4);
	space_unref(parent);
	KCHECK(user_peek(child, HERE) == 10 && user_peek(child, HERE + PAGE_SIZE) == 2);
	KCHECK(user_poke(child, HERE + PAGE_SIZE, 3) && frame_counts[FRAME_PAGE] == pages + 2);
	CHECK_MM();
	space_unref(child);
}

enum { FAMILY = 6, FAMILY_PAGES = 40 };

static struct space *family[FAMILY];
static u8 contents[FAMILY][FAMILY_PAGES];

/* One random event in a family of spaces: a birth, a death, or accesses. False: someone saw what was not its own. */
static bool family_event(u32 *seed)
{
	u32 who = test_random(seed, FAMILY), child = test_random(seed, FAMILY), event = test_random(seed, 16);

	if (!family[who])
		return true;
	if (event == 0 && who) {
		space_unref(family[who]);
		family[who] = NULL;
		return true;
	}
	if (event <= 2 && !family[child]) {
		for (u32 i = 0; i < FAMILY_PAGES; i++)
			contents[child][i] = contents[who][i];
		return space_fork(family[who], &family[child]) == 0;
	}
	if (event == 3)
		pagetable_drop_all(family[who]->dir); /* only a cache */
	for (u32 i = 0; i < 8; i++) {
		u32 page = test_random(seed, FAMILY_PAGES);
		vaddr_t va = HERE + page * PAGE_SIZE;

		if (user_peek(family[who], va) != contents[who][page])
			return false;
		if (i % 2 && !user_poke(family[who], va, contents[who][page] = test_random(seed, 256)))
			return false;
	}
	return true;
}

/* Verifies that children and grandchildren, as they come and go, each see their own memory and never another's. */
MM_TEST(fault_families_keep_apart)
{
	u32 seed = 99;

	for (u32 i = 0; i < FAMILY_PAGES; i++)
		contents[0][i] = 0;
	KCHECK((family[0] = space_create()) && map_private(family[0], HERE, FAMILY_PAGES));
	for (u32 i = 0; i < 1500; i++) {
		KCHECK(family_event(&seed));
		if (i % 16 == 0)
			CHECK_MM();
	}
	for (u32 i = 0; i < FAMILY; i++) {
		if (family[i])
			space_unref(family[i]);
		family[i] = NULL;
	}
}

/* Verifies that a page which is not dirty is shown without write permission, and that its first write makes it dirty. */
MM_TEST(fault_first_write_makes_dirty)
{
	struct space *space = space_create();
	struct object *object;
	pte_t *entry;

	KCHECK(space && object_create(0, 1, 0, &object) == 0 && map_object(space, HERE, 1, object, 0));
	KCHECK(object_page(object, 0, &entry) == 0);
	entry_set(entry, *entry & ~PTE_D); /* as if it had been written to a disk */
	KCHECK(user_peek(space, HERE) == 0 && !(pagetable_get(space->dir, HERE) & PTE_W));
	CHECK_MM();
	KCHECK(user_poke(space, HERE, 1) && (*entry & PTE_D) && (pagetable_get(space->dir, HERE) & PTE_W));
	space_unref(space);
	object_unref(object);
}

/* Is page `page` of the window shown, with W or without? */
static bool is_shown(const struct space *space, vaddr_t window, u32 page, pte_t write)
{
	pte_t pte = pagetable_get(space->dir, window + page * PAGE_SIZE);

	return (pte & PTE_P) && (pte & PTE_W) == write;
}

enum { AROUND_PAGES = 64, MISSING = 27 };

/* An object that has every page but one. */
static struct object *object_with_hole(void)
{
	struct object *object;
	pte_t *entry;

	if (object_create(0, AROUND_PAGES, 0, &object))
		return NULL;
	for (u32 i = 0; i < AROUND_PAGES; i++)
		if (i != MISSING && object_page(object, i, &entry))
			return NULL;
	return object;
}

/*
 * Verifies that a page of an object is shown with its neighbours, those up to the borders of 16 pages, of the window, and to a page that
 * the object has not; that a page made now comes alone; and that none of it makes pages.
 */
MM_TEST(fault_shows_neighbours)
{
	struct object *object = object_with_hole();
	struct space *a = space_create(), *b = space_create();

	KCHECK(object && a && b && map_object(a, HERE, 64, object, 0) && map_object(b, HERE + 2 * PAGE_SIZE, 10, object, 34));
	KCHECK(user_peek(a, HERE + 20 * PAGE_SIZE) == 0);
	for (u32 page = 0; page < AROUND_PAGES; page++)
		KCHECK((pagetable_get(a->dir, HERE + page * PAGE_SIZE) != 0) == (page >= 16 && page < MISSING));
	KCHECK(user_peek(b, HERE + 11 * PAGE_SIZE) == 0 && pagetable_present(b->dir) == 10);
	KCHECK(object_stat(object).resident == AROUND_PAGES - 1);
	CHECK_MM();
	KCHECK(user_peek(a, HERE + MISSING * PAGE_SIZE) == 0 && pagetable_present(a->dir) == MISSING - 16 + 1);
	CHECK_MM();
	space_unref(a);
	space_unref(b);
	object_unref(object);
}

/* Verifies that neighbours are shown as their own faults would: W only where dirty and allowed, and nothing that is shown is replaced. */
MM_TEST(fault_neighbours_keep_the_rules)
{
	struct object *object = object_with_hole();
	struct space *a = space_create(), *b = space_create();
	pte_t *clean = object ? object_entry(object, 3) : NULL;

	KCHECK(clean && a && b && map_object(a, HERE, 64, object, 0) && map_with(b, HERE, 64, object, AREA_READ, 0));
	entry_set(clean, *clean & ~PTE_D);
	KCHECK(user_poke(a, HERE + PAGE_SIZE, 1) && is_shown(a, HERE, 2, PTE_W) && is_shown(a, HERE, 3, 0));
	KCHECK(user_poke(a, HERE + 3 * PAGE_SIZE, 1) && (*clean & PTE_D) && is_shown(a, HERE, 3, PTE_W));
	KCHECK(user_peek(b, HERE) == 0 && is_shown(b, HERE, 2, 0) && is_shown(b, HERE, 3, 0));
	entry_set(clean, *clean & ~PTE_D);
	pagetable_clear(a->dir, HERE, HERE + 2 * PAGE_SIZE); /* page 3 stays as it is shown */
	KCHECK(user_peek(a, HERE) == 0 && is_shown(a, HERE, 1, PTE_W) && is_shown(a, HERE, 3, PTE_W));
	entry_set(clean, *clean | PTE_D);
	CHECK_MM();
	space_unref(a);
	space_unref(b);
	object_unref(object);
}

/* Verifies that a private window shows neighbours of the object for reading alone, and none in the place of a page of its own. */
MM_TEST(fault_private_neighbours)
{
	struct object *object = object_with_hole();
	struct space *space = space_create();

	KCHECK(object && space && map_with(space, HERE, 64, object, AREA_READ | AREA_WRITE, AREA_PRIVATE));
	KCHECK(user_poke(space, HERE + 2 * PAGE_SIZE, 7) && pagetable_present(space->dir) == 1);
	pagetable_clear(space->dir, HERE, HERE + 64 * PAGE_SIZE);
	KCHECK(user_peek(space, HERE) == 0 && is_shown(space, HERE, 1, 0) && is_shown(space, HERE, 15, 0));
	KCHECK(!shown_frame(space, HERE + 2 * PAGE_SIZE) && user_peek(space, HERE + 2 * PAGE_SIZE) == 7);
	KCHECK(user_poke(space, HERE + PAGE_SIZE, 8) && user_peek(space, HERE + PAGE_SIZE) == 8);
	KCHECK(*(u8 *)paddr_to_kernel(*object_entry(object, 1) & PAGE_MASK) == 0);
	CHECK_MM();
	space_unref(space);
	object_unref(object);
}

/* Verifies that pages cut off an object disappear from everyone who shows them, private copies included. */
MM_TEST(fault_truncated_pages_are_gone)
{
	struct space *a = space_create(), *b = space_create();
	struct object *object;

	KCHECK(a && b && object_create(0, 6, OBJECT_NORESERVE, &object) == 0 && map_object(a, HERE, 6, object, 0));
	KCHECK(map_with(b, THERE, 6, object, AREA_READ | AREA_WRITE, AREA_PRIVATE));
	KCHECK(user_poke(a, HERE + 4 * PAGE_SIZE, 1) && user_poke(b, THERE + 4 * PAGE_SIZE, 2) && user_peek(b, THERE) == 0);
	KCHECK(object_resize(object, 0, 3) == 0);
	CHECK_MM();
	KCHECK(user_peek(a, HERE + 4 * PAGE_SIZE) == -1 && last_fault == FAULT_BUS);
	KCHECK(user_peek(b, THERE + 4 * PAGE_SIZE) == -1 && last_fault == FAULT_BUS);
	KCHECK(object_resize(object, 0, 6) == 0 && user_peek(a, HERE + 4 * PAGE_SIZE) == 0);
	space_unref(a);
	space_unref(b);
	object_unref(object);
}

/* Verifies that a stack grows to hold what is touched below it, up to its limit and not near to another area. */
MM_TEST(fault_grows_the_stack)
{
	vaddr_t top = THERE, limit = top - 100 * PAGE_SIZE;
	struct space *space = space_create();

	KCHECK(space && map_with(space, top - PAGE_SIZE, 1, NULL, AREA_READ | AREA_WRITE, AREA_PRIVATE | AREA_STACK));
	space->limits.stack = 100;
	KCHECK(user_poke(space, top - 1, 1) && user_poke(space, top - 50 * PAGE_SIZE, 2) && space->pages == 50);
	CHECK_MM();
	KCHECK(user_poke(space, limit, 3) && space->pages == 100);
	KCHECK(!user_poke(space, limit - 1, 4) && last_fault == FAULT_MAPERR);
	space->limits.stack = UINT32_MAX;
	KCHECK(map_private(space, limit - STACK_GAP - 8 * PAGE_SIZE, 1));
	KCHECK(!user_poke(space, limit - 8 * PAGE_SIZE, 5) && user_poke(space, limit - 7 * PAGE_SIZE, 6));
	KCHECK(user_peek(space, top - 1) == 1 && user_peek(space, top - 50 * PAGE_SIZE) == 2);
	CHECK_MM();
	space_unref(space);
}

/* Verifies that a stack whose pages have no indices left below them stops growing, instead of wrapping around. */
MM_TEST(fault_stack_of_a_file_ends_at_its_first_page)
{
	struct space *space = space_create();
	struct object *object;

	KCHECK(space && object_create(0, 8, 0, &object) == 0);
	KCHECK(map_with(space, HERE, 2, object, AREA_READ | AREA_WRITE, AREA_PRIVATE | AREA_STACK));
	KCHECK(user_poke(space, HERE, 1));
	KCHECK(!user_poke(space, HERE - PAGE_SIZE, 2) && last_fault == FAULT_MAPERR);
	CHECK_MM();
	space_unref(space);
	object_unref(object);
}

/* Verifies that without a free frame a page that was not promised is a bus error, and works again when there is one. */
MM_TEST(fault_without_memory)
{
	struct space *space = space_create();
	struct object *object;
	struct list taken;
	bool refused;
	u32 room;

	KCHECK(space && object_create(0, 4, OBJECT_NORESERVE, &object) == 0 && map_object(space, HERE, 4, object, 0));
	take_free_frames(&taken);
	refused = !user_poke(space, HERE, 1) && last_fault == FAULT_BUS;
	give_frames(&taken);
	KCHECK(refused && user_poke(space, HERE, 1));
	room = account.limit - account_committed();
	KCHECK(account_charge(room) == 0);
	refused = !user_poke(space, HERE + PAGE_SIZE, 1) && last_fault == FAULT_BUS;
	account_uncharge(room);
	KCHECK(refused);
	space_unref(space);
	object_unref(object);
}
