/*
 * Areas: windows of one space onto an object.
 *
 *        start                end
 *   ──────┼────────────────────┼──────   va ↔ index:  index + (va - start) / PAGE_SIZE
 *         index
 *
 * A shared area shows `object`. A private one shows `upper`, its own pages, where there are any, and else `object` (NULL:
 * zeroes) read-only. Attach counts and the like change in ops->open and ops->close and nowhere else.
 */
#pragma once

#include "kernel/lib/tree.h"
#include "mm/object.h"

struct space;
struct object;
struct area;

enum {                               /* prot: the values of PROT_* */
	AREA_READ = 1,
	AREA_WRITE = 2,
	AREA_EXEC = 4,
};

enum {                               /* flags */
	AREA_PRIVATE = 1,
	AREA_NORESERVE = 2,          /* private pages are charged as they come */
	AREA_STACK = 4,              /* grows down on faults below it */
	AREA_HEAP = 8,               /* brk's */
	AREA_DENY_WRITE = 16,        /* mprotect may not make it writable: read-only attach, file opened for reading */
	AREA_LOCKED = 32,            /* mlock */
};

/* What /proc/PID/maps shows of an area. */
struct area_label {
	char path[256];              /* empty: anonymous */
	u32 device, inode;
	bool deleted;
};

struct area_ops {
	/* One more window: map, attach, fork, split. Cannot fail, does not sleep. May be NULL, like the others. */
	void (*open)(struct area *area);
	/* One window fewer: detach, unmap, exec, exit. Does not sleep. */
	void (*close)(struct area *area);
	/* Name it for /proc/PID/maps. */
	void (*label)(const struct area *area, struct area_label *out);
};

struct area {
	struct tree_node node;       /* space->areas, by address */
	vaddr_t start, end;          /* page aligned, start < end */
	u32 index;                   /* page index of start in object and upper */
	u8 prot;
	u8 flags;
	bool shown;                  /* the hardware may show something of it: set by faults and fork, never cleared */
	struct space *space;
	struct object *object;       /* what it shows, referenced; NULL: private zeroes */
	struct object *upper;        /* AREA_PRIVATE: pages it has written; made when it first becomes writable */
	struct list object_link;     /* object->areas */
	const struct area_ops *ops;  /* NULL: none */
	void *owner;                 /* for ops: the segment, the file */
	u32 tag;                     /* for ops: the same in all parts of one mapping */
	u32 charged;                 /* pages of the account that it holds */
};

_Static_assert(offsetof(struct area, node) == 0, "areas begin with their node, so NULL stays NULL");

static inline u32 area_pages(const struct area *area) { return (area->end - area->start) >> PAGE_SHIFT; }

static inline u32 area_index(const struct area *area, vaddr_t va) { return area->index + ((va - area->start) >> PAGE_SHIFT); }

static inline vaddr_t area_address(const struct area *area, u32 index)
{
	return area->start + ((index - area->index) << PAGE_SHIFT);
}

/* For one that is being made: let it show an object (NULL: none), which it references. */
static inline void area_show(struct area *area, struct object *object)
{
	area->object = object;
	if (object) {
		object_ref(object);
		list_push_back(&object->areas, &area->object_link);
	} else {
		list_init(&area->object_link);
	}
}

/* See to it that a private area that is to have that protection has its list, and its charge. -ENOMEM. */
int area_make_upper(struct area *area);
static inline int area_have_upper(struct area *area, u8 prot)
{
	return !(area->flags & AREA_PRIVATE) || !(prot & AREA_WRITE) || area->upper ? 0 : area_make_upper(area);
}

/*
 * A child's copy in another space, not yet linked: the same object, shown by table where it is so here, a clone of the private list. The
 * charge is the caller's to have made. NULL: no memory. Does not sleep.
 */
struct area *area_clone(const struct area *area, struct space *space);
/* Undo what has made it: give everything back. Owed: unlinked, and nothing of it is mapped. Calls nothing. */
void area_free(struct area *area);

/* Cut at va, inside it: *out is [va, end), not yet linked, and the area keeps [start, va). -ENOMEM, and nothing has changed. */
int area_split(struct area *area, vaddr_t va, struct area **out);
/* Extend to [start, end), which holds the area. -ENOMEM, and nothing has changed. */
int area_grow(struct area *area, vaddr_t start, vaddr_t end);
/* Change the protection; a private area that becomes writable is charged now. -ENOMEM. */
int area_protect(struct area *area, u8 prot);

/* What its list, or the one below, says of page index: an entry of mm/pagelist.h. */
pte_t area_entry(const struct area *area, u32 index);


static inline void area_open(struct area *area)
{
	if (area->ops && area->ops->open)
		area->ops->open(area);
}

static inline void area_close(struct area *area)
{
	if (area->ops && area->ops->close)
		area->ops->close(area);
}
