/*
 * Small kernel memory. A slab is one frame cut into equal objects; all that is known of it stands in its struct frame:
 *
 *   class ─► [slabs with room] ─► frame { used, fresh, free_object } ─► page: │obj│obj│free│obj│ never used … │
 *
 * Freed objects are chained by their offsets (1-based, 0 ends the chain); objects at and after `fresh` were never handed out,
 * so that a new slab needs no preparation.
 */
#include "mm/kmalloc.h"
#include "kernel/lib/string.h"
#include "kernel/panic.h"
#include "mm/account.h"
#include "mm/frame.h"

static const u16 class_size[] = { 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024, 2048 };
static struct list slabs_with_room[ARRAY_SIZE(class_size)];
static u8 class_of_size[KMALLOC_MAX / 2 / 16 + 1]; /* by size / 16, rounded up */

u32 *kmalloc_fail_nth;

bool kmalloc_count_down(void)
{
	return --*kmalloc_fail_nth == 0;
}

void kmalloc_init(void)
{
	u32 class = 0;

	for (u32 i = 0; i < ARRAY_SIZE(class_size); i++)
		list_init(&slabs_with_room[i]);
	for (u32 i = 0; i < ARRAY_SIZE(class_of_size); i++) {
		while (class_size[class] < i * 16)
			class++;
		class_of_size[i] = class;
	}
}

static u32 objects_per_slab(u32 class)
{
	return PAGE_SIZE / class_size[class];
}

static struct frame *slab_create(u32 class, bool granted)
{
	struct frame *slab;

	if (!granted && !account_kernel_fits())
		return NULL;
	slab = frame_alloc(FRAME_SLAB);
	if (!slab)
		return NULL;
	slab->used = slab->fresh = 0;
	slab->free_object = 0;
	slab->class = class;
	list_push_front(&slabs_with_room[class], &slab->link);
	return slab;
}

static void *slab_take(struct frame *slab)
{
	char *page = frame_address(slab), *object;

	if (slab->free_object) {
		object = page + slab->free_object - 1;
		slab->free_object = *(u16 *)object;
	} else {
		object = page + slab->fresh++ * class_size[slab->class];
	}
	if (++slab->used == objects_per_slab(slab->class))
		list_remove(&slab->link);
	return object;
}

static void slab_give(struct frame *slab, void *object)
{
	if (slab->used-- == objects_per_slab(slab->class))
		list_push_front(&slabs_with_room[slab->class], &slab->link);
	if (slab->used == 0) {
		list_remove(&slab->link);
		frame_free(slab);
		return;
	}
	*(u16 *)object = slab->free_object;
	slab->free_object = ((vaddr_t)object & ~PAGE_MASK) + 1;
}

static void *allocate(size_t size, bool granted)
{
	assert(size <= KMALLOC_MAX);
	if (size > KMALLOC_MAX / 2) {
		struct frame *frame = frame_alloc(granted ? FRAME_LIST : FRAME_KERNEL);

		return frame ? frame_address(frame) : NULL;
	}
	if (kmalloc_should_fail())
		return NULL;

	u32 class = class_of_size[(size + 15) / 16];
	struct frame *slab = list_empty(&slabs_with_room[class]) ? slab_create(class, granted)
	                                                         : list_first(&slabs_with_room[class], struct frame, link);

	return slab ? slab_take(slab) : NULL;
}

void *kmalloc(size_t size)
{
	return allocate(size, false);
}

void *kzalloc(size_t size)
{
	void *p = allocate(size, false);

	return p ? memset(p, 0, size) : NULL;
}

void *kzalloc_granted(size_t size)
{
	void *p = allocate(size, true);

	return p ? memset(p, 0, size) : NULL;
}

void kfree(void *p)
{
	if (!p)
		return;

	struct frame *frame = frame_of(paddr_to_pfn(kernel_to_paddr(p)));

	if (frame->kind == FRAME_SLAB)
		slab_give(frame, p);
	else
		frame_free(frame);
}
