/*
 * Kernel stacks.
 *
 *   STACKS_BASE ─► │guard│stack│stack│guard│stack│stack│…      number n begins at STACKS_BASE + n * STRIDE
 */
#include "kernel/kstack.h"
#include "mm/frame.h"
#include "mm/pagetable.h"

#define STRIDE ((KSTACK_PAGES + 1) * PAGE_SIZE)
#define STACKS_MAX ((STACKS_END - STACKS_BASE) / STRIDE)

static u16 free_numbers[STACKS_MAX];
static u32 free_count;

vaddr_t kstack_init(u32 count)
{
	assert(count <= STACKS_MAX);
	while (free_count < count) {
		free_numbers[free_count] = count - 1 - free_count;
		free_count++;
	}
	return STACKS_BASE + count * STRIDE;
}

static void unmap(vaddr_t top, u32 pages)
{
	for (u32 i = 1; i <= pages; i++)
		frame_free(frame_of(pte_pfn(pagetable_set_kernel(top - i * PAGE_SIZE, 0))));
}

static bool map(vaddr_t top)
{
	for (u32 i = 1; i <= KSTACK_PAGES; i++) {
		struct frame *frame = frame_alloc(FRAME_KERNEL);

		if (!frame) {
			unmap(top, i - 1);
			return false;
		}
		pagetable_set_kernel(top - i * PAGE_SIZE, pte_make(frame_pfn(frame), PTE_P | PTE_W));
	}
	return true;
}

vaddr_t kstack_create(void)
{
	vaddr_t top;

	if (!free_count)
		return 0;
	top = STACKS_BASE + (free_numbers[free_count - 1] + 1) * STRIDE;
	if (!map(top))
		return 0;
	free_count--;
	return top;
}

void kstack_destroy(vaddr_t top)
{
	unmap(top, KSTACK_PAGES);
	free_numbers[free_count++] = (top - STACKS_BASE) / STRIDE - 1;
}
