/*
 * Arrays too long for one kmalloc(): a structure that ends in pointers to the pieces of its array.
 *
 *   │ head │ piece │ piece │ piece │
 *               └► 4096 bytes  └► …      the last one as short as can be
 */
#pragma once

#include "mm/memlayout.h"

/* The structure of `head` bytes with an array of `bytes`, all zeroed. NULL: no memory. */
void *pieces_create(u32 head, u32 bytes);
/* NULL is allowed. */
void pieces_free(void *structure, u32 head, u32 bytes);

/* The array's byte at that offset; an element does not straddle pieces if its size is a power of two. */
static inline void *piece_at(void *const *pieces, u32 at) { return (char *)pieces[at / PAGE_SIZE] + at % PAGE_SIZE; }
