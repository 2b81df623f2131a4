/* Memory of spaces that need not be loaded: each page is faulted in like any access of the program, then reached by the direct map. */
#include "kernel/remote.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/fault.h"
#include "mm/frame.h"

/* The kernel's address of a byte, good until the next sleep point; NULL: it may not be accessed so. */
static void *page_at(struct space *space, vaddr_t va, enum access access)
{
	pte_t needed = access == ACCESS_WRITE ? PTE_P | PTE_W | PTE_D : PTE_P, pte = pagetable_get(space->dir, va);

	while ((pte & needed) != needed) {
		if (fault_failed(fault(space, va, access)))
			return NULL;
		pte = pagetable_get(space->dir, va);
	}
	return (u8 *)frame_address(frame_of(pte_pfn(pte))) + va % PAGE_SIZE;
}

/* Between a range and the kernel's bytes; NULL: zeroes. */
static int move(struct space *space, vaddr_t va, u8 *bytes, u32 n, enum access access)
{
	if (n > USER_END || va > USER_END - n)
		return -EFAULT;
	for (u32 done = 0, part; done < n; done += part) {
		void *page = page_at(space, va + done, access);

		part = MIN(n - done, PAGE_SIZE - (va + done) % PAGE_SIZE);
		if (!page)
			return -EFAULT;
		if (!bytes)
			memset(page, 0, part);
		else if (access == ACCESS_WRITE)
			memcpy(page, bytes + done, part);
		else
			memcpy(bytes + done, page, part);
	}
	return 0;
}

int space_read(struct space *space, vaddr_t va, void *to, u32 n) { return move(space, va, to, n, ACCESS_READ); }

int space_write(struct space *space, vaddr_t va, const void *from, u32 n)
{
	return move(space, va, (u8 *)from, n, ACCESS_WRITE);
}
