/* Tests of what the kernel's own faults lead to. The boot task has no space, so every user address is a bad one. */
#include "kernel/tests/ktest.h"
#include "kernel/uaccess.h"
#include "kernel/x86/cpu.h"
#include "mm/memlayout.h"

static bool irq_enabled(void)
{
	u32 flags = irq_save();

	irq_restore(flags);
	return flags & EFLAGS_IF;
}

/* Verifies that a fault at a place of the exception table goes on at its fixup, and leaves interrupts as they were. */
KTEST(trap_fixup)
{
	u32 word = 1;
	bool before = irq_enabled();

	KCHECK(copy_from_user(&word, (void *)MMAP_MIN_ADDR, sizeof(word)) == -EFAULT);
	KCHECK(copy_to_user((void *)MMAP_MIN_ADDR, &word, sizeof(word)) == -EFAULT);
	KCHECK(irq_enabled() == before);
}

/* Verifies that the kernel's half is nobody's user memory, however the range reaches into it. */
KTEST(trap_kernel_is_not_user)
{
	u32 word = 1;

	KCHECK(copy_from_user(&word, (void *)KERNEL_BASE, sizeof(word)) == -EFAULT);
	KCHECK(copy_to_user((void *)(KERNEL_BASE - 2), &word, sizeof(word)) == -EFAULT);
	KCHECK(copy_to_user((void *)MMAP_MIN_ADDR, &word, UINT32_MAX) == -EFAULT);
}
