/* What /proc says of memory: meminfo, kpagecount, pagemap, and our own mm_check. */
#include "kernel/fs/proc_fs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/uaccess.h"
#include "mm/account.h"
#include "mm/check.h"
#include "mm/frame.h"
#include "mm/kmalloc.h"
#include "mm/object.h"
#include "mm/space.h"

#define KIB_PER_PAGE (PAGE_SIZE / 1024)

/* ---- Text ---------------------------------------------------------------------------------------------------------- */

/* Resident pages of everything that can be shared: segments, memory files, shared anonymous memory. */
static u32 shared_resident(void)
{
	struct family *family;
	struct object *object;
	u32 pages = 0;

	list_for_each(family, &families, link)
		list_for_each(object, &family->members, family_link)
			pages += object->flags & OBJECT_UPPER ? 0 : object->resident;
	return pages;
}

/* The keys of Linux 6.1 on i386, in its order. */
static void show_meminfo(struct proc_text *text)
{
	u32 shared = shared_resident(), free = frame_free_count(), anonymous = frame_counts[FRAME_PAGE] - shared;
	u32 committed = account_committed();
	const struct {
		const char *name;
		u32 pages;
	} lines[] = {
		{ "MemTotal:", frame_total() }, { "MemFree:", free },
		{ "MemAvailable:", MIN(free, account.limit - MIN(account.limit, committed)) },
		{ "Buffers:", 0 }, { "Cached:", shared }, { "SwapCached:", 0 },
		{ "Active:", anonymous + shared }, { "Inactive:", 0 },
		{ "Active(anon):", anonymous + shared }, { "Inactive(anon):", 0 },
		{ "Active(file):", 0 }, { "Inactive(file):", 0 },
		{ "Unevictable:", account.wired }, { "Mlocked:", account.wired },
		{ "SwapTotal:", 0 }, { "SwapFree:", 0 }, { "Dirty:", 0 }, { "Writeback:", 0 },
		{ "AnonPages:", anonymous }, { "Mapped:", shared }, { "Shmem:", shared },
		{ "KReclaimable:", 0 }, { "Slab:", frame_counts[FRAME_SLAB] },
		{ "SReclaimable:", 0 }, { "SUnreclaim:", frame_counts[FRAME_SLAB] },
		{ "KernelStack:", frame_counts[FRAME_KERNEL] },
		{ "PageTables:", frame_counts[FRAME_TABLE] + frame_counts[FRAME_LIST] },
		{ "CommitLimit:", account.limit }, { "Committed_AS:", committed },
	};

	for (u32 i = 0; i < ARRAY_SIZE(lines); i++)
		proc_printf(text, "%-16s%8u kB\n", lines[i].name, lines[i].pages * KIB_PER_PAGE);
	proc_printf(text, "HugePages_Total:       0\nHugePages_Free:        0\nHugePages_Rsvd:        0\n"
			  "HugePages_Surp:        0\nHugepagesize:       4096 kB\n");
}

static void show_check(struct proc_text *text)
{
	char words[256];

	proc_printf(text, "%s\n", mm_check(words, sizeof(words)) ? "ok" : words);
}

/* ---- Arrays of 64-bit words, one a page ---------------------------------------------------------------------------- */

#define WORDS (KMALLOC_MAX / sizeof(u64))

/* Fill in the words of [first, first + n). */
typedef void word_filler(const void *of, u32 first, u32 n, u64 *words);

static i32 read_words(word_filler *fill, const void *of, u32 count, void *user, u32 n, u64 *position)
{
	u64 *words;
	u32 done = 0;
	int err = 0;

	if (*position % sizeof(u64) || n % sizeof(u64))
		return -EINVAL;
	words = kmalloc(KMALLOC_MAX);
	if (!words)
		return -ENOMEM;
	while (!err && done < n && *position / sizeof(u64) < count) {
		u32 first = (u32)(*position / sizeof(u64));
		u32 part = MIN(MIN((n - done) / sizeof(u64), WORDS), count - first);

		fill(of, first, part, words);
		err = copy_to_user((char *)user + done, words, part * sizeof(u64));
		if (err)
			break;
		done += part * sizeof(u64);
		*position += part * sizeof(u64);
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
static void fill_page_counts(const void *of UNUSED, u32 first, u32 n, u64 *words)
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
	return read_words(fill_page_counts, NULL, frame_limit(), user, n, position);
}

#define PAGEMAP_PRESENT (1ull << 63)

struct pagemap_source {
	const struct space *space;
	bool frames_shown;
};

static void fill_pagemap(const void *of, u32 first, u32 n, u64 *words)
{
	const struct pagemap_source *source = of;

	for (u32 i = 0; i < n; i++) {
		pte_t pte = pagetable_get(source->space->dir, (first + i) << PAGE_SHIFT);

		words[i] = pte & PTE_P ? PAGEMAP_PRESENT | (source->frames_shown ? pte_pfn(pte) : 0) : 0;
	}
}

i32 proc_pagemap_read(struct space *space, bool frames_shown, void *user, u32 n, u64 *position)
{
	struct pagemap_source source = { .space = space, .frames_shown = frames_shown };

	return read_words(fill_pagemap, &source, USER_PAGES, user, n, position);
}

static const struct proc_file meminfo = { .path = "meminfo", .mode = 0444, .show = show_meminfo };
static const struct proc_file mm_check_file = { .path = "mm_check", .mode = 0444, .show = show_check };
static const struct file_ops kpagecount_ops = { .read = kpagecount_read };

void proc_memory_init(void)
{
	proc_register(&meminfo);
	proc_register(&mm_check_file);
	proc_add("kpagecount", proc_inode(S_IFREG | 0400, NULL, &kpagecount_ops, NULL));
}
