/*
 * Tests of swapping on a disk in memory, which can fail where it is told to, and during whose work others act: all that can happen between
 * a page's leaving and its arrival, one thing at a time.
 */
#include "kernel/block.h"
#include "kernel/lib/string.h"
#include "mm/account.h"
#include "mm/object.h"
#include "mm/reclaim.h"
#include "mm/space.h"
#include "mm/swap.h"
#include "mm/tests/mm_test.h"
#include "mm/transit.h"

#define SLOTS 128u

static u8 disk_bytes[SLOTS][PAGE_SIZE];
static u32 disk_reads, disk_writes, disk_pages;    /* requests, and pages of both */
static slot_t bad_read, bad_write;                 /* 0: none */
static void (*meanwhile)(void);                    /* called once, in the middle of the next request */

static bool disk_fails(slot_t first, u32 count, slot_t bad)
{
	return bad && bad - first < count;
}

static void disk_submit(struct block_request *request)
{
	slot_t first = request->sector / PAGE_SECTORS;
	void (*action)(void) = meanwhile;

	meanwhile = NULL;
	if (action)
		action();
	*(request->write ? &disk_writes : &disk_reads) += 1;
	disk_pages += request->count;
	for (u32 i = 0; i < request->count; i++) {
		void *page = frame_address(frame_of(request->pages[i]));

		if (request->write)
			memcpy(disk_bytes[first + i], page, PAGE_SIZE);
		else
			memcpy(page, disk_bytes[first + i], PAGE_SIZE);
	}
	request->done(request, disk_fails(first, request->count, request->write ? bad_write : bad_read) ? -EIO : 0);
}

static struct block_device disk = { .name = "test", .sectors = SLOTS * PAGE_SECTORS, .submit = disk_submit };
static struct block_device other = { .name = "other", .sectors = SLOTS * PAGE_SECTORS, .submit = disk_submit };

/* What mkswap writes. */
static void disk_prepare(void)
{
	u32 *words = (u32 *)&disk_bytes[0][1024];

	memset(disk_bytes, 0, sizeof(disk_bytes));
	words[0] = 1;
	words[1] = SLOTS - 1;
	memcpy(&disk_bytes[0][PAGE_SIZE - 10], "SWAPSPACE2", 10);
	disk_reads = disk_writes = disk_pages = 0;
	bad_read = bad_write = 0;
	meanwhile = NULL;
}

static bool swap_begin(void)
{
	disk_prepare();
	if (swap_on(&disk))
		return false;
	disk_reads = disk_pages = 0;
	return true;
}

static u8 *page_bytes(const struct object *object, u32 index)
{
	pte_t *entry = object_frame_entry(object, index);

	return entry ? paddr_to_kernel(*entry & PAGE_MASK) : NULL;
}

static struct frame *page_frame(const struct object *object, u32 index)
{
	return frame_of(pte_pfn(*object_frame_entry(object, index)));
}

/* Every byte of a page from its number. */
static void write_page(struct object *object, u32 index, u32 seed)
{
	pte_t *entry;

	while (object_page(object, index, &entry))
		;
	entry_set(entry, *entry | PTE_D);
	memset(page_bytes(object, index), (u8)(index * 7 + seed), PAGE_SIZE);
}

static bool page_is(struct object *object, u32 index, u32 seed)
{
	const u8 *bytes;
	pte_t *entry;
	int error;

	while ((error = object_page(object, index, &entry)) == -EAGAIN)
		;
	bytes = error ? NULL : page_bytes(object, index);
	for (u32 i = 0; bytes && i < PAGE_SIZE; i++)
		if (bytes[i] != (u8)(index * 7 + seed))
			return false;
	return bytes;
}

static struct object *written_object(u32 first, u32 pages)
{
	struct object *object;

	if (object_create(first, pages, 0, &object))
		return NULL;
	for (u32 i = 0; i < pages; i++)
		write_page(object, first + i, 1);
	return object;
}

/* Second chance: a page that was used is passed once. */
static void forget_use(struct object *object)
{
	for (u32 index = object->list.first; index < pagelist_end(&object->list); index++)
		if (object_frame_entry(object, index))
			entry_test_accessed(object_frame_entry(object, index));
}

