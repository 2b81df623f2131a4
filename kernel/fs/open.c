/* open and its family, close, and the calls on descriptors themselves. */
#include "kernel/fs/fs.h"

#define OPEN_EXEC 0x80000000u          /* within the kernel: a regular file, to be executed; a flag that programs cannot give */
#define OPEN_KEPT (O_ACCMODE | O_APPEND | O_NONBLOCK | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW)

static bool exclusive(u32 flags) { return (flags & O_CREAT) && (flags & O_EXCL); }

/* Is an existing file to be opened so? */
static int may_open(struct inode *inode, u32 flags)
{
	static const u8 access[] = { INODE_READ, INODE_WRITE, INODE_READ | INODE_WRITE, INODE_READ | INODE_WRITE };
	u32 want = flags & OPEN_EXEC ? INODE_EXEC : access[flags & O_ACCMODE] | (flags & O_TRUNC ? INODE_WRITE : 0);
	bool directory = mode_is(inode->mode, S_IFDIR);

	if (exclusive(flags))
		return -EEXIST;
	if (mode_is(inode->mode, S_IFLNK))
		return -ELOOP;
	if ((flags & O_DIRECTORY) && !directory)
		return -ENOTDIR;
	if (directory && ((want & INODE_WRITE) || (flags & O_CREAT)))
		return -EISDIR;
	if (inode_permission(current_cred(), inode, want) || ((flags & OPEN_EXEC) && !mode_is(inode->mode, S_IFREG)))
		return -EACCES;
	return inode->file_ops || (inode->ops && inode->ops->open) ? 0 : -ENXIO;
}

static int open_file(struct dentry *dentry, u32 flags, struct file **out)
{
	struct inode *inode = dentry->inode;
	struct file *file = file_create(inode, dentry, flags & (OPEN_KEPT | O_NOCTTY));
	int err = 0;

	if (!file)
		return -ENOMEM;
	if (inode->ops && inode->ops->open)
		err = inode->ops->open(inode, file);
	file->flags &= ~O_NOCTTY;
	if (!err && (flags & O_TRUNC) && inode->file_ops == &memfs_file_ops)
		err = memfs_resize(inode, 0);
	if (err)
		file_unref(file);
	*out = file;
	return err;
}

static u32 walk_flags(u32 flags)
{
	u32 follow = (flags & O_NOFOLLOW) || exclusive(flags) ? 0 : WALK_FOLLOW;

	return flags & O_CREAT ? follow | WALK_MISSING : follow;
}

/* Open what the walk has found, or a new regular file where it stands. */
static int open_walked(struct walk *walk, u32 flags, u32 mode, struct file **out)
{
	bool new = !walk->found;
	int err;

	if (!new)
		err = may_open(walk->found->inode, flags);
	else if (walk_slash(walk))
		err = -EISDIR;
	else
		err = walk_create(walk, memfs_inode(S_IFREG | (mode & 07777 & ~current->umask), 0));
	if (err)
		return err;
	err = open_file(walk->found, flags, out);
	if (err && new)
		dentry_unlink(walk->found);
	return err;
}

int file_open_kernel(const char *path, u32 flags, struct file **out)
{
	struct walk walk;
	int err = walk_begin_kernel(&walk, path, walk_flags(flags));

	if (!err) {
		err = open_walked(&walk, flags, 0, out);
		walk_end(&walk);
	}
	return err;
}

int file_open_exec(const char *path, struct file **out) { return file_open_kernel(path, OPEN_EXEC, out); }

i32 sys_openat(i32 dirfd, const char *path, u32 flags, u32 mode)
{
	struct walk walk;
	struct file *file;
	i32 fd;
	int err;

	flags &= ~OPEN_EXEC;
	if ((flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
		return -EINVAL;
	err = walk_begin(&walk, dirfd, path, walk_flags(flags));
	if (err)
		return err;
	fd = fd_find(0);
	err = fd < 0 ? fd : open_walked(&walk, flags, mode, &file);
	walk_end(&walk);
	if (!err)
		fd_install(fd, file, flags & O_CLOEXEC);
	return err ?: fd;
}

i32 sys_open(const char *path, u32 flags, u32 mode) { return sys_openat(AT_FDCWD, path, flags, mode); }
i32 sys_creat(const char *path, u32 mode) { return sys_openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

i32 sys_close(i32 fd)
{
	struct file *file = fd_take(fd);

	file_unref(file);
	return file ? 0 : -EBADF;
}

static i32 dup_from(i32 fd, u32 min, bool close_on_exec)
{
	struct file *file = fd_file(fd);
	i32 new = file ? fd_find(min) : -EBADF;

	if (new >= 0)
		fd_install(new, file_ref(file), close_on_exec);
	return new;
}

i32 sys_dup(i32 fd) { return dup_from(fd, 0, false); }

i32 sys_dup3(i32 fd, i32 new, u32 flags)
{
	struct file *file;

	if ((flags & ~O_CLOEXEC) || fd == new)
		return -EINVAL;
	if ((u32)new >= fd_limit())
		return -EBADF;
	file = fd_file(fd);
	return file ? fd_replace(new, file, flags & O_CLOEXEC) ?: new : -EBADF;
}

i32 sys_dup2(i32 fd, i32 new)
{
	if (fd == new)
		return fd_file(fd) ? fd : -EBADF;
	return sys_dup3(fd, new, 0);
}

enum { F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC = 1030, FD_CLOEXEC = 1, SETFL_BITS = O_APPEND | O_NONBLOCK };

i32 sys_fcntl64(i32 fd, u32 command, u32 argument)
{
	struct file *file = fd_file(fd);

	if (!file)
		return -EBADF;
	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return argument >= fd_limit() ? -EINVAL : dup_from(fd, argument, command == F_DUPFD_CLOEXEC);
	case F_GETFD: return *fd_close_on_exec(fd) ? FD_CLOEXEC : 0;
	case F_SETFD:
		*fd_close_on_exec(fd) = argument & FD_CLOEXEC;
		return 0;
	case F_GETFL: return (i32)file->flags;
	case F_SETFL:
		file->flags = (file->flags & ~SETFL_BITS) | (argument & SETFL_BITS);
		return 0;
	}
	return -EINVAL;
}
