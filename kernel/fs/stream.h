/* What terminals, pipes, the channels to the host and /proc have in common: bytes that come and go through a buffer, some with waiting. */
#pragma once

#include "kernel/console.h"
#include "kernel/fs/file.h"

/*
 * The one queue that pollers sleep on; every file that becomes ready wakes it and they look again. It is the console's, so
 * that an input interrupt need not know of polling.
 */
#define poll_queue console_input.waiters

/* One read or write on its way. */
struct stream {
	struct file *file;
	u64 position;                  /* where in the file the next byte is */
	u32 n, done;                   /* bytes wanted, and moved so far */
};

/*
 * For file_ops.read and write: move by file->ops->take and put, up to a page at a time. Those wait only when nothing is done yet; they
 * give the bytes moved, 0: no more, or -errno, and may sleep.
 */
i32 stream_read(struct file *file, void *user, u32 n, u64 *position);
i32 stream_write(struct file *file, const void *user, u32 n, u64 *position);

/* wait_sleep(), but -EAGAIN under O_NONBLOCK. */
int stream_wait(const struct file *file, struct wait_queue *queue);
