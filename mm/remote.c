/* Memory of spaces that need not be loaded: each page is faulted in like any access of the program, then reached by the direct map. */
#include "mm/remote.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/fault.h"
#include "mm/frame.h"

/* The kernel's address of a byte, good until the next sleep point; NULL: it may not be accessed so. */
static void *page_at(struct space *space, vaddr_t va, enum access access)
{
	pte_t pte = pagetable_get(space->dir, va);
	bool major;

	while (!(pte & PTE_P) || (access == ACCESS_WRITE && !(pte & PTE_W))) {
		if (fault(space, va, access, &major) != FAULT_OK)
			return NULL;
		pte = pagetable_get(space->dir, va);
	}
	return (u8 *)frame_address(frame_of(pte_pfn(pte))) + va % PAGE_SIZE;
}

static bool range_is_user(vaddr_t va, u32 n)
{
	return n <= USER_END && va <= USER_END - n;
}

int space_read(struct space *space, vaddr_t va, void *to, u32 n)
{
	u32 part;

	if (!range_is_user(va, n))
		return -EFAULT;
	for (u8 *at = to; n; n -= part, va += part, at += part) {
		const void *page = page_at(space, va, ACCESS_READ);

		part = MIN(n, PAGE_SIZE - va % PAGE_SIZE);
		if (!page)
			return -EFAULT;
		memcpy(at, page, part);
	}
	return 0;
}

int space_write(struct space *space, vaddr_t va, const void *from, u32 n)
{
	const u8 *at = from;
	u32 part;

	if (!range_is_user(va, n))
		return -EFAULT;
	for (; n; n -= part, va += part, at = at ? at + part : NULL) {
		void *page = page_at(space, va, ACCESS_WRITE);

		part = MIN(n, PAGE_SIZE - va % PAGE_SIZE);
		if (!page)
			return -EFAULT;
		if (at)
			memcpy(page, at, part);
		else
			memset(page, 0, part);
	}
	return 0;
}
