/*
 * The table of frames and the free list. Invariant: frame_counts[k] is the number of frames whose kind is k.
 */
#include "mm/frame.h"
#include "kernel/lib/string.h"
#include "kernel/panic.h"
#include "mm/account.h"
#include "mm/kmalloc.h"

_Static_assert(sizeof(struct frame) == 16, "the table of frames costs 0.4% of RAM");

u32 frame_counts[FRAME_KINDS];

static struct frame *frames;
static pfn_t frames_limit;
static u32 frames_total;
static struct list free_frames = LIST_INIT(free_frames);

struct frame *frame_of(pfn_t pfn)
{
	assert(pfn < frames_limit);
	return &frames[pfn];
}

pfn_t frame_pfn(const struct frame *frame)
{
	return frame - frames;
}

void *frame_address(const struct frame *frame)
{
	return paddr_to_kernel(pfn_to_paddr(frame_pfn(frame)));
}

pfn_t frame_limit(void)
{
	return frames_limit;
}

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

struct frame *frame_alloc(enum frame_kind kind)
{
	if (list_empty(&free_frames) || kmalloc_should_fail())
		return NULL;
	if (kind == FRAME_KERNEL && !account_kernel_fits())
		return NULL;

	struct frame *frame = list_first(&free_frames, struct frame, link);

	list_remove(&frame->link);
	set_kind(frame, kind);
	frame->count = 0;
	frame->pins = 0;
	return frame;
}

void frame_free(struct frame *frame)
{
	assert(frame->kind != FRAME_FREE && frame->kind != FRAME_RESERVED);
	set_kind(frame, FRAME_FREE);
	list_push_front(&free_frames, &frame->link);
}

void *frame_alloc_zeroed(enum frame_kind kind)
{
	struct frame *frame = frame_alloc(kind);

	return frame ? memset(frame_address(frame), 0, PAGE_SIZE) : NULL;
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