static void evict_all_of(struct object *object)
{
	forget_use(object);
	for (u32 index = object->list.first; index < pagelist_end(&object->list); index++)
		if (object_frame_entry(object, index))
			reclaim_evict(page_frame(object, index));
}

/* In one cluster. */
static void evict_with(struct object *object, u32 index)
{
	forget_use(object);
	reclaim_evict(page_frame(object, index));
}

static void expect_refusal(u32 at, u32 value)
{
	disk_prepare();
	memcpy(&disk_bytes[0][at], &value, sizeof(value));
	KCHECK(swap_on(&disk) == -EINVAL && !swap.device);
}

static void set_wired(struct object *object, bool wired)
{
	if (wired == object->wired || (wired && account_wire(object->list.pages)))
		return;
	if (!wired)
		account_unwire(object->list.pages);
	object_wire(object, wired);
}

static void destroy(struct object *object)
{
	set_wired(object, false);
	object_unref(object);
}

/* Verifies that only what mkswap wrote for this disk is used, and one disk at a time. */
MM_TEST(swap_checks_the_header)
{
	expect_refusal(PAGE_SIZE - 4, 0x33333333);  /* magic */
	expect_refusal(1024, 2);                    /* version */
	expect_refusal(1028, SLOTS);                /* last page: beyond the disk */
	expect_refusal(1028, 0);
	expect_refusal(1032, 638);                  /* bad pages: more than the header holds */
	expect_refusal(1032, 1);                    /* and one that is page 0 */
	disk_prepare();
	bad_read = 0;
	KCHECK(swap_off(&disk) == -EINVAL);
	KCHECK(swap_on(&disk) == 0 && swap_on(&disk) == -EBUSY && swap_on(&other) == -EPERM);
	KCHECK(swap.slots == SLOTS - 1 && swap_off(&other) == -EINVAL);
	KCHECK(swap_off(&disk) == 0 && !swap.device);
}

/* Verifies that slots which mkswap found bad are never used, and that the account counts the others. */
MM_TEST(swap_passes_bad_slots)
{
	u32 *words = (u32 *)&disk_bytes[0][1024], limit = account.limit;
	struct object *object = written_object(0, 64);

	disk_prepare();
	words[2] = 2;
	words[3 + 8 + 117] = 5;
	words[3 + 8 + 117 + 1] = 6;
	KCHECK(swap_on(&disk) == 0 && swap.slots == SLOTS - 3);
	KCHECK(account.limit == limit + swap.slots - 1);
	evict_all_of(object);
	KCHECK(object_stat(object).swapped == 64 && disk_bytes[5][0] == 0 && disk_bytes[6][0] == 0);
	for (u32 i = 0; i < 64; i++)
		KCHECK(page_is(object, i, 1));
	CHECK_MM();
	object_unref(object);
	KCHECK(swap_off(&disk) == 0 && account.limit == limit);
}

/* Verifies that a page goes out and comes back byte for byte, and goes again without being written while it is clean. */
MM_TEST(swap_page_goes_and_comes)
{
	struct object *object = written_object(100, 1);

	KCHECK(swap_begin());
	evict_all_of(object);
	KCHECK(object_stat(object).resident == 0 && object_stat(object).swapped == 1 && disk_writes == 1 && swap.used == 1);
	CHECK_MM();
	KCHECK(page_is(object, 100, 1) && disk_reads == 1 && object_stat(object).resident == 1);
	KCHECK(swap.used == 1 && swap.kept == 1);
	CHECK_MM();
	evict_all_of(object);
	KCHECK(disk_writes == 1 && object_stat(object).swapped == 1);
	KCHECK(page_is(object, 100, 1));
	write_page(object, 100, 2);
	evict_all_of(object);
	KCHECK(disk_writes == 2 && page_is(object, 100, 2));
	CHECK_MM();
	object_unref(object);
	KCHECK(swap.used == 0 && swap_off(&disk) == 0);
}

