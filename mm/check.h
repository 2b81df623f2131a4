/* The recount of everything that mm counts. */
#pragma once

#include "kernel/lib/types.h"

/*
 * Recount frames, entries, residents, the account, areas and every hardware entry against its object. Returns true when all
 * agree; else the first difference is in words. Does not sleep and allocates nothing.
 */
bool mm_check(char *words, size_t size);
