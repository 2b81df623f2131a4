/* Names of the kernel's functions by address, for backtraces. */
#pragma once

#include "kernel/lib/types.h"

/* The function that contains the address, and how far into it; NULL: none of ours. */
const char *ksym_find(vaddr_t address, u32 *offset);
