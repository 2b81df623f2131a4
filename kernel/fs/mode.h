/* Numbers of the i386 ABI that files and paths share: kinds and modes, open flags, *at flags. */
#pragma once

#include "kernel/lib/types.h"

enum {
	S_IFMT = 0170000, S_IFSOCK = 0140000, S_IFLNK = 0120000, S_IFREG = 0100000, S_IFBLK = 0060000, S_IFDIR = 0040000,
	S_IFCHR = 0020000, S_IFIFO = 0010000, S_ISUID = 04000, S_ISGID = 02000, S_ISVTX = 01000,
};

static inline bool mode_is(u32 mode, u32 kind) { return (mode & S_IFMT) == kind; }

enum {
	O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_ACCMODE = 3, O_CREAT = 0100, O_EXCL = 0200, O_NOCTTY = 0400, O_TRUNC = 01000,
	O_APPEND = 02000, O_NONBLOCK = 04000, O_LARGEFILE = 0100000, O_DIRECTORY = 0200000, O_NOFOLLOW = 0400000,
	O_CLOEXEC = 02000000,
};

enum {
	AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100, AT_REMOVEDIR = 0x200, AT_EACCESS = 0x200, AT_SYMLINK_FOLLOW = 0x400,
	AT_NO_AUTOMOUNT = 0x800, AT_EMPTY_PATH = 0x1000,
};

enum { POLLIN = 1, POLLOUT = 4, POLLERR = 8, POLLHUP = 0x10, POLLNVAL = 0x20, POLLRDNORM = 0x40, POLLWRNORM = 0x100 };

enum { FIONREAD = 0x541b };            /* ioctl: bytes that can be read at once */
