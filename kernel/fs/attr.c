/* Changing what is known of a file: mode, owner, times; and asking what is allowed. */
#include "kernel/clock.h"
#include "kernel/fs/fd.h"
#include "kernel/fs/path.h"
#include "kernel/lib/errno.h"
#include "kernel/task.h"
#include "kernel/time.h"
#include "kernel/uaccess.h"

static u32 walk_flags(u32 at_flags)
{
	return (at_flags & AT_SYMLINK_NOFOLLOW ? WALK_NOFOLLOW : 0) | (at_flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
}

/* The inode of an open file, referenced; NULL: -EBADF. */
static struct inode *fd_inode(i32 fd)
{
	struct file *file = fd_get_io(fd);
	struct inode *inode = file ? file->inode : NULL;

	if (!file)
		return NULL;
	inode_ref(inode);
	file_unref(file);
	return inode;
}

static int inode_chmod(struct inode *inode, u32 mode)
{
	if (!inode_owned(inode) || inode->device == PROC_DEVICE)
		return -EPERM;
	if (mode_is(inode->mode, S_IFLNK))
		return -EOPNOTSUPP;
	if (!inode_in_own_group(inode))
		mode &= ~S_ISGID;
	inode->mode = (inode->mode & S_IFMT) | (mode & 07777);
	inode->ctime = (i64)clock_realtime_ns();
	return 0;
}

i32 sys_fchmodat(i32 dirfd, const char *path, u32 mode)
{
	struct inode *inode;
	int err = path_inode(dirfd, path, 0, &inode);

	if (err)
		return err;
	err = inode_chmod(inode, mode);
	inode_unref(inode);
	return err;
}

i32 sys_chmod(const char *path, u32 mode)
{
	return sys_fchmodat(AT_FDCWD, path, mode);
}

i32 sys_fchmod(i32 fd, u32 mode)
{
	struct inode *inode = fd_inode(fd);
	int err;

	if (!inode)
		return -EBADF;
	err = inode_chmod(inode, mode);
	inode_unref(inode);
	return err;
}

/* An id of -1 stays. */
static int inode_chown(struct inode *inode, uid_t uid, gid_t gid)
{
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
	struct inode *inode;
	int err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = path_inode(dirfd, path, walk_flags(flags), &inode);
	if (err)
		return err;
	err = inode_chown(inode, uid, gid);
	inode_unref(inode);
	return err;
}

i32 sys_chown(const char *path, uid_t uid, gid_t gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, 0);
}

i32 sys_lchown(const char *path, uid_t uid, gid_t gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

i32 sys_fchown(i32 fd, uid_t uid, gid_t gid)
{
	struct inode *inode = fd_inode(fd);
	int err;

	if (!inode)
		return -EBADF;
	err = inode_chown(inode, uid, gid);
	inode_unref(inode);
	return err;
}

i32 sys_umask(u32 mask)
{
	u32 old = current->fs->umask;

	current->fs->umask = mask & 0777;
	return (i32)old;
}

/* With the real ids instead of the effective ones, unless AT_EACCESS. */
i32 sys_faccessat2(i32 dirfd, const char *path, u32 want, u32 flags)
{
	struct cred *cred = &current->cred;
	uid_t fsuid = cred->fsuid;
	gid_t fsgid = cred->fsgid;
	struct inode *inode;
	int err;

	if ((want & ~7u) || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
		return -EINVAL;
	if (!(flags & AT_EACCESS)) {
		cred->fsuid = cred->uid;
		cred->fsgid = cred->gid;
	}
	err = path_inode(dirfd, path, walk_flags(flags & ~AT_EACCESS), &inode);
	if (!err) {
		err = inode_permission(cred, inode, want);
		inode_unref(inode);
	}
	cred->fsuid = fsuid;
	cred->fsgid = fsgid;
	return err;
}

i32 sys_faccessat(i32 dirfd, const char *path, u32 want)
{
	return sys_faccessat2(dirfd, path, want, 0);
}

i32 sys_access(const char *path, u32 want)
{
	return sys_faccessat2(AT_FDCWD, path, want, 0);
}

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

static int inode_set_times(struct inode *inode, const struct file_time times[2])
{
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
static i32 set_times(i32 dirfd, const char *path, const struct file_time times[2], u32 flags)
{
	struct inode *inode;
	int err = 0;

	for (int i = 0; i < 2; i++)
		if (times[i].ns >= 1000000000u && times[i].ns != UTIME_NOW && times[i].ns != UTIME_OMIT)
			return -EINVAL;
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (path || dirfd == AT_FDCWD)
		err = path_inode(dirfd, path, walk_flags(flags), &inode);
	else if (!(inode = fd_inode(dirfd)))
		err = -EBADF;
	if (err)
		return err;
	err = inode_set_times(inode, times);
	inode_unref(inode);
	return err;
}

static const struct file_time times_now[2] = { { .ns = UTIME_NOW }, { .ns = UTIME_NOW } };

i32 sys_utimensat(i32 dirfd, const char *path, const void *user, u32 flags)
{
	struct file_time times[2];
	i64 wide[4];                   /* seconds and nanoseconds, twice; of the latter the upper half is not looked at */
	i32 narrow[4];

	if (!user)
		return set_times(dirfd, path, times_now, flags);
	if (time_wide() ? copy_from_user(wide, user, sizeof(wide)) : copy_from_user(narrow, user, sizeof(narrow)))
		return -EFAULT;
	for (int i = 0; i < 2; i++) {
		times[i].sec = time_wide() ? wide[2 * i] : narrow[2 * i];
		times[i].ns = time_wide() ? (u32)wide[2 * i + 1] : (u32)narrow[2 * i + 1];
	}
	return set_times(dirfd, path, times, flags);
}