/* Verifies that neighbours leave in one request and come in one, in whatever order they are asked for. */
MM_TEST(swap_moves_clusters)
{
	struct object *object = written_object(0, 64);

	KCHECK(swap_begin());
	evict_all_of(object);
	KCHECK(disk_writes == 2 && disk_pages == 64);
	KCHECK(page_is(object, 40, 1) && disk_reads == 1 && object_stat(object).resident == 32);
	KCHECK(page_is(object, 63, 1) && page_is(object, 32, 1) && disk_reads == 1);
	KCHECK(page_is(object, 31, 1) && disk_reads == 2);
	CHECK_MM();
	object_unref(object);
	KCHECK(swap_off(&disk) == 0);
}

/* Verifies that a page of a family leaves all its members and comes back to all, and that each then writes its own. */
MM_TEST(swap_serves_families)
{
	struct object *object = written_object(10, 4), *clone;

	object->flags = OBJECT_UPPER;
	KCHECK(swap_begin() && (clone = object_clone(object)));
	evict_all_of(object);
	KCHECK(object_stat(object).swapped == 4 && object_stat(clone).swapped == 4 && swap.used == 4);
	KCHECK(slot_count(pte_pfn(*pagelist_entry(&object->list, 10))) == 2);
	KCHECK(page_is(clone, 11, 1) && object_stat(object).resident == 4 && page_frame(object, 11)->count == 2);
	KCHECK(object_unshare(clone, object_frame_entry(clone, 11)) == 0);
	write_page(clone, 11, 9);
	KCHECK(page_frame(object, 11)->slot && !page_frame(clone, 11)->slot);
	evict_all_of(object);
	evict_all_of(clone);
	KCHECK(page_is(object, 11, 1) && page_is(clone, 11, 9) && page_is(clone, 10, 1));
	account_uncharge(object->charged);
	object->charged = 0;
	evict_all_of(clone);
	object_unref(object);
	CHECK_MM();
	KCHECK(page_is(clone, 12, 1) && page_is(clone, 11, 9));
	object_unref(clone);
	KCHECK(swap_off(&disk) == 0);
}

/* What others do while a page of `victim` is on its way. */
static struct object *victim, *victim_clone;

static void discard_it(void)
{
	object_discard(victim, 0, 1);
}

static void clone_it(void)
{
	victim_clone = object_clone(victim);
}

static void wire_it(void)
{
	set_wired(victim, true);
}

static void want_it(void)
{
	frame_of(pte_pfn(*pagelist_entry(&victim->list, 0)))->wanted = 1;
}

static void destroy_it(void)
{
	account_uncharge(victim->charged);
	victim->charged = 0;
	object_unref(victim);
	victim = NULL;
}

static bool out_while(void (*action)(void))
{
	victim_clone = NULL;
	victim = written_object(0, 3);
	if (!victim || !swap_begin())
		return false;
	victim->flags = OBJECT_UPPER;
	meanwhile = action;
	evict_with(victim, 0);
	return !meanwhile && mm_is_well(__FILE__, __LINE__);
}

static bool in_while(void (*action)(void))
{
	if (!out_while(NULL))
		return false;
	meanwhile = action;
	transit_fetch(victim, 0);
	return !meanwhile && mm_is_well(__FILE__, __LINE__);
}

static void end_while(void)
{
	if (victim)
		destroy_it();
	if (victim_clone)
		object_unref(victim_clone);
	KCHECK(swap.used == 0 && swap.kept == 0 && swap_off(&disk) == 0);
}

/* Verifies that a page which loses its last name on the way out takes frame and slot with it. */
MM_TEST(swap_out_while_discarded)
{
	KCHECK(out_while(discard_it));
	KCHECK(victim->resident == 0 && victim->swapped == 2 && swap.used == 2 && !*pagelist_entry(&victim->list, 0));
	end_while();
	KCHECK(out_while(destroy_it));
	KCHECK(swap.used == 0);
	end_while();
}

/* Verifies that a clone made on the way out gets the slot as well. */
MM_TEST(swap_out_while_cloned)
{
	KCHECK(out_while(clone_it) && victim_clone);
	KCHECK(victim->swapped == 3 && victim_clone->swapped == 3 && swap.used == 3);
	KCHECK(page_is(victim_clone, 2, 1) && page_is(victim, 2, 1));
	end_while();
}

