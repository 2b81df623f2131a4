/*
 * Pipes: a ring of bytes in pages that exist while they hold some.
 *
 *   pages  [ . | # | # | # | . | … ]     16 of 4 KiB; bytes [head, head + count) modulo PIPE_SIZE
 *
 * User memory is not touched while looking at the ring: bytes go by way of a buffer, so that what fits one page moves as one.
 */
#include "kernel/fs/fs.h"

enum { PIPE_PAGES = 16, PIPE_SIZE = PIPE_PAGES * PAGE_SIZE, PIPE_BUF = 4096 /* writes up to this are not torn */ };

struct pipe {
	struct wait_queue changed;     /* readers and writers that cannot go on */
	u32 readers, writers;          /* open ends */
	u32 head, count;
	u8 *pages[PIPE_PAGES];
};

static void pipe_wake(struct pipe *pipe)
{
	wait_wake_all(&pipe->changed);
	wait_wake_all(&poll_queue);
}

/* Take up to n bytes out. */
static u32 pipe_take(struct pipe *pipe, u8 *to, u32 n)
{
	u32 done = 0;

	n = MIN(n, pipe->count);
	while (done < n) {
		u32 slot = pipe->head / PAGE_SIZE, offset = pipe->head % PAGE_SIZE;
		u32 part = MIN(n - done, PAGE_SIZE - offset);

		memcpy(to + done, pipe->pages[slot] + offset, part);
		done += part;
		pipe->head = (pipe->head + part) % PIPE_SIZE;
		pipe->count -= part;
		/* the slot may hold the other end of a nearly full ring */
		if (!pipe->count || (offset + part == PAGE_SIZE && pipe->count <= PIPE_SIZE - PAGE_SIZE)) {
			kfree(pipe->pages[slot]);
			pipe->pages[slot] = NULL;
		}
	}
	return done;
}

/* Put up to n bytes in: as many as there is room and memory for. */
static u32 pipe_put(struct pipe *pipe, const u8 *from, u32 n)
{
	u32 done = 0;

	n = MIN(n, PIPE_SIZE - pipe->count);
	while (done < n) {
		u32 tail = (pipe->head + pipe->count) % PIPE_SIZE;
		u8 **page = &pipe->pages[tail / PAGE_SIZE];
		u32 part = MIN(n - done, PAGE_SIZE - tail % PAGE_SIZE);

		if (!*page)
			*page = kmalloc(PAGE_SIZE);
		if (!*page)
			break;
		memcpy(*page + tail % PAGE_SIZE, from + done, part);
		done += part;
		pipe->count += part;
	}
	return done;
}

static i32 pipe_give(const struct stream *stream, u8 *buf, u32 n)
{
	struct pipe *pipe = stream->file->inode->private;
	int err = 0;
	u32 done;

	while (!err && !pipe->count && pipe->writers && !stream->done)
		err = stream_wait(stream->file, &pipe->changed);
	if (err)
		return err;
	done = pipe_take(pipe, buf, n);
	if (done)
		pipe_wake(pipe);
	return (i32)done;
}

/* What is not larger than PIPE_BUF waits until it fits as a whole. */
static i32 pipe_accept(const struct stream *stream, u8 *buf, u32 n)
{
	struct pipe *pipe = stream->file->inode->private;
	u32 room = stream->n <= PIPE_BUF ? n : 1, done;
	int err = 0;

	while (!err && pipe->readers && PIPE_SIZE - pipe->count < room)
		err = stream_wait(stream->file, &pipe->changed);
	if (err)
		return err;
	if (!pipe->readers) {
		signal_send_kernel(current, SIGPIPE);
		return -EPIPE;
	}
	done = pipe_put(pipe, buf, n);
	pipe_wake(pipe);
	return done ? (i32)done : -ENOMEM;
}

static u32 pipe_poll(struct file *file)
{
	struct pipe *pipe = file->inode->private;

	if ((file->flags & O_ACCMODE) == O_RDONLY)
		return (pipe->count ? POLLIN | POLLRDNORM : 0) | (pipe->writers ? 0 : POLLHUP);
	return (PIPE_SIZE - pipe->count >= PIPE_BUF ? POLLOUT | POLLWRNORM : 0) | (pipe->readers ? 0 : POLLERR);
}

static i32 pipe_ioctl(struct file *file, u32 command, vaddr_t argument)
{
	struct pipe *pipe = file->inode->private;

	return command == FIONREAD ? put_user((i32)pipe->count, (i32 *)argument) : -ENOTTY;
}

static void pipe_release(struct file *file)
{
	struct pipe *pipe = file->inode->private;

	if ((file->flags & O_ACCMODE) == O_RDONLY)
		pipe->readers--;
	else
		pipe->writers--;
	pipe_wake(pipe);
}

static void pipe_destroy(struct inode *inode)
{
	struct pipe *pipe = inode->private;

	for (u32 i = 0; i < PIPE_PAGES; i++)
		kfree(pipe->pages[i]);
	kfree(pipe);
}

static const struct inode_ops pipe_inode_ops = { .destroy = pipe_destroy };

static const struct file_ops pipe_file_ops = {
	.read = stream_read, .write = stream_write, .take = pipe_give, .put = pipe_accept,
	.ioctl = pipe_ioctl, .poll = pipe_poll, .release = pipe_release,
};

int pipe_create(u32 flags, struct file *ends[2])
{
	struct pipe *pipe = kzalloc(sizeof(*pipe));
	struct inode *inode = pipe ? inode_create(S_IFIFO | 0600, &pipe_inode_ops, &pipe_file_ops) : NULL;

	if (!inode) {
		kfree(pipe);
		return -ENOMEM;
	}
	wait_queue_init(&pipe->changed);
	pipe->readers = pipe->writers = 1;
	inode->private = pipe;
	inode->device = PIPE_DEVICE;
	inode->nlink = 1;
	ends[0] = file_create(inode, NULL, O_RDONLY | flags);
	ends[1] = file_create(inode, NULL, O_WRONLY | flags);
	inode_unref(inode);
	if (ends[0] && ends[1])
		return 0;
	file_unref(ends[0]);
	file_unref(ends[1]);
	return -ENOMEM;
}

i32 sys_pipe2(i32 *user, u32 flags)
{
	struct file *ends[2];
	i32 fds[2], result;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	result = pipe_create(flags & O_NONBLOCK, ends);
	if (result)
		return result;
	fds[0] = fd_install_lowest(ends[0], flags & O_CLOEXEC);
	fds[1] = fd_install_lowest(ends[1], flags & O_CLOEXEC);
	result = MIN(fds[0], fds[1]);
	if (result >= 0)
		result = copy_to_user(user, fds, sizeof(fds));
	for (u32 i = 0; result < 0 && i < 2; i++)
		if (fds[i] >= 0)
			file_unref(fd_take(fds[i]));
	return result;
}

i32 sys_pipe(i32 *user) { return sys_pipe2(user, 0); }
