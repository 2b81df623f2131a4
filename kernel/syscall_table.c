/* The system call table: kernel/syscall_list.h, by number. What is not there is answered -ENOSYS and noted once in the log. */
#include "kernel/syscall.h"
#include "kernel/printk.h"
#include "kernel/task.h"

/* Each takes what it takes: the entry code hands over six words. */
#define CALL(number, name) i32 sys_##name();
#include "kernel/syscall_list.h"
#undef CALL
#define CALL(number, name) [number] = sys_##name,

const void *const syscall_table[SYSCALL_COUNT] = {
#include "kernel/syscall_list.h"
};

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
