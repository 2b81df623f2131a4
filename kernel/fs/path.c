/*
 * Walking paths. The walk works in one buffer: when it meets a symbolic link, the link's text takes the place of what has been
 * walked, in front of what has not.
 *
 *   buf  | … walked … | component | rest ……… |0|
 *                                   ▲ the text of a link is put right before it
 */
#include "kernel/fs/path.h"

#include "kernel/fs/fd.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task.h"
#include "kernel/uaccess.h"
#include "mm/kmalloc.h"

#define LINKS_MAX 40u

struct fs_context *fs_context_create(void)
{
	struct fs_context *context = kmalloc(sizeof(*context));

	if (!context)
		return NULL;
	*context = (struct fs_context){ .root = fs_root, .cwd = fs_root, .umask = 022 };
	dentry_ref(fs_root);
	dentry_ref(fs_root);
	return context;
}

struct fs_context *fs_context_copy(const struct fs_context *from)
{
	struct fs_context *context = kmalloc(sizeof(*context));

	if (!context)
		return NULL;
	*context = *from;
	dentry_ref(context->root);
	dentry_ref(context->cwd);
	return context;
}

void fs_context_free(struct fs_context *context)
{
	dentry_unref(context->root);
	dentry_unref(context->cwd);
	kfree(context);
}

static struct dentry *view_root(void)
{
	return current->fs ? current->fs->root : fs_root;
}

/* Go to a dentry, whose reference the walk takes over. */
static void walk_move(struct walk *walk, struct dentry *to)
{
	dentry_unref(walk->at);
	walk->at = to;
}

static void walk_move_ref(struct walk *walk, struct dentry *to)
{
	dentry_ref(to);
	walk_move(walk, to);
}

/* Where `..` leads. */
static struct dentry *walk_parent(const struct walk *walk)
{
	return walk->at == view_root() ? walk->at : walk->at->parent;
}

/* Put the text of a link before the rest, or go where it leads by itself. */
static int walk_link(struct walk *walk, struct inode *link)
{
	size_t text, rest = strlen(walk->rest) + 1;
	struct dentry *to;
	int err;

	if (++walk->links > LINKS_MAX)
		return -ELOOP;
	if (link->ops && link->ops->follow) {
		err = link->ops->follow(link, &to);
		if (!err)
			walk_move(walk, to);
		return err;
	}
	text = strlen(link->target);
	if (text + rest > PATH_MAX)
		return -ENAMETOOLONG;
	memmove(walk->buf + PATH_MAX - rest, walk->rest, rest);
	walk->rest = walk->buf + PATH_MAX - rest - text;
	memcpy(walk->rest, link->target, text);
	if (walk->rest[0] == '/')
		walk_move_ref(walk, view_root());
	return 0;
}

/* Cut the next component off the rest. */
static void walk_take(struct walk *walk)
{
	while (*walk->rest == '/')
		walk->rest++;
	walk->last = walk->rest;
	while (*walk->rest && *walk->rest != '/')
		walk->rest++;
	walk->length = (u32)(walk->rest - walk->last);
	walk->kind = walk->length == 0 ? LAST_NONE : LAST_NAME;
	if (walk->last[0] == '.' && walk->length == 1)
		walk->kind = LAST_DOT;
	else if (walk->last[0] == '.' && walk->last[1] == '.' && walk->length == 2)
		walk->kind = LAST_DOTDOT;
}

static bool walk_done(const struct walk *walk)
{
	const char *p = walk->rest;

	while (*p == '/')
		p++;
	return !*p;
}

/* Into the component just taken, which is not the last. */
static int walk_step(struct walk *walk)
{
	struct dentry *child;
	int err = 0;

	if (walk->kind == LAST_DOTDOT)
		walk_move_ref(walk, walk_parent(walk));
	if (walk->kind != LAST_NAME)
		return 0;
	err = dentry_lookup(walk->at, walk->last, walk->length, &child);
	if (err)
		return err;
	if (!mode_is(child->inode->mode, S_IFLNK)) {
		walk_move(walk, child);
		return 0;
	}
	err = walk_link(walk, child->inode);
	dentry_unref(child);
	return err;
}

/* Walk until the last component has been taken. */
static int walk_components(struct walk *walk)
{
	int err;

	for (;;) {
		if (!mode_is(walk->at->inode->mode, S_IFDIR))
			return -ENOTDIR;
		walk_take(walk);
		if (walk->kind == LAST_NONE)
			return 0;
		err = inode_permission(current_cred(), walk->at->inode, INODE_EXEC);
		if (err || walk_done(walk))
			return err;
		err = walk_step(walk);
		if (err)
			return err;
	}
}

static int walk_start_at(i32 dirfd, struct dentry **out)
{
	struct file *file;

	if (dirfd == AT_FDCWD) {
		*out = current->fs ? current->fs->cwd : fs_root;
		dentry_ref(*out);
		return 0;
	}
	file = fd_get(dirfd);
	if (!file)
		return -EBADF;
	*out = file->dentry;
	if (*out)
		dentry_ref(*out);
	file_unref(file);
	return *out ? 0 : -ENOTDIR;
}

/* With the path in walk->buf, which is given back on failure. */
static int walk_run(struct walk *walk, i32 dirfd)
{
	int err = 0;

	walk->rest = walk->buf;
	walk->links = 0;
	walk->at = NULL;
	if (walk->buf[0] == '/')
		walk_move_ref(walk, view_root());
	else
		err = walk_start_at(dirfd, &walk->at);
	if (!err)
		err = walk_components(walk);
	if (err)
		walk_end(walk);
	return err;
}

