/* Random bytes for getrandom, /dev/urandom and AT_RANDOM. There is no source of entropy but the clock: nothing for secrets. */
#pragma once

#include "kernel/lib/types.h"

void random_bytes(void *to, size_t n);
