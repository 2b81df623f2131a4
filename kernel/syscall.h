/*
 * System calls. Number in eax, arguments in ebx ecx edx esi edi ebp; the entry code hands the six to the function of
 * kernel/syscall_table.c, whose result goes to eax. A function takes as many as it needs, as i32/u32/pointers, is named
 * sys_<linux name>, and returns a value or -errno. It finds the caller's registers by task_regs(current).
 */
#pragma once

#include "kernel/lib/types.h"

#define SYSCALL_COUNT 512u

/* By number; NULL: no such call. In kernel/syscall_table.c. */
extern const void *const syscall_table[SYSCALL_COUNT];
/* The answer to a number without a function, in the table or beyond it: -ENOSYS, noted in the log once per number. */
i32 syscall_missing(u32 number);
