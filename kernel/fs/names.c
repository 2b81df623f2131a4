/* Making, removing and renaming names. */
#include "kernel/fs/fs.h"

static bool is_dir(const struct inode *inode) { return mode_is(inode->mode, S_IFDIR); }

/* With the walk at the name. */
static int make_walked(struct walk *walk, struct inode *inode)
{
	struct dentry *there = walk->found;

	if (there && (is_dir(there->inode) || is_dir(inode)))
		return is_dir(there->inode) && is_dir(inode) ? 0 : -EEXIST;
	if (there && dir_may_change(walk->at->inode))
		return -EACCES;
	if (there) {
		dentry_unlink(there);
		dentry_unref(there);
		walk->found = NULL;
	}
	return walk_create(walk, inode_ref(inode));
}

int path_make(const char *path, struct inode *inode, struct inode **out)
{
	struct walk walk;
	int err = inode ? walk_begin_kernel(&walk, path, WALK_NAME | WALK_MISSING) : -ENOMEM;

	if (err)
		goto drop_inode;
	err = make_walked(&walk, inode);
	if (!err && out)
		*out = inode_ref(walk.found->inode);
	walk_end(&walk);
drop_inode:
	inode_unref(inode);
	return err;
}

/* Give an inode (reference taken over; NULL: -ENOMEM) a name, its first or one more. Only a directory's may end with a slash. */
static i32 make(i32 dirfd, const char *path, struct inode *inode, bool link)
{
	struct walk walk;
	int err = inode ? walk_begin(&walk, dirfd, path, WALK_NAME | WALK_MISSING) : -ENOMEM;

	if (err)
		goto drop_inode;
	if (walk.found)
		err = -EEXIST;
	else if (walk_slash(&walk) && (link || !is_dir(inode)))
		err = -ENOENT;
	else if (link && inode->device != walk.at->inode->device)
		err = -EXDEV;
	else if (link && is_dir(inode))
		err = -EPERM;
	else if (link && !inode->nlink)
		err = -ENOENT;
	err = err ?: walk_create(&walk, inode_ref(inode));
	walk_end(&walk);
drop_inode:
	inode_unref(inode);
	return err;
}

i32 sys_mkdirat(i32 dirfd, const char *path, u32 mode)
{
	return make(dirfd, path, memfs_inode(S_IFDIR | (mode & 01777 & ~current->umask), 0), false);
}

i32 sys_symlinkat(const char *target, i32 dirfd, const char *path)
{
	char *text;
	int err = path_fetch(target, &text) ?: make(dirfd, path, memfs_symlink(text, strlen(text)), false);

	kfree(text);
	return err;
}

struct new_name {
	i32 dirfd;
	const char *path;
};

static i32 inode_link(struct inode *inode, void *argument)
{
	const struct new_name *name = argument;

	return make(name->dirfd, name->path, inode_ref(inode), true);
}

i32 sys_linkat(i32 old_dirfd, const char *old_path, i32 new_dirfd, const char *new_path, u32 flags)
{
	struct new_name name = { new_dirfd, new_path };

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return path_apply(old_dirfd, old_path, flags & AT_SYMLINK_FOLLOW ? flags : flags | AT_SYMLINK_NOFOLLOW, inode_link, &name);
}

/* May it be taken from its directory? A sticky one asks for the owner of either. */
static int may_take(const struct dentry *victim)
{
	const struct inode *dir = victim->parent->inode;
	bool kept = (dir->mode & S_ISVTX) && !inode_owned(dir) && !inode_owned(victim->inode);

	return dir_may_change(dir) ?: kept ? -EPERM : 0;
}

/* May it go, for one who expects a directory, or a file? */
static int may_remove(const struct dentry *victim, bool directory)
{
	const struct inode *inode = victim->inode;
	int err = may_take(victim);

	if (err)
		return err;
	if (is_dir(inode) != directory)
		return directory ? -ENOTDIR : -EISDIR;
	if (inode->device != victim->parent->inode->device)
		return -EBUSY;           /* /proc */
	return directory && !list_empty(&inode->entries) ? -ENOTEMPTY : 0;
}

i32 sys_unlinkat(i32 dirfd, const char *path, u32 flags)
{
	/* to a last component that is no name */
	static const int refusal[] = { [LAST_DOT] = -EINVAL, [LAST_DOTDOT] = -ENOTEMPTY, [LAST_NONE] = -EBUSY };
	struct walk walk;
	int err;

	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	err = walk_begin(&walk, dirfd, path, WALK_NAME);
	if (err)
		return err;
	err = walk.kind == LAST_NAME ? may_remove(walk.found, flags) : flags ? refusal[walk.kind] : -EISDIR;
	if (!err && !flags && walk_slash(&walk))
		err = -ENOTDIR;
	if (!err)
		dentry_unlink(walk.found);
	walk_end(&walk);
	return err;
}

static int may_rename(const struct walk *from, const struct walk *to)
{
	const struct inode *moved = from->found->inode;
	int err;

	if (moved->device != to->at->inode->device)
		return -EBUSY;           /* /proc */
	if (is_dir(moved) && dentry_is_below(to->at, from->found))
		return -EINVAL;
	if (to->found && dentry_is_below(from->at, to->found))
		return -ENOTEMPTY;
	err = may_take(from->found) ?: to->found ? may_remove(to->found, is_dir(moved)) : dir_may_change(to->at->inode);
	/* the `..` of a directory changes */
	return err ?: is_dir(moved) && from->at != to->at ? inode_permission(current_cred(), moved, INODE_WRITE) : 0;
}

static int rename_walked(struct walk *from, struct walk *to)
{
	int err;

	if (from->at->inode->device != to->at->inode->device)
		return -EXDEV;
	if (from->kind != LAST_NAME || to->kind != LAST_NAME)
		return -EBUSY;
	if (!from->found)
		return -ENOENT;
	if ((walk_slash(from) || walk_slash(to)) && !is_dir(from->found->inode))
		return -ENOTDIR;
	if (to->found && to->found->inode == from->found->inode)
		return 0;
	err = may_rename(from, to) ?: dentry_move(from->found, to->at, to->last, to->length);
	if (!err && to->found)
		dentry_unlink(to->found);
	return err;
}

i32 sys_renameat(i32 old_dirfd, const char *old_path, i32 new_dirfd, const char *new_path)
{
	struct walk from, to = { 0 };
	int err = walk_load(&from, old_path) ?: walk_load(&to, new_path) ?:
		  walk_run(&from, old_dirfd, WALK_NAME | WALK_MISSING) ?: walk_run(&to, new_dirfd, WALK_NAME | WALK_MISSING) ?:
		  rename_walked(&from, &to);

	walk_end(&to);
	walk_end(&from);
	return err;
}

i32 sys_mkdir(const char *path, u32 mode) { return sys_mkdirat(AT_FDCWD, path, mode); }
i32 sys_symlink(const char *target, const char *path) { return sys_symlinkat(target, AT_FDCWD, path); }
i32 sys_link(const char *from, const char *to) { return sys_linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }
i32 sys_unlink(const char *path) { return sys_unlinkat(AT_FDCWD, path, 0); }
i32 sys_rmdir(const char *path) { return sys_unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
i32 sys_rename(const char *from, const char *to) { return sys_renameat(AT_FDCWD, from, AT_FDCWD, to); }
