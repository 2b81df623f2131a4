/* Tests of page lists alone: entries here are any numbers that are not 0. */
#include "kernel/lib/string.h"
#include "mm/kmalloc.h"
#include "mm/pagelist.h"
#include "mm/tests/mm_test.h"

#define MODEL_PAGES 6000u

static u32 model[MODEL_PAGES];     /* by index: the entry that a list of this range should have */

/* Does the list have the model's entries, found one by one and by walking, and nothing else? */
static bool as_model(const struct pagelist *list)
{
	u32 walked = list->first, end = pagelist_end(list);
	pte_t *entry;

	for (u32 index = list->first; index < end; index++) {
		entry = pagelist_entry(list, index);
		if ((entry ? *entry : 0) != model[index])
			return false;
		if (!model[index])
			continue;
		if (pagelist_next(list, &walked, end) != entry || walked != index)
			return false;
		walked++;
	}
	return !pagelist_next(list, &walked, end);
}

static bool put(struct pagelist *list, u32 index, u32 value)
{
	pte_t *entry = pagelist_make_entry(list, index);

	if (!entry)
		return false;
	entry_set(entry, value);
	model[index] = value;
	return true;
}

static void empty(struct pagelist *list)
{
	for (u32 index = list->first; index < pagelist_end(list); index++) {
		pte_t *entry = pagelist_entry(list, index);

		if (entry)
			*entry = 0;
		model[index] = 0;
	}
}

static void drop(struct pagelist *list)
{
	empty(list);
	pagelist_free(list);
}

/* Verifies that a list of any size costs nothing until its first page is touched, and gives all of it back. */
MM_TEST(pagelist_costs_nothing_until_touched)
{
	static const u32 sizes[] = { 1, 2, 4, 5, 511, 512, 513, 1024, 1025, 3000, 5000 };
	u32 free = frame_free_count();
	struct pagelist list;

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		pagelist_init(&list, 7, sizes[i]);
		KCHECK(frame_free_count() == free && !pagelist_entry(&list, 7 + sizes[i] - 1));
		KCHECK(put(&list, 7, 1) && put(&list, 7 + sizes[i] / 2, 2) && put(&list, 7 + sizes[i] - 1, 3));
		KCHECK(as_model(&list));
		drop(&list);
		KCHECK(frame_free_count() == free);
	}
}

/* Verifies that the chunk of a small list reaches only over what was touched, whether from below, from above or up to the last index. */
MM_TEST(pagelist_small_chunk_covers_what_was_touched)
{
	static const u32 firsts[] = { 0, 1000, UINT32_MAX - 300 };
	struct pagelist list;
	pte_t *entry;
	u32 walked;

	for (u32 i = 0; i < ARRAY_SIZE(firsts); i++) {
		for (u32 up = 0; up < 2; up++) {
			pagelist_init(&list, firsts[i], 300);
			for (u32 n = 0; n < 20; n++) {
				entry = pagelist_make_entry(&list, firsts[i] + (up ? 280 + n : 299 - n));
				KCHECK(entry && !*entry && list.size < (n + 4) * 2);
				*entry = n + 1;
			}
			walked = firsts[i];
			for (u32 n = 0; n < 20; n++, walked++) {
				entry = pagelist_next(&list, &walked, firsts[i] + 300);
				KCHECK(entry && *entry == (up ? n + 1 : 20 - n) && walked == firsts[i] + 280 + n);
			}
			KCHECK(!pagelist_entry(&list, firsts[i] + 200));
			pagelist_free(&list);
		}
	}
}

/* Verifies that what a grant is charged covers the full chunks of the list, wherever its first page lies in its chunk. */
MM_TEST(pagelist_cost_covers_its_chunks)
{
	struct pagelist list, low;

	for (u32 pages = 500; pages < 4200; pages += 100) {
		for (u32 cut = 1; cut < 1500; cut += 350) {
			pagelist_init(&low, 0, pages + cut);
			for (u32 index = 0; index < pages + cut; index += 50)
				KCHECK(put(&low, index, 1));
			KCHECK(pagelist_full_chunks(&low) <= pagelist_cost(pages + cut));
			KCHECK(pagelist_split(&low, cut, &list) == 0);
			KCHECK(pagelist_full_chunks(&list) <= pagelist_cost(pages));
			KCHECK(pagelist_full_chunks(&low) <= pagelist_cost(cut));
			drop(&list);
			drop(&low);
		}
	}
}

/* Fill a list of that range with every third page. */
static bool fill(struct pagelist *list, u32 first, u32 pages)
{
	pagelist_init(list, first, pages);
	for (u32 index = first; index < first + pages; index += 3)
		if (!put(list, index, index + 1))
			return false;
	return true;
}

