/*
 * Regular files in memory: the bytes of a file are the pages of an object, so that reading, writing and mapping meet in the same
 * frames. Holes have no page.
 *
 * Invariant: between sleep points the object has at least the pages that inode->size needs; a writer may have added the next one.
 */
#include "kernel/fs/fs.h"
#include "mm/fault.h"

#define MEMFS_SIZE_MAX 0xfffff000u     /* bytes of a file: what a page list can hold */

struct inode *memfs_inode(u32 mode, u32 rdev)
{
	const struct file_ops *file_ops = device_file_ops(rdev);
	struct inode *inode;

	if (mode_is(mode, S_IFREG))
		file_ops = &memfs_file_ops;
	else if (mode_is(mode, S_IFDIR))
		file_ops = &dir_file_ops;
	inode = inode_create(mode, file_ops == &tty_file_ops ? &tty_inode_ops : NULL, file_ops);
	if (!inode)
		return NULL;
	inode->rdev = rdev;
	if (!mode_is(mode, S_IFREG) || !object_create(0, 0, OBJECT_NORESERVE, &inode->object))
		return inode;
	inode_unref(inode);
	return NULL;
}

struct inode *memfs_symlink(const char *target, u32 length)
{
	struct inode *inode = memfs_inode(S_IFLNK | 0777, 0);

	if (!inode)
		return NULL;
	inode->size = length;
	inode->target = dentry_name(target, length);
	if (inode->target)
		return inode;
	inode_unref(inode);
	return NULL;
}

static u32 pages_of(u64 size) { return (u32)((size + PAGE_SIZE - 1) >> PAGE_SHIFT); }

/* Give the file at least that many pages. */
static int make_pages(struct inode *inode, u32 pages)
{
	return inode->object->list.pages < pages && object_resize(inode->object, 0, pages) ? -ENOSPC : 0;
}

/* Drop the pages that the size does not need. */
static void trim_pages(struct inode *inode)
{
	if (inode->object->list.pages > pages_of(inode->size))
		object_resize(inode->object, 0, pages_of(inode->size));
}

/* Zero the last page from `size` on, so that growing again shows zeroes. May sleep. */
static int clear_tail(struct inode *inode, u64 size)
{
	u32 index = (u32)(size >> PAGE_SHIFT), offset = (u32)size % PAGE_SIZE;
	struct frame *frame = NULL;
	int err = offset ? object_pin(inode->object, index, false, &frame) : 0;

	if (!err && frame) {
		frame_unpin(frame);
		err = object_pin(inode->object, index, true, &frame);
		if (!err) {
			memset((char *)frame_address(frame) + offset, 0, PAGE_SIZE - offset);
			frame_unpin(frame);
		}
	}
	return err == -EFBIG ? 0 : err;
}

static u32 size_limit(void) { return MIN(current->rlimits[RLIMIT_FSIZE].soft, MEMFS_SIZE_MAX); }

/* May the running task make a file that large? -EFBIG. */
static int may_grow(u64 size)
{
	u32 limit = current->rlimits[RLIMIT_FSIZE].soft;

	if (limit != RLIM_INFINITY && size > limit)
		signal_send_kernel(current, SIGXFSZ);
	return size > size_limit() ? -EFBIG : 0;
}

int memfs_resize(struct inode *inode, u64 size)
{
	int err = size > inode->size ? may_grow(size) ?: make_pages(inode, pages_of(size)) : clear_tail(inode, size);

	if (err)
		return err;
	inode->size = size;
	trim_pages(inode);
	inode_changed(inode);
	return 0;
}

/* What one page of a transfer is copied with: from and to a program, or the kernel's own memory. */
typedef int copy_page(void *to, const void *from, size_t n);

static int copy_in(void *to, const void *from, size_t n) { return file_pause() ? -EINTR : copy_from_user(to, from, n); }
static int copy_out(void *to, const void *from, size_t n) { return file_pause() ? -EINTR : copy_to_user(to, from, n); }

