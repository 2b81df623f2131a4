/* Changing and preparing the size of files. */
#include "kernel/fs/fd.h"
#include "kernel/fs/memfs.h"
#include "kernel/fs/path.h"
#include "kernel/lib/errno.h"
#include "kernel/signal.h"

static int resize(struct inode *inode, i64 size)
{
	u32 limit = current->rlimits[RLIMIT_FSIZE].soft;

	if (size < 0 || !mode_is(inode->mode, S_IFREG) || inode->file_ops != &memfs_file_ops)
		return mode_is(inode->mode, S_IFDIR) ? -EISDIR : -EINVAL;
	if (limit != RLIM_INFINITY && (u64)size > inode->size && (u64)size > limit) {
		signal_send_kernel(current, SIGXFSZ);
		return -EFBIG;
	}
	return memfs_resize(inode, (u64)size);
}

static i32 truncate(const char *path, i64 size)
{
	struct inode *inode;
	int err = size < 0 ? -EINVAL : path_inode(AT_FDCWD, path, 0, &inode);

	if (err)
		return err;
	if (mode_is(inode->mode, S_IFREG))
		err = inode_permission(current_cred(), inode, INODE_WRITE);
	if (!err)
		err = resize(inode, size);
	inode_unref(inode);
	return err;
}

static i32 ftruncate(i32 fd, i64 size)
{
	struct file *file = size < 0 ? NULL : fd_get_io(fd);
	int err;

	if (!file)
		return size < 0 ? -EINVAL : -EBADF;
	if (mode_is(file->inode->mode, S_IFDIR) || (file->flags & O_ACCMODE) == O_RDONLY)
		err = -EINVAL;
	else
		err = resize(file->inode, size);
	file_unref(file);
	return err;
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
