/*
 * Small kernel memory. A slab is one frame cut into equal objects; all that is known of it stands in its struct frame:
 *
 *   class ─► [slabs with room] ─► frame { used, fresh, free_object } ─► page: │ never used … │obj│obj│free│obj│
 *
 * Freed objects are chained by their offsets (1-based, 0 ends the chain); the first `fresh` objects were never handed out, so that a new
 * slab needs no preparation. A slab without room leaves the list when that is found out, and comes back with the next
 * object freed.
 */
#include "mm/kmalloc.h"
#include "kernel/lib/string.h"
#include "mm/account.h"
#include "mm/frame.h"

#define CLASS(size_) { .size = (size_), .capacity = PAGE_SIZE / (size_) }

static struct class {
	struct list slabs;             /* those with room, and some without */
	u16 size, capacity;            /* of an object, in bytes; of a slab, in objects */
} classes[] = {
	CLASS(16), CLASS(32), CLASS(48), CLASS(64), CLASS(96), CLASS(128), CLASS(192), CLASS(384), CLASS(512),
	CLASS(1024), CLASS(2048),
};
static struct class *class_of_size[KMALLOC_MAX / 2 / 16 + 1]; /* by size / 16, rounded up */

u32 *kmalloc_fail_nth = &(u32){ 0 };

bool kmalloc_count_down(void) { return --*kmalloc_fail_nth == 0; }

void kmalloc_init(void)
{
	struct class *class = classes;

	for (u32 i = 0; i < ARRAY_SIZE(classes); i++)
		list_init(&classes[i].slabs);
	for (u32 i = 0; i < ARRAY_SIZE(class_of_size); i++) {
		while (class->size < i * 16)
			class++;
		class_of_size[i] = class;
	}
}

static bool slab_is_full(const struct frame *slab) { return !slab->free_object && !slab->fresh; }

/* A slab that is not full, when the first one is or there is none. NULL: no memory. */
static NOINLINE struct frame *find_slab(struct class *class, bool granted)
{
	struct frame *slab;

	while (!list_empty(&class->slabs)) {
		slab = list_first(&class->slabs, struct frame, link);
		if (!slab_is_full(slab))
			return slab;
		list_remove(&slab->link);
	}
	if (!granted && !account_kernel_fits())
		return NULL;
	slab = frame_alloc(FRAME_SLAB);
	if (!slab)
		return NULL;
	slab->used = 0;
	slab->fresh = class->capacity;
	slab->free_object = 0;
	slab->class = class - classes;
	list_push_front(&class->slabs, &slab->link);
	return slab;
}

/* It has left the list, or is empty now. */
static NOINLINE void slab_relist(struct frame *slab)
{
	if (slab->used) {
		list_push_front(&classes[slab->class].slabs, &slab->link);
	} else {
		list_remove(&slab->link);
		frame_free(slab);
	}
}

/* Hand out an object of a slab that is not full. */
static inline void *slab_take(struct frame *slab, const struct class *class)
{
	char *page = frame_address(slab), *object;

	slab->used++;
	if (!slab->free_object)
		return page + --slab->fresh * class->size;
	object = page + slab->free_object - 1;
	slab->free_object = *(u16 *)object;
	return object;
}

static NOINLINE void *allocate_frame(size_t size, bool granted)
{
	struct frame *frame;

	assert(size <= KMALLOC_MAX);
	frame = frame_alloc(granted ? FRAME_LIST : FRAME_KERNEL);
	return frame ? frame_address(frame) : NULL;
}

static inline void *allocate(size_t size, bool granted)
{
	struct class *class;
	struct frame *slab;

	if (size > KMALLOC_MAX / 2)
		return allocate_frame(size, granted);
	if (kmalloc_should_fail())
		return NULL;
	class = class_of_size[(size + 15) / 16];
	slab = list_first(&class->slabs, struct frame, link);
	if (unlikely(list_empty(&class->slabs) || slab_is_full(slab))) {
		slab = find_slab(class, granted);
		if (!slab)
			return NULL;
	}
	return slab_take(slab, class);
}

void *kmalloc(size_t size) { return allocate(size, false); }

void *kmalloc_granted(size_t size) { return allocate(size, true); }

void *kzalloc(size_t size)
{
	void *p = kmalloc(size);

	return p ? memset(p, 0, size) : NULL;
}

void *kzalloc_granted(size_t size)
{
	void *p = kmalloc_granted(size);

	return p ? memset(p, 0, size) : NULL;
}

void kfree(void *p)
{
	if (!p)
		return;

	struct frame *frame = frame_of(paddr_to_pfn(kernel_to_paddr(p)));

	if (unlikely(frame->kind != FRAME_SLAB)) {
		frame_free(frame);
		return;
	}
	*(u16 *)p = frame->free_object;
	frame->free_object = ((vaddr_t)p & ~PAGE_MASK) + 1;
	if (--frame->used == 0 || list_empty(&frame->link))
		slab_relist(frame);
}