/* Verifies that a page locked, or waited for, on its way out stays, clean and with its slot. */
MM_TEST(swap_out_while_wired_or_wanted)
{
	KCHECK(out_while(want_it));
	KCHECK(victim->resident == 1 && victim->swapped == 2 && swap.kept == 1 && page_is(victim, 0, 1));
	end_while();
	victim = written_object(0, 3);
	KCHECK(victim && swap_begin());
	victim->flags = OBJECT_UPPER;
	meanwhile = wire_it;
	evict_with(victim, 0);
	KCHECK(victim->resident == 3 && swap.kept == 3 && page_is(victim, 0, 1));
	set_wired(victim, false);
	victim_clone = NULL;
	end_while();
}

/* Verifies the same on the way in: names lost, the object itself gone, and a clone made. */
MM_TEST(swap_in_while_others_act)
{
	KCHECK(in_while(discard_it));
	KCHECK(victim->resident == 2 && victim->swapped == 0 && page_is(victim, 1, 1));
	end_while();
	KCHECK(in_while(destroy_it));
	KCHECK(swap.used == 0);
	end_while();
	KCHECK(in_while(clone_it) && victim_clone);
	KCHECK(victim->resident == 3 && victim_clone->resident == 3 && page_is(victim_clone, 0, 1));
	end_while();
}

/* Verifies that a slot which cannot be written costs itself and nothing else. */
MM_TEST(swap_write_error_keeps_the_frame)
{
	struct object *object = written_object(0, 8);
	u32 limit;

	KCHECK(swap_begin());
	limit = account.limit;
	bad_write = 3;
	evict_with(object, 0);
	KCHECK(object_stat(object).resident == 1 && object_frame_entry(object, 2) && object_stat(object).swapped == 7);
	KCHECK(swap.slots == SLOTS - 2 && swap.bad == 1 && account.limit == limit); /* the reserve bears one */
	CHECK_MM();
	evict_all_of(object);
	KCHECK(object_stat(object).resident == 0 && swap.bad == 1);
	for (u32 i = 0; i < 8; i++)
		KCHECK(page_is(object, i, 1));
	for (u32 i = 0; i < 8; i++)
		write_page(object, i, 1);
	bad_write = swap.next;
	evict_with(object, 0);
	KCHECK(swap.bad == 2 && account.limit == limit - 1);
	CHECK_MM();
	object_unref(object);
	KCHECK(swap_off(&disk) == 0);
}

/* Verifies that a slot which cannot be read is the trouble of whoever touches that page, and is not lost. */
MM_TEST(swap_read_error_is_told)
{
	struct object *object = written_object(0, 8);
	struct frame *frame;
	pte_t *entry;
	u32 limit;

	KCHECK(swap_begin());
	bad_write = 3;
	evict_with(object, 0);
	evict_all_of(object);
	limit = account.limit;
	bad_read = pte_pfn(*pagelist_entry(&object->list, 5));
	KCHECK(object_page(object, 5, &entry) == -EIO && object_pin(object, 5, false, &frame) == -EIO);
	KCHECK(swap_off(&disk) == -EIO && swap.device && !swap.closing && swap.bad == 1 && account.limit == limit);
	for (u32 i = 0; i < 8; i++)
		KCHECK(i == 5 || page_is(object, i, 1));
	CHECK_MM();
	bad_read = 0;
	KCHECK(page_is(object, 5, 1));
	object_unref(object);
	KCHECK(swap_off(&disk) == 0);
}

/* Verifies that a full disk takes what it can, and that pages in RAM give their slots back when there are no others. */
MM_TEST(swap_disk_full)
{
	struct object *large = written_object(0, SLOTS + 20), *small;

	KCHECK(swap_begin());
	evict_all_of(large);
	KCHECK(object_stat(large).swapped == SLOTS - 1 && swap_free_count() == 0);
	CHECK_MM();
	for (u32 i = 0; i < 64; i++)
		KCHECK(page_is(large, i, 1));
	KCHECK(swap.kept >= 64);
	small = written_object(0, 32);
	swap_drop_kept();
	evict_all_of(small);
	KCHECK(object_stat(small).swapped == 32);
	for (u32 i = 0; i < SLOTS + 20; i++)
		KCHECK(page_is(large, i, 1));
	for (u32 i = 0; i < 32; i++)
		KCHECK(page_is(small, i, 1));
	CHECK_MM();
	object_unref(small);
	object_unref(large);
	KCHECK(swap_off(&disk) == 0);
}

