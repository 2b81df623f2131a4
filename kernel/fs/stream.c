/* Streams: moving bytes between user memory, which may fault and sleep, and what must not be looked at across that. */
#include "kernel/fs/fs.h"

/* Is there more to move? A long transfer ends when the task is killed. */
static bool more(const struct stream *stream) { return stream->done < stream->n && !(stream->done && file_pause()); }

i32 stream_read(struct file *file, void *user, u32 n, u64 *position)
{
	struct stream stream = { .file = file, .position = *position, .n = n };
	u8 *buf = n ? kmalloc(MIN(n, PAGE_SIZE)) : NULL;
	i32 part = 0;

	if (!buf)
		return n ? -ENOMEM : 0;
	while (more(&stream) && (part = file->ops->take(&stream, buf, MIN(n - stream.done, PAGE_SIZE))) > 0) {
		if (copy_to_user((u8 *)user + stream.done, buf, (u32)part))
			part = -EFAULT;
		if (part < 0)
			break;
		stream.done += (u32)part;
		stream.position += (u32)part;
	}
	kfree(buf);
	*position = stream.position;
	return stream.done ? (i32)stream.done : part;
}

i32 stream_write(struct file *file, const void *user, u32 n, u64 *position UNUSED)
{
	struct stream stream = { .file = file, .n = n };
	u8 *buf = n ? kmalloc(MIN(n, PAGE_SIZE)) : NULL;
	i32 part = 0;

	if (!buf)
		return n ? -ENOMEM : 0;
	while (part >= 0 && more(&stream)) {
		u32 room = MIN(n - stream.done, PAGE_SIZE);

		part = copy_from_user(buf, (const u8 *)user + stream.done, room) ?: file->ops->put(&stream, buf, room);
		stream.done += part > 0 ? (u32)part : 0;
	}
	kfree(buf);
	return stream.done ? (i32)stream.done : part;
}

int stream_wait(const struct file *file, struct wait_queue *queue)
{
	return file->flags & O_NONBLOCK ? -EAGAIN : wait_sleep(queue, true);
}
