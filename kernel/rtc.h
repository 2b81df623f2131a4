/* The battery-backed clock. */
#pragma once

#include "kernel/lib/types.h"

/* Its time, taken as UTC, in seconds since 1970. */
u32 rtc_read(void);
