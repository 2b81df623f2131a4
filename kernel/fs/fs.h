/* The parts of the file system that others know by one or two names each, and what all of its files work with. */
#pragma once

#include "kernel/clock.h"
#include "kernel/console.h"
#include "kernel/fs/file.h"
#include "kernel/fs/path.h"
#include "kernel/lib/string.h"
#include "kernel/signal.h"
#include "kernel/uaccess.h"
#include "mm/kmalloc.h"
#include "mm/space.h"

/* Boot: make the tree with /dev, /tmp and /proc. After kmalloc_init(); before proc_register() and cpio_unpack(). */
void fs_init(void);

/*
 * Unpack an archive over the tree: directories, files, symbolic and hard links. Bytes after its trailer are ignored. A broken
 * archive gives -EINVAL with a line in the log that says what is wrong, -ENOSPC when memory is too small; what came before stays.
 */
int cpio_unpack(const void *start, size_t size);

/* What a device file of that number does; NULL: opening it is -ENXIO. */
const struct file_ops *device_file_ops(u32 rdev);

struct block_device;
/* A disk as a file, NULL: no memory; and the bytes of an open one. */
struct inode *disk_inode(struct block_device *device);
u64 disk_file_size(const struct file *file);

/* Device numbers: the opener's own terminal, and the console, both of which are ttyS0. */
enum { TTY_OWN = 5 << 8, TTY_CONSOLE = 5 << 8 | 1, TTY_COM1 = 4 << 8 | 64 };

/* Boot: let what is typed on COM1 be edited. */
void tty_init(void);
/* The terminal, and TCGETS and its like, for everything that is a terminal. */
extern const struct inode_ops tty_inode_ops;
extern const struct file_ops tty_file_ops;
i32 tty_ioctl(struct file *file, u32 command, vaddr_t argument);

/* The two ends of a new pipe, to read and to write, one reference each; flags: O_NONBLOCK. -ENOMEM. */
int pipe_create(u32 flags, struct file *ends[2]);

/* ---- Streams: what terminals, pipes, channels to the host and texts of /proc are: bytes that go through a buffer -------- */

/*
 * The one queue that pollers sleep on; every file that becomes ready wakes it and they look again. It is the console's, so
 * that an input interrupt need not know of polling.
 */
#define poll_queue console_input.waiters

/* One read or write on its way. */
struct stream {
	struct file *file;
	u64 position;                  /* where in the file the next byte is */
	u32 n, done;                   /* bytes wanted, and moved so far */
};

/*
 * For file_ops.read and write: move by file->ops->take and put, up to a page at a time. Those wait only when nothing is done yet;
 * they give the bytes moved, 0: no more, or -errno, and may sleep.
 */
i32 stream_read(struct file *file, void *user, u32 n, u64 *position);
i32 stream_write(struct file *file, const void *user, u32 n, u64 *position);

/* wait_sleep(), but -EAGAIN under O_NONBLOCK. */
int stream_wait(const struct file *file, struct wait_queue *queue);
