/* Streams: moving bytes between user memory, which may fault and sleep, and what must not be looked at across that. */
#include "kernel/fs/fs.h"

static i32 move(struct file *file, u8 *user, u32 n, u64 *position, bool write)
{
	struct stream stream = { .file = file, .position = *position, .n = n };
	u8 *buf = n ? kmalloc(MIN(n, PAGE_SIZE)) : NULL;
	i32 part = 0;

	if (!buf)
		return n ? -ENOMEM : 0;
	while (stream.done < n && !(write && file_pause())) {
		u32 room = MIN(n - stream.done, PAGE_SIZE);

		if (write && copy_from_user(buf, user + stream.done, room))
			part = -EFAULT;
		else
			part = (write ? file->ops->put : file->ops->take)(&stream, buf, room);
		if (!write && part > 0 && copy_to_user(user + stream.done, buf, (u32)part))
			part = -EFAULT;
		if (part <= 0)
			break;
		stream.done += (u32)part;
		stream.position += (u32)part;
	}
	kfree(buf);
	*position = stream.position;
	return stream.done ? (i32)stream.done : part;
}

i32 stream_read(struct file *file, void *user, u32 n, u64 *at) { return move(file, user, n, at, false); }
i32 stream_write(struct file *file, const void *user, u32 n, u64 *at) { return move(file, (u8 *)user, n, at, true); }

int stream_wait(const struct file *file, struct wait_queue *queue)
{
	return file->flags & O_NONBLOCK ? -EAGAIN : wait_sleep(queue, true);
}
