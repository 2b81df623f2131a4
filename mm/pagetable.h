/*
 * Hardware page tables: two levels, 32-bit entries (SDM vol. 3, 4.3). This file knows directories, tables and the TLB, and nothing
 * of what is mapped.
 */
#pragma once

#include "mm/memlayout.h"

typedef u32 pte_t;

#define PTE_P 0x001u          /* present */
#define PTE_W 0x002u          /* writable */
#define PTE_U 0x004u          /* user */
#define PTE_A 0x020u          /* accessed, set by the hardware */
#define PTE_D 0x040u          /* dirty, set by the hardware */
#define PTE_PS 0x080u         /* in a directory: a 4 MiB page */
#define PTE_G 0x100u          /* global */
#define PTE_SHARED 0x200u     /* in a directory (software's bit): the table is an object's, not the space's */
#define PTE_FLAGS 0xfffu

static inline pte_t pte_make(pfn_t pfn, u32 flags) { return pfn_to_paddr(pfn) | flags; }

static inline pfn_t pte_pfn(pte_t pte) { return pte >> PAGE_SHIFT; }

/* A directory with the kernel's entries and nothing below them; NULL: no memory. */
pte_t *pagetable_create(void);
/* Free a directory and its tables. Owed: it is not loaded. */
void pagetable_destroy(pte_t *dir);
/* Make it the one the processor walks. */
void pagetable_load(pte_t *dir);
pte_t *pagetable_loaded(void);
/* The directory with the kernel's entries alone: for the idle task and the double-fault task. */
pte_t *pagetable_kernel(void);

/* The entry that maps va, with W only where the directory allows it too; 0 where none does. */
pte_t pagetable_get(const pte_t *dir, vaddr_t va);
/*
 * Enter a present mapping at a user address; a present entry there is replaced, and flushed if it said something else.
 * -ENOMEM: no frame for a table. Does not sleep.
 */
int pagetable_set(pte_t *dir, vaddr_t va, pte_t pte);
/*
 * Enter at the empty places from va on the frames that an object's entries name, not accessed yet; writable where the entry is dirty,
 * if it may be. Owed: their table is there, and maps them all.
 */
void pagetable_fill(pte_t *dir, vaddr_t va, const pte_t *entries, u32 count, bool writable);
/* Drop every entry of [start, end), page aligned, free tables left empty, and flush. */
void pagetable_clear(pte_t *dir, vaddr_t start, vaddr_t end);
/* Drop the entry that shows va, or by table, where it has been changed already, only flush. */
void pagetable_hide(pte_t *dir, vaddr_t va);
/* Clear the accessed bit of the space's own entry for va, if it shows the frame. Returns whether it was set. Flushes nothing. */
bool pagetable_test_accessed(pte_t *dir, vaddr_t va, pfn_t pfn);
/*
 * Show an object's own table in the 4 MiB around va, whose directory entry is empty. The table's frame counts the entries that point
 * at it. Nothing of the space's own can be entered there until pagetable_unshare() has dropped it.
 */
void pagetable_share(pte_t *dir, vaddr_t va, pte_t *table, bool writable);
/* Show by table in [start, end), where `dir` has nothing yet, what another directory shows so. Returns whether there was any. */
bool pagetable_share_alike(pte_t *dir, const pte_t *other, vaddr_t start, vaddr_t end);
/* Drop what is shown by table in the 4 MiB around va, and flush. */
void pagetable_unshare(pte_t *dir, vaddr_t va);

static inline bool pagetable_is_shared(const pte_t *dir, vaddr_t va) { return dir[va >> TABLE_SHIFT] & PTE_SHARED; }

/*
 * The entries from va on in a table of the space's own, to take write permission from those that are there; the caller flushes. *count is
 * cut to where the table ends. NULL: there is no table.
 */
static inline pte_t *pagetable_run(pte_t *dir, vaddr_t va, u32 *count)
{
	u32 slot = (va >> PAGE_SHIFT) % TABLE_ENTRIES;
	pte_t pde = dir[va >> TABLE_SHIFT];

	*count = MIN(*count, TABLE_ENTRIES - slot);
	return pde & PTE_P ? (pte_t *)paddr_to_kernel(pde & PAGE_MASK) + slot : NULL;
}
/* Forget what the processor remembers of a directory. */
void pagetable_flush(const pte_t *dir);
/* Drop all user tables. Returns how many frames that freed. */
u32 pagetable_drop_all(pte_t *dir);
/* User tables that hang in the directory. */
u32 pagetable_count(const pte_t *dir);

/* What /proc/PID/{stat,status} say: pages as the hardware tables show them. */
u32 pagetable_present(const pte_t *dir);

/* Enter a frame at an address of the kernel's stack window; the window's tables are there from boot. Returns what was there. */
pte_t pagetable_set_kernel(vaddr_t va, pte_t pte);
/*
 * Boot: make the kernel's directory: the direct map of [0, ram_end) by 4 MiB pages, the image's text and read-only data
 * write-protected by 4 KiB ones, empty tables for the stack window [STACKS_BASE, stacks_end). Loads it.
 */
void pagetable_init(paddr_t ram_end, vaddr_t stacks_end);
