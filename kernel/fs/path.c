/*
 * Walking paths. The walk works in one buffer: when it meets a symbolic link, the link's text takes the place of what has been
 * walked, in front of what has not.
 *
 *   buf  | … walked … | component | rest ……… |0|
 *                                   ▲ the text of a link is put right before it
 */
#include "kernel/fs/fs.h"

#define LINKS_MAX 40u

static bool is_a(const struct dentry *dentry, u32 kind) { return mode_is(dentry->inode->mode, kind); }

/* Go to a dentry, whose reference the walk takes over. */
static void walk_move(struct walk *walk, struct dentry *to)
{
	dentry_unref(walk->at);
	walk->at = to;
}

/* Put the text of the link that was found before the rest, or go where it leads by itself. */
static int walk_link(struct walk *walk)
{
	struct dentry *link = walk->found;
	const struct inode_ops *ops = link->inode->ops;
	size_t text, rest = strlen(walk->rest) + 1;
	int err = 0;

	walk->found = NULL;
	if (++walk->links > LINKS_MAX) {
		err = -ELOOP;
	} else if (ops && ops->follow) {
		err = ops->follow(link->inode, &walk->found);
	} else if ((text = strlen(link->inode->target)) + rest > PATH_MAX) {
		err = -ENAMETOOLONG;
	} else {
		memmove(walk->buf + PATH_MAX - rest, walk->rest, rest);
		walk->rest = walk->buf + PATH_MAX - rest - text;
		memcpy(walk->rest, link->inode->target, text);
		if (walk->rest[0] == '/')
			walk_move(walk, dentry_ref(fs_root));
	}
	dentry_unref(link);
	return err;
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

/* Is the component just taken the last one? */
static bool walk_done(const struct walk *walk)
{
	const char *p = walk->rest;

	while (*p == '/')
		p++;
	return !*p;
}

/* What the component just taken names. */
static int walk_find(struct walk *walk)
{
	int err;

	if (!is_a(walk->at, S_IFDIR))
		return -ENOTDIR;
	err = walk->kind == LAST_NONE ? 0 : inode_permission(current_cred(), walk->at->inode, INODE_EXEC);
	if (err)
		return err;
	if (walk->kind == LAST_NAME)
		return dentry_lookup(walk->at, walk->last, walk->length, &walk->found);
	walk->found = dentry_ref(walk->kind == LAST_DOTDOT ? walk->at->parent : walk->at);
	return 0;
}

/* Must what was found be a directory, so that a link there is followed? */
static bool walk_into(const struct walk *walk, u32 flags) { return walk_slash(walk) && !(flags & WALK_NAME); }

static int walk_components(struct walk *walk, u32 flags)
{
	for (;;) {
		int err;

		walk_take(walk);
		err = walk_find(walk);
		if (err == -ENOENT && (flags & WALK_MISSING) && walk_done(walk))
			return 0;
		if (!err && is_a(walk->found, S_IFLNK) && ((flags & WALK_FOLLOW) || !walk_done(walk) || walk_into(walk, flags)))
			err = walk_link(walk);
		if (err)
			return err;
		if (walk->found && walk_done(walk))
			break;
		if (walk->found)
			walk_move(walk, walk->found);
		walk->found = NULL;
	}
	return walk_into(walk, flags) && !is_a(walk->found, S_IFDIR) ? -ENOTDIR : 0;
}

int walk_run(struct walk *walk, i32 dirfd, u32 flags)
{
	struct dentry *from = current->cwd;

	walk->rest = walk->buf;
	if (walk->buf[0] == '/' || (dirfd == AT_FDCWD && !from)) {
		from = fs_root;
	} else if (dirfd != AT_FDCWD) {
		const struct file *file = fd_file(dirfd);

		if (!file || !file->dentry)
			return file ? -ENOTDIR : -EBADF;
		from = file->dentry;
	}
	walk->at = dentry_ref(from);
	return walk_components(walk, flags);
}

void walk_end(struct walk *walk)
{
	dentry_unref(walk->found);
	dentry_unref(walk->at);
	kfree(walk->buf);
}

int path_fetch(const char *user_path, char **out)
{
	char *path = kmalloc(PATH_MAX);
	int length = path ? copy_string_from_user(path, user_path, PATH_MAX) : -ENOMEM;

	*out = path;
	return length > 0 ? 0 : length ?: -ENOENT;
}

int walk_load(struct walk *walk, const char *user_path)
{
	*walk = (struct walk){ 0 };
	return path_fetch(user_path, &walk->buf);
}

int walk_begin(struct walk *walk, i32 dirfd, const char *user_path, u32 flags)
{
	int err = walk_load(walk, user_path) ?: walk_run(walk, dirfd, flags);

	if (err)
		walk_end(walk);
	return err;
}

int walk_begin_kernel(struct walk *walk, const char *path, u32 flags)
{
	int err = -ENOMEM;

	*walk = (struct walk){ .buf = kmalloc(PATH_MAX) };
	if (walk->buf && strlcpy(walk->buf, path, PATH_MAX) >= PATH_MAX)
		err = -ENAMETOOLONG;
	else if (walk->buf)
		err = *path ? walk_run(walk, AT_FDCWD, flags) : -ENOENT;
	if (err)
		walk_end(walk);
	return err;
}

int dir_may_change(const struct inode *dir)
{
	if (!dir->nlink)
		return -ENOENT;
	if (dir->device != MEMFS_DEVICE)
		return -EACCES;
	return inode_permission(current_cred(), dir, INODE_WRITE | INODE_EXEC);
}

int walk_create(struct walk *walk, struct inode *inode)
{
	int err = dir_may_change(walk->at->inode);

	if (err) {
		inode_unref(inode);
		return err;
	}
	walk->found = dentry_create(walk->at, walk->last, walk->length, inode);
	if (!walk->found)
		return -ENOMEM;
	dentry_link(walk->found);
	return 0;
}

i32 path_apply(i32 dirfd, const char *user_path, u32 flags, inode_action *action, void *argument)
{
	struct walk walk;
	char first = '.';
	i32 result;

	if ((flags & AT_EMPTY_PATH) && get_user(first, user_path))
		return -EFAULT;
	if (!first)
		return dirfd == AT_FDCWD ? action(current->cwd->inode, argument) : fd_apply(dirfd, action, argument);
	result = walk_begin(&walk, dirfd, user_path, flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW);
	if (!result) {
		result = action(walk.found->inode, argument);
		walk_end(&walk);
	}
	return result;
}

i32 fd_apply(i32 fd, inode_action *action, void *argument)
{
	struct file *file = fd_file(fd);

	return file ? action(file->inode, argument) : -EBADF;
}

int dentry_path(const struct dentry *dentry, char *buf, size_t size)
{
	char *end = buf + size - 1, *p = end;

	*end = 0;
	for (; dentry != dentry->parent; dentry = dentry->parent) {
		if ((size_t)(p - buf) < dentry->length + 1)
			return -ENAMETOOLONG;
		p -= dentry->length;
		memcpy(p, dentry->name, dentry->length);
		*--p = '/';
	}
	if (p == end)
		*--p = '/';
	memmove(buf, p, (size_t)(end + 1 - p));
	return end - p;
}
