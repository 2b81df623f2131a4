/*
 * Small kernel memory: a few classes of sizes carved out of single frames. An empty slab goes back at once.
 */
#pragma once

#include "kernel/lib/types.h"

#define KMALLOC_MAX 4096u

/* size <= KMALLOC_MAX. NULL: no memory, or the account is full. Contents are old. Does not sleep. */
void *kmalloc(size_t size) __attribute__((malloc));
/* The same, zeroed. */
void *kzalloc(size_t size) __attribute__((malloc));
/* The same two, of a size that was promised with a grant (parts of page lists): only a lack of frames makes them fail, not the account. */
void *kmalloc_granted(size_t size) __attribute__((malloc));
void *kzalloc_granted(size_t size) __attribute__((malloc));
/* NULL is allowed. */
void kfree(void *p);

void kmalloc_init(void);

/*
 * /proc/self/fail-nth: the counter of the task that runs. An allocation that finds 1 there makes it 0 and fails.
 */
extern u32 *kmalloc_fail_nth;
bool kmalloc_count_down(void);

static inline bool kmalloc_should_fail(void) { return unlikely(*kmalloc_fail_nth) && kmalloc_count_down(); }
