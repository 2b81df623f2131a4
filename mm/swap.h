/*
 * The swap disk: slots of 4 KiB, counted like frames, and the frames that keep one.
 *
 *   disk   │ header │ slot 1 │ slot 2 │ …        slot n lies at byte n * 4096; slot 0 is the header, never handed out
 *
 * A slot's count is the list entries that name it, and the frame that keeps it: one that is on its way, or that has the same
 * bytes in RAM (a page read in keeps its slot, so that it can go again without being written). A slot is free when it is 0.
 */
#pragma once

#include "mm/frame.h"

struct block_device;

#define SWAP_SLOTS_MAX (1u << 20)    /* what an entry can name */

struct swap {
	/* fixed while it is on */
	struct block_device *device;   /* NULL: off */
	slot_t end;                    /* one past the last slot */
	/* changed only between sleep points */
	bool closing;                  /* swapoff: no slot is handed out */
	u32 slots;                     /* that can be used: neither the header nor bad */
	u32 used;                      /* with a count */
	u32 kept;                      /* frames that keep one */
	u32 bad;                       /* retired since swapon */
	slot_t next;                   /* where the search for free ones begins */
	/* statistics: pages moved, requests, and of pages of objects of fixed size (segments), how many were to go and went */
	u32 outs, ins, requests, fixed_tries, fixed_outs;
};

extern struct swap swap;

static inline u32 swap_free_count(void) { return swap.closing ? 0 : swap.slots - swap.used; }

/*
 * Use a disk that mkswap has prepared (mkswap(8): SWAPSPACE2). -EBUSY: it is in use; -EPERM: another one is; -EINVAL: it is not prepared,
 * or not as large as it says; -EIO; -ENOMEM. Sleeps.
 */
int swap_on(struct block_device *device);
/* Bring every page home and give the disk up. -ENOMEM: what is promised needs it; -EIO: a page cannot be read; it is still on then. -EINVAL: it
 * is not on; Sleeps. */
int swap_off(struct block_device *device);

/* Take up to `want` neighbouring slots, each with a count of 1. Returns how many, 0: none is free. */
u32 swap_alloc(u32 want, slot_t *first);
u32 slot_count(slot_t slot);
/* The sum of all counts, for the recount; UINT32_MAX if `used` is not as many as have one. */
u32 swap_references(void);
void slot_ref(slot_t slot);
void slot_unref(slot_t slot);

/* The frame keeps the slot: a reference that it takes over. */
void frame_keep_slot(struct frame *frame, slot_t slot);
/* It gives the slot up, if it keeps one. */
void frame_drop_slot(struct frame *frame);
/* It gives it up because it cannot be written. Nobody gets the slot any more. */
void frame_retire_slot(struct frame *frame);
/* All frames give up theirs, but those in transit. */
void swap_drop_kept(void);

/* Move n frames to or from neighbouring slots. -EIO. Sleeps. */
int swap_transfer(slot_t first, struct frame *const *frames, u32 n, bool write);
