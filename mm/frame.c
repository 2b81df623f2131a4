/*
 * The table of frames and the free list. Invariants: frame_counts[k] is the number of frames whose kind is k; a free frame's count and
 * pins are 0.
 */
#include "mm/frame.h"
#include "kernel/lib/string.h"
#include "mm/account.h"
#include "mm/kmalloc.h"

_Static_assert(sizeof(struct frame) == 20, "the table of frames costs 0.5% of RAM");

u32 frame_counts[FRAME_KINDS];
void (*frame_low)(void);

struct frame *frames;
pfn_t frames_limit;
static u32 frames_total;
static struct list free_frames[FRAME_CONTENTS] = {
	LIST_INIT(free_frames[FRAME_OLD]), LIST_INIT(free_frames[FRAME_ZEROES]), LIST_INIT(free_frames[FRAME_DIRECTORY]),
};

u32 frame_total(void) { return frames_total; }

static void change_kind(struct frame *frame, enum frame_kind from, enum frame_kind to)
{
	frame_counts[from]--;
	frame_counts[to]++;
	frame->kind = to;
}

/* The kernel takes a frame for itself: may it, and does it leave too few? (Slabs were checked against the account by kmalloc.) */
static bool kernel_takes(enum frame_kind kind)
{
	if (frame_counts[FRAME_FREE] < FRAME_LOW_WATER && frame_low)
		frame_low();
	return kind == FRAME_SLAB || account_kernel_fits();
}

static NOINLINE struct list *any_frames(void)
{
	u32 content = 0;

	while (content < FRAME_CONTENTS - 1 && list_empty(&free_frames[content]))
		content++;
	return &free_frames[content];
}

/* The frames with that content, or, if there are none, others. */
static struct list *frames_with(enum frame_content content)
{
	return likely(!list_empty(&free_frames[content])) ? &free_frames[content] : any_frames();
}

static inline bool may_take(enum frame_kind kind) { return !kmalloc_should_fail() && (kind < FRAME_SLAB || kernel_takes(kind)); }

static inline struct frame *take(enum frame_kind kind, struct list *list)
{
	struct frame *frame;

	if (list_empty(list))
		return NULL;
	frame = list_entry(list_pop_front(list), struct frame, link);
	change_kind(frame, FRAME_FREE, kind);
	return frame;
}

struct frame *frame_alloc(enum frame_kind kind) { return may_take(kind) ? take(kind, frames_with(FRAME_OLD)) : NULL; }

void *frame_alloc_with(enum frame_kind kind, enum frame_content content, bool *has_it)
{
	struct frame *frame = NULL;

	*has_it = false;
	if (may_take(kind)) {
		*has_it = !list_empty(&free_frames[content]);
		frame = take(kind, frames_with(content));
	}
	return frame ? frame_address(frame) : NULL;
}

void *frame_alloc_zeroed(enum frame_kind kind)
{
	bool zeroed;
	void *page = frame_alloc_with(kind, FRAME_ZEROES, &zeroed);

	return page && !zeroed ? page_zero(page) : page;
}

void frame_free_with(struct frame *frame, enum frame_content content)
{
	assert(frame->kind != FRAME_FREE && frame->kind != FRAME_RESERVED);
	change_kind(frame, frame->kind, FRAME_FREE);
	frame->count = 0;
	frame->pins = 0;
	list_push_front(&free_frames[content], &frame->link);
}

void frame_free(struct frame *frame) { frame_free_with(frame, FRAME_OLD); }

void frame_free_address(void *page) { frame_free(frame_of(paddr_to_pfn(kernel_to_paddr(page)))); }

u32 frame_table_size(pfn_t limit) { return limit * sizeof(struct frame); }

void frame_init(void *table, pfn_t limit)
{
	memset(table, 0, frame_table_size(limit));
	frames = table;
	frames_limit = limit;
	frame_counts[FRAME_RESERVED] = limit;
}

void frame_add_range(paddr_t start, paddr_t end)
{
	pfn_t limit = MIN(paddr_to_pfn(end), frames_limit);

	/* highest first, so that the lowest frames are handed out first */
	for (pfn_t pfn = limit; pfn-- > bytes_to_pages(start);) {
		assert(frames[pfn].kind == FRAME_RESERVED);
		change_kind(&frames[pfn], FRAME_RESERVED, FRAME_FREE);
		list_push_front(&free_frames[FRAME_OLD], &frames[pfn].link);
		frames_total++;
	}
}
