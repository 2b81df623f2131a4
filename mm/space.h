/*
 * Spaces: the areas of an address space in a balanced tree, and the page directory, a cache of what they say.
 */
#pragma once

#include "mm/area.h"

/* Where a program's parts lie. */
struct space_image {
	vaddr_t brk_start, brk;      /* the heap: brk_start <= brk */
	vaddr_t args_start, args_end, env_start, env_end; /* for /proc/PID/cmdline and stat */
};

/* Limits in pages, UINT32_MAX: none; setrlimit keeps them. */
struct space_limits {
	u32 pages, stack, data;      /* RLIMIT_AS, RLIMIT_STACK, RLIMIT_DATA */
};

struct space {
	u32 refs;
	struct list link;            /* all spaces */
	struct area border;          /* starts where all areas end, ends where they start; head of their tree by address, bounded by gaps */
	struct area *last_found;     /* the area of the last lookup, or linked last; or the border */
	struct area *full_from;      /* no gap between it and MMAP_TOP has full_size bytes: where the search for so many begins */
	vaddr_t full_size;
	pte_t *dir;
	u32 area_count;
	u32 pages;                   /* sum of all areas, for RLIMIT_AS and VmSize */
	struct space_image image;
	struct space_limits limits;
};

#define MMAP_TOP 0xB8000000u         /* the kernel's choice of a place ends here first, to leave the stack room, as on Linux */
#define SPACE_MAX_AREAS 65530u       /* as Linux's vm.max_map_count */
#define STACK_GAP (256u * PAGE_SIZE)  /* a stack stays this far above the area below it, as on Linux */

enum {
	MAP_AT_FIXED = 1,            /* exactly at `at`; what is there is unmapped first */
	MAP_AT_NOREPLACE = 2,        /* exactly at `at`; -EEXIST if anything is there */
	MAP_AT_PRIVILEGED = 4,       /* below MMAP_MIN_ADDR is allowed */
};

/* What is to be mapped where. */
struct map_request {
	vaddr_t at;                  /* page aligned; a hint without MAP_AT_FIXED or NOREPLACE */
	u32 pages;                   /* > 0 */
	u32 place;                   /* MAP_AT_* */
	u8 prot, flags;              /* as in struct area */
	u32 index;                   /* first page of the object; ignored for anonymous memory */
	struct object *object;       /* the area takes a reference of its own; NULL: private zeroes */
	const struct area_ops *ops;
	void *owner;
	u32 tag;
};

extern struct list spaces;           /* every space, by link */

/* An empty space with one reference, NULL: no memory. */
struct space *space_create(void);
void space_ref(struct space *space);
/* The last one unmaps everything; if it is loaded, the kernel's own directory is loaded instead. */
void space_unref(struct space *space);
/* A copy for fork: shared areas show the same objects, private ones are clones. -ENOMEM. May sleep. */
int space_fork(struct space *parent, struct space **out);

/*
 * Map. -ENOMEM: no room, over a limit, the account refuses, or no kernel memory. -EPERM: below MMAP_MIN_ADDR without
 * privilege. -EEXIST: see NOREPLACE. Nothing is allocated but the area. Calls ops->open. May sleep.
 */
int space_map(struct space *space, const struct map_request *request, vaddr_t *out);
/* Unmap what lies in [start, end), page aligned, user addresses. -ENOMEM: splitting failed. May sleep. */
int space_unmap(struct space *space, vaddr_t start, vaddr_t end);
/* Unmap one whole area. Does not sleep. */
void space_remove(struct area *area);
/* Forget what private areas of the range have written (MADV_DONTNEED). -ENOMEM: part of it is not mapped; -EINVAL: is locked. Does not sleep. */
int space_discard(struct space *space, vaddr_t start, vaddr_t end);
/* Send the pages of the range that may go to the swap disk (MADV_PAGEOUT). May sleep. */
void space_page_out(struct space *space, vaddr_t start, vaddr_t end);
/*
 * Change the protection of [start, end). -ENOMEM: not all of it is mapped (what comes before the hole is changed, as on Linux),
 * or the account refuses. -EACCES: AREA_DENY_WRITE. May sleep.
 */
