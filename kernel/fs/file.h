/*
 * Open files: what read, write and the rest act on, and the tables of descriptors that name them.
 *
 *   task ── fd_table ── file (position, flags; counted, shared by dup and fork) ── inode (counted)
 */
#pragma once

#include "kernel/lib/types.h"

struct file {
	/* fixed at creation */
	const struct file_ops *ops;
	struct inode *inode;       /* referenced; never NULL: pipes have one too */
	struct dentry *dentry;     /* the name it was opened by, referenced; NULL: a pipe */
	/* changed only between sleep points */
	u32 refs;
	u32 flags;                 /* O_ACCMODE, O_APPEND, O_NONBLOCK … */
	u64 position;
	void *private;             /* for ops */
};

struct fd_table;
struct map_request;
struct stream;

/* One step of a transfer by way of a buffer: kernel/fs/fs.h. */
typedef i32 stream_mover(const struct stream *stream, u8 *buf, u32 n);

struct file_ops {
	/*
	 * Move up to n bytes (n <= 0x7ffff000) between user memory and the file at *position, which they advance. Result: bytes moved,
	 * or -errno. May sleep. NULL: -EINVAL.
	 */
	i32 (*read)(struct file *file, void *user, u32 n, u64 *position);
	i32 (*write)(struct file *file, const void *user, u32 n, u64 *position);
	stream_mover *take, *put;                                           /* what stream_read() and stream_write() go by */
	i32 (*ioctl)(struct file *file, u32 command, vaddr_t argument);   /* NULL: -ENOTTY */
	int (*map)(struct file *file, struct map_request *request);       /* file_map(): give the object. NULL: -ENODEV */
	u32 (*poll)(struct file *file);                    /* POLLIN | …; called with interrupts off. NULL: always ready */
	void (*release)(struct file *file);                                 /* the last reference goes */
};

/* What the access mode allows; 3 allows nothing (it is for ioctl alone). Plus one, its two bits are "read" and "write". */
static inline bool file_readable(const struct file *file) { return (file->flags + 1) & 1; }

static inline bool file_writable(const struct file *file) { return (file->flags + 1) & 2; }

/* An open file with one reference and references of its own to inode and dentry (may be NULL). NULL: no memory. */
struct file *file_create(struct inode *inode, struct dentry *dentry, u32 flags);
/* The file itself. */
struct file *file_ref(struct file *file);
void file_unref(struct file *file);                /* NULL: nothing */

/* Between two parts of a long transfer: others may run. True: the task is being killed, so it is to stop here. May sleep. */
bool file_pause(void);

/* The file of a descriptor, not referenced: of another task's table good until the next sleep point. NULL: none. */
struct file *fd_peek(const struct fd_table *table, u32 fd);
/* The same of the current task's table, which nobody else changes: good for the whole call. NULL: -EBADF. */
struct file *fd_file(i32 fd);
/*
 * The lowest free descriptor from `min` up; it stays free until fd_install() makes it a file's, which cannot fail and takes
 * over the reference. -EMFILE, -ENOMEM.
 */
i32 fd_find(u32 min);
void fd_install(i32 fd, struct file *file, bool close_on_exec);
/* fd_find() and fd_install(); on failure the reference is given back. */
i32 fd_install_lowest(struct file *file, bool close_on_exec);

/* The first descriptor in use from *fd up. */
bool fd_next(const struct fd_table *table, u32 *fd);
/* One past the highest descriptor that the task may have. */
u32 fd_limit(void);
/* Make fd (below fd_limit()) name this file too, and close what it was. -ENOMEM: nothing was done. */
int fd_replace(i32 fd, struct file *file, bool close_on_exec);
/* Empty a descriptor: its file, whose reference is the caller's now; NULL: it had none. */
struct file *fd_take(i32 fd);
/* FD_CLOEXEC of a descriptor in use. */
bool *fd_close_on_exec(i32 fd);

struct fd_table *fd_table_create(void);
/* A copy for fork, each file referenced once more; NULL: no memory. */
struct fd_table *fd_table_copy(const struct fd_table *from);
void fd_table_free(struct fd_table *table);
/* exec: close what has FD_CLOEXEC. */
void fd_close_for_exec(void);

/*
 * Fill in the object, ops and owner of a mapping of this file; prot, flags and index are the caller's, and so is the reference to
 * the object (may be NULL) after space_map(). Shared mappings of what is open for reading only get AREA_DENY_WRITE. -ENODEV: it
 * cannot be mapped; -EACCES: not open for reading, or for writing where a shared writable mapping is asked for; -ENOMEM.
 */
int file_map(struct file *file, struct map_request *request);

/*
 * Open a path of the current task's view for the kernel itself (exec): an executable regular file. -ENOENT, -EACCES (not executable),
 * -ENOTDIR, -ELOOP …; the result is referenced.
 */
int file_open_exec(const char *path, struct file **out);
/* The same as open(2) would: init's standard streams. */
int file_open_kernel(const char *path, u32 flags, struct file **out);
/* Read from a memory file into kernel memory; bytes read or -errno. May sleep. */
i32 file_read_kernel(struct file *file, void *to, u32 n, u64 position);
extern const struct area_ops file_area_ops;   /* of every mapped file; the area's owner is the file */
