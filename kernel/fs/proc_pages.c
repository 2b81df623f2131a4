/* Files of 64-bit words, one a page: kpagecount and PID/pagemap, computed from the hardware tables when they are read. */
#include "kernel/fs/proc_fs.h"

/*
 * Which words, of `count` that there are, a step of a read is for: from *first on; how many (0: none is left), or -EINVAL: it is not
 * of whole words.
 */
static i32 words_wanted(const struct stream *stream, u32 n, u32 count, u32 *first)
{
	u64 at = stream->position / sizeof(u64);

	if (stream->position % sizeof(u64) || stream->n % sizeof(u64))
		return -EINVAL;
	*first = (u32)at;
	return at < count ? (i32)MIN(n / sizeof(u64), count - at) : 0;
}

/* Add up, for frames [first, first + n), the entries of one table that show them. */
static void count_table(pte_t pde, u32 first, u32 n, u64 *words)
{
	const pte_t *table = paddr_to_kernel(pfn_to_paddr(pte_pfn(pde)));

	for (u32 i = 0; i < TABLE_ENTRIES; i++)
		if ((table[i] & PTE_P) && pte_pfn(table[i]) - first < n)
			words[pte_pfn(table[i]) - first]++;
}

/* How many hardware entries show each frame, in all spaces: a table that is shared counts for each who points at it. */
static i32 take_page_counts(const struct stream *stream, u8 *buf, u32 n)
{
	u32 first;
	i32 words = words_wanted(stream, n, frame_limit(), &first);
	struct space *space;

	if (words <= 0)
		return words;
	memset(buf, 0, (u32)words * sizeof(u64));
	list_for_each(space, &spaces, link)
		for (u32 i = 0; i < USER_END >> TABLE_SHIFT; i++)
			if (space->dir[i] & PTE_P)
				count_table(space->dir[i], first, (u32)words, (u64 *)buf);
	return words * (i32)sizeof(u64);
}

const struct file_ops proc_kpagecount_ops = { .read = stream_read, .take = take_page_counts };

#define PAGEMAP_PRESENT (1ull << 63)
#define PAGEMAP_SWAPPED (1ull << 62)
#define PAGEMAP_BY_TABLE (1ull << 60)     /* Linux has no such thing, and 0 here */
#define PAGEMAP_SLOT_SHIFT 5              /* below it the number of the swap disk: 0 */

static u64 pagemap_word(struct space *space, vaddr_t va, bool numbers)
{
	pte_t pte = pagetable_get(space->dir, va);
	const struct area *area = pte ? NULL : space_area(space, va);
	pte_t entry = area ? area_entry(area, area_index(area, va)) : 0;

	if (pte)
		return PAGEMAP_PRESENT | (pagetable_is_shared(space->dir, va) ? PAGEMAP_BY_TABLE : 0) | (numbers ? pte_pfn(pte) : 0);
	if (!entry_is_slot(entry))
		return 0;
	return PAGEMAP_SWAPPED | (numbers ? pte_pfn(entry) << PAGEMAP_SLOT_SHIFT : 0);
}

static i32 take_pagemap(const struct stream *stream, u8 *buf, u32 n)
{
	const struct task *task = proc_inode_task(stream->file->inode);
	struct space *space = task ? task->space : NULL;
	u32 first;
	i32 words = space ? words_wanted(stream, n, USER_PAGES, &first) : 0;

	for (i32 i = 0; i < words; i++)
		((u64 *)buf)[i] = pagemap_word(space, (first + (u32)i) << PAGE_SHIFT, stream->file->private);
	return words < 0 ? words : words * (i32)sizeof(u64);
}

const struct file_ops proc_pagemap_ops = { .read = stream_read, .take = take_pagemap };
