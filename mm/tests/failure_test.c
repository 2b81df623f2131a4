/* Tests of spaces whose every allocation may fail, and of the recount that watches over all of these tests. */
#include "kernel/lib/string.h"
#include "mm/account.h"
#include "mm/check.h"
#include "mm/object.h"
#include "mm/space.h"
#include "mm/tests/mm_test.h"

#define HERE 0x40000000u
#define PAGE PAGE_SIZE

/* Everything that can be done with a space, each step only when the one before was. */
static int change(struct space *space, struct object *object)
{
	struct remap_request move = { HERE + 2 * PAGE, HERE + 6 * PAGE, 1500, true, true, 2 * HERE - PAGE, false };
	vaddr_t place;
	int error = -ENOMEM;

	space->image.brk_start = space->image.brk = HERE / 2;
	if (!map_private(space, HERE, 1200) || !map_object(space, HERE + 1200 * PAGE, 8, object, 0))
		return error;
	for (u32 page = 0; page < 1208; page += 151)
		if (!user_poke(space, HERE + page * PAGE, page) || !user_poke(space, HERE + 3 * PAGE, page))
			return error;
	error = space_protect(space, HERE + 600 * PAGE, HERE + 1202 * PAGE, AREA_READ);
	if (!error)
		error = space_remap(space, &move, &place);
	if (!error)
		error = space_unmap(space, HERE + 20 * PAGE, HERE + 21 * PAGE);
	if (!error && space_set_brk(space, HERE / 2 + 3 * PAGE) != HERE / 2 + 3 * PAGE)
		error = -ENOMEM;
	return error;
}

static int live(void)
{
	struct space *space = space_create(), *child = NULL;
	struct object *object;
	int error;

	if (!space)
		return -ENOMEM;
	error = object_create(0, 8, OBJECT_NORESERVE, &object);
	if (!error) {
		error = change(space, object);
		object_unref(object);
	}
	if (!error)
		error = space_fork(space, &child);
	if (!error)
		error = user_poke(space, HERE, 1) && user_poke(child, HERE / 2, 1) ? 0 : -ENOMEM;
	if (!mm_is_well(__FILE__, __LINE__))
		error = -EIO;
	space_unref(space);
	if (child)
		space_unref(child);
	return error;
}

/* Verifies that mapping, touching, protecting, moving, unmapping, brk and fork can fail at each allocation with nothing left behind. */
MM_TEST(space_survives_failures)
{
	KCHECK(walk_failures(live) >= 40);
}

static struct frame *take_back(struct list *taken)
{
	struct frame *frame = list_first(taken, struct frame, link);

	list_remove(&frame->link);
	return frame;
}

/* Verifies that when memory is used up by tables, they are dropped for what was promised, and come back by themselves. */
MM_TEST(reclaim_drops_tables)
{
	struct map_request wide = { .at = HERE, .pages = 40 * TABLE_ENTRIES, .prot = AREA_READ, .flags = AREA_PRIVATE };
	struct space *full = space_create(), *space = space_create();
	struct list taken;
	vaddr_t place;
	bool done;

	KCHECK(full && space && space_map(full, &wide, &place) == 0 && place == HERE && map_private(space, HERE, 1));
	for (u32 i = 0; i < 40; i++)
		KCHECK(user_peek(full, HERE + i * TABLE_SPAN) == 0);
	KCHECK(pagetable_count(full->dir) == 40);
	take_free_frames(&taken);
	done = user_poke(space, HERE, 1);
	give_frames(&taken);
	KCHECK(done && pagetable_count(full->dir) == 0);
	CHECK_MM();
	KCHECK(user_peek(full, HERE) == 0);
	space_unref(full);
	space_unref(space);
}

/* Verifies that fork finds room for all of a large list's copies, though tables have filled memory up. */
MM_TEST(reclaim_makes_room_for_fork)
{
	struct map_request wide = { .at = HERE, .pages = 40 * TABLE_ENTRIES, .prot = AREA_READ, .flags = AREA_PRIVATE };
	struct space *full = space_create(), *parent = space_create(), *child;
	struct list taken;
	vaddr_t place;
	int error;

	KCHECK(full && parent && space_map(full, &wide, &place) == 0);
	wide.flags |= AREA_NORESERVE;
	wide.prot |= AREA_WRITE;
	KCHECK(space_map(parent, &wide, &place) == 0);
	for (u32 i = 0; i < 40; i++)
		KCHECK(user_peek(full, HERE + i * TABLE_SPAN) == 0 && user_poke(parent, HERE + i * TABLE_SPAN, i));
	take_free_frames(&taken);
	for (u32 i = 0; i < 12; i++)
		frame_free(take_back(&taken));
	error = space_fork(parent, &child);
	give_frames(&taken);
	KCHECK(error == 0 && user_peek(child, HERE + 39 * TABLE_SPAN) == 39);
	CHECK_MM();
	space_unref(full);
	space_unref(parent);
	space_unref(child);
}

static bool says(const char *what)
{
	char words[160], *at = words;

	if (mm_check(words, sizeof(words)))
		return false;
	while (*at && strncmp(at, what, strlen(what)))
		at++;
	return *at;
}

/* Verifies that the recount sees what it is there for: each count, once it is wrong. */
MM_TEST(check_sees_wrong_counts)
{
	struct space *space = space_create();
	struct frame *frame;
	u32 bound;

	KCHECK(space && map_private(space, HERE, 2) && user_poke(space, HERE, 1));
	frame = frame_of(shown_frame(space, HERE));
	frame->count++;
	KCHECK(says("entries, kept 2"));
	frame->count--;
	space_area(space, HERE)->upper->resident++;
	KCHECK(says("resident"));
	space_area(space, HERE)->upper->resident--;
	space->pages++;
	KCHECK(says("pages of a space"));
	space->pages--;
	bound = space_area(space, HERE)->node.bound;
	space_area(space, HERE)->node.bound = 0;
	KCHECK(says("gap"));
	space_area(space, HERE)->node.bound = bound;
	account.granted++;
	KCHECK(says("granted"));
	account.granted--;
	frame_counts[FRAME_SLAB]++;
	KCHECK(says("frames of kind"));
	frame_counts[FRAME_SLAB]--;
	space_unref(space);
}

/* Verifies that the recount sees hardware entries that say something else than area and object do. */
MM_TEST(check_sees_wrong_entries)
{
	struct space *space = space_create(), *child;

	KCHECK(space && map_private(space, HERE, 2) && user_poke(space, HERE, 1) && space_fork(space, &child) == 0);
	KCHECK(user_peek(child, HERE) == 1 && pagetable_set(child->dir, HERE, pagetable_get(child->dir, HERE) | PTE_W) == 0);
	KCHECK(says("writable and must not be"));
	pagetable_clear(child->dir, HERE, HERE + PAGE);
	KCHECK(pagetable_set(space->dir, HERE + PAGE, pagetable_get(space->dir, HERE)) == 0 && says("not what its object says"));
	pagetable_clear(space->dir, HERE + PAGE, HERE + 2 * PAGE);
	KCHECK(pagetable_set(space->dir, 2 * HERE, pagetable_get(space->dir, HERE)) == 0 && says("outside of any area"));
	pagetable_clear(space->dir, 2 * HERE, 2 * HERE + PAGE);
	space_unref(space);
	space_unref(child);
}
