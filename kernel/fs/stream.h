/* What terminals, pipes and the channels to the host have in common: bytes that come and go, with waiting, through a buffer. */
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
	u32 n, done;                   /* bytes wanted, and moved so far */
};

/* Move up to n bytes; readers wait only when nothing is done yet. Bytes moved, 0: no more, or -errno. May sleep. */
typedef i32 stream_mover(const struct stream *stream, u8 *buf, u32 n);
i32 stream_read(struct file *file, void *user, u32 n, stream_mover *take);
i32 stream_write(struct file *file, const void *user, u32 n, stream_mover *put);

/* wait_sleep(), but -EAGAIN under O_NONBLOCK. */
int stream_wait(const struct file *file, struct wait_queue *queue);