void walk_end(struct walk *walk)
{
	dentry_unref(walk->at);
	kfree(walk->buf);
}

int walk_begin(struct walk *walk, i32 dirfd, const char *user_path)
{
	int length;

	walk->buf = kmalloc(PATH_MAX);
	if (!walk->buf)
		return -ENOMEM;
	length = copy_string_from_user(walk->buf, user_path, PATH_MAX);
	if (length > 0)
		return walk_run(walk, dirfd);
	kfree(walk->buf);
	return length ? length : -ENOENT;
}

int walk_begin_kernel(struct walk *walk, const char *path)
{
	if (!*path)
		return -ENOENT;
	walk->buf = kmalloc(PATH_MAX);
	if (!walk->buf)
		return -ENOMEM;
	if (strlcpy(walk->buf, path, PATH_MAX) < PATH_MAX)
		return walk_run(walk, AT_FDCWD);
	kfree(walk->buf);
	return -ENAMETOOLONG;
}

int walk_last(struct walk *walk, bool follow, struct dentry **out)
{
	int err;

	for (;;) {
		struct dentry *found = walk->kind == LAST_DOTDOT ? walk_parent(walk) : walk->at;

		dentry_ref(found);
		if (walk->kind == LAST_NAME) {
			dentry_unref(found);
			err = dentry_lookup(walk->at, walk->last, walk->length, &found);
			if (err)
				return err;
		}
		*out = found;
		if (!mode_is(found->inode->mode, S_IFLNK) || !(follow || walk_slash(walk)))
			break;
		err = walk_link(walk, found->inode);
		if (!err && found->inode->ops && found->inode->ops->follow)
			walk->kind = LAST_NONE;
		else if (!err)
			err = walk_components(walk);
		dentry_unref(found);
		if (err) {
			walk->kind = LAST_NONE;   /* nothing to create: it broke off on the way */
			return err;
		}
	}
	if (!walk_slash(walk) || mode_is((*out)->inode->mode, S_IFDIR))
		return 0;
	dentry_unref(*out);
	return -ENOTDIR;
}

int dir_may_change(const struct inode *dir)
{
	if (!dir->nlink)
		return -ENOENT;
	if (dir->device != MEMFS_DEVICE)
		return -EACCES;
	return inode_permission(current_cred(), dir, INODE_WRITE | INODE_EXEC);
}

int walk_create(const struct walk *walk, struct inode *inode, struct dentry **out)
{
	struct inode *dir = walk->at->inode;
	struct dentry *dentry;
	int err = dir_may_change(dir);

	if (err && inode)
		inode_unref(inode);
	if (err)
		return err;
	dentry = dentry_create(walk->at, walk->last, walk->length, inode);
	if (!dentry)
		return -ENOMEM;
	if (dir->mode & S_ISGID) {
		inode->gid = dir->gid;
		inode->mode |= mode_is(inode->mode, S_IFDIR) ? S_ISGID : 0;
	}
	dentry_link(dentry);
	if (out)
		*out = dentry;
	else
		dentry_unref(dentry);
	return 0;
}

/* Is it the empty string? -EFAULT. */
static int user_path_empty(const char *user_path)
{
	char first;

	return get_user(first, user_path) ? -EFAULT : !first;
}

int path_lookup(i32 dirfd, const char *user_path, u32 flags, struct dentry **out)
{
	int empty = flags & AT_EMPTY_PATH ? user_path_empty(user_path) : 0;
	struct walk walk;
	int err;

	if (empty)
		return empty < 0 ? empty : walk_start_at(dirfd, out);
	err = walk_begin(&walk, dirfd, user_path);
	if (err)
		return err;
	err = walk_last(&walk, !(flags & AT_SYMLINK_NOFOLLOW), out);
	walk_end(&walk);
	return err;
}

int path_inode(i32 dirfd, const char *user_path, u32 flags, struct inode **out)
{
	struct dentry *dentry;
	struct file *file;
	int err;

	if ((flags & AT_EMPTY_PATH) && dirfd >= 0 && user_path_empty(user_path) == 1) {
		file = fd_get(dirfd);
		if (!file)
			return -EBADF;
		*out = file->inode;
		inode_ref(*out);
		file_unref(file);
		return 0;
	}
	err = path_lookup(dirfd, user_path, flags, &dentry);
	if (err)
		return err;
	*out = dentry->inode;
	inode_ref(*out);
	dentry_unref(dentry);
	return 0;
}

i32 path_apply(i32 dirfd, const char *user_path, u32 flags, inode_action *action, void *argument)
{
	struct inode *inode;
	i32 result = path_inode(dirfd, user_path, flags, &inode);

	if (result)
		return result;
	result = action(inode, argument);
	inode_unref(inode);
	return result;
}

i32 fd_apply(i32 fd, bool path_only, inode_action *action, void *argument)
{
	struct file *file = path_only ? fd_get(fd) : fd_get_io(fd);
	i32 result;

	if (!file)
		return -EBADF;
	result = action(file->inode, argument);
	file_unref(file);
	return result;
}

char *dentry_path(const struct dentry *dentry, char *buf, size_t size)
{
	char *p = buf + size - 1;

	*p = 0;
	for (; dentry != view_root() && dentry != dentry->parent; dentry = dentry->parent) {
		if ((size_t)(p - buf) < dentry->length + 1)
			return NULL;
		p -= dentry->length;
		memcpy(p, dentry->name, dentry->length);
		*--p = '/';
	}
	if (!*p)
		*--p = '/';
	return p;
}
