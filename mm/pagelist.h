/*
 * Page lists: one entry per page of an object, kept in hardware format in page-table pages.
 *
 *   order 10, any number of chunks  order < 10: up to 512 pages, one chunk
 *   chunks ─► [ *, *, 0, * ]        chunk ─► [ e e e e ]      2^order entries from `base` on, from kmalloc
 *               │  └► 1024 entries
 *               └───► 1024 entries: a page that a directory entry can point at
 *
 * The one chunk of a small list reaches from the lowest to the highest page that was touched, rounded to a power of two inside the range,
 * so that copying, counting and freeing walk only what is used. Touching a page beyond it moves the entries to a wider one.
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
	u32 base;                  /* index of the first chunk's first entry; order 10: base <= first */
	u16 size;                  /* entries of `chunk`; 0: it has not been made */
	u8 order;                  /* log2 of the entries in a chunk */
	bool lent;                 /* order < 10: the chunk is not the list's to free, see pagelist_copy_shape() */
	pte_t *chunk;              /* the first, or only, one */
	pte_t **chunks;            /* order 10: pagelist_chunks() pointers; NULL: it has not been made */
};

static inline bool entry_is_frame(pte_t e) { return e & PTE_P; }

static inline bool entry_is_slot(pte_t e) { return (e & (PTE_P | ENTRY_SLOT)) == ENTRY_SLOT; }

static inline bool entry_is_transit(pte_t e) { return (e & (PTE_P | ENTRY_TRANSIT)) == ENTRY_TRANSIT; }

/* What an entry names, without A, D and permissions. */
static inline pte_t entry_name(pte_t e) { return e & (PAGE_MASK | PTE_P | ENTRY_SLOT | ENTRY_TRANSIT); }

/* The hardware writes A and D into entries that are shown by table, so they are changed through these two only. */
static inline void entry_set(pte_t *entry, pte_t value) { *(volatile pte_t *)entry = value; }

static inline pte_t entry_take(pte_t *entry) { return __atomic_exchange_n(entry, 0, __ATOMIC_RELAXED); }

/* Clear A; was it set? */
static inline bool entry_test_accessed(pte_t *entry) { return __atomic_fetch_and(entry, ~PTE_A, __ATOMIC_RELAXED) & PTE_A; }

static inline u32 pagelist_end(const struct pagelist *list) { return list->first + list->pages; }

static inline bool pagelist_is_small(const struct pagelist *list) { return list->order < PAGELIST_ORDER_MAX; }

void pagelist_init(struct pagelist *list, u32 first, u32 pages);
/* Free the chunks. Owed: nothing is counted by their entries any more. */
void pagelist_free_chunks(struct pagelist *list);
static inline void pagelist_free(struct pagelist *list)
{
	if (!list->lent)
		pagelist_free_chunks(list);
}

/* The entry of page index (inside the list), or NULL where no chunk has been made. */
static inline pte_t *pagelist_entry(const struct pagelist *list, u32 index)
{
	u32 offset = index - list->base;
	pte_t *chunk;

	if (offset < list->size)
		return list->chunk + offset;
	chunk = list->chunks ? list->chunks[offset >> PAGELIST_ORDER_MAX] : NULL;
	return chunk ? chunk + offset % (1u << PAGELIST_ORDER_MAX) : NULL;
}

/*
 * Make *copy, which is uninitialised, a list with places for the same entries, which the caller enters. `room`: for a small one, pagelist_room()
 * bytes that stay until pagelist_free(). -ENOMEM: the empty list.
 */
int pagelist_copy_chunks(const struct pagelist *list, struct pagelist *copy);
static inline int pagelist_copy_shape(const struct pagelist *list, struct pagelist *copy, pte_t *room)
{
	if (unlikely(!pagelist_is_small(list)))
		return pagelist_copy_chunks(list, copy);
	*copy = *list;
	copy->chunk = room;
	copy->lent = true;
	return 0;
}
static inline u32 pagelist_room(const struct pagelist *list) { return pagelist_is_small(list) ? list->size * sizeof(pte_t) : 0; }

/* How many of the entries of [index, end), not empty, stand side by side; *entries NULL: in a chunk that was never made. */
u32 pagelist_run_beyond(const struct pagelist *list, u32 index, u32 end, pte_t **entries);
static inline u32 pagelist_run(const struct pagelist *list, u32 index, u32 end, pte_t **entries)
{
	u32 offset = index - list->base;

	if (unlikely(offset >= list->size))
		return pagelist_run_beyond(list, index, end, entries); /* the first, or only, chunk */
	*entries = list->chunk + offset;
	return MIN(list->size - offset, end - index);
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
/* Chunks that the list's range spans. */
u32 pagelist_chunks(const struct pagelist *list);
/* Full chunks that have been made. */
u32 pagelist_full_chunks(const struct pagelist *list);
