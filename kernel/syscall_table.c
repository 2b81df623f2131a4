/*
 * The system call table: kernel/syscall_list.h, by number. Number in eax, arguments in ebx ecx edx esi edi ebp; the entry code hands the
 * six to the function, whose result goes to eax. A function takes as many as it needs, as i32/u32/pointers, is named sys_<linux name>, and
 * returns a value or -errno. It finds the caller's registers by task_regs(current).
 */
#include "kernel/printk.h"
#include "kernel/task.h"

#define SYSCALL_COUNT 512u

/* For the entry code. */
extern const void *const syscall_table[SYSCALL_COUNT];
i32 syscall_missing(u32 number);

/* Each takes what it takes: the entry code hands over six words. */
#define CALL(number, name) i32 sys_##name();
#include "kernel/syscall_list.h"
#undef CALL
#define CALL(number, name) [number] = sys_##name,

/* By number; NULL: no such call. */
const void *const syscall_table[SYSCALL_COUNT] = {
#include "kernel/syscall_list.h"
};

/* The answer to a number without a function, in the table or beyond it: -ENOSYS, noted in the log once per number. */
i32 syscall_missing(u32 number)
{
	static u32 noted[SYSCALL_COUNT / 32];
	u32 n = MIN(number, SYSCALL_COUNT - 1); /* all beyond the table share its last bit */

	if (!(noted[n / 32] & 1u << n % 32)) {
		noted[n / 32] |= 1u << n % 32;
		printk("%s (%d): system call %u is not there\n", current->name, current->pid, number);
	}
	return -ENOSYS;
}
