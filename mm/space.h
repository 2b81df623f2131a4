/*
 * Spaces: the areas of an address space in a balanced tree, and the page directory, a cache of what they say.
 */
#pragma once

#include "kernel/lib/list.h"
#include "kernel/lib/tree.h"
#include "mm/area.h"
#include "mm/pagetable.h"

struct space {
	u32 refs;
	struct list link;            /* all spaces */
	struct tree areas;           /* area->node by address, augmented with gaps */
	struct area *last_found;     /* the area of the last lookup, or NULL */
	pte_t *dir;
	u32 area_count;
	u32 pages;                   /* sum of all areas, for RLIMIT_AS and VmSize */
	vaddr_t brk_start, brk;      /* the heap: brk_start <= brk */
	vaddr_t args_start, args_end, env_start, env_end; /* /proc/PID/cmdline and environ */
	/* limits in pages, 0xffffffff: none; setrlimit keeps them */
	u32 limit_pages, limit_stack, limit_data;
};

#define SPACE_MAX_AREAS 65530u       /* as Linux's vm.max_map_count */

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
};

/* An empty space with one reference, NULL: no memory. */
struct space *space_create(void);
void space_ref(struct space *space);
/* The last one unmaps everything. */
void space_unref(struct space *space);
/* A copy for fork: shared areas show the same objects, private ones are clones. -ENOMEM. May sleep. */
int space_fork(struct space *parent, struct space **out);

/*
 * Map. -ENOMEM: no room, over a limit, the account refuses, or no kernel memory. -EPERM: below MMAP_MIN_ADDR without
 * privilege. -EEXIST: see NOREPLACE. -EINVAL: at + pages wraps. Nothing is allocated but the area. Calls ops->open. May sleep.
 */
int space_map(struct space *space, const struct map_request *request, vaddr_t *out);
/* Unmap what lies in [start, end), page aligned, user addresses. -ENOMEM: splitting failed. */
int space_unmap(struct space *space, vaddr_t start, vaddr_t end);
/* -ENOMEM: not all mapped (what comes before the hole is changed, as on Linux), or the account. -EACCES: AREA_DENY_WRITE. */
int space_protect(struct space *space, vaddr_t start, vaddr_t end, u8 prot);
/*
 * mremap: old range within one area. `place` 0: only in place; MAP_AT_FIXED: to `at`; else *out may move.
 * -EFAULT: not mapped; -ENOMEM; -EINVAL.
 */
struct remap_request {
	vaddr_t old_start, old_end;  /* page aligned */
	u32 new_pages;
	bool may_move, fixed;
	vaddr_t at;                  /* when fixed */
};
int space_remap(struct space *space, const struct remap_request *request, vaddr_t *out);
/* Move the program break. Returns the break in force: the wanted one, or the old one when it cannot be. */
vaddr_t space_set_brk(struct space *space, vaddr_t brk);

/* The area that contains va, or NULL. */
struct area *space_area(struct space *space, vaddr_t va);
/* The lowest area that ends above va, or NULL. */
struct area *space_area_from(struct space *space, vaddr_t va);
/* The next one by address, or NULL. */
struct area *space_area_next(const struct area *area);

/* What /proc/PID/{stat,status} say: resident pages as the hardware tables show them. */
u32 space_resident(struct space *space);
