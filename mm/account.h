/*
 * The account: what has been promised never exceeds what there is, so memory that was granted can be used.
 *
 *   limit      = RAM + slots - reserves                committed = granted + kernel frames  <=  limit
 *   wire_limit = RAM - reserve - limit / 256           wired + kernel frames  <=  wire_limit
 *
 * Grants are charged in full when they are made (shmget, private writable mappings, fork) or page by page as pages come
 * (SHM_NORESERVE, memory files). Frames that the kernel takes for itself are charged as it takes them. Page tables of
 * tasks are a cache that reclaim may drop, and are not charged. What cannot go to the swap disk (SHM_LOCK, mlock, list pages of what is
 * charged page by page) has an account of its own, of RAM alone; the 256th part is for the list pages of the other grants.
 */
#pragma once

#include "kernel/panic.h"

struct account {
	u32 ram;           /* frames that were ever free */
	u32 reserve;       /* of them held back: see docs/memory.md */
	u32 slots;         /* of the swap disk, when it was attached, */
	u32 lost;          /* and those that failed since: the reserve of slots, a 128th rounded up, bears them first */
	u32 limit;         /* pages that can be promised */
	u32 granted;       /* pages promised to users */
	u32 wire_limit;    /* pages of RAM that may be wired */
	u32 wired;         /* pages charged for wiring */
};

extern struct account account;

/* Promise that many pages. -ENOMEM: they would not fit, and nothing has changed. */
int account_charge(u32 pages);
/* Give back what account_charge() promised. */
static inline void account_uncharge(u32 pages)
{
	assert(pages <= account.granted);
	account.granted -= pages;
}
/* What is promised now: grants and the kernel's frames. */
u32 account_committed(void);
/* May the kernel take one more frame for itself? It is counted by the frame allocator. */
bool account_kernel_fits(void);

/* Promise RAM for that many pages to be wired. -ENOMEM: it would not fit. */
int account_wire(u32 pages);
void account_unwire(u32 pages);

/* Set the limits from the RAM that the frame allocator has found. */
void account_init(u32 ram_frames);

/* More slots than these would need more list pages than RAM can hold. */
u32 account_swap_max(void);
/* Count a disk of so many slots, of which so many have failed. */
void account_add_swap(u32 slots, u32 lost);
/* -ENOMEM: what is promised would not fit without it, and nothing has changed. */
int account_remove_swap(void);
/* A slot has failed. */
void account_lose_slot(void);
