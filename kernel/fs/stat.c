/* What is known of a file, in the structures of two generations, and of a file system. */
#include "kernel/fs/inode.h"
#include "kernel/fs/path.h"
#include "kernel/lib/errno.h"
#include "kernel/uaccess.h"
#include "mm/account.h"
#include "mm/frame.h"
#include "mm/object.h"

#define NS 1000000000

struct stat64 {
	u64 dev;
	u32 pad0, ino32, mode, nlink, uid, gid;
	u64 rdev;
	u32 pad1;
	i64 size;
	u32 blksize;
	u64 blocks;
	u32 atime, atime_ns, mtime, mtime_ns, ctime, ctime_ns;
	u64 ino;
} PACKED;
_Static_assert(sizeof(struct stat64) == 96, "i386 ABI");

struct statx_time {
	i64 sec;
	u32 ns;
	i32 reserved;
};

struct statx {
	u32 mask, blksize;
	u64 attributes;
	u32 nlink, uid, gid;
	u16 mode, spare0;
	u64 ino, size, blocks, attributes_mask;
	struct statx_time atime, btime, ctime, mtime;
	u32 rdev_major, rdev_minor, dev_major, dev_minor;
	u64 mount, spare1[13];
};
_Static_assert(sizeof(struct statx) == 256, "i386 ABI");
#define STATX_BASIC_STATS 0x7ffu
#define STATX_RESERVED 0x80000000u

static u64 blocks_of(const struct inode *inode)
{
	if (!mode_is(inode->mode, S_IFREG) || !inode->object)
		return 0;
	return (u64)(inode->object->resident + inode->object->swapped) * (PAGE_SIZE / 512);
}

static i32 put_stat64(struct inode *inode, void *out)
{
	struct stat64 s = {
		.dev = inode->device, .ino32 = inode->number, .ino = inode->number, .mode = inode->mode, .nlink = inode->nlink,
		.uid = inode->uid, .gid = inode->gid, .rdev = inode->rdev, .size = (i64)inode->size,
		.blksize = PAGE_SIZE, .blocks = blocks_of(inode),
		.atime = (u32)(inode->atime / NS), .atime_ns = (u32)(inode->atime % NS),
		.mtime = (u32)(inode->mtime / NS), .mtime_ns = (u32)(inode->mtime % NS),
		.ctime = (u32)(inode->ctime / NS), .ctime_ns = (u32)(inode->ctime % NS),
	};

	return copy_to_user(out, &s, sizeof(s));
}

static struct statx_time statx_time(i64 ns)
{
	return (struct statx_time){ .sec = ns / NS, .ns = (u32)(ns % NS) };
}

static i32 put_statx(struct inode *inode, void *out)
{
	struct statx s = {
		.mask = STATX_BASIC_STATS, .blksize = PAGE_SIZE, .nlink = inode->nlink, .uid = inode->uid, .gid = inode->gid,
		.mode = (u16)inode->mode, .ino = inode->number, .size = inode->size, .blocks = blocks_of(inode),
		.atime = statx_time(inode->atime), .ctime = statx_time(inode->ctime), .mtime = statx_time(inode->mtime),
		.rdev_major = inode->rdev >> 8, .rdev_minor = inode->rdev & 0xff,
		.dev_major = inode->device >> 8, .dev_minor = inode->device & 0xff,
	};

	return copy_to_user(out, &s, sizeof(s));
}

i32 sys_stat64(const char *path, void *out) { return path_apply(AT_FDCWD, path, 0, put_stat64, out); }
i32 sys_lstat64(const char *path, void *out) { return path_apply(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, put_stat64, out); }
i32 sys_fstat64(i32 fd, void *out) { return fd_apply(fd, put_stat64, out); }

i32 sys_fstatat64(i32 dirfd, const char *path, void *out, u32 flags)
{
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
		return -EINVAL;
	return path_apply(dirfd, path, flags, put_stat64, out);
}

#define AT_STATX_SYNC_TYPE 0x6000u

i32 sys_statx(i32 dirfd, const char *path, u32 flags, u32 mask, void *out)
{
	if ((mask & STATX_RESERVED) || (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
		return -EINVAL;
	return path_apply(dirfd, path, flags, put_statx, out);
}

struct statfs64 {
	u32 type, bsize;
	u64 blocks, bfree, bavail, files, ffree;
	u32 fsid[2], namelen, frsize, flags, spare[4];
} PACKED;
_Static_assert(sizeof(struct statfs64) == 84, "i386 ABI");

#define TMPFS_MAGIC 0x01021994u
#define PROC_MAGIC 0x9fa0u
#define PIPEFS_MAGIC 0x50495045u

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
	return size == sizeof(struct statfs64) ? path_apply(AT_FDCWD, path, 0, put_statfs64, out) : -EINVAL;
}

i32 sys_fstatfs64(i32 fd, u32 size, void *out)
{
	return size == sizeof(struct statfs64) ? fd_apply(fd, put_statfs64, out) : -EINVAL;
}
