/*
 * The table of frames and the free list. Invariant: frame_counts[k] is the number of frames whose kind is k.
 */
#include "mm/frame.h"
#include "kernel/lib/string.h"
#include "kernel/panic.h"
#include "mm/account.h"
#include "mm/kmalloc.h"

_Static_assert(sizeof(struct frame) == 20, "the table of frames costs 0.5% of RAM");

u32 frame_counts[FRAME_KINDS];
void (*frame_low)(void);

struct frame *frames;
pfn_t frames_limit;
static u32 frames_total;
static struct list free_frames = LIST_INIT(free_frames);
static struct list zero_frames = LIST_INIT(zero_frames); /* free as well, and known to hold zeroes */

u32 frame_total(void)
{
	return frames_total;
}

static void set_kind(struct frame *frame, enum frame_kind kind)
{
	frame_counts[frame->kind]--;
	frame_counts[kind]++;
	frame->kind = kind;
}

/* The kernel takes a frame for itself: may it, and does it leave too few? (Slabs were checked against the account by kmalloc.) */
static bool kernel_takes(enum frame_kind kind)
{
	if (frame_counts[FRAME_FREE] < FRAME_LOW_WATER && frame_low)
		frame_low();
	return kind == FRAME_SLAB || account_kernel_fits();
}

/* From the preferred list if it has any. */
static struct frame *take(enum frame_kind kind, struct list *preferred, struct list *other)
{
	struct list *list = list_empty(preferred) ? other : preferred;
	struct frame *frame;

	if (list_empty(list) || kmalloc_should_fail())
		return NULL;
	if (kind >= FRAME_SLAB && !kernel_takes(kind))
		return NULL;
	frame = list_first(list, struct frame, link);
	list_remove(&frame->link);
	set_kind(frame, kind);
	frame->count = 0;
	frame->pins = 0;
	return frame;
}

struct frame *frame_alloc(enum frame_kind kind)
{
	return take(kind, &free_frames, &zero_frames);
}

static void give(struct frame *frame, struct list *list)
{
	assert(frame->kind != FRAME_FREE && frame->kind != FRAME_RESERVED);
	set_kind(frame, FRAME_FREE);
	list_push_front(list, &frame->link);
}

void frame_free(struct frame *frame)
{
	give(frame, &free_frames);
}

void frame_free_zeroed(struct frame *frame)
{
	give(frame, &zero_frames);
}

void *frame_alloc_zeroed(enum frame_kind kind)
{
	bool known = !list_empty(&zero_frames);
	struct frame *frame = take(kind, &zero_frames, &free_frames);

	if (!frame)
		return NULL;
	return known ? frame_address(frame) : memset(frame_address(frame), 0, PAGE_SIZE);
}

void frame_free_address(void *page)
{
	frame_free(frame_of(paddr_to_pfn(kernel_to_paddr(page))));
}

u32 frame_table_size(pfn_t limit)
{
	return limit * sizeof(struct frame);
}

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
		set_kind(&frames[pfn], FRAME_FREE);
		list_push_front(&free_frames, &frames[pfn].link);
		frames_total++;
	}
}
