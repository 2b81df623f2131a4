/* Tests of objects and families by themselves: nothing here is mapped. */
#include "kernel/lib/string.h"
#include "mm/account.h"
#include "mm/object.h"
#include "mm/tests/mm_test.h"

static pfn_t page_frame(const struct object *object, u32 index)
{
	pte_t *entry = pagelist_entry(&object->list, index);

	return entry ? pte_pfn(*entry) : 0;
}

/* Make each page of [first, end). */
static bool touch(struct object *object, u32 first, u32 end)
{
	pte_t *entry;

	for (u32 index = first; index < end; index++)
		if (object_page(object, index, &entry))
			return false;
	return true;
}

/* Verifies that an object is charged in full when it is made, list pages included, and that it takes no frame before a touch. */
MM_TEST(object_is_charged_at_creation)
{
	u32 granted = account.granted, pages = frame_counts[FRAME_PAGE];
	struct object *object;

	KCHECK(object_create(0, 3000, 0, &object) == 0);
	KCHECK(account.granted == granted + 3000 + pagelist_cost(3000));
	KCHECK(frame_counts[FRAME_PAGE] == pages && object_stat(object).resident == 0);
	object_unref(object);
	KCHECK(account.granted == granted);
}

/* Verifies that an object beyond what there is is refused, and that one which charges as it goes is not. */
MM_TEST(object_noreserve_is_charged_by_page)
{
	u32 granted = account.granted, pages = 1u << 19;
	struct object *object;

	KCHECK(object_create(0, pages, 0, &object) == -ENOMEM);
	KCHECK(object_create(0, pages, OBJECT_NORESERVE, &object) == 0);
	KCHECK(account.granted == granted);
	KCHECK(touch(object, 0, 3) && touch(object, pages - 1, pages));
	KCHECK(account.granted == granted + 4 + 2); /* two chunks */
	CHECK_MM();
	object_discard(object, 0, 2);
	KCHECK(account.granted == granted + 2 + 2);
	CHECK_MM();
	object_unref(object);
}

/* Verifies that a page is made once, zeroed and dirty, and that there is none outside the object. */
MM_TEST(object_page_is_made_once)
{
	struct object *object;
	pte_t *entry, *again;
	u32 sum = 0;

	KCHECK(object_create(100, 10, 0, &object) == 0);
	KCHECK(object_page(object, 99, &entry) == -EFBIG && object_page(object, 110, &entry) == -EFBIG);
	KCHECK(object_page(object, 109, &entry) == 0 && (*entry & PTE_D));
	for (u32 i = 0; i < PAGE_SIZE; i++)
		sum += ((u8 *)paddr_to_kernel(*entry & PAGE_MASK))[i];
	KCHECK(sum == 0 && object_stat(object).resident == 1);
	KCHECK(object_page(object, 109, &again) == 0 && again == entry && object_stat(object).resident == 1);
	object_unref(object);
}

/* Verifies that a clone names the same frames, that each side can let go alone, and that the last one frees them. */
MM_TEST(object_clone_shares_frames)
{
	struct object *object, *clone;
	u32 pages = frame_counts[FRAME_PAGE];

	KCHECK(object_create(50, 1200, 0, &object) == 0 && touch(object, 60, 70));
	KCHECK((clone = object_clone(object)));
	KCHECK(clone->family == object->family && clone->resident == 10 && clone->list.first == 50);
	KCHECK(page_frame(clone, 65) == page_frame(object, 65) && frame_of(page_frame(object, 65))->count == 2);
	object_discard(object, 60, 65);
	KCHECK(frame_counts[FRAME_PAGE] == pages + 10 && frame_of(page_frame(clone, 60))->count == 1);
	account_uncharge(object->charged); /* an upper list is charged by its area; this one was its own */
	object->charged = 0;
	clone->flags = object->flags = OBJECT_UPPER;
	CHECK_MM();
	object_unref(object);
	KCHECK(frame_counts[FRAME_PAGE] == pages + 10);
	object_unref(clone);
	KCHECK(frame_counts[FRAME_PAGE] == pages);
}

/* Verifies that a page which others name as well is copied, byte for byte, and that they keep the old one. */
MM_TEST(object_unshare_copies)
{
	struct object *object, *clone;
	pte_t *entry;
	u8 *old, *new;

	KCHECK(object_create(0, 4, OBJECT_UPPER, &object) == 0 && touch(object, 2, 3));
	old = frame_address(frame_of(page_frame(object, 2)));
	memset(old, 0x5a, PAGE_SIZE);
	KCHECK((clone = object_clone(object)));
	entry = pagelist_entry(&clone->list, 2);
	KCHECK(object_unshare(clone, entry) == 0);
	new = frame_address(frame_of(page_frame(clone, 2)));
	KCHECK(new != old && memcmp(new, old, PAGE_SIZE) == 0 && (*entry & PTE_D));
	KCHECK(frame_of(page_frame(object, 2))->count == 1 && frame_of(page_frame(clone, 2))->count == 1);
	CHECK_MM();
	object_unref(object);
	object_unref(clone);
}

