/*
 * Small kernel memory. A slab is one frame cut into equal objects; all that is known of it stands in its struct frame:
 *
 *   class ─► [slabs with room] ─► frame { room, fresh, free_object } ─► page: │obj│obj│free│obj│ never used … │
 *
 * Freed objects are chained by their offsets (1-based, 0 ends the chain); objects at and after `fresh` were never handed out,
 * so that a new slab needs no preparation.
 */
#include "mm/kmalloc.h"
#include "kernel/lib/string.h"
#include "kernel/panic.h"
#include "mm/account.h"
#include "mm/frame.h"

#define CLASS(size_) { .size = (size_), .capacity = PAGE_SIZE / (size_) }

static struct class {
	struct list slabs;             /* those with room */
	u16 size, capacity;            /* of an object, in bytes; of a slab, in objects */
} classes[] = {
	CLASS(16), CLASS(32), CLASS(48), CLASS(64), CLASS(96), CLASS(128), CLASS(192), CLASS(256), CLASS(384), CLASS(512),
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

static NOINLINE struct frame *slab_create(struct class *class, bool granted)
{
	struct frame *slab;

	if (!granted && !account_kernel_fits())
		return NULL;
	slab = frame_alloc(FRAME_SLAB);
	if (!slab)
		return NULL;
	slab->room = class->capacity;
	slab->fresh = 0;
	slab->free_object = 0;
	slab->class = class - classes;
	list_push_front(&class->slabs, &slab->link);
	return slab;
}

/* It is full, or was full, or is empty now. */
static NOINLINE void slab_relist(struct frame *slab)
{
	struct class *class = &classes[slab->class];

	if (slab->room == 1)
		list_push_front(&class->slabs, &slab->link);
	if (slab->room == 0 || slab->room == class->capacity)
		list_remove(&slab->link);
	if (slab->room == class->capacity)
		frame_free(slab);
}

static inline void *take_freed(struct frame *slab)
{
	char *object = (char *)frame_address(slab) + slab->free_object - 1;

	slab->free_object = *(u16 *)object;
	return object;
}

static void slab_give(struct frame *slab, void *object)
{
	*(u16 *)object = slab->free_object;
	slab->free_object = ((vaddr_t)object & ~PAGE_MASK) + 1;
	if (++slab->room == 1 || slab->room == classes[slab->class].capacity)
		slab_relist(slab);
}

static NOINLINE void *allocate_frame(size_t size, bool granted)
{
	struct frame *frame;

	assert(size <= KMALLOC_MAX);
	frame = frame_alloc(granted ? FRAME_LIST : FRAME_KERNEL);
	return frame ? frame_address(frame) : NULL;
}

/* There is no freed object to hand out, or it is the slab's last. */
static NOINLINE void *allocate_otherwise(struct class *class, bool granted)
{
	struct frame *slab = list_first(&class->slabs, struct frame, link);

	if (list_empty(&class->slabs))
		slab = slab_create(class, granted);
	if (!slab)
		return NULL;
	if (--slab->room == 0)
		slab_relist(slab);
	return slab->free_object ? take_freed(slab) : (char *)frame_address(slab) + slab->fresh++ * class->size;
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
	if (unlikely(list_empty(&class->slabs) || !slab->free_object || slab->room == 1))
		return allocate_otherwise(class, granted);
	slab->room--;
	return take_freed(slab);
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

	if (likely(frame->kind == FRAME_SLAB))
		slab_give(frame, p);
	else
		frame_free(frame);
}
