/* The memory file system: regular files whose pages are objects, and the making of its inodes. */
#pragma once

#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"

#define MEMFS_SIZE_MAX 0xfffff000u         /* bytes of a file: what a page list can hold */

/* An inode of a kind (S_IFREG, S_IFDIR, S_IFLNK with its target, S_IFCHR …) with the operations that belong to it; NULL: no memory. */
struct inode *memfs_inode(u32 mode, u32 rdev);
struct inode *memfs_symlink(const char *target);

/* Cut off or extend by zeroes. -EFBIG, -ENOSPC. Does not sleep when growing; zeroing a last page may. */
int memfs_resize(struct inode *inode, u64 size);
/* Write from kernel memory, as cpio does; 0 or -ENOSPC. */
int memfs_write_kernel(struct inode *inode, const void *from, u32 n);

extern const struct file_ops memfs_file_ops;
extern const struct file_ops dir_file_ops;     /* kernel/fs/readdir.c */