/* Verifies that swapoff brings every page home, and refuses when what was promised needs the disk. */
MM_TEST(swap_off_brings_pages_home)
{
	struct object *object = written_object(0, 100), *promised;

	KCHECK(swap_begin());
	evict_all_of(object);
	KCHECK(object_create(0, account.limit - account_committed() - 64, 0, &promised) == 0);
	KCHECK(swap_off(&disk) == -ENOMEM && swap.device && object_stat(object).swapped == 100);
	object_unref(promised);
	KCHECK(swap_off(&disk) == 0 && object_stat(object).resident == 100);
	for (u32 i = 0; i < 100; i++)
		KCHECK(page_is(object, i, 1));
	object_unref(object);
}

/* Verifies that a page shown by entry and by table disappears from every table and comes back by faults. */
static void shown_page_goes(u32 flags, vaddr_t second)
{
	struct space *one = space_create(), *two = space_create();
	struct object *object;
	vaddr_t at = 16 * TABLE_SPAN, page = 5 * PAGE_SIZE;

	KCHECK(object_create(0, TABLE_ENTRIES, flags, &object) == 0 && swap_begin());
	KCHECK(map_object(one, at, TABLE_ENTRIES, object, 0) && map_object(two, second, TABLE_ENTRIES, object, 0));
	KCHECK(user_poke(one, at + page, 77) && user_peek(two, second + page) == 77);
	reclaim_evict(page_frame(object, 5));
	KCHECK(!shown_frame(one, at + page) && !shown_frame(two, second + page) && object_stat(object).swapped == 1);
	CHECK_MM();
	KCHECK(user_peek(two, second + page) == 77 && user_poke(one, at + page, 78) && user_peek(two, second + page) == 78);
	reclaim_evict(page_frame(object, 5));
	KCHECK(user_peek(one, at + page) == 78);
	CHECK_MM();
	space_unref(one);
	space_unref(two);
	object_unref(object);
	KCHECK(swap_off(&disk) == 0);
}

MM_TEST(swap_out_of_tables)
{
	shown_page_goes(OBJECT_FIXED, 17 * TABLE_SPAN);
	shown_page_goes(OBJECT_FIXED, 17 * TABLE_SPAN + PAGE_SIZE);
	shown_page_goes(0, 17 * TABLE_SPAN);
}

/* Verifies that a page read clean and then written through a page table, by entry, is written to the disk again. */
MM_TEST(swap_sees_writes_by_entry)
{
	struct space *space = space_create();
	struct object *object;

	KCHECK(object_create(0, 2, 0, &object) == 0 && swap_begin() && map_object(space, TABLE_SPAN, 2, object, 0));
	KCHECK(user_poke(space, TABLE_SPAN, 1));
	reclaim_evict(page_frame(object, 0));
	KCHECK(user_peek(space, TABLE_SPAN) == 1 && !(*object_frame_entry(object, 0) & PTE_D));
	KCHECK(user_poke(space, TABLE_SPAN, 2) && (*object_frame_entry(object, 0) & PTE_D));
	space_unref(space); /* the writer is gone */
	reclaim_evict(page_frame(object, 0));
	write_page(object, 1, 1);
	while (!page_bytes(object, 0))
		transit_fetch(object, 0);
	KCHECK(page_bytes(object, 0)[0] == 2);
	object_unref(object);
	KCHECK(swap_off(&disk) == 0);
}

static struct object *failing;

static int fetch_step(void)
{
	pte_t *entry;
	int error;

	while ((error = object_page(failing, 3, &entry)) == -EAGAIN)
		;
	evict_all_of(failing);
	return error;
}