/* Verifies that an upper list can be cut in two at every page, each part with its pages, indices and charge. */
MM_TEST(object_split_everywhere)
{
	static const u32 sizes[] = { 5, 700, 2500 };
	struct object *object, *upper;

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (u32 cut = 1; cut < sizes[i]; cut += sizes[i] / 5) {
			KCHECK(object_create(10, sizes[i], OBJECT_UPPER | OBJECT_NORESERVE, &object) == 0);
			KCHECK(touch(object, 10, 10 + sizes[i] / 2) && touch(object, 10 + sizes[i] - 1, 10 + sizes[i]));
			KCHECK(object_split(object, 10 + cut, &upper) == 0);
			KCHECK(upper->family == object->family && upper->list.first == 10 + cut);
			KCHECK(object->list.pages + upper->list.pages == sizes[i]);
			KCHECK(object->resident + upper->resident == sizes[i] / 2 + 1);
			CHECK_MM();
			object_unref(object);
			CHECK_MM();
			object_unref(upper);
		}
	}
}

/* Verifies that a list charged by page grows and shrinks at will, downwards across the border of two full chunks as well. */
MM_TEST(object_resize_keeps_its_charge)
{
	struct object *object;

	KCHECK(object_create(2000, 500, OBJECT_UPPER | OBJECT_NORESERVE, &object) == 0 && touch(object, 2000, 2500));
	KCHECK(object_resize(object, 1250, 1250) == 0);
	CHECK_MM();
	KCHECK(pagelist_full_chunks(&object->list) == 2);
	KCHECK(object_resize(object, 1250, 5000) == 0 && touch(object, 6249, 6250));
	CHECK_MM();
	KCHECK(object_resize(object, 1250, 760) == 0 && object->resident == 10);
	CHECK_MM();
	KCHECK(object_resize(object, 1250, 0) == 0 && object->resident == 0 && object->charged == 0);
	object_unref(object);
}

/* Verifies that discarding frees the pages of the range alone. */
MM_TEST(object_discard_frees_its_range)
{
	u32 pages = frame_counts[FRAME_PAGE];
	struct object *object;

	KCHECK(object_create(0, 1500, 0, &object) == 0 && touch(object, 1000, 1050));
	object_discard(object, 1010, 1040);
	KCHECK(frame_counts[FRAME_PAGE] == pages + 20 && object_stat(object).resident == 20);
	KCHECK(page_frame(object, 1009) && !page_frame(object, 1010) && !page_frame(object, 1039) && page_frame(object, 1040));
	CHECK_MM();
	object_unref(object);
}

/* Verifies that a page pinned for reading and writing outlives its object, and that a hole is no page to a reader. */
MM_TEST(object_pin_keeps_the_frame)
{
	struct object *object;
	struct frame *frame;
	u32 free;

	KCHECK(object_create(0, 2, OBJECT_NORESERVE, &object) == 0);
	KCHECK(object_pin(object, 2, false, &frame) == -EFBIG);
	KCHECK(object_pin(object, 1, false, &frame) == 0 && !frame);
	KCHECK(object_pin(object, 1, true, &frame) == 0 && frame && frame->pins == 1);
	object_unref(object);
	KCHECK(frame->kind == FRAME_PAGE);
	CHECK_MM();
	free = frame_free_count();
	frame_unpin(frame);
	KCHECK(frame->kind == FRAME_FREE && frame_free_count() == free + 1);
}

/* Verifies that objects are freed with their last reference and not before. */
MM_TEST(object_lives_as_long_as_it_is_referenced)
{
	struct object *object;

	KCHECK(object_create(0, 1, 0, &object) == 0 && touch(object, 0, 1));
	object_ref(object);
	object_unref(object);
	KCHECK(object->refs == 1 && object_stat(object).resident == 1);
	object_unref(object);
}

static int live_a_life(u32 flags)
{
	struct object *object, *clone = NULL, *upper = NULL;
	int error = object_create(1000, 1500, flags, &object);

	if (error)
		return error;
	error = touch(object, 1800, 1900) ? 0 : -ENOMEM;
	if (!error)
		error = (clone = object_clone(object)) ? 0 : -ENOMEM;
	if (!error)
		error = object_unshare(clone, pagelist_entry(&clone->list, 1850));
	if (!error)
		error = object_split(clone, 1850, &upper);
	if (!error)
		error = object_resize(upper, upper->list.first - 900, upper->list.pages + 900);
	if (!mm_is_well(__FILE__, __LINE__))
		error = -EIO;
	object_unref(object);
	if (clone)
		object_unref(clone);
	if (upper)
		object_unref(upper);
	return error;
}

static int live_charged_by_page(void)
{
	return live_a_life(OBJECT_UPPER | OBJECT_NORESERVE);
}

static int live_charged_by_area(void)
{
	return live_a_life(OBJECT_UPPER);
}

/* Verifies that making, touching, cloning, splitting and resizing can fail at each allocation with nothing left behind. */
MM_TEST(object_survives_failures)
{
	KCHECK(walk_failures(live_charged_by_page) > 100);
	KCHECK(walk_failures(live_charged_by_area) > 100);
}