/* Verifies that a list can be cut in two at every place, and both parts keep their entries. */
MM_TEST(pagelist_split_everywhere)
{
	static const u32 sizes[] = { 2, 9, 600, 2100 };
	struct pagelist list, upper;

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (u32 cut = 1; cut < sizes[i]; cut += sizes[i] > 1000 ? 61 : 1) {
			KCHECK(fill(&list, 5, sizes[i]));
			KCHECK(pagelist_split(&list, 5 + cut, &upper) == 0);
			KCHECK(list.pages == cut && upper.first == 5 + cut && upper.pages == sizes[i] - cut);
			KCHECK(as_model(&list) && as_model(&upper));
			drop(&upper);
			drop(&list);
		}
	}
}

/* Verifies that a list grows at both ends, across all shapes, and keeps its entries. */
MM_TEST(pagelist_grows_both_ways)
{
	struct pagelist list;
	u32 first = 3000, end = 3002;

	KCHECK(fill(&list, first, end - first));
	for (u32 step = 1; first > 100; step = step * 3 / 2 + 1) {
		first -= MIN(step, first);
		KCHECK(pagelist_resize(&list, first, end - first) == 0 && as_model(&list) && put(&list, first, step));
		end = MIN(end + step, MODEL_PAGES);
		KCHECK(pagelist_resize(&list, first, end - first) == 0 && as_model(&list) && put(&list, end - 1, step));
	}
	drop(&list);
}

/* Empty what lies behind `pages` and cut it off while no frame can be had. */
static int shrink_without_memory(struct pagelist *list, u32 pages)
{
	struct list taken;
	int error;

	for (u32 index = list->first + pages; index < pagelist_end(list); index++) {
		if (model[index])
			*pagelist_entry(list, index) = 0;
		model[index] = 0;
	}
	take_free_frames(&taken);
	error = pagelist_resize(list, list->first, pages);
	give_frames(&taken);
	return error;
}

/* Verifies that a list gets shorter at its end although no memory can be had, and that nothing of it is lost. */
MM_TEST(pagelist_shrinks_without_memory)
{
	static const u32 lengths[] = { 4096, 3000, 2049, 2048, 1500, 1000, 513, 512, 100, 1, 0 };
	struct pagelist list;

	KCHECK(fill(&list, 9, 5000));
	for (u32 i = 0; i < ARRAY_SIZE(lengths); i++) {
		KCHECK(shrink_without_memory(&list, lengths[i]) == 0);
		KCHECK(list.pages == lengths[i] && as_model(&list));
	}
	KCHECK(pagelist_resize(&list, 9, 2000) == 0 && put(&list, 1500, 1) && as_model(&list));
	drop(&list);
}

/* One random change, the part cut off thrown away. False: the list is not as it should be. */
static bool change_at_random(struct pagelist *list, u32 *seed)
{
	u32 first = list->first, end = pagelist_end(list), cut = first + test_random(seed, list->pages);
	struct pagelist upper;

	switch (test_random(seed, 4)) {
	case 0:
		if (cut == first || pagelist_split(list, cut, &upper))
			return as_model(list);
		if (!as_model(&upper))
			return false;
		drop(&upper);
		return as_model(list);
	case 1:
		first -= test_random(seed, MIN(first, 900u) + 1);
		end += test_random(seed, MIN(MODEL_PAGES - end, 900u) + 1);
		pagelist_resize(list, first, end - first);
		return as_model(list);
	default:
		for (u32 i = 0; i < 40; i++)
			put(list, first + test_random(seed, list->pages), i + 1);
		return as_model(list);
	}
}

/* Verifies that long sequences of changes, some of which run out of memory, keep a list like its model. */
MM_TEST(pagelist_is_as_its_model)
{
	u32 seed = 4711, counter, *before = kmalloc_fail_nth;
	struct pagelist list;

	pagelist_init(&list, 2500, 700);
	for (u32 i = 0; i < 600; i++) {
		bool well;

		counter = test_random(&seed, 3);
		kmalloc_fail_nth = &counter;
		well = change_at_random(&list, &seed);
		kmalloc_fail_nth = before;
		KCHECK(well);
	}
	drop(&list);
}

static int make_and_split(void)
{
	struct pagelist list, upper;
	int error = -ENOMEM;

	if (fill(&list, 0, 2500) && put(&list, 2100, 1)) {
		error = pagelist_split(&list, 1500, &upper);
		if (!as_model(&list))
			error = -EIO;
		if (!error)
			drop(&upper);
	}
	drop(&list);
	return error;
}

/* Verifies that making and splitting a list fails at each allocation without losing an entry or a chunk. */
MM_TEST(pagelist_split_survives_failures)
{
	KCHECK(walk_failures(make_and_split) >= 5);
}