/* Verifies that an allocation which fails on the way in is an error and loses nothing. */
MM_TEST(swap_in_fails_cleanly)
{
	failing = written_object(0, 8);
	KCHECK(failing && swap_begin());
	evict_all_of(failing);
	KCHECK(walk_failures(fetch_step) > 0);
	KCHECK(page_is(failing, 3, 1));
	object_unref(failing);
	KCHECK(swap_off(&disk) == 0);
}

#define MODEL_OBJECTS 6u
#define MODEL_PAGES 24u

/* A family of its own each, and what every page must hold; 0: it was never written. */
static struct object *model[MODEL_OBJECTS];
static u8 model_seed[MODEL_OBJECTS][MODEL_PAGES];
static u32 model_random;

/* Its page is in RAM; while it came, anything may have happened to the object. */
static bool model_fetch(u32 i, u32 index)
{
	pte_t *entry;
	int error = -ENOMEM;

	while (model[i] && (error = object_page(model[i], index, &entry)) == -EAGAIN)
		;
	return !error;
}

static void model_write(u32 i, u32 index)
{
	if (!model_fetch(i, index))
		return;
	if (page_frame(model[i], index)->count > 1 && object_unshare(model[i], object_frame_entry(model[i], index)))
		return;
	model_seed[i][index] = 1 + test_random(&model_random, 250);
	write_page(model[i], index, model_seed[i][index]);
}

static bool model_is_right(u32 i, u32 index)
{
	if (!model_seed[i][index] || !model_fetch(i, index))
		return true;
	return !model_seed[i][index] || page_is(model[i], index, model_seed[i][index]);
}

static void model_clone(u32 from, u32 to)
{
	if (from == to)
		return;
	if (model[to])
		destroy(model[to]);
	model[to] = NULL;
	memset(model_seed[to], 0, MODEL_PAGES);
	if (!model[from] || !(model[to] = object_clone(model[from])))
		return;
	memcpy(model_seed[to], model_seed[from], MODEL_PAGES);
}

/* What does not sleep, so that it can also happen while a page is on its way. */
static void model_act(void)
{
	u32 i = test_random(&model_random, MODEL_OBJECTS), index = test_random(&model_random, MODEL_PAGES);

	switch (test_random(&model_random, 3)) {
	case 0:
		model_clone(test_random(&model_random, MODEL_OBJECTS), i);
		break;
	case 1:
		if (model[i])
			object_discard(model[i], index, index + 1);
		model_seed[i][index] = 0;
		break;
	default:
		if (model[i])
			set_wired(model[i], !model[i]->wired);
	}
}

static bool model_step(void)
{
	u32 i = test_random(&model_random, MODEL_OBJECTS), index = test_random(&model_random, MODEL_PAGES);

	if (!model[i] && object_create(0, MODEL_PAGES, OBJECT_UPPER, &model[i]))
		return false;
	if (test_random(&model_random, 4) == 0)
		meanwhile = model_act;
	bad_write = test_random(&model_random, 300) == 0 ? swap.next : 0;
	switch (test_random(&model_random, 4)) {
	case 0:
		model_write(i, index);
		return true;
	case 1:
		if (object_frame_entry(model[i], index))
			reclaim_evict(page_frame(model[i], index));
		return true;
	case 2:
		return model_is_right(i, index);
	default:
		model_act();
		return true;
	}
}

/* Verifies, over many random steps, that every page of several families holds what was written last, whatever happened on its way. */
MM_TEST(swap_model)
{
	model_random = 20;
	KCHECK(swap_begin());
	memset(model_seed, 0, sizeof(model_seed));
	for (u32 step = 0; step < 6000; step++) {
		KCHECK(model_step());
		if (step % 64 == 0)
			CHECK_MM();
	}
	meanwhile = NULL;
	bad_write = 0;
	for (u32 i = 0; i < MODEL_OBJECTS; i++) {
		for (u32 index = 0; model[i] && index < MODEL_PAGES; index++)
			KCHECK(model_is_right(i, index));
		if (model[i])
			destroy(model[i]);
		model[i] = NULL;
	}
	KCHECK(swap.used == 0 && swap_off(&disk) == 0);
}
