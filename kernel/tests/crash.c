/* Ways for the kernel to die, one for each kind of last words. */
#include "kernel/fork.h"
#include "kernel/panic.h"
#include "kernel/sched.h"
#include "kernel/tests/ktest.h"
#include "mm/memlayout.h"

KCRASH(panic)
{
	panic("asked to by the kernel argument crash=panic");
}

static void poke(volatile const char *p)
{
	*(volatile char *)p = 0;
}

KCRASH(text)
{
	poke(kernel_text_start);
}

KCRASH(null)
{
	poke(NULL);
}

/* Each call uses a page of stack, until the stack ends. */
static __attribute__((noipa)) u32 descend(u32 depth)
{
	volatile u32 page[1024];

	page[depth % 1024] = depth;
	return depth == UINT32_MAX ? 0 : descend(depth + 1) + page[depth % 1024];
}

static void descend_task(void)
{
	descend(0);
}

KCRASH(stack)
{
	struct task *task;

	assert(!task_create_kernel("descender", descend_task, &task));
	sched_wake(task);
	schedule();
}

KCRASH(boot_stack)
{
	descend(0);
}
