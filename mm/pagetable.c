/*
 * Hardware page tables and the TLB.
 *
 * Invariants: a user table's frame counts its present entries, and a table without any is freed. The kernel's half of every
 * directory equals the kernel's own directory. Whoever drops an entry of the loaded directory flushes it before the frame behind
 * it, or the table that held it, can be used again (SDM vol. 3, 4.10.4).
 */
#include "mm/pagetable.h"
#include "kernel/lib/string.h"
#include "kernel/x86/cpu.h"
#include "mm/frame.h"

#define KERNEL_SLOT (KERNEL_BASE >> TABLE_SHIFT)
#define FLUSH_ALL_ABOVE 32u       /* pages; from here on, reloading cr3 is cheaper than invlpg for each */

static pte_t *kernel_dir, *loaded;

static pte_t *table_of(pte_t pde) { return paddr_to_kernel(pde & PAGE_MASK); }

static u32 table_slot(vaddr_t va) { return (va >> PAGE_SHIFT) % TABLE_ENTRIES; }

/* The end of the part of [va, end) that one table maps; end may be 0: the top of memory is never a user's. */
static vaddr_t table_end(vaddr_t va, vaddr_t end)
{
	vaddr_t next = (va & ~(TABLE_SPAN - 1)) + TABLE_SPAN;

	return MIN(next, end);
}

/* How many user entries a directory has is kept in its own frame, so that an empty one is known without looking. */
static struct frame *dir_frame(const pte_t *dir) { return frame_of(paddr_to_pfn(kernel_to_paddr(dir))); }

static void dir_set(pte_t *dir, vaddr_t va, pte_t pde)
{
	dir[va >> TABLE_SHIFT] = pde;
	dir_frame(dir)->count++;
}

/* Clear a directory entry; returns the frame that it pointed at. The caller flushes. */
static struct frame *dir_clear(pte_t *dir, vaddr_t va)
{
	pte_t *pde = &dir[va >> TABLE_SHIFT];
	struct frame *frame = frame_of(pte_pfn(*pde));

	*pde = 0;
	dir_frame(dir)->count--;
	return frame;
}

pte_t *pagetable_create(void)
{
	bool made;
	pte_t *dir = frame_alloc_with(FRAME_KERNEL, FRAME_DIRECTORY, &made);

	return dir && !made ? memcpy(dir, kernel_dir, PAGE_SIZE) : dir;
}

void pagetable_destroy(pte_t *dir)
{
	assert(dir != loaded && dir != kernel_dir);
	pagetable_drop_all(dir);
	frame_free_with(dir_frame(dir), FRAME_DIRECTORY);
}

void pagetable_load(pte_t *dir)
{
	loaded = dir;
	cr3_write(kernel_to_paddr(dir));
}

pte_t *pagetable_loaded(void) { return loaded; }

pte_t *pagetable_kernel(void) { return kernel_dir; }

pte_t pagetable_get(const pte_t *dir, vaddr_t va)
{
	pte_t pde = dir[va >> TABLE_SHIFT], pte = pde & PTE_P ? table_of(pde)[table_slot(va)] : 0;

	return pte & PTE_P ? pte & (pde | ~PTE_W) : 0;
}

int pagetable_set(pte_t *dir, vaddr_t va, pte_t pte)
{
	pte_t *pde = &dir[va >> TABLE_SHIFT], *entry, old;

	assert(va < USER_END && (pte & PTE_P) && !(*pde & PTE_SHARED));
	if (!(*pde & PTE_P)) {
		pte_t *table = frame_alloc_zeroed(FRAME_TABLE);

		if (!table)
			return -ENOMEM;
		dir_set(dir, va, kernel_to_paddr(table) | PTE_P | PTE_W | PTE_U);
	}
	entry = &table_of(*pde)[table_slot(va)];
	old = *entry;
	*entry = pte;
	if (!(old & PTE_P))
		frame_of(pte_pfn(*pde))->count++;
	else if (dir == loaded)
		invlpg(va);
	return 0;
}

