/*
 * Instead of mm/kmalloc.c: each small object is one of malloc's, so that the sanitizer sees every byte beyond its end and every use
 * after it was freed. What is more than half a page still is a frame, as page lists want it.
 */
#include "kernel/lib/string.h"
#include "kernel/panic.h"
#include "mm/account.h"
#include "mm/frame.h"
#include "mm/kmalloc.h"

void *malloc(size_t size);
void free(void *p);

u32 *kmalloc_fail_nth = &(u32){ 0 };

bool kmalloc_count_down(void)
{
	return --*kmalloc_fail_nth == 0;
}

void kmalloc_init(void)
{
}

static bool is_frame(const void *p)
{
	return (vaddr_t)p >= KERNEL_BASE && (vaddr_t)p < KERNEL_BASE + pfn_to_paddr(frame_limit());
}

static void *allocate(size_t size, bool granted)
{
	assert(size <= KMALLOC_MAX);
	if (size > KMALLOC_MAX / 2) {
		struct frame *frame = frame_alloc(granted ? FRAME_LIST : FRAME_KERNEL);

		return frame ? frame_address(frame) : NULL;
	}
	if (kmalloc_should_fail() || (!granted && !account_kernel_fits()))
		return NULL;
	return malloc(size);
}

void *kmalloc(size_t size)
{
	return allocate(size, false);
}

void *kmalloc_granted(size_t size)
{
	return allocate(size, true);
}

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
	if (is_frame(p))
		frame_free_address(p);
	else
		free(p);
}
