/* Reading and writing the memory of a space, loaded or not, as its own program would. */
#pragma once

#include "mm/space.h"

/* -EFAULT: some part is not mapped, or not allowed (an unknown part has been copied). May sleep; the caller keeps the space. */
int space_read(struct space *space, vaddr_t va, void *to, u32 n);
/* from NULL: zeroes. */
int space_write(struct space *space, vaddr_t va, const void *from, u32 n);
