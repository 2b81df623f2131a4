/* open and its family, close, and the calls on descriptors themselves. */
#include "kernel/fs/fd.h"
#include "kernel/fs/memfs.h"
#include "kernel/fs/path.h"
#include "kernel/lib/errno.h"
#include "kernel/task.h"
#include "kernel/uaccess.h"

#define OPEN_KEPT (O_ACCMODE | O_APPEND | O_NONBLOCK | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_PATH)

static u32 access_wanted(u32 flags)
{
	u32 mode = flags & O_ACCMODE;
	u32 want = mode == O_RDONLY ? INODE_READ : mode == O_WRONLY ? INODE_WRITE : INODE_READ | INODE_WRITE;

	return flags & O_TRUNC ? want | INODE_WRITE : want;
}

/* Is an existing file to be opened so? */
static int may_open(struct inode *inode, u32 flags)
{
	u32 want = access_wanted(flags);
	bool directory = mode_is(inode->mode, S_IFDIR);

	if (flags & O_PATH)
		return (flags & O_DIRECTORY) && !directory ? -ENOTDIR : 0;
	if (mode_is(inode->mode, S_IFLNK))
		return -ELOOP;
	if (flags & O_DIRECTORY && !directory)
		return -ENOTDIR;
	if (directory && (want & INODE_WRITE))
		return -EISDIR;
	if (inode_permission(current_cred(), inode, want))
		return -EACCES;
	if ((flags & O_NOATIME) && !inode_owned(inode))
		return -EPERM;
	return inode->file_ops || (inode->ops && inode->ops->open) ? 0 : -ENXIO;
}

/* A new regular file where the walk stands. */
static int create_last(struct walk *walk, u32 mode, struct dentry **out)
{
	if (walk_slash(walk))
		return -EISDIR;
	return walk_create(walk, memfs_inode(S_IFREG | (mode & 07777 & ~current->fs->umask), 0), out);
}

/* Find or create what is to be opened. */
static int open_dentry(struct walk *walk, u32 flags, u32 mode, struct dentry **out, bool *created)
{
	bool exclusive = (flags & O_CREAT) && (flags & O_EXCL);
	int err = walk_last(walk, !(flags & O_NOFOLLOW) && !exclusive, out);

	*created = err == -ENOENT && (flags & O_CREAT) && walk->kind == LAST_NAME;
	if (*created)
		return create_last(walk, mode, out);
	if (err)
		return err;
	err = exclusive ? -EEXIST : 0;
	if (!err && (flags & O_CREAT) && mode_is((*out)->inode->mode, S_IFDIR))
		err = -EISDIR;
	if (!err)
		err = may_open((*out)->inode, flags);
	if (err)
		dentry_unref(*out);
	return err;
}

static const struct file_ops path_only_ops;    /* O_PATH: fd_get_io() refuses it */

static int open_file(struct dentry *dentry, u32 flags, struct file **out)
{
	struct inode *inode = dentry->inode;
	struct file *file = file_create(inode, dentry, flags & OPEN_KEPT);
	int err = 0;

	if (!file)
		return -ENOMEM;
	if (flags & O_PATH)
		file->ops = &path_only_ops;
	else if (inode->ops && inode->ops->open)
		err = inode->ops->open(inode, file);
	if (!err && (flags & O_TRUNC) && mode_is(inode->mode, S_IFREG) && inode->file_ops == &memfs_file_ops)
		err = memfs_resize(inode, 0);
	if (err)
		file_unref(file);
	*out = file;
	return err;
}

static int open_walked(struct walk *walk, u32 flags, u32 mode, struct file **out)
{
	struct dentry *dentry;
	bool created;
	int err = open_dentry(walk, flags, mode, &dentry, &created);

	if (err)
		return err;
	err = open_file(dentry, created ? flags & ~O_TRUNC : flags, out);
	if (err && created)
		dentry_unlink(dentry);
	dentry_unref(dentry);
	return err;
}

