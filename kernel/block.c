/* The list of block devices, and the way in for requests. */
#include "kernel/block.h"
#include "kernel/lib/string.h"
#include "kernel/panic.h"
#include "kernel/x86/cpu.h"

struct list block_devices = LIST_INIT(block_devices);

struct block_device *block_find(const char *name)
{
	struct block_device *device;

	list_for_each(device, &block_devices, link)
		if (strcmp(device->name, name) == 0)
			return device;
	return NULL;
}

void block_submit(struct block_request *request)
{
	struct block_device *device = request->device;
	u32 flags = irq_save(), sectors = request->count * PAGE_SECTORS;

	assert(request->count && request->count <= BLOCK_REQUEST_PAGES);
	request->tries = 0;
	device->requests[request->write]++;
	device->moved[request->write] += sectors;
	if (sectors > device->sectors || request->sector > device->sectors - sectors)
		request->done(request, -EIO);
	else
		device->submit(request);
	irq_restore(flags);
}