void pagetable_fill(pte_t *dir, vaddr_t va, const pte_t *entries, u32 count, bool writable)
{
	pte_t pde = dir[va >> TABLE_SHIFT], *to = &table_of(pde)[table_slot(va)];
	pte_t keep = writable ? ~PTE_A : ~(PTE_A | PTE_W | PTE_D);
	u32 entered = 0;

	for (u32 i = 0; i < count; i++) {
		if (to[i])
			continue;
		to[i] = entries[i] & (entries[i] & PTE_D ? keep : keep & ~PTE_W);
		entered++;
	}
	frame_of(pte_pfn(pde))->count += entered;
}

/* Forget [start, end), and every directory entry as well: a single invlpg does that (SDM vol. 3, 4.10.4.1). */
static void flush_range(const pte_t *dir, vaddr_t start, vaddr_t end)
{
	if (dir != loaded)
		return;
	if (end - start > FLUSH_ALL_ABOVE * PAGE_SIZE)
		tlb_flush();
	else
		for (; start != end; start += PAGE_SIZE)
			invlpg(start);
}

/* Clear [start, end), which lies in one table's span, and free the table if that leaves it empty. */
static void table_clear(pte_t *dir, vaddr_t start, vaddr_t end)
{
	pte_t pde = dir[start >> TABLE_SHIFT], *entry = &table_of(pde)[table_slot(start)];
	struct frame *frame = frame_of(pte_pfn(pde));
	u32 left = frame->count;
	vaddr_t va;

	for (va = start; va != end && left; va += PAGE_SIZE, entry++) {
		if (!*entry)
			continue;
		*entry = 0;
		left--;
	}
	frame->count = left;
	if (!left)
		dir_clear(dir, start);
	flush_range(dir, start, va);
	if (!left)
		frame_free_with(frame, FRAME_ZEROES);
}

void pagetable_hide(pte_t *dir, vaddr_t va)
{
	if (!pagetable_is_shared(dir, va))
		pagetable_clear(dir, va, va + PAGE_SIZE);
	else if (dir == loaded)
		invlpg(va);
}

bool pagetable_test_accessed(pte_t *dir, vaddr_t va, pfn_t pfn)
{
	pte_t pde = dir[va >> TABLE_SHIFT], *entry;

	if (!(pde & PTE_P) || (pde & PTE_SHARED))
		return false;
	entry = &table_of(pde)[table_slot(va)];
	if (pte_pfn(*entry) != pfn || !(*entry & PTE_A))
		return false;
	*entry &= ~PTE_A;
	return true;
}

void pagetable_share(pte_t *dir, vaddr_t va, pte_t *table, bool writable)
{
	assert(!dir[va >> TABLE_SHIFT]);
	frame_of(paddr_to_pfn(kernel_to_paddr(table)))->count++;
	dir_set(dir, va, kernel_to_paddr(table) | PTE_P | PTE_U | PTE_SHARED | (writable ? PTE_W : 0));
}

bool pagetable_share_alike(pte_t *dir, const pte_t *other, vaddr_t start, vaddr_t end)
{
	u32 last = (end - 1) >> TABLE_SHIFT, shared = 0;

	for (u32 slot = start >> TABLE_SHIFT; slot <= last; slot++) {
		if (!(other[slot] & PTE_SHARED))
			continue;
		dir[slot] = other[slot];
		frame_of(pte_pfn(other[slot]))->count++;
		shared++;
	}
	dir_frame(dir)->count += shared;
	return shared;
}

void pagetable_unshare(pte_t *dir, vaddr_t va)
{
	dir_clear(dir, va)->count--;
	if (dir == loaded)
		tlb_flush();
}

/*
 * Drop what is shown by table in [start, end), up to the first table of the space's own. Returns where that begins; there may be none.
 * A span costs ten instructions, an empty one fewer.
 */
static NOINLINE vaddr_t unshare_run(pte_t *dir, vaddr_t start, vaddr_t end)
{
	pte_t *pde = &dir[start >> TABLE_SHIFT], *last = &dir[(end - 1) >> TABLE_SHIFT], *first;
	struct frame *const all = frame_of(0);
	u32 dropped = 0;

	do {
		for (first = pde; pde <= last && (*pde & PTE_SHARED); pde++) {
			all[pte_pfn(*pde)].count--;
			*pde = 0;
		}
		dropped += pde - first;
		while (pde <= last && !*pde)
			pde++;
	} while (pde <= last && (*pde & PTE_SHARED));
	dir_frame(dir)->count -= dropped;
	pagetable_flush(dir);
	return (vaddr_t)(pde - dir) << TABLE_SHIFT;
}

