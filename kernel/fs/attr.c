/* Changing what is known of a file: mode, owner, times, size; and asking what is allowed. */
#include "kernel/clock.h"
#include "kernel/fs/file.h"
#include "kernel/fs/memfs.h"
#include "kernel/fs/path.h"
#include "kernel/lib/errno.h"
#include "kernel/signal.h"
#include "kernel/task.h"
#include "kernel/time.h"
#include "kernel/uaccess.h"

static i32 inode_chmod(struct inode *inode, void *argument)
{
	u32 mode = *(u32 *)argument;

	if (!inode_owned(inode) || inode->device == PROC_DEVICE)
		return -EPERM;
	if (mode_is(inode->mode, S_IFLNK))
		return -EOPNOTSUPP;
	inode->mode = (inode->mode & S_IFMT) | (mode & 07777);
	inode->ctime = (i64)clock_realtime_ns();
	return 0;
}

i32 sys_fchmodat(i32 dirfd, const char *path, u32 mode) { return path_apply(dirfd, path, 0, inode_chmod, &mode); }
i32 sys_chmod(const char *path, u32 mode) { return path_apply(AT_FDCWD, path, 0, inode_chmod, &mode); }
i32 sys_fchmod(i32 fd, u32 mode) { return fd_apply(fd, inode_chmod, &mode); }

struct owner {
	uid_t uid;
	gid_t gid;
};

/* An id of -1 stays. */
static i32 inode_chown(struct inode *inode, void *argument)
{
	uid_t uid = ((struct owner *)argument)->uid;
	gid_t gid = ((struct owner *)argument)->gid;
	const struct cred *cred = current_cred();
	bool uid_stays = uid == (uid_t)-1 || uid == inode->uid;
	bool gid_allowed = gid == (gid_t)-1 || gid == inode->gid || gid == cred->fsgid || cred_in_group(cred, gid);

	if (inode->device == PROC_DEVICE)
		return -EPERM;
	if (cred->fsuid != 0 && (cred->fsuid != inode->uid || !uid_stays || !gid_allowed))
		return uid == (uid_t)-1 && gid == (gid_t)-1 ? 0 : -EPERM;
	inode->uid = uid == (uid_t)-1 ? inode->uid : uid;
	inode->gid = gid == (gid_t)-1 ? inode->gid : gid;
	if (!mode_is(inode->mode, S_IFDIR))
		inode->mode &= inode->mode & 010 ? ~(S_ISUID | S_ISGID) : ~S_ISUID;
	inode->ctime = (i64)clock_realtime_ns();
	return 0;
}

i32 sys_fchownat(i32 dirfd, const char *path, uid_t uid, gid_t gid, u32 flags)
{
	struct owner owner = { uid, gid };

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return path_apply(dirfd, path, flags, inode_chown, &owner);
}

i32 sys_fchown(i32 fd, uid_t uid, gid_t gid)
{
	return fd_apply(fd, inode_chown, &(struct owner){ uid, gid });
}

i32 sys_chown(const char *path, uid_t uid, gid_t gid) { return sys_fchownat(AT_FDCWD, path, uid, gid, 0); }
i32 sys_lchown(const char *path, uid_t uid, gid_t gid) { return sys_fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW); }

i32 sys_umask(u32 mask)
{
	u32 old = current->umask;

	current->umask = mask & 0777;
	return (i32)old;
}

static i32 inode_allows(struct inode *inode, void *want)
{
	return inode_permission(current_cred(), inode, *(u32 *)want);
}

