/*
 * Tests of disks. They overwrite every disk there is, so they need the kernel argument `scratch`; without it, and without disks, there is
 * nothing to test.
 */
#include "kernel/args.h"
#include "kernel/block.h"
#include "kernel/lib/string.h"
#include "kernel/tests/ktest.h"
#include "kernel/x86/cpu.h"
#include "mm/frame.h"

#define MANY 48u
#define PAGES BLOCK_REQUEST_PAGES
#define SLAVE_MASK 0xa1                /* the 8259's, for the lines of IDE */
#define IDE_LINES 0xc0

#define for_each_scratch(device)                                                             \
	list_for_each(device, &block_devices, link)                                          \
		if (args_has("scratch"))

static struct block_request requests[MANY];
static u32 finished, order[MANY], chain;
static int errors[MANY];

static u32 *page(const struct block_request *request, u32 i)
{
	return paddr_to_kernel(pfn_to_paddr(request->pages[i]));
}

static u32 word_of(u32 seed, u32 i, u32 word)
{
	return (seed * PAGES + i) * 2654435761u + word;
}

static void fill(const struct block_request *request, u32 seed)
{
	for (u32 i = 0; i < request->count; i++)
		for (u32 word = 0; word < PAGE_SIZE / 4; word++)
			page(request, i)[word] = word_of(seed, i, word);
}

static bool holds(const struct block_request *request, u32 seed)
{
	for (u32 i = 0; i < request->count; i++)
		for (u32 word = 0; word < PAGE_SIZE / 4; word++)
			if (page(request, i)[word] != word_of(seed, i, word))
				return false;
	return true;
}

static void drop_pages(struct block_request *request)
{
	while (request->count)
		frame_free(frame_of(request->pages[--request->count]));
}

/* A request with pages of its own. */
static bool prepare(struct block_request *request, struct block_device *device, u32 sector, u32 count)
{
	*request = (struct block_request){ .device = device, .sector = sector };
	while (request->count < count) {
		struct frame *frame = frame_alloc(FRAME_KERNEL);

		if (!frame)
			return false;
		request->pages[request->count++] = frame_pfn(frame);
	}
	return true;
}

static void transferred(struct block_request *request, int error)
{
	*(int *)request->owner = error;
}

/* The boot task has nobody to switch to, so it halts where another one would sleep. */
static int transfer(struct block_request *request, bool write)
{
	int result = 1;

	request->write = write;
	request->done = transferred;
	request->owner = &result;
	irq_disable();
	block_submit(request);
	while (result > 0)
		cpu_idle();
	irq_enable();
	return result;
}

/* Write, spoil the memory, read. */
static bool round_trip(struct block_request *request, u32 seed)
{
	fill(request, seed);
	if (transfer(request, true))
		return false;
	fill(request, ~seed);
	return !transfer(request, false) && holds(request, seed);
}

/* Verifies that transfers of every number of pages bring back what was written, and write nothing beside it. */
KTEST(block_transfers_every_count)
{
	struct block_device *device;
	struct block_request guard, request;

	for_each_scratch(device) {
		for (u32 count = 1; count <= PAGES; count++) {
			u32 sector = 64 + count * 512;

			KCHECK(prepare(&guard, device, sector + count * PAGE_SECTORS, 1));
			KCHECK(prepare(&request, device, sector, count));
			fill(&guard, 1000);
			KCHECK(!transfer(&guard, true));
			KCHECK(round_trip(&request, count));
			KCHECK(!transfer(&guard, false) && holds(&guard, 1000));
			drop_pages(&request);
			drop_pages(&guard);
		}
	}
}

/* Verifies that the last sectors can be used, that any sector can be the first, and that nothing lies past the end. */
KTEST(block_ends_where_it_ends)
{
	struct block_device *device;
	struct block_request request;

	for_each_scratch(device) {
		KCHECK(prepare(&request, device, device->sectors - 2 * PAGE_SECTORS, 2));
		KCHECK(round_trip(&request, 1));
		request.sector = 13;
		KCHECK(round_trip(&request, 2));
		request.sector = device->sectors - 2 * PAGE_SECTORS + 1;
		KCHECK(transfer(&request, false) == -EIO && transfer(&request, true) == -EIO);
		request.sector = device->sectors;
		KCHECK(transfer(&request, false) == -EIO);
		request.sector = 0xfffffff8u;
		KCHECK(transfer(&request, true) == -EIO);
		drop_pages(&request);
	}
}

static void note(struct block_request *request, int error)
{
	u32 i = (u32)(request - requests);

	errors[i] = error;
	order[finished++] = i;
}

static void wait_for(u32 count)
{
	irq_disable();
	while (finished < count)
		cpu_idle();
	irq_enable();
}

static struct block_device *device_number(u32 n)
{
	struct block_device *device;

	for_each_scratch(device)
		if (n-- == 0)
			return device;
	return NULL;
}

/* Verifies that many requests, to all disks at once, are each done once, and those of one disk in order: a read finds what was written. */
KTEST(block_queues_in_order)
{
	u32 disks = 0, last[4] = { 0 };

	while (device_number(disks))
		disks++;
	finished = 0;
	for (u32 i = 0; disks && i < MANY; i++) {
		u32 pair = i / 2 / disks, disk = i / 2 % disks;

		KCHECK(prepare(&requests[i], device_number(disk), pair % 3 * 512, 1 + pair % 5));
		requests[i].write = i % 2 == 0;
		requests[i].done = note;
		fill(&requests[i], i % 2 == 0 ? i : 0);
	}
	for (u32 i = 0; disks && i < MANY; i++)
		block_submit(&requests[i]);
	wait_for(disks ? MANY : 0);
	for (u32 i = 0; i < finished; i++) {
		KCHECK(errors[i] == 0 && (i % 2 == 0 || holds(&requests[i], i - 1)));
		KCHECK(order[i] >= last[order[i] / 2 % disks]);
		last[order[i] / 2 % disks] = order[i];
	}
	for (u32 i = 0; i < finished; i++)
		drop_pages(&requests[i]);
}

static void submit_again(struct block_request *request, int error)
{
	errors[0] |= error;
	request->write = !request->write;
	if (--chain)
		block_submit(request);
	else
		finished = 1;
}

/* Verifies that done() may reuse its request for the next one. */
KTEST(block_done_may_submit)
{
	struct block_device *device;

	for_each_scratch(device) {
		KCHECK(prepare(&requests[0], device, 800, 4));
		fill(&requests[0], 77);
		requests[0].write = true;
		requests[0].done = submit_again;
		chain = 40;
		errors[0] = 0;
		finished = 0;
		block_submit(&requests[0]);
		wait_for(1);
		KCHECK(!errors[0] && holds(&requests[0], 77));
		drop_pages(&requests[0]);
	}
}

/* Verifies that requests whose interrupts never come are finished by the tick, and that interrupts work again afterwards. */
KTEST(block_survives_lost_interrupts)
{
	struct block_device *device;
	struct block_request request;
	u8 mask = inb(SLAVE_MASK);
	bool good;

	for_each_scratch(device) {
		KCHECK(prepare(&request, device, 4000, 1));
		outb(SLAVE_MASK, mask | IDE_LINES);
		good = round_trip(&request, 5);
		outb(SLAVE_MASK, mask);
		KCHECK(good && round_trip(&request, 6));
		drop_pages(&request);
	}
}

/* Verifies that a disk is found by its name. */
KTEST(block_is_found_by_name)
{
	struct block_device *device;

	list_for_each(device, &block_devices, link)
		KCHECK(block_find(device->name) == device);
	KCHECK(!block_find("hd") && !block_find("hdz"));
}
