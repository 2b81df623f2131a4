/*
 * Kernel stacks.
 *
 *   STACKS_BASE ─► │guard│stack│stack│guard│stack│stack│…      number n begins at STACKS_BASE + n * STRIDE
 */
#include "kernel/kstack.h"
#include "kernel/panic.h"
#include "mm/frame.h"
#include "mm/pagetable.h"

#define STRIDE ((KSTACK_PAGES + 1) * PAGE_SIZE)
#define STACKS_MAX ((STACKS_END - STACKS_BASE) / STRIDE)

static u32 used[(STACKS_MAX + 31) / 32]; /* a bit for each number, and for those beyond `count` */
static u32 first_free_word;              /* all words before it are full */

vaddr_t kstack_init(u32 count)
{
	assert(count <= STACKS_MAX);
	for (u32 n = count; n < ARRAY_SIZE(used) * 32; n++)
		used[n / 32] |= 1u << n % 32;
	return STACKS_BASE + count * STRIDE;
}

static void unmap(vaddr_t top, u32 pages)
{
	for (u32 i = 1; i <= pages; i++) {
		vaddr_t va = top - i * PAGE_SIZE;
		pte_t pte = pagetable_get(pagetable_kernel(), va);

		pagetable_set_kernel(va, 0);
		frame_free(frame_of(pte_pfn(pte)));
	}
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
	u32 bit;
	vaddr_t top;

	while (first_free_word < ARRAY_SIZE(used) && !~used[first_free_word])
		first_free_word++;
	if (first_free_word == ARRAY_SIZE(used))
		return 0;
	bit = __builtin_ctz(~used[first_free_word]);
	top = STACKS_BASE + (first_free_word * 32 + bit + 1) * STRIDE;
	if (!map(top))
		return 0;
	used[first_free_word] |= 1u << bit;
	return top;
}

void kstack_destroy(vaddr_t top)
{
	u32 n = (top - STACKS_BASE) / STRIDE - 1;

	assert(used[n / 32] & 1u << n % 32);
	unmap(top, KSTACK_PAGES);
	used[n / 32] &= ~(1u << n % 32);
	first_free_word = MIN(first_free_word, n / 32);
}
