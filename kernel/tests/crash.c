/* Ways for the kernel to die, one for each kind of last words. */
#include "kernel/image.h"
#include "kernel/ktest.h"
#include "kernel/panic.h"

KCRASH(panic)
{
	panic("asked to by the kernel argument crash=panic");
}

KCRASH(text)
{
	*(volatile char *)kernel_text_start = 0;
}

KCRASH(null)
{
	*(volatile char *)16 = 0;
}

/* Each call uses a page of stack, until the stack ends. */
static u32 descend(u32 depth)
{
	volatile u32 page[1024];

	page[depth % 1024] = depth;
	return descend(depth + 1) + page[depth % 1024];
}

KCRASH(stack)
{
	descend(0);
}
