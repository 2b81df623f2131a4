/* Tests of frames, small kernel memory and the account. */
#include "kernel/lib/string.h"
#include "mm/account.h"
#include "mm/frame.h"
#include "mm/kmalloc.h"
#include "mm/tests/mm_test.h"

/* Verifies that a frame changes kind when taken and given back, and that the counts follow. */
MM_TEST(frame_kinds_are_counted)
{
	u32 free = frame_free_count(), pages = frame_counts[FRAME_PAGE];
	struct frame *frame = frame_alloc(FRAME_PAGE);

	KCHECK(frame && frame->kind == FRAME_PAGE && frame->count == 0 && frame->pins == 0);
	KCHECK(frame_free_count() == free - 1 && frame_counts[FRAME_PAGE] == pages + 1);
	KCHECK(frame_of(frame_pfn(frame)) == frame);
	KCHECK(kernel_to_paddr(frame_address(frame)) == pfn_to_paddr(frame_pfn(frame)));
	frame_free(frame);
	KCHECK(frame->kind == FRAME_FREE && frame_counts[FRAME_PAGE] == pages);
}

/* Verifies that no frame is handed out twice, and that they run out without harm when all are taken. */
MM_TEST(frame_each_is_handed_out_once)
{
	u32 count = frame_free_count(), tables = frame_counts[FRAME_TABLE];
	struct list taken;

	take_free_frames(&taken);
	KCHECK(frame_free_count() == 0 && frame_counts[FRAME_TABLE] == tables + count);
	give_frames(&taken);
	KCHECK(frame_free_count() == count);
}

/* Verifies that a zeroed frame is zero though it held something before. */
MM_TEST(frame_zeroed_is_zero)
{
	u8 *page = frame_alloc_zeroed(FRAME_KERNEL);
	u32 sum = 0;

	KCHECK(page);
	memset(page, 0xa5, PAGE_SIZE);
	frame_free_address(page);
	page = frame_alloc_zeroed(FRAME_KERNEL);
	KCHECK(page);
	for (u32 i = 0; i < PAGE_SIZE; i++)
		sum += page[i];
	frame_free_address(page);
	KCHECK(sum == 0);
}

/* Verifies that objects of every size are apart from each other, and that empty slabs are given back. */
MM_TEST(kmalloc_objects_do_not_overlap)
{
	enum { COUNT = 400 };
	static u8 *objects[COUNT];
	static u16 sizes[COUNT];
	u32 seed = 1;

	for (u32 i = 0; i < COUNT; i++) {
		sizes[i] = i < 200 ? i * 21 % KMALLOC_MAX : test_random(&seed, 300);
		objects[i] = kmalloc(sizes[i]);
		KCHECK(objects[i]);
		memset(objects[i], i, sizes[i]);
	}
	for (u32 i = 0; i < COUNT; i++)
		for (u32 byte = 0; byte < sizes[i]; byte++)
			KCHECK(objects[i][byte] == (u8)i);
	for (u32 i = 0; i < COUNT; i++)
		kfree(objects[i * 7 % COUNT]); /* in another order */
}

/* Verifies that small memory which was freed is used again before a new slab is made. */
MM_TEST(kmalloc_reuses_what_was_freed)
{
	enum { COUNT = 300 };
	static void *objects[COUNT];
	u32 slabs;

	for (u32 i = 0; i < COUNT; i++)
		KCHECK((objects[i] = kzalloc(100)));
	slabs = frame_counts[FRAME_SLAB];
	for (u32 round = 0; round < 10; round++) {
		for (u32 i = round; i < COUNT; i += 3)
			kfree(objects[i]);
		for (u32 i = round; i < COUNT; i += 3)
			KCHECK((objects[i] = kmalloc(128)));
		KCHECK(frame_counts[FRAME_SLAB] == slabs);
	}
	for (u32 i = 0; i < COUNT; i++)
		kfree(objects[i]);
}

/* Verifies that kmalloc returns zeroes only when asked to, and takes NULL and the size of a whole page. */
MM_TEST(kmalloc_ends_of_its_range)
{
	u8 *whole = kzalloc(KMALLOC_MAX), *none = kmalloc(0);
	u32 sum = 0;

	KCHECK(whole && none);
	for (u32 i = 0; i < KMALLOC_MAX; i++)
		sum += whole[i];
	kfree(whole);
	kfree(none);
	kfree(NULL);
	KCHECK(sum == 0);
}

/* Verifies that the Nth allocation from now fails and no other, for small memory, frames and the account. */
MM_TEST(kmalloc_fail_nth_fails_just_one)
{
	u32 counter = 2, *before = kmalloc_fail_nth;
	void *first, *second, *third;
	int charged;

	kmalloc_fail_nth = &counter;
	first = frame_alloc(FRAME_KERNEL);
	second = kmalloc(16);
	third = frame_alloc(FRAME_KERNEL);
	counter = 1;
	charged = account_charge(1);
	kmalloc_fail_nth = before;
	frame_free(first);
	frame_free(third);
	KCHECK(first && !second && third && charged == -ENOMEM);
}

/* Verifies that the account grants no more than there is, whatever is asked, and nothing when it refuses. */
MM_TEST(account_refuses_what_does_not_fit)
{
	u32 room = account.limit - account_committed(), granted = account.granted;

	KCHECK(account_charge(room + 1) == -ENOMEM && account_charge(UINT32_MAX) == -ENOMEM);
	KCHECK(account.granted == granted);
	KCHECK(account_charge(0) == 0);
	KCHECK(account_charge(room) == 0 && account_charge(1) == -ENOMEM);
	account_uncharge(room);
	KCHECK(account.granted == granted);
}

/* Verifies that the kernel takes no frame for itself out of what was promised to users. */
MM_TEST(account_keeps_the_kernel_from_granted_memory)
{
	u32 room = account.limit - account_committed();
	void *granted;

	KCHECK(account_charge(room) == 0);
	KCHECK(!account_kernel_fits() && !frame_alloc(FRAME_KERNEL) && !kzalloc(KMALLOC_MAX));
	granted = kzalloc_granted(KMALLOC_MAX);
	account_uncharge(room);
	KCHECK(granted);
	kfree(granted);
}

/* Verifies that wiring is charged to an account of its own, and refused above its limit, where nothing is still granted. */
MM_TEST(account_wire_has_a_limit)
{
	u32 room = account.wire_limit - account.wired - frame_counts[FRAME_SLAB] - frame_counts[FRAME_KERNEL];

	KCHECK(account_wire(room + 1) == -ENOMEM && account_wire(UINT32_MAX) == -ENOMEM);
	KCHECK(account_wire(room) == 0 && account_wire(1) == -ENOMEM);
	account.wired++; /* as when a swap disk has lowered the limit since */
	KCHECK(account_wire(0) == 0);
	account_unwire(room + 1);
}
