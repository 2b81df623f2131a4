/*
 * Page lists: one entry per page of an object, kept in hardware format in page-table pages.
 *
 *   order 10, several chunks        order < 10, one chunk
 *   chunks ─► [ *, *, 0, * ]        chunk ─► [ e e e e ]      2^order entries, from kmalloc
 *               │  └► 1024 entries
 *               └───► 1024 entries: a page that a directory entry can point at
 *
 * Chunks, and the array that points to them, are made at first touch. Sub-page chunks and pointer arrays take at most 16 bytes
 * per page, which the account's reserve covers; full chunks are charged with the grant: pagelist_cost().
 *
 * An entry is one of    0                       never touched
 *                       P=1                     a frame; W and U set, A and D as the hardware left them
 *                       P=0, ENTRY_SLOT         a slot of the swap disk
 *                       P=0, ENTRY_TRANSIT      the number of a frame that is on its way in or out and knows the rest
 */
#pragma once

#include "mm/pagetable.h"

#define ENTRY_SLOT 0x400u
#define ENTRY_TRANSIT 0x200u
#define PAGELIST_ORDER_MAX 10u

struct pagelist {
	u32 first;                 /* index of the first page */
	u32 pages;                 /* indices [first, first + pages) exist */
	u32 base;                  /* index of the first chunk's first entry; base <= first */
	u8 order;                  /* log2 of the entries in a chunk */
	bool many;                 /* the range spans more than one chunk */
	union {
		pte_t *chunk;      /* one chunk suffices: order < 10, or pages fit into one of 1024 */
		pte_t **chunks;    /* many: pagelist_chunks() pointers */
	};
};

static inline bool entry_is_frame(pte_t e)
{
	return e & PTE_P;
}

static inline bool entry_is_slot(pte_t e)
{
	return (e & (PTE_P | ENTRY_SLOT)) == ENTRY_SLOT;
}

static inline bool entry_is_transit(pte_t e)
{
	return (e & (PTE_P | ENTRY_TRANSIT)) == ENTRY_TRANSIT;
}

/* What an entry names, without A, D and permissions. */
static inline pte_t entry_name(pte_t e)
{
	return e & (PAGE_MASK | PTE_P | ENTRY_SLOT | ENTRY_TRANSIT);
}

/* The hardware writes A and D into entries that are shown by table, so they are changed through these two only. */
static inline void entry_set(pte_t *entry, pte_t value)
{
	*(volatile pte_t *)entry = value;
}

static inline pte_t entry_take(pte_t *entry)
{
	return __atomic_exchange_n(entry, 0, __ATOMIC_RELAXED);
}

/* Clear A; was it set? */
static inline bool entry_test_accessed(pte_t *entry)
{
	return __atomic_fetch_and(entry, ~PTE_A, __ATOMIC_RELAXED) & PTE_A;
}

static inline u32 pagelist_end(const struct pagelist *list)
{
	return list->first + list->pages;
}

void pagelist_init(struct pagelist *list, u32 first, u32 pages);
/* Make *copy, which is uninitialised, a list with the same entries, cut into chunks alike. -ENOMEM: the empty list. */
int pagelist_copy(const struct pagelist *list, struct pagelist *copy);
/* Free the chunks. Owed: nothing is counted by their entries any more. */
void pagelist_free(struct pagelist *list);

/* The n-th chunk: 2^order entries, those outside of the list empty. NULL: it has not been made. */
static inline pte_t *pagelist_chunk(const struct pagelist *list, u32 n)
{
	if (!list->many)
		return list->chunk;
	return list->chunks ? list->chunks[n] : NULL;
}

/* The entry of page index (inside the list), or NULL where no chunk has been made. */
static inline pte_t *pagelist_entry(const struct pagelist *list, u32 index)
{
	u32 offset = index - list->base;
	pte_t *chunk;

	if (!list->many)
		return list->chunk ? list->chunk + offset : NULL;
	chunk = list->chunks ? list->chunks[offset >> PAGELIST_ORDER_MAX] : NULL;
	return chunk ? chunk + offset % (1u << PAGELIST_ORDER_MAX) : NULL;
}

/* How many of the entries of [index, end), not empty, stand side by side in one chunk; *entries NULL: it was never made. */
static inline u32 pagelist_run(const struct pagelist *list, u32 index, u32 end, pte_t **entries)
{
	u32 left = (1u << list->order) - ((index - list->base) & ((1u << list->order) - 1));

	*entries = pagelist_entry(list, index);
	return MIN(left, end - index);
}

/* The same, making the chunk; NULL: no frame. */
pte_t *pagelist_make_entry(struct pagelist *list, u32 index);
/*
 * Walk: the first entry that is not 0 at or after *index and before end; *index is moved to it. NULL: there is none.
 * Skips whole chunks that were never made.
 */
pte_t *pagelist_next(const struct pagelist *list, u32 *index, u32 end);

/*
 * Change the range; entries outside the new one must be 0. -ENOMEM, and nothing has changed; making it shorter at the end
 * never fails. Costs nothing while the chunks suffice.
 */
int pagelist_resize(struct pagelist *list, u32 first, u32 pages);
/* Move [index, end) into *upper, which is uninitialised. -ENOMEM, and nothing has changed. */
int pagelist_split(struct pagelist *list, u32 index, struct pagelist *upper);

/* The full chunk that holds page index: a table that a directory entry can point at. NULL: not made, or smaller. */
pte_t *pagelist_table(const struct pagelist *list, u32 index);

/* Full chunks that so many pages can need, wherever the first lies in its chunk: what a grant is charged beside its pages. */
u32 pagelist_cost(u32 pages);
/* Full chunks that have been made. */
u32 pagelist_full_chunks(const struct pagelist *list);
/* Bytes of all chunks. */
size_t pagelist_size(const struct pagelist *list);
