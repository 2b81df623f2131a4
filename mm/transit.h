/*
 * A page's way out to the swap disk and back.
 *
 *            write_out()                  written                       touched, fetch             read
 *   frame ───────────────► in transit ─────────────► slot        slot ───────────────► in transit ───────► frame, keeps its slot
 *                               └─► frame, keeps its slot                                  └─► slot
 *                                   (wanted, wired, or failed: then without slot)              (failed)
 *
 * While it is in transit, every entry of the family that names the page says so and has the frame's number; the frame knows the slot and
 * is pinned. So an entry can be copied by fork and dropped by munmap like any other, and whoever needs the page waits.
 */
#pragma once

#include "mm/object.h"

#define TRANSIT_PAGES 32u                          /* at most in one request */
#define TRANSIT_HERE (PTE_P | PTE_W | PTE_U)       /* what an entry says of a page in RAM, beside A and D */

/*
 * Take a page out of every entry that names it and of everything that shows it. Returns whether it must be written: it is dirty,
 * or keeps no slot. Owed: transit_leave(), transit_write() or transit_end().
 */
bool transit_begin(struct frame *frame);
/* It is done: the entries name the frame with these flags, or with 0 the slot, and the frame is freed. */
void transit_end(struct frame *frame, u32 flags);
/* It can go: the entries name the slot that it keeps. */
void transit_leave(struct frame *frame);
/* Write frames that were begun and keep neighbouring slots, and end them. Sleeps. */
void transit_write(struct frame *const *frames, u32 n);

/*
 * Bring in the page whose entry is neither empty nor a frame, and pages beside it on the disk that lie beside it in the object. -EAGAIN: look
 * everything up again, it may be there. -ENOMEM. -EIO. Sleeps.
 */
int transit_fetch(struct object *object, u32 index);
/* Wait for any page that is on its way. Returns false if there is none. Sleeps. */
bool transit_wait(void);
/* swapoff: until no slot is used. -ENOMEM, -EIO. Sleeps. */
int transit_bring_home(void);
