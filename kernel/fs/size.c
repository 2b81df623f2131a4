/* Changing and preparing the size of files. */
#include "kernel/fs/fd.h"
#include "kernel/fs/memfs.h"
#include "kernel/fs/path.h"
#include "kernel/lib/errno.h"
#include "kernel/signal.h"

static i32 resize(struct inode *inode, void *argument)
{
	i64 size = *(i64 *)argument;
	u32 limit = current->rlimits[RLIMIT_FSIZE].soft;

	if (!mode_is(inode->mode, S_IFREG) || inode->file_ops != &memfs_file_ops)
		return -EINVAL;
	if (limit != RLIM_INFINITY && (u64)size > inode->size && (u64)size > limit) {
		signal_send_kernel(current, SIGXFSZ);
		return -EFBIG;
	}
	return memfs_resize(inode, (u64)size);
}

static i32 resize_by_path(struct inode *inode, void *size)
{
	int err = mode_is(inode->mode, S_IFDIR) ? -EISDIR : inode_permission(current_cred(), inode, INODE_WRITE);

	return err ? err : resize(inode, size);
}

static i32 truncate(const char *path, i64 size)
{
	return size < 0 ? -EINVAL : path_apply(AT_FDCWD, path, 0, resize_by_path, &size);
}

static i32 ftruncate(i32 fd, i64 size)
{
	const struct file *file = fd_peek(current->files, (u32)fd);

	if (size < 0 || (file && (file->flags & O_ACCMODE) == O_RDONLY && !(file->flags & O_PATH)))
		return -EINVAL;
	return fd_apply(fd, false, resize, &size);
}

i32 sys_truncate(const char *path, i32 size)
{
	return truncate(path, size);
}

i32 sys_ftruncate(i32 fd, i32 size)
{
	return ftruncate(fd, size);
}

i32 sys_truncate64(const char *path, u32 low, u32 high)
{
	return truncate(path, (i64)((u64)high << 32 | low));
}

i32 sys_ftruncate64(i32 fd, u32 low, u32 high)
{
	return ftruncate(fd, (i64)((u64)high << 32 | low));
}

/* The C library then writes a byte to each page itself. */
i32 sys_fallocate(i32 fd)
{
	return fd_peek(current->files, (u32)fd) ? -EOPNOTSUPP : -EBADF;
}