static int copy_kernel(void *to, const void *from, size_t n)
{
	memcpy(to, from, n);
	return 0;
}

/* Move up to n bytes of one page into the file; bytes moved. Somebody may truncate it meanwhile: then once more. */
static i32 write_page(struct inode *inode, copy_page *copy, char *from, u32 n, u64 at)
{
	u32 index = (u32)(at >> PAGE_SHIFT), offset = (u32)at % PAGE_SIZE, part = MIN(n, PAGE_SIZE - offset);
	struct frame *frame;
	int err;

	do {
		err = make_pages(inode, index + 1);
		if (err)
			return err;
		err = object_pin(inode->object, index, true, &frame);
		if (err)
			continue;
		err = copy((char *)frame_address(frame) + offset, from, part);
		frame_unpin(frame);
		if (err)
			return err;
	} while (err == -EFBIG || inode->object->list.pages <= index);
	if (err)
		return err == -ENOMEM ? -ENOSPC : err;
	inode->size = MAX(inode->size, at + part);
	return (i32)part;
}

/* Move up to n bytes of one page from the file; bytes moved, 0 at its end. */
static i32 read_page(struct inode *inode, copy_page *copy, char *to, u32 n, u64 at)
{
	u32 offset = (u32)at % PAGE_SIZE;
	struct frame *frame;
	u32 part;
	int err;

	if (at >= inode->size)
		return 0;
	part = (u32)MIN((u64)MIN(n, PAGE_SIZE - offset), inode->size - at);
	err = object_pin(inode->object, (u32)(at >> PAGE_SHIFT), false, &frame);
	if (err)
		return err == -EFBIG ? 0 : err;
	err = copy(to, (char *)frame_address(frame ? frame : zero_frame) + offset, part);
	if (frame)
		frame_unpin(frame);
	return err ?: (i32)part;
}

/* Page after page, by one of the two, until one is not moved whole; bytes moved. */
static i32 move_pages(struct inode *inode, i32 (*move)(struct inode *, copy_page *, char *, u32, u64), copy_page *copy,
		      char *buf, u32 n, u64 *position)
{
	u32 done = 0;
	i32 part = 0;

	while (done < n) {
		part = move(inode, copy, buf + done, n - done, *position);
		if (part <= 0)
			break;
		done += (u32)part;
		*position += (u32)part;
	}
	return done ? (i32)done : part;
}

static i32 write_pages(struct inode *inode, copy_page *copy, const void *from, u32 n, u64 *position)
{
	i32 done = move_pages(inode, write_page, copy, (char *)from, n, position);

	trim_pages(inode);
	inode_changed(inode);
	return done;
}

static i32 memfs_read(struct file *file, void *user, u32 n, u64 *position)
{
	file->inode->atime = (i64)clock_realtime_ns();
	return move_pages(file->inode, read_page, copy_out, user, n, position);
}

i32 file_read_kernel(struct file *file, void *to, u32 n, u64 position)
{
	return file->ops == &memfs_file_ops ? move_pages(file->inode, read_page, copy_kernel, to, n, &position) : -ENOEXEC;
}

static i32 memfs_write(struct file *file, const void *user, u32 n, u64 *position)
{
	if (!n)
		return 0;
	if (file->flags & O_APPEND)
		*position = file->inode->size;
	if (may_grow(*position + 1))
		return -EFBIG;
	return write_pages(file->inode, copy_in, user, (u32)MIN((u64)n, size_limit() - *position), position);
}

int memfs_write_kernel(struct inode *inode, const void *from, u32 n)
{
	u64 position = inode->size;
	i32 done = write_pages(inode, copy_kernel, from, n, &position);

	return done == (i32)n ? 0 : done < 0 ? done : -ENOSPC;
}

static int memfs_map(struct file *file, struct map_request *request)
{
	request->object = file->inode->object;
	object_ref(request->object);
	return 0;
}

const struct file_ops memfs_file_ops = { .read = memfs_read, .write = memfs_write, .map = memfs_map };
