/* Block requests for those who can wait. */
#pragma once

#include "kernel/block.h"

/* Submit a request, of which done and owner are not the caller's to set, and sleep until it is done: 0 or -EIO. */
int block_transfer(struct block_request *request);
