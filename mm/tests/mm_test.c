/* What the tests of mm/ and ipc/ share. */
#include "mm/tests/mm_test.h"
#include "kernel/lib/string.h"
#include "mm/account.h"
#include "mm/check.h"
#include "mm/frame.h"
#include "mm/kmalloc.h"
#include "mm/space.h"

enum fault_result last_fault;

struct mm_state mm_state(void)
{
	return (struct mm_state){ frame_free_count(), account.granted, account.wired, account_committed() };
}

bool mm_is_well(const char *file, int line)
{
	char words[160];

	if (mm_check(words, sizeof(words)))
		return true;
	ktest_fail(file, line, words);
	return false;
}

bool mm_is_as(const struct mm_state *before, const char *file, int line)
{
	struct mm_state now = mm_state();
	char words[160];

	if (memcmp(before, &now, sizeof(now)) == 0)
		return mm_is_well(file, line);
	snprintf(words, sizeof(words), "left behind: free frames %u -> %u, granted %u -> %u, wired %u -> %u", before->free_frames,
	         now.free_frames, before->granted, now.granted, before->wired, now.wired);
	ktest_fail(file, line, words);
	return false;
}

u32 walk_failures(int (*step)(void))
{
	struct mm_state before = mm_state();
	u32 *counter_before = kmalloc_fail_nth, failures = 0, counter = 0;
	int error = 0;

	for (u32 n = 1; counter == 0; n++) {
		counter = n;
		kmalloc_fail_nth = &counter;
		error = step();
		kmalloc_fail_nth = counter_before;
		failures += error != 0;
		if (!mm_is_as(&before, __FILE__, __LINE__))
			return 0;
	}
	return error ? 0 : failures;
}

bool map_object(struct space *space, vaddr_t at, u32 pages, struct object *object, u32 index)
{
	struct map_request request = {
		.at = at, .pages = pages, .place = MAP_AT_NOREPLACE, .prot = AREA_READ | AREA_WRITE,
		.flags = object ? 0 : AREA_PRIVATE, .object = object, .index = index,
	};
	vaddr_t place;

	return space_map(space, &request, &place) == 0 && place == at;
}

bool map_private(struct space *space, vaddr_t at, u32 pages)
{
	return map_object(space, at, pages, NULL, 0);
}

void hardware_marks(const pte_t *dir, vaddr_t va, bool write)
{
	pte_t *table = paddr_to_kernel(dir[va >> TABLE_SHIFT] & PAGE_MASK);

	table[(va >> PAGE_SHIFT) % TABLE_ENTRIES] |= PTE_A | (write ? PTE_D : 0);
}

/* The byte's place, as the processor and the trap handler find it. */
static u8 *user_byte(struct space *space, vaddr_t va, enum access access)
{
	u32 need = PTE_P | PTE_U | (access == ACCESS_WRITE ? PTE_W : 0);

	last_fault = FAULT_OK;
	while ((pagetable_get(space->dir, va) & need) != need) {
		last_fault = fault(space, va, access);
		if (fault_failed(last_fault))
			return NULL;
	}
	hardware_marks(space->dir, va, access == ACCESS_WRITE);
	return (u8 *)frame_address(frame_of(shown_frame(space, va))) + va % PAGE_SIZE;
}

int user_peek(struct space *space, vaddr_t va)
{
	u8 *byte = user_byte(space, va, ACCESS_READ);

	return byte ? *byte : -1;
}

bool user_poke(struct space *space, vaddr_t va, u8 value)
{
	u8 *byte = user_byte(space, va, ACCESS_WRITE);

	if (byte)
		*byte = value;
	return byte;
}

pfn_t shown_frame(const struct space *space, vaddr_t va)
{
	return pte_pfn(pagetable_get(space->dir, va));
}

void take_free_frames(struct list *taken)
{
	struct frame *frame;

	list_init(taken);
	while ((frame = frame_alloc(FRAME_TABLE)))
		list_push_front(taken, &frame->link);
}

void give_frames(struct list *taken)
{
	while (!list_empty(taken)) {
		struct frame *frame = list_first(taken, struct frame, link);

		list_remove(&frame->link);
		frame_free(frame);
	}
}

u32 test_random(u32 *state, u32 below)
{
	*state = *state * 1664525 + 1013904223; /* Numerical Recipes' generator; its high bits are the good ones */
	return (*state >> 8) % below;
}
