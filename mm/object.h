/*
 * Objects: an ordered list of pages that any number of areas may show, and the list of those areas.
 *
 *   segment, memory file, private memory ──► object ──► page list (mm/pagelist.h): entry per page, in hardware format
 *                                               └─────► areas: every window on it (the list of attaches)
 *
 * Every object belongs to a family: an upper list and its clones made by fork. A page keeps its index in every member, so a
 * frame's (family, index) leads to every entry that can name it. A segment's family has one member.
 */
#pragma once

#include "mm/frame.h"
#include "mm/pagelist.h"

struct area;

enum {
	OBJECT_NORESERVE = 1,   /* pages are charged one by one as they come, not when the object is made */
	OBJECT_FIXED = 4,       /* never resized, so that its full chunks can be shown by table */
	OBJECT_UPPER = 2,       /* the private pages of one area: its size and its charge are the area's business */
};

/* It stands in the object that founded it, whose memory stays until the last member has gone. */
struct family {
	struct list members;           /* object->family_link */
	struct list link;              /* every family, for the recount */
};

extern struct list families;

struct object {
	/* fixed at creation */
	struct family *family;
	struct list family_link;       /* family->members */
	u8 flags;
	/* changed only between sleep points */
	bool wired;                    /* SHM_LOCK: eviction passes by */
	u32 refs;                      /* areas, and whoever keeps the object beyond them */
	struct pagelist list;
	struct list areas;             /* area->object_link: areas whose lower object this is */
	struct area *owner;            /* OBJECT_UPPER: the one area it belongs to */
	u32 charged;                   /* pages of the account that it holds */
	/* statistics */
	u32 resident;                  /* entries that name a frame, those in transit included */
	u32 swapped;                   /* entries that name a slot */
	/* last: only a founder has it; in a clone the entries begin here */
	struct family founded;
};

/*
 * Make an object of `pages` empty pages whose first has index `first`, with one reference. Unless NORESERVE or UPPER it is charged
 * here in full, list pages included. -ENOMEM. Does not sleep; costs the same for any size.
 */
int object_create(u32 first, u32 pages, u32 flags, struct object **out);
/* The same with `room` bytes right behind it that are the caller's, and go with the object. */
int object_create_with_room(u32 first, u32 pages, u32 flags, u32 room, struct object **out);
static inline void object_ref(struct object *object) { object->refs++; }

/* Nobody refers to it any more: free every page and give the charge back. Owed: no area shows it. */
void object_destroy(struct object *object);
static inline void object_unref(struct object *object)     /* NULL: nothing */
{
	assert(!object || object->refs);
	if (object && --object->refs == 0)
		object_destroy(object);
}

/*
 * A new upper list that names what `from` names, in the same family, entry for entry. NORESERVE lists charge their entries.
 * NULL: no memory. Does not sleep. What the hardware shows of `from` is write-protected; the caller flushes.
 */
struct object *object_clone(const struct object *from);
/* Bytes of kernel memory that takes at most. */
static inline size_t object_clone_size(const struct object *object)
{
	return sizeof(*object) + (object->list.size + pagelist_full_chunks(&object->list) * TABLE_ENTRIES) * sizeof(pte_t);
}

/* Cut the upper list at `index`: [index, end) moves to a new list of the same family. -ENOMEM, and nothing has changed. */
int object_split(struct object *object, u32 index, struct object **out);

/*
 * Change its range to [first, first + pages). Pages cut off at the end are freed, after unmapping them from every area; a lower
 * end never fails. -ENOMEM: growing needs kernel memory. Does not sleep.
 */
int object_resize(struct object *object, u32 first, u32 pages);
/* Free every page of [first, end), unmapping them from every area that shows them. */
void object_discard(struct object *object, u32 first, u32 end);

/* The entry of page `index`; NULL: it lies outside of the object, or no chunk was made there. */
static inline pte_t *object_entry(const struct object *object, u32 index)
{
	return index - object->list.first < object->list.pages ? pagelist_entry(&object->list, index) : NULL;
}

/* The entry of page `index` if it names a frame; NULL: it does not, or lies outside of the object. */
static inline pte_t *object_frame_entry(const struct object *object, u32 index)
{
	pte_t *entry = object_entry(object, index);

	return entry && entry_is_frame(*entry) ? entry : NULL;
}

/*
 * Get page `index`, whose entry (as object_entry() has it) names no frame: zeroed, or from the swap disk. Charges a NORESERVE page. -EFBIG:
 * index is outside the object. -ENOMEM: no room or no frame. -EAGAIN: it was away and this slept, look everything up again. -EIO.
 */
int object_make_page(struct object *object, u32 index, pte_t *entry);
/* The entry of page `index`, which names a frame; the page is made when there was none. Errors as above. */
static inline int object_page(struct object *object, u32 index, pte_t **out)
{
	int error = object_frame_entry(object, index) ? 0 : object_make_page(object, index, object_entry(object, index));

	if (!error) /* after a sleep the object may be gone */
		*out = object_entry(object, index);
	return error;
}

/* Give page `index`, which is empty, a new frame with old contents. NULL: no memory. */
struct frame *object_add_page(struct object *object, u32 index);
/* Give an entry whose frame others name as well a copy of its own. Owed: no hardware entry of the area shows the old one, or it
 * is replaced next. -ENOMEM. */
int object_unshare(struct object *object, pte_t *entry);
/*
 * For reading and writing by the kernel (files): the page's frame with a pin that frame_unpin() gives back, dirty when write.
 * When not writing, *out is NULL where there is no page: it reads as zeroes. -EFBIG, -ENOMEM, -EIO. May sleep.
 */
int object_pin(struct object *object, u32 index, bool write, struct frame **out);
void frame_unpin(struct frame *frame);

/* SHM_LOCK: keep every page that is or comes in RAM. The caller has charged account_wire(). */
void object_wire(struct object *object, bool wired);

/* Pages in RAM and on the swap disk. */
struct object_stat {
	u32 resident, swapped;
};

static inline struct object_stat object_stat(const struct object *object)
{
	return (struct object_stat){ object->resident, object->swapped };
}

/* Can it be shown by table, if it lies right? NULL: no. */
static inline bool object_has_tables(const struct object *object)
{
	return object && (object->flags & OBJECT_FIXED) && object->list.order == PAGELIST_ORDER_MAX;
}