/* With the real ids instead of the effective ones, unless AT_EACCESS. */
i32 sys_faccessat2(i32 dirfd, const char *path, u32 want, u32 flags)
{
	struct cred *cred = &current->cred;
	uid_t fsuid = cred->fsuid;
	gid_t fsgid = cred->fsgid;
	i32 result;

	if ((want & ~7u) || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
		return -EINVAL;
	if (!(flags & AT_EACCESS)) {
		cred->fsuid = cred->uid;
		cred->fsgid = cred->gid;
	}
	result = path_apply(dirfd, path, flags, inode_allows, &want);
	cred->fsuid = fsuid;
	cred->fsgid = fsgid;
	return result;
}

i32 sys_faccessat(i32 dirfd, const char *path, u32 want) { return sys_faccessat2(dirfd, path, want, 0); }
i32 sys_access(const char *path, u32 want) { return sys_faccessat2(AT_FDCWD, path, want, 0); }

#define UTIME_NOW 0x3fffffffu
#define UTIME_OMIT 0x3ffffffeu

struct file_time {
	i64 sec;
	u32 ns;                        /* or UTIME_NOW, UTIME_OMIT */
};

static i64 file_time_ns(const struct file_time *time, i64 old, i64 now)
{
	if (time->ns == UTIME_OMIT)
		return old;
	return time->ns == UTIME_NOW ? now : time->sec * 1000000000 + time->ns;
}

static i32 inode_set_times(struct inode *inode, void *argument)
{
	const struct file_time *times = argument;
	bool now = times[0].ns == UTIME_NOW && times[1].ns == UTIME_NOW;
	i64 clock = (i64)clock_realtime_ns();

	if (times[0].ns == UTIME_OMIT && times[1].ns == UTIME_OMIT)
		return 0;
	if (!inode_owned(inode) && (!now || inode_permission(current_cred(), inode, INODE_WRITE)))
		return now ? -EACCES : -EPERM;
	inode->atime = file_time_ns(&times[0], inode->atime, clock);
	inode->mtime = file_time_ns(&times[1], inode->mtime, clock);
	inode->ctime = clock;
	return 0;
}

/* Without a path, of the descriptor itself. */
static i32 set_times(i32 dirfd, const char *path, struct file_time times[2], u32 flags)
{
	for (int i = 0; i < 2; i++)
		if (times[i].ns >= 1000000000u && times[i].ns != UTIME_NOW && times[i].ns != UTIME_OMIT)
			return -EINVAL;
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (path || dirfd == AT_FDCWD)
		return path_apply(dirfd, path, flags, inode_set_times, times);
	return fd_apply(dirfd, inode_set_times, times);
}

i32 sys_utimensat(i32 dirfd, const char *path, const void *user, u32 flags)
{
	struct file_time times[2] = { { .ns = UTIME_NOW }, { .ns = UTIME_NOW } };
	i64 wide[4];                   /* seconds and nanoseconds, twice; of the latter the upper half is not looked at */
	i32 narrow[4];

	if (!user)
		return set_times(dirfd, path, times, flags);
	if (time_wide() ? copy_from_user(wide, user, sizeof(wide)) : copy_from_user(narrow, user, sizeof(narrow)))
		return -EFAULT;
	for (int i = 0; i < 2; i++) {
		times[i].sec = time_wide() ? wide[2 * i] : narrow[2 * i];
		times[i].ns = time_wide() ? (u32)wide[2 * i + 1] : (u32)narrow[2 * i + 1];
	}
	return set_times(dirfd, path, times, flags);
}

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

	if (size < 0 || (file && (file->flags & O_ACCMODE) == O_RDONLY))
		return -EINVAL;
	return fd_apply(fd, resize, &size);
}

i32 sys_truncate(const char *path, i32 size) { return truncate(path, size); }
i32 sys_truncate64(const char *path, i64 size) { return truncate(path, size); }
i32 sys_ftruncate(i32 fd, i32 size) { return ftruncate(fd, size); }
i32 sys_ftruncate64(i32 fd, i64 size) { return ftruncate(fd, size); }

/* The C library then writes a byte to each page itself. */
i32 sys_fallocate(i32 fd)
{
	return fd_peek(current->files, (u32)fd) ? -EOPNOTSUPP : -EBADF;
}
