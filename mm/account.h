/*
 * The account: what has been promised never exceeds what there is, so memory that was granted can be used.
 *
 *   limit = RAM frames + swap slots - reserve        committed = granted + kernel frames  <=  limit
 *
 * Grants are charged in full when they are made (shmget, private writable mappings, fork) or page by page as pages come
 * (SHM_NORESERVE, memory files). Frames that the kernel takes for itself are charged as it takes them. Page tables of
 * tasks are a cache that reclaim may drop, and are not charged. Wiring (SHM_LOCK) has an account of its own, of RAM alone.
 */
#pragma once

#include "kernel/lib/types.h"

struct account {
	u32 limit;         /* pages that can be promised: RAM + swap - reserve */
	u32 reserve;       /* pages held back: see docs/memory.md */
	u32 granted;       /* pages promised to users */
	u32 wire_limit;    /* pages of RAM that may be wired */
	u32 wired;         /* pages charged for wiring */
};

extern struct account account;

/* Promise that many pages. -ENOMEM: they would not fit, and nothing has changed. */
int account_charge(u32 pages);
/* Give back what account_charge() promised. */
void account_uncharge(u32 pages);
/* What is promised now: grants and the kernel's frames. */
u32 account_committed(void);
/* May the kernel take one more frame for itself? It is counted by the frame allocator. */
bool account_kernel_fits(void);

/* Promise RAM for that many pages to be wired. -ENOMEM: it would not fit. */
int account_wire(u32 pages);
void account_unwire(u32 pages);

/* Set limit and reserve from the RAM that the frame allocator has found. */
void account_init(u32 ram_frames);
