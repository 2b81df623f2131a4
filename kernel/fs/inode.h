/*
 * Inodes and dentries: what files are, and the names they have.
 *
 *   dentry "/" ──► inode (directory) ── entries: dentry "tmp", dentry "etc" …   (tree kept in memory, never a cache)
 *      ▲ parent                            each ──► inode (counted; several dentries: hard links)
 *      └─ dentry "tmp"
 *
 * A linked dentry is held by its directory, and holds its parent and its inode. Names that exist only while somebody looks
 * (/proc/PID) are made by inode_ops.lookup and held by nothing but their users.
 */
#pragma once

#include "kernel/cred.h"
#include "kernel/fs/mode.h"
#include "kernel/lib/list.h"

#define NAME_MAX 255u
#define PATH_MAX 4096u
enum { MEMFS_DEVICE = 1, PROC_DEVICE, PIPE_DEVICE };   /* st_dev of the memory file system, of /proc, and of pipes */

struct inode {
	/* fixed at creation */
	u32 number, device;
	u32 rdev;                      /* of device files */
	const struct inode_ops *ops;   /* NULL: none */
	const struct file_ops *file_ops;
	void *private;                 /* for ops */
	/* changed only between sleep points */
	u32 refs, nlink;
	u32 mode;                      /* S_IFMT and permission bits */
	uid_t uid;
	gid_t gid;
	u64 size;
	i64 atime, mtime, ctime;       /* nanoseconds since 1970 */
	union {
		struct object *object;     /* regular file: its pages; NULL: none yet */
		char *target;              /* symbolic link */
		struct {
			struct list entries;   /* directory: dentry->link, in order of place */
			u32 next_place;
		};
	};
};

struct dentry {
	u32 refs;
	bool deleted;                  /* was an entry of its directory, and is no more */
	struct inode *inode;           /* referenced */
	struct dentry *parent;         /* referenced; the root is its own */
	struct list link;              /* parent's inode->entries */
	struct dentry *hash_next;      /* the table of linked names */
	u32 place;                     /* where getdents stands in the directory: ascending */
	u32 length;
	char *name;
};

struct file;
struct proc_text;

/* One name that a directory makes up when it is read. */
struct dir_name {
	char name[24];
	u32 inode;
	u16 mode;
};

struct inode_ops {
	/* Directories: the name that is not among inode->entries; -ENOENT. The result is referenced. NULL: there are none. */
	int (*lookup)(struct dentry *dir, const char *name, u32 length, struct dentry **out);
	/* Directories: the first made-up name whose place is >= *place, which becomes its place. False: no more. */
	bool (*list)(struct inode *dir, u32 *place, struct dir_name *out);
	/*
	 * Symbolic links whose text is made when read (NUL-terminated, into PATH_MAX bytes), and that lead to a file itself
	 * (/proc/PID/exe; the result is referenced). NULL, both: what they say is inode->target.
	 */
	int (*readlink)(struct inode *inode, char *text);
	int (*follow)(struct inode *inode, struct dentry **out);
	/* A file on it is opened; may set file->ops and file->private, or refuse. */
	int (*open)(struct inode *inode, struct file *file);
	/* Files of /proc that are texts: make it, or -errno; take what is written to it, NUL-terminated, and move behind it. */
	int (*show)(struct proc_text *text, struct inode *inode);
	int (*store)(struct inode *inode, const char **text);
	/* The inode goes: free inode->private. */
	void (*destroy)(struct inode *inode);
};

/* A new inode, nlink 0, one reference, owned by the current task (fsuid, fsgid), times now. NULL: no memory. */
struct inode *inode_create(u32 mode, const struct inode_ops *ops, const struct file_ops *file_ops);
/* The inode itself. */
struct inode *inode_ref(struct inode *inode);
void inode_unref(struct inode *inode);            /* NULL: nothing */

enum { INODE_EXEC = 1, INODE_WRITE = 2, INODE_READ = 4 };
/* May the task with these ids do all of `want`? 0 or -EACCES. */
int inode_permission(const struct cred *cred, const struct inode *inode, u32 want);
/* Owner or superuser? */
bool inode_owned(const struct inode *inode);
/* Set mtime and ctime to now. */
void inode_changed(struct inode *inode);

/* A dentry for inode (whose reference it takes over, also on failure; may be NULL), not linked. NULL: no memory. */
struct dentry *dentry_create(struct dentry *parent, const char *name, u32 length, struct inode *inode);
/* The dentry itself. */
struct dentry *dentry_ref(struct dentry *dentry);
void dentry_unref(struct dentry *dentry);
/* Make it an entry of its parent, with a reference and a link count; `..` of a directory counts too. */
void dentry_link(struct dentry *dentry);
/* Undo that: what is open stays usable. */
void dentry_unlink(struct dentry *dentry);
/* Give it another place in the tree. -ENOMEM. */
int dentry_move(struct dentry *dentry, struct dentry *parent, const char *name, u32 length);
/* A copy of a name, NUL-terminated, for kfree(). NULL: no memory. */
char *dentry_name(const char *name, u32 length);
/* The entry of that name (not `.` or `..`); -ENOENT, -ENAMETOOLONG. Referenced. Permission is the caller's business. */
int dentry_lookup(struct dentry *dir, const char *name, u32 length, struct dentry **out);
bool dentry_is_below(const struct dentry *dentry, const struct dentry *above);

/* ---- Inodes of the memory file system ---------------------------------------------------------------------------- */

/* An inode of a kind (S_IFREG, S_IFDIR, S_IFLNK with its target, S_IFCHR …) with the operations that belong to it; NULL: no memory. */
struct inode *memfs_inode(u32 mode, u32 rdev);
struct inode *memfs_symlink(const char *target, u32 length);

/* Cut off, or extend by zeroes as far as the running task may: -EFBIG, -ENOSPC. Growing does not sleep; cutting a page may. */
int memfs_resize(struct inode *inode, u64 size);
/* Write from kernel memory, as cpio does; 0 or -ENOSPC. */
int memfs_write_kernel(struct inode *inode, const void *from, u32 n);

extern const struct file_ops memfs_file_ops, dir_file_ops;

/* The root of everything; exists after fs_init(). */
extern struct dentry *fs_root;
