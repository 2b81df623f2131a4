/* Linked around mm/frame.c with --wrap: while a frame is free, the sanitizer refuses every access to its bytes. */
#include "kernel/lib/string.h"
#include "mm/frame.h"

void __asan_poison_memory_region(const volatile void *p, size_t size);
void __asan_unpoison_memory_region(const volatile void *p, size_t size);
struct frame *__real_frame_alloc(enum frame_kind kind);
void __real_frame_free(struct frame *frame);
struct frame *__wrap_frame_alloc(enum frame_kind kind);
void __wrap_frame_free(struct frame *frame);
void *__wrap_frame_alloc_with(enum frame_kind kind, enum frame_content content, bool *has_it);
void *__wrap_frame_alloc_zeroed(enum frame_kind kind);
void __wrap_frame_free_address(void *page);

struct frame *__wrap_frame_alloc(enum frame_kind kind)
{
	struct frame *frame = __real_frame_alloc(kind);

	if (frame)
		__asan_unpoison_memory_region(frame_address(frame), PAGE_SIZE);
	return frame;
}

void __wrap_frame_free(struct frame *frame)
{
	__asan_poison_memory_region(frame_address(frame), PAGE_SIZE);
	__real_frame_free(frame);
}

void *__wrap_frame_alloc_with(enum frame_kind kind, UNUSED enum frame_content content, bool *has_it)
{
	struct frame *frame = __wrap_frame_alloc(kind);

	*has_it = false;
	return frame ? frame_address(frame) : NULL;
}

void *__wrap_frame_alloc_zeroed(enum frame_kind kind)
{
	struct frame *frame = __wrap_frame_alloc(kind);

	return frame ? memset(frame_address(frame), 0, PAGE_SIZE) : NULL;
}

void __wrap_frame_free_address(void *page)
{
	__wrap_frame_free(frame_of(paddr_to_pfn(kernel_to_paddr(page))));
}
