/* Files of 64-bit words, one a page: kpagecount and PID/pagemap, computed from the hardware tables when they are read. */
#include "kernel/fs/proc_fs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task.h"
#include "kernel/uaccess.h"
#include "mm/frame.h"
#include "mm/kmalloc.h"
#include "mm/space.h"

#define WORDS (KMALLOC_MAX / sizeof(u64))

/* What the words are of. */
struct word_source {
	void (*fill)(const struct word_source *source, u32 first, u32 n, u64 *words);
	u32 count;
	const struct space *space;     /* pagemap: whose, */
	bool numbers;                  /* and whether the reader may know frame numbers */
};

static i32 read_words(const struct word_source *source, char *user, u32 n, u64 *position)
{
	u32 done = 0, part;
	u64 *words;
	int err = 0;

	if (*position % sizeof(u64) || n % sizeof(u64))
		return -EINVAL;
	words = kmalloc(KMALLOC_MAX);
	if (!words)
		return -ENOMEM;
	while (!err && done < n && *position / sizeof(u64) < source->count) {
		u32 first = (u32)(*position / sizeof(u64));

		part = MIN(MIN((n - done) / sizeof(u64), WORDS), source->count - first);
		source->fill(source, first, part, words);
		part *= sizeof(u64);
		err = copy_to_user(user + done, words, part);
		done += err ? 0 : part;
		*position += err ? 0 : part;
	}
	kfree(words);
	return done ? (i32)done : err;
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
static void fill_page_counts(const struct word_source *source UNUSED, u32 first, u32 n, u64 *words)
{
	struct space *space;

	memset(words, 0, n * sizeof(*words));
	list_for_each(space, &spaces, link)
		for (u32 i = 0; i < USER_END >> TABLE_SHIFT; i++)
			if (space->dir[i] & PTE_P)
				count_table(space->dir[i], first, n, words);
}

static i32 kpagecount_read(struct file *file UNUSED, void *user, u32 n, u64 *position)
{
	struct word_source source = { .fill = fill_page_counts, .count = frame_limit() };

	return read_words(&source, user, n, position);
}

const struct file_ops proc_kpagecount_ops = { .read = kpagecount_read };

#define PAGEMAP_PRESENT (1ull << 63)

static void fill_pagemap(const struct word_source *source, u32 first, u32 n, u64 *words)
{
	for (u32 i = 0; i < n; i++) {
		pte_t pte = pagetable_get(source->space->dir, (first + i) << PAGE_SHIFT);

		words[i] = pte & PTE_P ? PAGEMAP_PRESENT | (source->numbers ? pte_pfn(pte) : 0) : 0;
	}
}

static i32 pagemap_read(struct file *file, void *user, u32 n, u64 *position)
{
	struct task *task = proc_inode_task(file->inode);
	struct space *space = task ? task->space : NULL;
	struct word_source source = { fill_pagemap, USER_PAGES, space, file->private };
	i32 result;

	if (!space)
		return 0;
	space_ref(space);
	result = read_words(&source, user, n, position);
	space_unref(space);
	return result;
}

const struct file_ops proc_pagemap_ops = { .read = pagemap_read };
