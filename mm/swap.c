/*
 * The swap disk and its slots. Invariants: `used` slots have a count that is neither 0 nor BAD; `kept` frames have a slot; slots with
 * a count are never handed out.
 */
#include "mm/swap.h"
#include "kernel/block.h"
#include "kernel/lib/string.h"
#include "kernel/printk.h"
#include "kernel/wait.h"
#include "mm/account.h"
#include "mm/transit.h"

#define COUNTS_PER_PAGE (PAGE_SIZE / sizeof(u16))
#define BAD UINT16_MAX
#define SEARCH_MAX 4096u             /* slots that are looked at for a longer run when there is a shorter one */
#define HEADER_BAD_MAX ((PAGE_SIZE - 10 - 1536) / sizeof(u32))

struct swap swap;
static u16 *counts[SWAP_SLOTS_MAX / COUNTS_PER_PAGE]; /* a page each, while it is on */

/* The first page of a swap disk, as mkswap(8) writes it. */
struct swap_header {
	u8 boot[1024];
	u32 version, last, bad_count;
	u8 uuid[16], label[16];
	u32 padding[117];
	u32 bad[HEADER_BAD_MAX];
	u8 unused[2];
	char magic[10];
} PACKED;

_Static_assert(sizeof(struct swap_header) == PAGE_SIZE, "mkswap's header");

static u16 *count_of(slot_t slot)
{
	assert(slot < swap.end);
	return &counts[slot / COUNTS_PER_PAGE][slot % COUNTS_PER_PAGE];
}

u32 slot_count(slot_t slot) { return *count_of(slot); }

u32 swap_references(void)
{
	u32 sum = 0, used = 0;

	for (slot_t slot = 0; slot < swap.end; slot++) {
		u32 count = slot_count(slot);

		used += count && count != BAD;
		sum += count != BAD ? count : 0;
	}
	return used == swap.used ? sum : UINT32_MAX;
}

void slot_ref(slot_t slot)
{
	u16 *count = count_of(slot);

	assert(*count && *count < BAD - 1);
	++*count;
}

void slot_unref(slot_t slot)
{
	u16 *count = count_of(slot);

	assert(*count && *count != BAD);
	if (!--*count)
		swap.used--;
}

/* The first run that is long enough, or the longest of those looked at. */
u32 swap_alloc(u32 want, slot_t *first)
{
	slot_t slot = swap.next;
	u32 best = 0, run;

	if (!swap_free_count())
		return 0;
	for (u32 seen = 0; best < want && seen < swap.end && !(best && seen > SEARCH_MAX); seen += run + 1) {
		if (slot >= swap.end)
			slot = 1;
		for (run = 0; run < want && slot + run < swap.end && !*count_of(slot + run); run++)
			;
		if (run > best) {
			best = run;
			*first = slot;
		}
		slot += run + 1;
	}
	for (u32 i = 0; i < best; i++)
		*count_of(*first + i) = 1;
	swap.next = *first + best;
	swap.used += best;
	return best;
}

void frame_keep_slot(struct frame *frame, slot_t slot)
{
	assert(!frame->slot);
	frame->slot = slot;
	swap.kept++;
}

void frame_drop_slot(struct frame *frame)
{
	if (!frame->slot)
		return;
	slot_unref(frame->slot);
	frame->slot = 0;
	swap.kept--;
}

void frame_retire_slot(struct frame *frame)
{
	slot_t slot = frame->slot;

	printk("swap: slot %u of %s cannot be written and is given up\n", slot, swap.device->name);
	assert(slot_count(slot) == 1);
	frame_drop_slot(frame);
	*count_of(slot) = BAD;
	swap.slots--;
	swap.bad++;
	account_lose_slot();
}

void swap_drop_kept(void)
{
	for (pfn_t pfn = 0; swap.kept && pfn < frame_limit(); pfn++)
		if (!frame_of(pfn)->transit)
			frame_drop_slot(frame_of(pfn));
}

int swap_transfer(slot_t first, struct frame *const *frames, u32 n, bool write)
{
	struct block_request request = { .device = swap.device, .sector = first * PAGE_SECTORS, .count = n, .write = write };

	for (u32 i = 0; i < n; i++)
		request.pages[i] = frame_pfn(frames[i]);
	swap.requests++;
	return block_transfer(&request);
}

static int check_header(const struct swap_header *header, const struct block_device *device)
{
	const char *wrong = NULL;

	if (memcmp(header->magic, "SWAPSPACE2", sizeof(header->magic)))
		wrong = "no swap area";
	else if (header->version != 1)
		wrong = "a swap area of an unknown version";
	else if (header->bad_count >= header->last || header->bad_count > HEADER_BAD_MAX)
		wrong = "a swap area with a broken header";
	else if (header->last >= device->sectors / PAGE_SECTORS)
		wrong = "a swap area larger than the disk";
	for (u32 i = 0; !wrong && i < header->bad_count; i++)
		if (!header->bad[i] || header->bad[i] > header->last)
			wrong = "a swap area whose bad pages lie outside of it";
	if (wrong)
		printk("swap: %s has %s\n", device->name, wrong);
	return wrong ? -EINVAL : 0;
}

static void free_counts(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(counts) && counts[i]; i++) {
		frame_free_address(counts[i]);
		counts[i] = NULL;
	}
}

/* The header is good: begin. */
static int start(struct block_device *device, const struct swap_header *header)
{
	u32 most = MIN(account_swap_max(), SWAP_SLOTS_MAX);
	slot_t end = MIN(header->last + 1, most);

	for (u32 i = 0; i * COUNTS_PER_PAGE < end; i++) {
		counts[i] = frame_alloc_zeroed(FRAME_KERNEL);
		if (!counts[i]) {
			free_counts();
			return -ENOMEM;
		}
	}
	if (end <= header->last)
		printk("swap: of %s, %u of %u slots can be used\n", device->name, end, header->last);
	swap = (struct swap){ .device = device, .end = end, .slots = end - 1, .next = 1 };
	*count_of(0) = BAD;
	for (u32 i = 0; i < header->bad_count; i++) {
		if (header->bad[i] >= end || slot_count(header->bad[i]) == BAD)
			continue;
		*count_of(header->bad[i]) = BAD;
		swap.slots--;
	}
	account_add_swap(swap.slots, 0);
	printk("swap: %u KiB on %s\n", swap.slots * (PAGE_SIZE / 1024), device->name);
	return 0;
}

int swap_on(struct block_device *device)
{
	struct block_request request = { .device = device, .count = 1 };
	struct swap_header *header;
	int error;

	if (swap.device)
		return swap.device == device ? -EBUSY : -EPERM;
	header = frame_alloc_zeroed(FRAME_KERNEL);
	if (!header)
		return -ENOMEM;
	request.pages[0] = paddr_to_pfn(kernel_to_paddr(header));
	error = block_transfer(&request);
	if (!error)
		error = check_header(header, device);
	if (!error)
		error = swap.device ? -EBUSY : start(device, header); /* reading slept */
	frame_free_address(header);
	return error;
}

int swap_off(struct block_device *device)
{
	int error;

	if (swap.device != device || swap.closing)
		return -EINVAL;
	error = account_remove_swap();
	if (error)
		return error;
	swap.closing = true;
	error = transit_bring_home();
	if (error) {
		swap.closing = false;
		account_add_swap(swap.slots + swap.bad, swap.bad);
		return error;
	}
	assert(!swap.used && !swap.kept);
	free_counts();
	swap = (struct swap){ .device = NULL };
	return 0;
}
