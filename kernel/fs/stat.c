/* What is known of a file and of a file system; changing a file's mode, owner, times, size; and asking what is allowed. */
#include "kernel/fs/fs.h"
#include "kernel/time.h"
#include "mm/account.h"

#define NS 1000000000

/* What can be told of a file. */
enum {
	ZERO, DEV, DEV_MAJOR, DEV_MINOR, INO, MODE, NLINK, UID, UID16, GID, GID16, RDEV, RDEV_MAJOR, RDEV_MINOR, SIZE, BLKSIZE, BLOCKS,
	ATIME, ATIME_NS, MTIME, MTIME_NS, CTIME, CTIME_NS, KNOWN, STAT_MEMBERS
};

/* The forms in which programs want it: member after member, with its size in bytes; a size of 0 ends them. */
struct stat_member {
	u8 what, size;
};

static const struct stat_member stat32_form[] = {
	{ DEV, 4 }, { INO, 4 }, { MODE, 2 }, { NLINK, 2 }, { UID16, 2 }, { GID16, 2 }, { RDEV, 4 }, { SIZE, 4 }, { BLKSIZE, 4 },
	{ BLOCKS, 4 }, { ATIME, 4 }, { ATIME_NS, 4 }, { MTIME, 4 }, { MTIME_NS, 4 }, { CTIME, 4 }, { CTIME_NS, 4 }, { ZERO, 8 }, { 0 }
};

static const struct stat_member stat64_form[] = {
	{ DEV, 8 }, { ZERO, 4 }, { INO, 4 }, { MODE, 4 }, { NLINK, 4 }, { UID, 4 }, { GID, 4 }, { RDEV, 8 }, { ZERO, 4 }, { SIZE, 8 },
	{ BLKSIZE, 4 }, { BLOCKS, 8 }, { ATIME, 4 }, { ATIME_NS, 4 }, { MTIME, 4 }, { MTIME_NS, 4 }, { CTIME, 4 }, { CTIME_NS, 4 },
	{ INO, 8 }, { 0 }
};

static const struct stat_member statx_form[] = {
	{ KNOWN, 4 }, { BLKSIZE, 4 }, { ZERO, 8 }, { NLINK, 4 }, { UID, 4 }, { GID, 4 }, { MODE, 4 }, { INO, 8 }, { SIZE, 8 }, { BLOCKS, 8 },
	{ ZERO, 8 }, { ATIME, 8 }, { ATIME_NS, 8 }, { ZERO, 16 }, { CTIME, 8 }, { CTIME_NS, 8 }, { MTIME, 8 }, { MTIME_NS, 8 },
	{ RDEV_MAJOR, 4 }, { RDEV_MINOR, 4 }, { DEV_MAJOR, 4 }, { DEV_MINOR, 4 }, { ZERO, 112 }, { 0 }
};
enum { STAT_SIZE_MAX = 256 /* of statx */, STATX_BASIC_STATS = 0x7ff, AT_STATX_SYNC_TYPE = 0x6000 };
#define STATX_RESERVED 0x80000000u

static i32 put_form(const struct inode *inode, const struct stat_member *form, void *out)
{
	const struct object *object = mode_is(inode->mode, S_IFREG) ? inode->object : NULL;
	u64 pages = object ? object->resident + object->swapped : 0;
	const u64 members[STAT_MEMBERS] = {
		[DEV] = inode->device, [DEV_MAJOR] = inode->device >> 8, [DEV_MINOR] = inode->device & 0xff,
		[INO] = inode->number, [MODE] = inode->mode, [NLINK] = inode->nlink,
		[UID] = inode->uid, [UID16] = cred_id16(inode->uid), [GID] = inode->gid, [GID16] = cred_id16(inode->gid),
		[RDEV] = inode->rdev, [RDEV_MAJOR] = inode->rdev >> 8, [RDEV_MINOR] = inode->rdev & 0xff,
		[SIZE] = inode->size, [BLKSIZE] = PAGE_SIZE, [BLOCKS] = pages * (PAGE_SIZE / 512),
		[ATIME] = (u64)(inode->atime / NS), [ATIME_NS] = (u64)(inode->atime % NS),
		[MTIME] = (u64)(inode->mtime / NS), [MTIME_NS] = (u64)(inode->mtime % NS),
		[CTIME] = (u64)(inode->ctime / NS), [CTIME_NS] = (u64)(inode->ctime % NS),
		[KNOWN] = STATX_BASIC_STATS,
	};
	u8 record[STAT_SIZE_MAX] = { 0 };
	u32 size = 0;

	for (; form->size; size += form++->size)
		memcpy(record + size, &members[form->what], MIN(form->size, sizeof(members[0])));
	return copy_to_user(out, record, size);
}

