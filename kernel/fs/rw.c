/* Reading, writing and seeking. */
#include "kernel/fs/fs.h"

#define IO_MAX 0x7ffff000u             /* Linux's MAX_RW_COUNT */
#define IOV_MAX 1024u
#define OFFSET_MAX 0xfffffffffffll     /* Linux's on 32 bits: 2^32 pages */

struct iovec {
	u32 base, length;
};

static bool is_stream(const struct file *file)
{
	return mode_is(file->inode->mode, S_IFIFO) || (mode_is(file->inode->mode, S_IFCHR) && file->ops->poll);
}

static bool may_move(const struct file *file, bool write) { return file && (write ? file_writable(file) : file_readable(file)); }

/* One buffer, to or from *position; bytes moved or -errno. */
static i32 move(struct file *file, bool write, vaddr_t user, u32 n, u64 *position)
{
	const struct file_ops *ops = file->ops;

	if ((i32)n < 0)
		return -EINVAL;
	if (user >= USER_END || n > USER_END - user)
		return n || user > USER_END ? -EFAULT : 0;
	n = MIN(n, IO_MAX);
	if (write)
		return ops->write ? ops->write(file, (const void *)user, n, position) : -EINVAL;
	if (mode_is(file->inode->mode, S_IFDIR))
		return -EISDIR;
	return ops->read ? ops->read(file, (void *)user, n, position) : -EINVAL;
}

/* At the file's own position, or at *at. */
static i32 do_io(i32 fd, bool write, vaddr_t user, u32 n, u64 *at)
{
	struct file *file = fd_file(fd);

	if (at && (i64)*at < 0)
		return -EINVAL;
	if (!may_move(file, write))
		return -EBADF;
	if (at && is_stream(file))
		return -ESPIPE;
	return move(file, write, user, n, at ? at : &file->position);
}

i32 sys_read(i32 fd, vaddr_t user, u32 n) { return do_io(fd, false, user, n, NULL); }
i32 sys_write(i32 fd, vaddr_t user, u32 n) { return do_io(fd, true, user, n, NULL); }
i32 sys_pread64(i32 fd, vaddr_t user, u32 n, u64 at) { return do_io(fd, false, user, n, &at); }
i32 sys_pwrite64(i32 fd, vaddr_t user, u32 n, u64 at) { return do_io(fd, true, user, n, &at); }

/* Are the lengths of a vector good? */
static int vector_check(const struct iovec *vector, u32 count)
{
	struct iovec v;
	u32 total = 0;

	if (count > IOV_MAX)
		return -EINVAL;
	for (u32 i = 0; i < count; i++) {
		if (get_user(v, &vector[i]))
			return -EFAULT;
		if ((i32)v.length < 0 || (i32)(total + v.length) < 0)
			return -EINVAL;
		total += v.length;
	}
	return 0;
}

/* Buffer after buffer until one is not moved whole. */
static i32 do_vector(i32 fd, bool write, const struct iovec *vector, u32 count)
{
	struct file *file = fd_file(fd);
	int err = may_move(file, write) ? vector_check(vector, count) : -EBADF;
	u32 done = 0;

	for (u32 i = 0; !err && i < count; i++) {
		struct iovec v;
		i32 part = get_user(v, &vector[i]) ? -EFAULT : 0;

		if (!part && v.length)
			part = move(file, write, v.base, v.length, &file->position);
		if (part < 0)
			return done ? (i32)done : part;
		done += (u32)part;
		if ((u32)part < v.length)
			break;
	}
	return err ?: (i32)done;
}

i32 sys_readv(i32 fd, const struct iovec *vector, u32 count) { return do_vector(fd, false, vector, count); }
i32 sys_writev(i32 fd, const struct iovec *vector, u32 count) { return do_vector(fd, true, vector, count); }

enum { SEEK_SET, SEEK_CUR, SEEK_END };

static i64 do_seek(i32 fd, i64 offset, u32 whence)
{
	struct file *file = fd_file(fd);
	i64 end, limit = OFFSET_MAX;

	if (!file)
		return -EBADF;
	if (is_stream(file))
		return -ESPIPE;
	end = (i64)file->inode->size;
	if (mode_is(file->inode->mode, S_IFBLK))
		end = limit = (i64)disk_file_size(file);
	if (whence == SEEK_CUR)
		offset += (i64)file->position;
	else if (whence == SEEK_END)
		offset += end;
	if (whence > SEEK_END || offset < 0 || offset > limit)
		return -EINVAL;
	file->position = (u64)offset;
	return offset;
}

i32 sys_lseek(i32 fd, i32 offset, u32 whence)
{
	i64 result = do_seek(fd, offset, whence);

	return result == (i32)result ? (i32)result : -EOVERFLOW;
}

i32 sys__llseek(i32 fd, u32 high, u32 low, i64 *result, u32 whence)
{
	i64 position = do_seek(fd, (i64)((u64)high << 32 | low), whence);

	return position < 0 ? (i32)position : put_user(position, result);
}

i32 sys_ioctl(i32 fd, u32 command, vaddr_t argument)
{
	struct file *file = fd_file(fd);

	if (!file)
		return -EBADF;
	return file->ops->ioctl ? file->ops->ioctl(file, command, argument) : -ENOTTY;
}

i32 sys_fsync(i32 fd)
{
	const struct file *file = fd_file(fd);

	return !file ? -EBADF : is_stream(file) ? -EINVAL : 0;
}

i32 sys_sync(void) { return 0; }
