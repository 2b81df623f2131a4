/* The programmable interval timer 8254. */
#pragma once

#include "kernel/lib/types.h"

/* Interrupt on line 0 that often. */
void pit_start(u32 hz);
