/* Block devices: disks of 512-byte sectors, moved in whole pages by requests that the device queues. */
#pragma once

#include "kernel/lib/list.h"

#define SECTOR_SIZE 512u
#define PAGE_SECTORS 8u
#define BLOCK_REQUEST_PAGES 32u

struct block_request;

struct block_device {
	/* fixed at boot */
	struct list link;              /* of block_devices, in order of discovery */
	const char *name;              /* "hda" */
	u32 number;                    /* major << 8 | minor, Linux's */
	u32 sectors;                   /* a multiple of PAGE_SECTORS */
	/* statistics: requests and sectors, read and written */
	u32 requests[2], moved[2];
	/* the driver's */
	struct channel *channel;
	u8 select;
	bool dma;
	/* Queue a request that is in range. Interrupts off. */
	void (*submit)(struct block_request *request);
};

/* The caller owns the memory, and may not touch it between block_submit() and done(). */
struct block_request {
	/* the caller's */
	struct block_device *device;
	u32 sector, count;             /* the first; pages: 1 … BLOCK_REQUEST_PAGES */
	bool write;
	pfn_t pages[BLOCK_REQUEST_PAGES];
	/*
	 * Called once, interrupts off, from an interrupt handler or from block_submit() itself: error is 0 or -EIO (after a failed read
	 * the pages hold anything). May submit other requests and reuse this one; may not sleep.
	 */
	void (*done)(struct block_request *request, int error);
	void *owner;                   /* for done */
	/* the driver's */
	struct list node;              /* its queue */
	u32 tries;                     /* that have failed */
};

extern struct list block_devices;      /* struct block_device, put there by their drivers at boot */

/* Begin a transfer; those of a device are served in order of arrival. One past the end is -EIO. Never sleeps, never allocates. */
void block_submit(struct block_request *request);
/* NULL: there is none of that name. */
struct block_device *block_find(const char *name);

/* ---- block_wait.c: for those who can wait ---- */

/* Submit a request, of which done and owner are not the caller's to set, and sleep until it is done: 0 or -EIO. */
int block_transfer(struct block_request *request);

/* ---- ide.c: disks of the IDE controller, which PCI finds: hda to hdd ---- */

/* Boot: find and register the disks. Kernel argument ide=pio: no bus-master DMA. After irq_init(). */
void ide_init(void);
/* The timer tick, interrupts off: lost interrupts, timeouts. */
void ide_tick(void);

/* ---- swapon.c: the disk to swap on ---- */

/* Boot, in the first task: begin to swap on the disk that the kernel argument swap= names, or say why not. Sleeps. */
void swap_boot(void);