int file_open_kernel(const char *path, u32 flags, struct file **out)
{
	struct walk walk;
	int err = walk_begin_kernel(&walk, path);

	if (err)
		return err;
	err = open_walked(&walk, flags, 0, out);
	walk_end(&walk);
	return err;
}

i32 sys_openat(i32 dirfd, const char *path, u32 flags, u32 mode)
{
	struct walk walk;
	struct file *file;
	i32 fd;
	int err;

	if ((flags & O_TMPFILE) == O_TMPFILE)
		return -EOPNOTSUPP;
	if (flags & O_PATH)
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	if ((flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
		return -EINVAL;
	err = walk_begin(&walk, dirfd, path);
	if (err)
		return err;
	fd = fd_find(0);
	err = fd < 0 ? fd : open_walked(&walk, flags, mode, &file);
	walk_end(&walk);
	if (err)
		return err;
	fd_install(fd, file, flags & O_CLOEXEC);
	return fd;
}

i32 sys_close(i32 fd)
{
	struct file *file = fd_take(fd);

	if (!file)
		return -EBADF;
	file_unref(file);
	return 0;
}

#define CLOSE_RANGE_UNSHARE 2u
#define CLOSE_RANGE_CLOEXEC 4u

i32 sys_close_range(u32 first, u32 last, u32 flags)
{
	if ((flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) || first > last)
		return -EINVAL;
	for (u32 fd = first; fd_next(current->files, &fd) && fd <= last; fd++)
		if (flags & CLOSE_RANGE_CLOEXEC)
			fd_set_close_on_exec((i32)fd, true);
		else
			file_unref(fd_take((i32)fd));
	return 0;
}

static i32 dup_from(i32 fd, u32 min, bool close_on_exec)
{
	struct file *file = fd_peek(current->files, (u32)fd);
	i32 new;

	if (!file)
		return -EBADF;
	new = fd_find(min);
	if (new < 0)
		return new;
	file_ref(file);
	fd_install(new, file, close_on_exec);
	return new;
}

i32 sys_dup(i32 fd)
{
	return dup_from(fd, 0, false);
}

i32 sys_dup3(i32 fd, i32 new, u32 flags)
{
	struct file *file;
	int err;

	if ((flags & ~O_CLOEXEC) || fd == new)
		return -EINVAL;
	if ((u32)new >= fd_limit())
		return -EBADF;
	file = fd_get(fd);
	if (!file)
		return -EBADF;
	err = fd_replace(new, file, flags & O_CLOEXEC);
	if (err)
		file_unref(file);
	return err ? err : new;
}

i32 sys_dup2(i32 fd, i32 new)
{
	if (fd == new)
		return fd_peek(current->files, (u32)fd) ? fd : -EBADF;
	return sys_dup3(fd, new, 0);
}

enum { F_DUPFD = 0, F_GETFD = 1, F_SETFD = 2, F_GETFL = 3, F_SETFL = 4, F_DUPFD_CLOEXEC = 1030 };
#define FD_CLOEXEC 1u
#define SETFL_CHANGES (O_APPEND | O_NONBLOCK | O_NOATIME)

i32 sys_fcntl64(i32 fd, u32 command, u32 argument)
{
	struct file *file = fd_peek(current->files, (u32)fd);

	if (!file)
		return -EBADF;
	if ((file->flags & O_PATH) && command == F_SETFL)
		return -EBADF;
	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return argument >= fd_limit() ? -EINVAL : dup_from(fd, argument, command == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return fd_close_on_exec(fd) ? (i32)FD_CLOEXEC : 0;
	case F_SETFD:
		fd_set_close_on_exec(fd, argument & FD_CLOEXEC);
		return 0;
	case F_GETFL:
		return (i32)file->flags;
	case F_SETFL:
		if ((argument & ~file->flags & O_NOATIME) && !inode_owned(file->inode))
			return -EPERM;
		file->flags = (file->flags & ~SETFL_CHANGES) | (argument & SETFL_CHANGES);
		return 0;
	}
	return -EINVAL;
}
