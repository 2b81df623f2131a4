/* The account of memory that has been promised. Invariant: granted + kernel frames <= limit whenever a grant is made. */
#include "mm/account.h"
#include "mm/frame.h"
#include "mm/kmalloc.h"

struct account account;

u32 account_committed(void) { return account.granted + frame_counts[FRAME_SLAB] + frame_counts[FRAME_KERNEL]; }

/* Written so that no sum can wrap: a user may ask for 4 GiB. */
static bool fits(u32 pages)
{
	u32 committed = account_committed();

	return committed <= account.limit && pages <= account.limit - committed;
}

int account_charge(u32 pages)
{
	if (!pages)
		return 0;
	if (kmalloc_should_fail() || !fits(pages))
		return -ENOMEM;
	account.granted += pages;
	return 0;
}

static bool wire_fits(u32 pages)
{
	u32 wired = account.wired + frame_counts[FRAME_SLAB] + frame_counts[FRAME_KERNEL];

	return wired <= account.wire_limit && pages <= account.wire_limit - wired;
}

bool account_kernel_fits(void) { return fits(1) && wire_fits(1); }

int account_wire(u32 pages)
{
	if (pages && !wire_fits(pages))
		return -ENOMEM;
	account.wired += pages;
	return 0;
}

void account_unwire(u32 pages)
{
	assert(pages <= account.wired);
	account.wired -= pages;
}

static void set_limits(void)
{
	account.limit = account.ram - account.reserve + account.slots - MAX((account.slots + 127) / 128, account.lost);
	account.wire_limit = account.ram - account.reserve - (account.slots ? account.limit / 256 : 0);
}

void account_init(u32 ram_frames)
{
	account.ram = ram_frames;
	account.reserve = ram_frames / 64 + ram_frames / 256 + 16;
	set_limits();
}

u32 account_swap_max(void) { return account.ram * 60; }

void account_add_swap(u32 slots, u32 lost)
{
	account.slots = slots;
	account.lost = lost;
	set_limits();
}

int account_remove_swap(void)
{
	if (account_committed() > account.ram - account.reserve)
		return -ENOMEM;
	account_add_swap(0, 0);
	return 0;
}

void account_lose_slot(void)
{
	account.lost++;
	set_limits();
}
