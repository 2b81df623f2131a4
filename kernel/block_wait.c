/* Block requests for those who can wait. */
#include "kernel/block_wait.h"
#include "kernel/wait.h"
#include "kernel/x86/cpu.h"

struct transfer {
	struct wait_queue queue;
	int error;                     /* of a request that is done */
	bool done;
};

static void transfer_done(struct block_request *request, int error)
{
	struct transfer *transfer = request->owner;

	transfer->error = error;
	transfer->done = true;
	wait_wake_all(&transfer->queue);
}

int block_transfer(struct block_request *request)
{
	struct transfer transfer = { .done = false };
	u32 flags;

	might_sleep();
	wait_queue_init(&transfer.queue);
	request->done = transfer_done;
	request->owner = &transfer;
	flags = irq_save();
	block_submit(request);
	while (!transfer.done)
		wait_sleep(&transfer.queue, false);
	irq_restore(flags);
	return transfer.error;
}
