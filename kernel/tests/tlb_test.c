/* Tests of flushes whose lack user mode would not notice for certain: the kernel's own eyes look through the TLB. */
#include "kernel/kstack.h"
#include "kernel/tests/ktest.h"
#include "mm/frame.h"
#include "mm/pagetable.h"

#define HERE 0x50000000u

static struct frame *frame_with(u32 word)
{
	struct frame *frame = frame_alloc(FRAME_KERNEL);

	if (frame)
		*(u32 *)frame_address(frame) = word;
	return frame;
}

/* The word at HERE when the frame is mapped there; ~0: it cannot be. */
static u32 see(pte_t *dir, const struct frame *frame)
{
	if (pagetable_set(dir, HERE, pte_make(frame_pfn(frame), PTE_P | PTE_W)))
		return UINT32_MAX;
	return *(volatile u32 *)HERE;
}

/* Verifies that when all tables of the loaded directory are dropped, so is what the processor knew of them. */
KTEST(tlb_tables_dropped)
{
	pte_t *dir = pagetable_create(), *before = pagetable_loaded();
	struct frame *one = frame_with(1), *two = frame_with(2);
	u32 first, second;

	KCHECK(dir && one && two);
	pagetable_load(dir);
	first = see(dir, one);
	pagetable_drop_all(dir);
	second = see(dir, two);
	pagetable_load(before);
	KCHECK(first == 1 && second == 2);
	pagetable_destroy(dir);
	frame_free(one);
	frame_free(two);
}

/* Verifies that when a page of an object's table is taken out of sight, the processor forgets it where the table is shown. */
KTEST(tlb_page_hidden_by_table)
{
	pte_t *dir = pagetable_create(), *before = pagetable_loaded(), *table = frame_alloc_zeroed(FRAME_LIST);
	struct frame *one = frame_with(1), *two = frame_with(2);
	u32 first, second;

	KCHECK(dir && table && one && two);
	table[0] = pte_make(frame_pfn(one), PTE_P | PTE_W);
	pagetable_share(dir, HERE, table, true);
	pagetable_load(dir);
	first = *(volatile u32 *)HERE;
	table[0] = pte_make(frame_pfn(two), PTE_P | PTE_W);
	pagetable_hide(dir, HERE);
	second = *(volatile u32 *)HERE;
	pagetable_load(before);
	KCHECK(first == 1 && second == 2);
	pagetable_destroy(dir);
	frame_free(frame_of(paddr_to_pfn(kernel_to_paddr(table))));
	frame_free(one);
	frame_free(two);
}

/* Verifies that a kernel stack at an address where one was before is on its own frames. */
KTEST(tlb_kernel_stack_again)
{
	vaddr_t top = kstack_create(), again;
	volatile u32 *word = (u32 *)(top - sizeof(*word));
	struct frame *taken;
	pte_t pte;

	KCHECK(top);
	*word = 1;
	kstack_destroy(top);
	taken = frame_with(0); /* one of the frames that the stack was on */
	again = kstack_create();
	*word = 2;
	pte = pagetable_get(pagetable_kernel(), (vaddr_t)word);
	KCHECK(again == top && taken && *(u32 *)frame_address(taken) == 0);
	KCHECK(((u32 *)paddr_to_kernel(pte & PAGE_MASK))[TABLE_ENTRIES - 1] == 2);
	kstack_destroy(again);
	frame_free(taken);
}
