/* Block requests for those who can wait. */
#include "kernel/block.h"
#include "kernel/wait.h"
#include "kernel/x86/cpu.h"

struct transfer {
	struct wait_queue queue;
	int result;                    /* of the request; 1: it is not done */
};

static void transfer_done(struct block_request *request, int error)
{
	struct transfer *transfer = request->owner;

	transfer->result = error;
	wait_wake_all(&transfer->queue);
}

int block_transfer(struct block_request *request)
{
	struct transfer transfer = { .result = 1 };
	u32 flags;

	might_sleep();
	wait_queue_init(&transfer.queue);
	request->done = transfer_done;
	request->owner = &transfer;             /* cppcheck-suppress autoVariables */
	flags = irq_save();
	block_submit(request);
	while (transfer.result > 0)
		wait_sleep(&transfer.queue, false);
	irq_restore(flags);
	return transfer.result;
}