int space_protect(struct space *space, vaddr_t start, vaddr_t end, u8 prot);

/* Pages of locked areas in [start, end). */
u32 space_locked(struct space *space, vaddr_t start, vaddr_t end);
/*
 * Lock [start, end) into RAM, or let it go. -ENOMEM: not all of it is mapped (what comes before the hole is done, as on Linux), or it would
 * not fit. May sleep.
 */
int space_lock(struct space *space, vaddr_t start, vaddr_t end, bool locked);
/* Let no area reach across va: one that does is cut in two. -ENOMEM, and nothing has changed. */
int space_cut(struct space *space, vaddr_t va);

struct remap_request {
	vaddr_t old_start, old_end;  /* page aligned; empty: one more window on the shared pages from old_start */
	u32 new_pages;               /* > 0 */
	bool may_move, fixed;
	vaddr_t at;                  /* when fixed */
	bool privileged;             /* below MMAP_MIN_ADDR is allowed */
};
/* mremap. -EFAULT: the old range is not in one area. -ENOMEM, -EINVAL, -EPERM. May sleep. */
int space_remap(struct space *space, const struct remap_request *request, vaddr_t *out);
/* Move the program break. Returns the break in force: the wanted one, or the old one when it cannot be. May sleep. */
vaddr_t space_set_brk(struct space *space, vaddr_t brk);
/* Let a stack grow down to hold va. -ENOMEM: over the limit, too near to the area below, or the account refuses. */
int space_grow_stack(struct space *space, struct area *stack, vaddr_t va);

/* The area that contains va, or NULL; the lowest area that ends above va, or the border: asked of the tree, or quickly where the last one was. */
struct area *space_search(struct space *space, vaddr_t va);
struct area *space_search_or_border(struct space *space, vaddr_t va);
static inline bool area_contains(const struct area *area, vaddr_t va) { return va >= area->start && va < area->end; }

static inline struct area *space_area(struct space *space, vaddr_t va)
{
	return area_contains(space->last_found, va) ? space->last_found : space_search(space, va);
}

static inline struct area *space_area_or_border(struct space *space, vaddr_t va)
{
	return area_contains(space->last_found, va) ? space->last_found : space_search_or_border(space, va);
}

/* Its neighbours by address; the border where there is none. */
static inline struct area *area_after(const struct area *area) { return (struct area *)area->node.next; }

static inline struct area *area_before(const struct area *area) { return (struct area *)area->node.prev; }

/* The free bytes below it. */
static inline vaddr_t area_gap(const struct area *area) { return area->start - area_before(area)->end; }

/* Drop what the hardware shows of it, and flush. */
static inline void area_hide(const struct area *area)
{
	if (area->shown)
		pagetable_clear(area->space->dir, area->start, area->end);
}

/* The border is none: NULL. */
static inline struct area *area_or_null(struct area *area) { return area->end ? area : NULL; }

/* The lowest area that ends above va, or NULL. */
static inline struct area *space_area_from(struct space *space, vaddr_t va)
{
	return area_or_null(space_area_or_border(space, va));
}

/* The next one by address, or NULL. */
static inline struct area *space_area_next(const struct area *area) { return area_or_null(area_after(area)); }

/* For the rest of mm: link an area below `next` or the border, and unlink one, with gaps and counts; no ops are called. */
void space_link(struct area *area, struct area *next);
void space_unlink(struct area *area);
/* Change the bounds of a linked area that area_grow() may have to refuse. -ENOMEM. */
int space_grow_area(struct area *area, vaddr_t start, vaddr_t end);
/* Would so many more pages be over RLIMIT_AS? */
static inline bool space_over_limit(const struct space *space, u32 pages)
{
	return pages > USER_PAGES || space->pages + pages > space->limits.pages;
}

/* Where so many pages (<= USER_PAGES) fit, the highest place below the stack, else anywhere; 0: nowhere. *next is the area above, or the border (next NULL: never mind). */
vaddr_t space_find_place(struct space *space, u32 pages, struct area **next);
/* The same, where a page table begins if there is such a place. */
vaddr_t space_find_aligned_place(struct space *space, u32 pages, struct area **next);
