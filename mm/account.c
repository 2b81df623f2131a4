/* The account of memory that has been promised. Invariant: granted + kernel frames <= limit whenever a grant is made. */
#include "mm/account.h"
#include "kernel/lib/errno.h"
#include "kernel/panic.h"
#include "mm/frame.h"
#include "mm/kmalloc.h"

struct account account;

u32 account_committed(void)
{
	return account.granted + frame_counts[FRAME_SLAB] + frame_counts[FRAME_KERNEL];
}

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

void account_uncharge(u32 pages)
{
	assert(pages <= account.granted);
	account.granted -= pages;
}

bool account_kernel_fits(void)
{
	return fits(1);
}

int account_wire(u32 pages)
{
	if (pages > account.wire_limit - account.wired)
		return -ENOMEM;
	account.wired += pages;
	return 0;
}

void account_unwire(u32 pages)
{
	assert(pages <= account.wired);
	account.wired -= pages;
}

void account_init(u32 ram_frames)
{
	account.reserve = ram_frames / 64 + ram_frames / 256 + 16;
	account.limit = ram_frames - account.reserve;
	account.wire_limit = account.limit;
}
