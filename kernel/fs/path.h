/*
 * Paths: from a name to a dentry. Walking does not sleep; only the copy of the path from user memory does, before it starts,
 * so that what a walk has found is still true when its caller acts on it.
 */
#pragma once

#include "kernel/fs/inode.h"

/*
 * Do something with the inode that a user's path names, or that an open file is of: what that says, or all of Linux's errors. Flags:
 * AT_SYMLINK_NOFOLLOW; AT_EMPTY_PATH, "" means what dirfd is open on. Others are the caller's business. May sleep.
 */
typedef i32 inode_action(struct inode *inode, void *argument);
i32 path_apply(i32 dirfd, const char *user_path, u32 flags, inode_action *action, void *argument);
i32 fd_apply(i32 fd, inode_action *action, void *argument);

/* A walk to the last component of a path, and to what it names: for calls that create or remove names. */
enum walk_last_kind { LAST_NAME, LAST_DOT, LAST_DOTDOT, LAST_NONE /* only slashes: the root */ };
struct walk {
	struct dentry *at;             /* the directory that the last component is in, referenced */
	struct dentry *found;          /* what it names, referenced; NULL: nothing, with WALK_MISSING */
	const char *last;              /* that component; not terminated */
	u32 length;
	enum walk_last_kind kind;
	u32 links;                     /* symbolic links followed so far */
	char *buf, *rest;              /* PATH_MAX bytes; what has not been walked: after the last component, slashes or nothing */
};
enum {
	WALK_FOLLOW = 1,               /* a symbolic link at the end is followed; else only with a slash after it */
	WALK_NAME = 2,                 /* the name itself is meant: what it is matters to the caller, and so does walk_slash() */
	WALK_MISSING = 4,              /* the last component need not be there (its kind is LAST_NAME then) */
};
/* Both steps of a walk. On failure nothing is owed, else walk_end(). May sleep. */
int walk_begin(struct walk *walk, i32 dirfd, const char *user_path, u32 flags);
/* Fetch the path: may sleep. Then walk it: does not, so two may be walked at once. walk_end() is owed, on failure too. */
int walk_load(struct walk *walk, const char *user_path);
/* A copy of a path, or of a link's text, of the user's, for kfree() even on failure. -ENOENT: it is empty. May sleep. */
int path_fetch(const char *user_path, char **out);
int walk_run(struct walk *walk, i32 dirfd, u32 flags);
/* As walk_begin() for a path of the kernel's own, from the current directory, or the root before there are tasks. Does not sleep. */
int walk_begin_kernel(struct walk *walk, const char *path, u32 flags);
/* Does a slash follow the last component, so that it must be a directory? */
static inline bool walk_slash(const struct walk *walk) { return *walk->rest == '/'; }
void walk_end(struct walk *walk);
/*
 * Make the name that the walk has not found, and let it have found that: the directory must allow it. Takes over the reference
 * of the inode, which may be NULL (-ENOMEM).
 */
int walk_create(struct walk *walk, struct inode *inode);
/*
 * Give a path of the kernel's own to a new inode (reference taken over; NULL: -ENOMEM). A directory that is there already stays,
 * a file gives way. *out, when wanted, is the inode that has the name now, referenced.
 */
int path_make(const char *path, struct inode *inode, struct inode **out);
/* May names be made in, or taken from, this directory? -ENOENT: it was removed; -EACCES. */
int dir_may_change(const struct inode *dir);

/* The absolute path of a dentry, and its length; -ENAMETOOLONG: does not fit. */
int dentry_path(const struct dentry *dentry, char *buf, size_t size);
