/*
 * Disks as files: bytes of a block device, moved through pages of the kernel's own in requests as large as can be. Nothing is cached:
 * what write(2) has returned for is on the disk. Part of a page is written by
 * reading the rest first, so of two that write parts of one page at the same time one may undo the other.
 */
#include "kernel/block.h"
#include "kernel/fs/fs.h"

enum { BLKGETSIZE = 0x1260, BLKSSZGET = 0x1268 };       /* sectors, bytes of one */
#define BLKGETSIZE64 0x80041272u                        /* bytes */

u64 disk_file_size(const struct file *file)
{
	return (u64)((const struct block_device *)file->inode->private)->sectors * SECTOR_SIZE;
}

/* Between n bytes of user memory and the request's from `offset` on. */
static int bounce_copy(const struct block_request *request, u32 offset, u8 *user, u32 n, bool write)
{
	int err = 0;

	for (u32 part; n && !err; n -= part, user += part, offset += part) {
		u8 *bytes = paddr_to_kernel(pfn_to_paddr(request->pages[offset >> PAGE_SHIFT]) + (offset & ~PAGE_MASK));

		part = MIN(n, PAGE_SIZE - (offset & ~PAGE_MASK));
		err = write ? copy_from_user(bytes, user, part) : copy_to_user(user, bytes, part);
	}
	return err;
}

/* One request's worth, or what there is memory for. Bytes moved, or -errno. */
static i32 move_part(const struct file *file, u8 *user, u32 n, u64 at, bool write)
{
	struct block_request request = { .device = file->inode->private, .sector = (u32)(at >> PAGE_SHIFT) * PAGE_SECTORS };
	u32 offset = (u32)at & ~PAGE_MASK, pages = MIN(bytes_to_pages(offset + n), BLOCK_REQUEST_PAGES);
	struct frame *frame;
	int err = 0;

	while (request.count < pages && (frame = frame_alloc(FRAME_KERNEL)))
		request.pages[request.count++] = frame_pfn(frame);
	if (!request.count)
		return -ENOMEM;
	n = MIN(n, request.count * PAGE_SIZE - offset);
	if (!write || ((offset | n) & ~PAGE_MASK))
		err = block_transfer(&request);
	err = err ?: bounce_copy(&request, offset, user, n, write);
	request.write = write;
	if (!err && write)
		err = block_transfer(&request);
	while (request.count)
		frame_free(frame_of(request.pages[--request.count]));
	return err ?: (i32)n;
}

static i32 move(const struct file *file, u8 *user, u32 n, u64 *position, bool write)
{
	u64 start = *position, size = disk_file_size(file), end = start < size ? MIN(start + n, size) : start;
	i32 part = 0;

	for (; *position < end && part >= 0 && !file_pause(); *position += part > 0 ? (u32)part : 0)
		part = move_part(file, user + (u32)(*position - start), (u32)(end - *position), *position, write);
	return *position > start ? (i32)(*position - start) : part;
}

static i32 disk_read(struct file *file, void *user, u32 n, u64 *at) { return move(file, user, n, at, false); }

static i32 disk_write(struct file *file, const void *user, u32 n, u64 *position)
{
	return n && *position >= disk_file_size(file) ? -ENOSPC : move(file, (void *)user, n, position, true);
}

static i32 disk_ioctl(struct file *file, u32 command, vaddr_t argument)
{
	u64 size = disk_file_size(file);

	switch (command) {
	case BLKGETSIZE64: return put_user(size, (u64 *)argument);
	case BLKGETSIZE: return put_user((u32)(size / SECTOR_SIZE), (u32 *)argument);
	case BLKSSZGET: return put_user(SECTOR_SIZE, (u32 *)argument);
	}
	return -ENOTTY;
}

static const struct file_ops disk_ops = { .read = disk_read, .write = disk_write, .ioctl = disk_ioctl };

struct inode *disk_inode(struct block_device *device)
{
	struct inode *inode = inode_create(S_IFBLK | 0660, NULL, &disk_ops);

	if (inode) {
		inode->private = device;
		inode->rdev = device->number;
	}
	return inode;
}