void pagetable_clear(pte_t *dir, vaddr_t start, vaddr_t end)
{
	for (vaddr_t next; start != end; start = next) {
		next = table_end(start, end);
		if (pagetable_is_shared(dir, start))
			next = MIN(unshare_run(dir, start, end), end);
		else if (dir[start >> TABLE_SHIFT] & PTE_P)
			table_clear(dir, start, next);
	}
}

void pagetable_flush(const pte_t *dir)
{
	if (dir == loaded)
		tlb_flush();
}

u32 pagetable_drop_all(pte_t *dir)
{
	u32 freed = 0;

	for (u32 slot = 0; dir_frame(dir)->count; slot++) {
		vaddr_t va = slot << TABLE_SHIFT;
		struct frame *frame;

		if (!dir[slot])
			continue;
		if (pagetable_is_shared(dir, va)) {
			pagetable_unshare(dir, va);
			continue;
		}
		frame = dir_clear(dir, va);
		if (dir == loaded)
			tlb_flush();
		frame_free(frame);
		freed++;
	}
	return freed;
}

u32 pagetable_count(const pte_t *dir)
{
	u32 count = 0;

	for (u32 slot = 0; slot < KERNEL_SLOT; slot++)
		count += (dir[slot] & (PTE_P | PTE_SHARED)) == PTE_P;
	return count;
}

static u32 table_present(pte_t pde)
{
	u32 count = 0;

	if (!(pde & PTE_SHARED))
		return frame_of(pte_pfn(pde))->count;
	for (u32 slot = 0; slot < TABLE_ENTRIES; slot++)
		count += table_of(pde)[slot] & PTE_P;
	return count;
}

u32 pagetable_present(const pte_t *dir)
{
	u32 count = 0;

	for (u32 slot = 0; slot < KERNEL_SLOT; slot++)
		count += dir[slot] & PTE_P ? table_present(dir[slot]) : 0;
	return count;
}

pte_t pagetable_set_kernel(vaddr_t va, pte_t pte)
{
	pte_t *entry = &table_of(kernel_dir[va >> TABLE_SHIFT])[table_slot(va)], old = *entry;

	assert(va >= STACKS_BASE && va < STACKS_END);
	*entry = pte;
	if (old)
		invlpg(va);
	return old;
}

/* Map 4 MiB of the direct map by single pages, so that the image's constant part can be write-protected. */
static pte_t image_table(vaddr_t start)
{
	pte_t *table = frame_alloc_zeroed(FRAME_KERNEL);

	assert(table);
	for (u32 slot = 0; slot < TABLE_ENTRIES; slot++) {
		vaddr_t va = start + (slot << PAGE_SHIFT);
		bool constant = va >= (vaddr_t)kernel_text_start && va < (vaddr_t)kernel_readonly_end;

		table[slot] = (va - KERNEL_BASE) | PTE_P | (constant ? 0 : PTE_W);
	}
	return kernel_to_paddr(table) | PTE_P | PTE_W;
}

void pagetable_init(paddr_t ram_end, vaddr_t stacks_end)
{
	kernel_dir = frame_alloc_zeroed(FRAME_KERNEL);
	assert(kernel_dir && ram_end <= DIRECT_MAP_SIZE && stacks_end <= STACKS_END);
	for (vaddr_t va = KERNEL_BASE; va - KERNEL_BASE < ram_end; va += TABLE_SPAN)
		kernel_dir[va >> TABLE_SHIFT] = va < (vaddr_t)kernel_image_end
		                                        ? image_table(va)
		                                        : ((va - KERNEL_BASE) | PTE_P | PTE_W | PTE_PS);
	for (vaddr_t va = STACKS_BASE; va < stacks_end; va += TABLE_SPAN) {
		void *table = frame_alloc_zeroed(FRAME_KERNEL);

		assert(table);
		kernel_dir[va >> TABLE_SHIFT] = kernel_to_paddr(table) | PTE_P | PTE_W;
	}
	pagetable_load(kernel_dir);
}
