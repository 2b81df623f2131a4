/* Kernel stacks: two frames each in a window of their own, above a page that is never mapped. */
#pragma once

#include "kernel/lib/types.h"

#define KSTACK_PAGES 2u

/* Boot: room for that many. Returns the end of their window, which begins at STACKS_BASE. */
vaddr_t kstack_init(u32 count);
/* The end of a new stack; 0: no memory, or no room. */
vaddr_t kstack_create(void);
void kstack_destroy(vaddr_t top);
