/* poll and select: waiting for several files at once. */
#pragma once

#include "kernel/console.h"

/*
 * The one queue that pollers sleep on; every file that becomes ready wakes it and they look again. It is the console's, so
 * that an input interrupt need not know of polling.
 */
#define poll_queue console_input.waiters
