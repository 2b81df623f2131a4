/* Stands before the kernel's own on the include path: no instruction here needs a privilege, and there is no TLB. */
#pragma once

#include "kernel/lib/types.h"

static inline void cr3_write(u32 value UNUSED)
{
}

static inline void invlpg(u32 va UNUSED)
{
}

static inline void tlb_flush(void)
{
}
