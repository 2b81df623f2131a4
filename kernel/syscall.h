/*
 * System calls. Number in eax, arguments in ebx ecx edx esi edi ebp; the entry code hands the six to the function of
 * kernel/syscall_table.c, whose result goes to eax. A function takes as many as it needs, as i32/u32/pointers, is named
 * sys_<linux name>, and returns a value or -errno. It finds the caller's registers by task_regs(current).
 */
#pragma once

#include "kernel/lib/types.h"
