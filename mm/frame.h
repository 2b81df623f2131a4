/*
 * Frames: 4 KiB pieces of RAM, one struct frame each, found by frame number.
 *
 * A frame of an object (FRAME_PAGE) counts the list entries that name it; mappings are not counted, I/O and copies hold pins.
 * It is freed when both are zero. Frames of the kernel itself have one owner and are freed by it.
 */
#pragma once

#include "kernel/lib/list.h"
#include "kernel/panic.h"
#include "mm/memlayout.h"

enum frame_kind {
	FRAME_RESERVED,    /* not RAM, or the kernel's image: never allocated */
	FRAME_FREE,
	FRAME_PAGE,        /* a page of an object; charged by its object */
	FRAME_TABLE,       /* a page table of a space: a cache, not charged */
	FRAME_LIST,        /* a full chunk of a page list; charged with the grant */
	FRAME_SLAB,        /* small kernel memory */
	FRAME_KERNEL,      /* whole frames of the kernel: directories, stacks, buffers */
	FRAME_KINDS
};

struct family;

struct frame {
	union {
		u32 count;             /* PAGE: list entries that name it; TABLE, directory: entries in use; LIST: directory entries that show it */
		struct {
			u16 used;      /* SLAB: objects handed out */
			u16 fresh;     /* SLAB: the first so many were never handed out */
		};
	};
	union {
		u16 pins;              /* PAGE: users of the bytes that are no list entries */
		u16 free_object;       /* SLAB: offset in the page of the first free object, 0 at the end (1-based) */
	};
	u8 kind;                       /* enum frame_kind */
	u8 class;                      /* SLAB: size class */
	union {
		struct {
			struct family *family; /* PAGE: whose lists may name it, */
			u32 index;             /* and where in them */
		};
		struct list link;          /* FREE: free list; SLAB: slabs of its class with room */
	};
	struct {                       /* PAGE; all 0 in other frames */
		u32 slot : 20;         /* of the swap disk, which it keeps: 0 is none (mm/swap.h) */
		u32 transit : 1;       /* on its way out or in (mm/transit.h), */
		u32 wanted : 1;        /* and somebody waits for it */
	};
};

/* Fewer free ones than this call for mm/reclaim.h: what one fault, or one step of a call, can take: pages, tables, chunks, slabs. */
#define FRAME_LOW_WATER 12u
/* Called, when set, as the kernel takes one of so few for itself: what cannot sleep now asks for room to be made soon. */
extern void (*frame_low)(void);

/* Frames by kind; free ones included. Read by /proc/meminfo and the recount. */
extern u32 frame_counts[FRAME_KINDS];

/*
 * Take a frame; its contents are old. NULL: none is free, or the account has no room for a kernel's frame (SLAB and KERNEL
 * are checked there, the other kinds were charged by the caller). count and pins are 0. Does not sleep.
 */
struct frame *frame_alloc(enum frame_kind kind);
/* Give a frame back. Owed: nothing names, maps or pins it. */
void frame_free(struct frame *frame);
/*
 * What is known of a free frame's contents: who gives one back that holds what others will want spares the next taker to make it. A
 * page table holds zeroes when its last entry is cleared, a directory then has nothing but the kernel's half.
 */
enum frame_content { FRAME_OLD, FRAME_ZEROES, FRAME_DIRECTORY, FRAME_CONTENTS };
void frame_free_with(struct frame *frame, enum frame_content content);

/* As above for kernel memory by address: a page of the direct map, which holds that or old contents; NULL. */
void *frame_alloc_with(enum frame_kind kind, enum frame_content content, bool *has_it);
/* A zeroed one. */
void *frame_alloc_zeroed(enum frame_kind kind);
void frame_free_address(void *page);

extern struct frame *frames;
extern pfn_t frames_limit;           /* one past the highest frame number that the kernel uses */

static inline struct frame *frame_of(pfn_t pfn)
{
	assert(pfn < frames_limit);
	return &frames[pfn];
}

static inline pfn_t frame_pfn(const struct frame *frame) { return frame - frames; }

/* The kernel's address of its bytes. */
static inline void *frame_address(const struct frame *frame) { return paddr_to_kernel(pfn_to_paddr(frame_pfn(frame))); }

/* Zero a page: with the size known, the compiler writes one rep stos. */
static inline void *page_zero(void *page) { return __builtin_memset(page, 0, PAGE_SIZE); }

static inline pfn_t frame_limit(void) { return frames_limit; }

/* Frames that were ever free: what /proc/meminfo calls MemTotal. */
u32 frame_total(void);
static inline u32 frame_free_count(void) { return frame_counts[FRAME_FREE]; }

/*
 * Boot. frame_init() places the table of frames at a free place of at least frame_table_size(limit) bytes; every frame is
 * RESERVED until frame_add_range() hands over whole frames inside [start, end). Boot memory (modules) is handed over later.
 */
u32 frame_table_size(pfn_t limit);
void frame_init(void *table, pfn_t limit);
void frame_add_range(paddr_t start, paddr_t end);
