/* Random bytes for getrandom, /dev/urandom and AT_RANDOM. There is no source of entropy but the clock: nothing for secrets. */
#pragma once

#include "kernel/lib/types.h"

void random_bytes(void *to, size_t n);
/* How many of n bytes were written: fewer when the task is killed; or -EFAULT. May sleep. */
i32 random_to_user(u8 *to, u32 n);