static i32 put_stat32(struct inode *inode, void *out)
{
	return inode->size > INT32_MAX ? -EOVERFLOW : put_form(inode, stat32_form, out);
}
static i32 put_stat64(struct inode *inode, void *out) { return put_form(inode, stat64_form, out); }
static i32 put_statx(struct inode *inode, void *out) { return put_form(inode, statx_form, out); }

i32 sys_stat(const char *path, void *out) { return path_apply(AT_FDCWD, path, 0, put_stat32, out); }
i32 sys_lstat(const char *path, void *out) { return path_apply(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, put_stat32, out); }
i32 sys_fstat(i32 fd, void *out) { return fd_apply(fd, put_stat32, out); }
i32 sys_stat64(const char *path, void *out) { return path_apply(AT_FDCWD, path, 0, put_stat64, out); }
i32 sys_lstat64(const char *path, void *out) { return path_apply(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, put_stat64, out); }
i32 sys_fstat64(i32 fd, void *out) { return fd_apply(fd, put_stat64, out); }

i32 sys_fstatat64(i32 dirfd, const char *path, void *out, u32 flags)
{
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
		return -EINVAL;
	return path_apply(dirfd, path, flags, put_stat64, out);
}

i32 sys_statx(i32 dirfd, const char *path, u32 flags, u32 mask, void *out)
{
	u32 known = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE;

	if ((mask & STATX_RESERVED) || (flags & ~known) || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	return path_apply(dirfd, path, flags, put_statx, out);
}

struct statfs64 {
	u32 type, bsize;
	u64 blocks, bfree, bavail, files, ffree;
	u32 fsid[2], namelen, frsize, flags, spare[4];
} PACKED;
_Static_assert(sizeof(struct statfs64) == 84, "i386 ABI");

enum { STATFS64_SIZE = sizeof(struct statfs64), TMPFS_MAGIC = 0x01021994, PROC_MAGIC = 0x9fa0, PIPEFS_MAGIC = 0x50495045 };

static i32 put_statfs64(struct inode *inode, void *out)
{
	struct statfs64 s = { .bsize = PAGE_SIZE, .frsize = PAGE_SIZE, .namelen = NAME_MAX, .fsid = { inode->device } };

	s.type = inode->device == PROC_DEVICE ? PROC_MAGIC : inode->device == PIPE_DEVICE ? PIPEFS_MAGIC : TMPFS_MAGIC;
	if (s.type == TMPFS_MAGIC) {
		s.blocks = account.limit;
		s.bfree = s.bavail = account.limit - MIN(account.limit, account_committed());
	}
	return copy_to_user(out, &s, sizeof(s));
}

i32 sys_statfs64(const char *path, u32 size, void *out)
{
	return size == STATFS64_SIZE ? path_apply(AT_FDCWD, path, 0, put_statfs64, out) : -EINVAL;
}

i32 sys_fstatfs64(i32 fd, u32 size, void *out) { return size == STATFS64_SIZE ? fd_apply(fd, put_statfs64, out) : -EINVAL; }

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
	const struct owner *to = argument;
	const struct cred *cred = current_cred();
	uid_t uid = cred_id_taken(to->uid);
	gid_t gid = cred_id_taken(to->gid);
	bool root = cred->fsuid == 0, mine = cred->fsuid == inode->uid;
	bool may_uid = uid == NO_ID || root || (mine && uid == inode->uid);
	bool may_gid = gid == NO_ID || root || (mine && (gid == inode->gid || gid == cred->fsgid || cred_in_group(cred, gid)));

	if (inode->device == PROC_DEVICE || !may_uid || !may_gid)
		return -EPERM;
	inode->uid = uid == NO_ID ? inode->uid : uid;
	inode->gid = gid == NO_ID ? inode->gid : gid;
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

i32 sys_fchown(i32 fd, uid_t uid, gid_t gid) { return fd_apply(fd, inode_chown, &(struct owner){ uid, gid }); }

i32 sys_chown(const char *path, uid_t uid, gid_t gid) { return sys_fchownat(AT_FDCWD, path, uid, gid, 0); }
i32 sys_lchown(const char *path, uid_t uid, gid_t gid) { return sys_fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW); }

