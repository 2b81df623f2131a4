/*
 * Paths: from a name to a dentry. Walking does not sleep; only the copy of the path from user memory does, before it starts,
 * so that what a walk has found is still true when its caller acts on it.
 */
#pragma once

#include "kernel/fs/inode.h"

/* A task's view of the tree. */
struct fs_context {
	struct dentry *root, *cwd;     /* referenced */
	u32 umask;
};

/* At the root, umask 022; NULL: no memory. */
struct fs_context *fs_context_create(void);
struct fs_context *fs_context_copy(const struct fs_context *from);
void fs_context_free(struct fs_context *context);

/*
 * Find what a user's path names; referenced. All of Linux's errors. Flags: AT_SYMLINK_NOFOLLOW; AT_EMPTY_PATH, "" means dirfd
 * itself. Others are the caller's business. May sleep.
 */
int path_lookup(i32 dirfd, const char *user_path, u32 flags, struct dentry **out);
/* The inode that it names, referenced; with AT_EMPTY_PATH also that of a descriptor without a name (a pipe). */
int path_inode(i32 dirfd, const char *user_path, u32 flags, struct inode **out);

/* Do something with the inode that a path names, or that an open file is of (O_PATH ones only if `path_only`). */
typedef i32 inode_action(struct inode *inode, void *argument);
i32 path_apply(i32 dirfd, const char *user_path, u32 flags, inode_action *action, void *argument);
i32 fd_apply(i32 fd, bool path_only, inode_action *action, void *argument);

/*
 * Walks in two steps, for calls that create or remove names: to the directory of the last component, then the component.
 *
 *   walk_begin → walk_last → walk_end
 */
enum walk_last_kind { LAST_NAME, LAST_DOT, LAST_DOTDOT, LAST_NONE /* walk.at itself is meant */ };
struct walk {
	struct dentry *at;             /* the directory that the last component is in, referenced */
	const char *last;              /* that component; not terminated */
	u32 length;
	enum walk_last_kind kind;
	u32 links;                     /* symbolic links followed so far */
	char *buf, *rest;              /* PATH_MAX bytes; what has not been walked: after the last component, slashes or nothing */
};
/* Walk to the last component. On failure nothing is owed, else walk_end(). May sleep. */
int walk_begin(struct walk *walk, i32 dirfd, const char *user_path);
/* The same for a path of the kernel's own, from the current directory, or the root before there are tasks. Does not sleep. */
int walk_begin_kernel(struct walk *walk, const char *path);
/* Does a slash follow the last component, so that it must be a directory? */
static inline bool walk_slash(const struct walk *walk)
{
	return *walk->rest == '/';
}
/*
 * Resolve the last component; with follow, symbolic links are walked too, which moves walk->at. -ENOENT leaves the walk at the
 * name that is not there, which may be created. Does not sleep.
 */
int walk_last(struct walk *walk, bool follow, struct dentry **out);
void walk_end(struct walk *walk);
/*
 * Make the name where a walk stands that walk_last() has not found: the directory must allow it. Takes over the reference of the
 * inode, which may be NULL (-ENOMEM); *out, when wanted, is referenced. Owner and group come from the task and the directory.
 */
int walk_create(const struct walk *walk, struct inode *inode, struct dentry **out);
/*
 * Give a path of the kernel's own to a new inode (reference taken over; NULL: -ENOMEM). A directory that is there already stays,
 * a file gives way. *out, when wanted, is the inode that has the name now, referenced.
 */
int path_make(const char *path, struct inode *inode, struct inode **out);
/* May names be made in, or taken from, this directory? -ENOENT: it was removed; -EACCES. */
int dir_may_change(const struct inode *dir);

/* The absolute path of a dentry in the current task's view, at the end of buf; NULL: does not fit. */
char *dentry_path(const struct dentry *dentry, char *buf, size_t size);
