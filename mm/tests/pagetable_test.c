/* Tests of page tables alone: what is entered here names no frame that anyone uses. */
#include "mm/kmalloc.h"
#include "mm/pagetable.h"
#include "mm/tests/mm_test.h"

#define AT 0x40000000u
#define SPANNING (AT + 3 * TABLE_SPAN - 8 * PAGE_SIZE) /* the last pages of one table */

static pte_t page(u32 number)
{
	return pte_make(number, PTE_P | PTE_U | PTE_W);
}

static bool enter(pte_t *dir, vaddr_t start, u32 pages)
{
	for (u32 i = 0; i < pages; i++)
		if (pagetable_set(dir, start + i * PAGE_SIZE, page(i + 1)))
			return false;
	return true;
}

/* Verifies that a new directory shows the kernel and nothing of a user, and costs one frame. */
MM_TEST(pagetable_new_is_empty)
{
	u32 free = frame_free_count();
	pte_t *dir = pagetable_create();

	KCHECK(dir && frame_free_count() == free - 1);
	for (u32 slot = 0; slot < TABLE_ENTRIES; slot++)
		KCHECK(dir[slot] == (slot < KERNEL_BASE >> TABLE_SHIFT ? 0 : pagetable_kernel()[slot]));
	pagetable_destroy(dir);
}

/* Verifies that an entry is found where it was entered, and that one table serves all of its span. */
MM_TEST(pagetable_set_and_get)
{
	pte_t *dir = pagetable_create();

	KCHECK(dir && pagetable_get(dir, AT) == 0);
	KCHECK(enter(dir, AT, TABLE_ENTRIES));
	KCHECK(pagetable_count(dir) == 1 && pagetable_present(dir) == TABLE_ENTRIES);
	for (u32 i = 0; i < TABLE_ENTRIES; i++)
		KCHECK(pagetable_get(dir, AT + i * PAGE_SIZE) == page(i + 1));
	KCHECK(pagetable_get(dir, AT - PAGE_SIZE) == 0 && pagetable_get(dir, AT + TABLE_SPAN) == 0);
	pagetable_destroy(dir);
}

/* Verifies that replacing an entry does not count it twice. */
MM_TEST(pagetable_replace_counts_once)
{
	pte_t *dir = pagetable_create();

	KCHECK(dir && enter(dir, AT, 1));
	KCHECK(pagetable_set(dir, AT, page(77)) == 0);
	KCHECK(pagetable_get(dir, AT) == page(77) && pagetable_present(dir) == 1);
	pagetable_clear(dir, AT, AT + PAGE_SIZE);
	KCHECK(pagetable_count(dir) == 0);
	pagetable_destroy(dir);
}

/* Verifies that clearing drops just the range, across tables, and frees each table with its last entry. */
MM_TEST(pagetable_clear_frees_empty_tables)
{
	u32 tables = frame_counts[FRAME_TABLE];
	pte_t *dir = pagetable_create();

	KCHECK(dir && enter(dir, SPANNING, 16) && pagetable_count(dir) == 2);
	pagetable_clear(dir, SPANNING + PAGE_SIZE, SPANNING + 15 * PAGE_SIZE);
	KCHECK(pagetable_present(dir) == 2 && pagetable_count(dir) == 2);
	KCHECK(pagetable_get(dir, SPANNING) == page(1) && pagetable_get(dir, SPANNING + 15 * PAGE_SIZE) == page(16));
	pagetable_clear(dir, SPANNING + 15 * PAGE_SIZE, USER_END);
	KCHECK(pagetable_count(dir) == 1 && frame_counts[FRAME_TABLE] == tables + 1);
	pagetable_clear(dir, 0, USER_END);
	KCHECK(pagetable_count(dir) == 0 && frame_counts[FRAME_TABLE] == tables);
	pagetable_destroy(dir);
}

/* Verifies that a run of entries ends with its table, can lose its write permission alone, and is not there where there is no table. */
MM_TEST(pagetable_run_ends_with_its_table)
{
	pte_t *dir = pagetable_create(), *run;
	u32 count = 100, short_count = 3;

	KCHECK(dir && enter(dir, SPANNING, 16));
	run = pagetable_run(dir, SPANNING + PAGE_SIZE, &count);
	KCHECK(run && count == 7);
	for (u32 i = 0; i < count; i++)
		run[i] &= ~PTE_W;
	for (u32 i = 0; i < 16; i++)
		KCHECK(pagetable_get(dir, SPANNING + i * PAGE_SIZE) == (page(i + 1) & ~(i >= 1 && i < 8 ? PTE_W : 0)));
	KCHECK(pagetable_run(dir, SPANNING + 8 * PAGE_SIZE, &short_count) && short_count == 3);
	KCHECK(!pagetable_run(dir, SPANNING + 2 * TABLE_SPAN, &count));
	KCHECK(pagetable_present(dir) == 16);
	pagetable_destroy(dir);
}

/* Verifies that dropping all user tables says how many there were and leaves the kernel's half. */
MM_TEST(pagetable_drop_all_is_complete)
{
	pte_t *dir = pagetable_create();

	KCHECK(dir && enter(dir, AT, 3) && enter(dir, SPANNING, 16) && enter(dir, USER_END - PAGE_SIZE, 1));
	KCHECK(pagetable_drop_all(dir) == 4);
	KCHECK(pagetable_count(dir) == 0 && pagetable_get(dir, AT) == 0);
	KCHECK(dir[KERNEL_BASE >> TABLE_SHIFT] == pagetable_kernel()[KERNEL_BASE >> TABLE_SHIFT]);
	pagetable_destroy(dir);
}

/* Verifies that the loaded directory is walked by the processor as it changes: nothing stale is seen. */
MM_TEST(pagetable_loaded_is_flushed)
{
	pte_t *dir = pagetable_create(), *before = pagetable_loaded();
	u32 count = 1;

	KCHECK(dir);
	pagetable_load(dir);
	KCHECK(pagetable_loaded() == dir && enter(dir, SPANNING, 100));
	*pagetable_run(dir, SPANNING, &count) &= ~PTE_W;
	pagetable_flush(dir);
	pagetable_clear(dir, SPANNING, SPANNING + 60 * PAGE_SIZE);
	pagetable_clear(dir, SPANNING + 90 * PAGE_SIZE, SPANNING + 100 * PAGE_SIZE);
	KCHECK(pagetable_present(dir) == 30);
	KCHECK(pagetable_drop_all(dir) == 1);
	pagetable_load(before);
	pagetable_destroy(dir);
}

static int create_and_enter(void)
{
	pte_t *dir = pagetable_create();
	bool entered;

	if (!dir)
		return -ENOMEM;
	entered = enter(dir, SPANNING, 16);
	pagetable_destroy(dir);
	return entered ? 0 : -ENOMEM;
}

/* Verifies that a table which cannot be made is an error and leaves nothing. */
MM_TEST(pagetable_survives_failures)
{
	KCHECK(walk_failures(create_and_enter) == 3);
}