i32 sys_umask(u32 mask)
{
	u32 old = current->umask;

	current->umask = mask & 0777;
	return (i32)old;
}

static i32 inode_allows(struct inode *inode, void *want) { return inode_permission(current_cred(), inode, *(u32 *)want); }

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

enum { UTIME_NOW = 0x3fffffff, UTIME_OMIT = 0x3ffffffe };

/* The nanoseconds may be UTIME_NOW or UTIME_OMIT. */
static i64 file_time(const struct timespec64 *time, i64 old, i64 now)
{
	if (time->nanoseconds == UTIME_OMIT)
		return old;
	return time->nanoseconds == UTIME_NOW ? now : time->seconds * NS + time->nanoseconds;
}

static i32 inode_set_times(struct inode *inode, void *argument)
{
	const struct timespec64 *times = argument;
	bool now = times[0].nanoseconds == UTIME_NOW && times[1].nanoseconds == UTIME_NOW;
	i64 clock = (i64)clock_realtime_ns();

	if (times[0].nanoseconds == UTIME_OMIT && times[1].nanoseconds == UTIME_OMIT)
		return 0;
	if (!inode_owned(inode) && (!now || inode_permission(current_cred(), inode, INODE_WRITE)))
		return now ? -EACCES : -EPERM;
	inode->atime = file_time(&times[0], inode->atime, clock);
	inode->mtime = file_time(&times[1], inode->mtime, clock);
	inode->ctime = clock;
	return 0;
}

/* Without a path, of the descriptor itself. */
i32 sys_utimensat(i32 dirfd, const char *path, const void *user, u32 flags)
{
	struct timespec64 times[2] = { { .nanoseconds = UTIME_NOW }, { .nanoseconds = UTIME_NOW } };

	for (u32 i = 0; user && i < 2; i++) {
		i32 ns;

		if (timespec_get(&times[i], user, i))
			return -EFAULT;
		ns = times[i].nanoseconds;
		if ((ns < 0 || ns >= NS) && ns != UTIME_NOW && ns != UTIME_OMIT)
			return -EINVAL;
	}
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (path || dirfd == AT_FDCWD)
		return path_apply(dirfd, path, flags, inode_set_times, times);
	return fd_apply(dirfd, inode_set_times, times);
}

static i32 resize(struct inode *inode, void *argument)
{
	return inode->file_ops == &memfs_file_ops ? memfs_resize(inode, *(u64 *)argument) : -EINVAL;
}

static i32 resize_by_path(struct inode *inode, void *size)
{
	return mode_is(inode->mode, S_IFDIR) ? -EISDIR :
	       inode_permission(current_cred(), inode, INODE_WRITE) ?: resize(inode, size);
}

i32 sys_truncate64(const char *path, i64 size)
{
	return size < 0 ? -EINVAL : path_apply(AT_FDCWD, path, 0, resize_by_path, &size);
}

i32 sys_ftruncate64(i32 fd, i64 size)
{
	const struct file *file = fd_file(fd);

	if (size < 0 || (file && !file_writable(file)) || (file && size > INT32_MAX && !(file->flags & O_LARGEFILE)))
		return -EINVAL;
	return fd_apply(fd, resize, &size);
}

i32 sys_truncate(const char *path, i32 size) { return sys_truncate64(path, size); }
i32 sys_ftruncate(i32 fd, i32 size) { return sys_ftruncate64(fd, size); }

/* The C library then writes a byte to each page itself. */
i32 sys_fallocate(i32 fd) { return fd_file(fd) ? -EOPNOTSUPP : -EBADF; }
