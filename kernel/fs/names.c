/* Making, removing and renaming names. */
#include "kernel/fs/memfs.h"
#include "kernel/fs/path.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task.h"
#include "kernel/uaccess.h"
#include "mm/kmalloc.h"

/* Walk to a name that is not there yet; only of a directory may it end with a slash. On failure nothing is owed. */
static int walk_to_new(struct walk *walk, i32 dirfd, const char *path, bool directory)
{
	struct dentry *found;
	int err = walk_begin(walk, dirfd, path);

	if (err)
		return err;
	err = walk_last(walk, false, &found);
	if (!err) {
		dentry_unref(found);
		err = -EEXIST;
	} else if (err == -ENOENT && walk->kind == LAST_NAME && (directory || !walk_slash(walk))) {
		return 0;
	}
	walk_end(walk);
	return err;
}

static bool is_dir(const struct dentry *dentry)
{
	return mode_is(dentry->inode->mode, S_IFDIR);
}

/* The name that path_make() wants is there. 0: it may be made now. */
static int give_way(struct dentry *there, const struct inode *inode)
{
	if (is_dir(there) || mode_is(inode->mode, S_IFDIR))
		return -EEXIST;
	dentry_unlink(there);
	return 0;
}

int path_make(const char *path, struct inode *inode, struct inode **out)
{
	struct dentry *dentry;
	struct walk walk;
	int err = inode ? walk_begin_kernel(&walk, path) : -ENOMEM;

	if (err)
		goto drop_inode;
	err = walk_last(&walk, false, &dentry);
	if (!err && !(is_dir(dentry) && mode_is(inode->mode, S_IFDIR))) {
		err = give_way(dentry, inode);
		dentry_unref(dentry);
		err = err ? err : -ENOENT;
	}
	if (err == -ENOENT && walk.kind == LAST_NAME) {
		inode_ref(inode);
		err = walk_create(&walk, inode, &dentry);
	}
	walk_end(&walk);
	if (!err && out) {
		*out = dentry->inode;
		inode_ref(*out);
	}
	if (!err)
		dentry_unref(dentry);
drop_inode:
	if (inode)
		inode_unref(inode);
	return err;
}

static u32 masked(u32 mode)
{
	return mode & ~current->fs->umask;
}

static i32 make(i32 dirfd, const char *path, u32 mode, u32 rdev)
{
	struct walk walk;
	int err = walk_to_new(&walk, dirfd, path, mode_is(mode, S_IFDIR));

	if (err)
		return err;
	err = walk_create(&walk, memfs_inode(masked(mode), rdev), NULL);
	walk_end(&walk);
	return err;
}

i32 sys_mkdirat(i32 dirfd, const char *path, u32 mode)
{
	return make(dirfd, path, S_IFDIR | (mode & 01777), 0);
}

i32 sys_mknodat(i32 dirfd, const char *path, u32 mode, u32 rdev)
{
	if (mode_is(mode, 0) || mode_is(mode, S_IFREG))
		return make(dirfd, path, S_IFREG | (mode & 07777), 0);
	if (!mode_is(mode, S_IFCHR) || current_cred()->fsuid != 0)
		return mode_is(mode, S_IFDIR) || mode_is(mode, S_IFLNK) ? -EINVAL : -EPERM;
	return make(dirfd, path, mode & (S_IFMT | 07777), rdev);
}

i32 sys_symlinkat(const char *target, i32 dirfd, const char *path)
{
	char *text = kmalloc(PATH_MAX);
	struct walk walk;
	int err;

	if (!text)
		return -ENOMEM;
	err = copy_string_from_user(text, target, PATH_MAX);
	if (err > 0)
		err = walk_to_new(&walk, dirfd, path, false);
	else if (!err)
		err = -ENOENT;
	if (!err) {
		err = walk_create(&walk, memfs_symlink(text), NULL);
		walk_end(&walk);
	}
	kfree(text);
	return err;
}

static int may_link(const struct inode *inode, const struct walk *walk)
{
	if (inode->device != walk->at->inode->device)
		return -EXDEV;
	if (mode_is(inode->mode, S_IFDIR))
		return -EPERM;
	return inode->nlink ? 0 : -ENOENT;
}

i32 sys_linkat(i32 old_dirfd, const char *old_path, i32 new_dirfd, const char *new_path, u32 flags)
{
	struct inode *inode;
	struct walk walk;
	int err;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = path_inode(old_dirfd, old_path, flags & AT_SYMLINK_FOLLOW ? flags : flags | AT_SYMLINK_NOFOLLOW, &inode);
	if (err)
		return err;
	err = walk_to_new(&walk, new_dirfd, new_path, false);
	if (err)
		goto drop_inode;
	err = may_link(inode, &walk);
	if (!err) {
		inode_ref(inode);
		err = walk_create(&walk, inode, NULL);
	}
	walk_end(&walk);
drop_inode:
	inode_unref(inode);
	return err;
}

/* May the victim be taken from its directory? A sticky one asks for the owner of either. */
static int may_remove(const struct dentry *victim)
{
	struct inode *dir = victim->parent->inode;
	int err = dir_may_change(dir);

	if (err)
		return err;
	return (dir->mode & S_ISVTX) && !inode_owned(dir) && !inode_owned(victim->inode) ? -EPERM : 0;
}

static int remove_directory(struct dentry *victim)
{
	if (!is_dir(victim))
		return -ENOTDIR;
	if (victim->inode->device != victim->parent->inode->device)
		return -EBUSY;           /* /proc */
	if (!list_empty(&victim->inode->entries))
		return -ENOTEMPTY;
	dentry_unlink(victim);
	return 0;
}

static int remove_file(struct dentry *victim, bool slash)
{
	if (is_dir(victim))
		return -EISDIR;
	if (slash)
		return -ENOTDIR;
	dentry_unlink(victim);
	return 0;
}

/* What calls that remove a name say to a last component that is none. */
static int not_a_name(enum walk_last_kind kind, bool directory)
{
	if (!directory)
		return -EISDIR;
	return kind == LAST_DOT ? -EINVAL : kind == LAST_DOTDOT ? -ENOTEMPTY : -EBUSY;
}

i32 sys_unlinkat(i32 dirfd, const char *path, u32 flags)
{
	bool directory = flags & AT_REMOVEDIR;
	struct dentry *victim;
	struct walk walk;
	int err;

	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	err = walk_begin(&walk, dirfd, path);
	if (err)
		return err;
	err = walk.kind == LAST_NAME ? dentry_lookup(walk.at, walk.last, walk.length, &victim) :
				       not_a_name(walk.kind, directory);
	if (err)
		goto end_walk;
	err = may_remove(victim);
	if (!err)
		err = directory ? remove_directory(victim) : remove_file(victim, walk_slash(&walk));
	dentry_unref(victim);
end_walk:
	walk_end(&walk);
	return err;
}

/* Two names on their way: `there` is what has the new one already, or NULL. */
struct renaming {
	struct walk from, to;
	struct dentry *moved, *there;
	bool keep_there;               /* RENAME_NOREPLACE */
};

/* May what has the new name give way? */
static int may_replace(const struct renaming *r)
{
	int err = may_remove(r->there);

	if (err)
		return err;
	if (is_dir(r->moved) != is_dir(r->there))
		return is_dir(r->moved) ? -ENOTDIR : -EISDIR;
	return is_dir(r->there) && !list_empty(&r->there->inode->entries) ? -ENOTEMPTY : 0;
}

static int may_rename(const struct renaming *r)
{
	bool slash = walk_slash(&r->from) || walk_slash(&r->to);
	int err;

	if (r->there && r->keep_there)
		return -EEXIST;
	if (r->moved->inode->device != r->to.at->inode->device)
		return -EBUSY;           /* /proc */
	if (is_dir(r->moved) && dentry_is_below(r->to.at, r->moved))
		return -EINVAL;
	if (r->there && dentry_is_below(r->from.at, r->there))
		return -ENOTEMPTY;
	if (slash && !is_dir(r->moved))
		return -ENOTDIR;
	err = may_remove(r->moved);
	if (!err)
		err = r->there ? may_replace(r) : dir_may_change(r->to.at->inode);
	if (!err && is_dir(r->moved) && r->from.at != r->to.at)
		err = inode_permission(current_cred(), r->moved->inode, INODE_WRITE);   /* its `..` changes */
	return err;
}

static int rename_found(struct renaming *r)
{
	char *name;
	int err;

	if (r->there && r->there->inode == r->moved->inode && !r->keep_there)
		return 0;
	err = may_rename(r);
	if (err)
		return err;
	name = dentry_name(r->to.last, r->to.length);
	if (!name)
		return -ENOMEM;
	if (r->there)
		dentry_unlink(r->there);
	dentry_move(r->moved, r->to.at, name, r->to.length);
	return 0;
}

/* With both walks at their last component. */
static int rename_walked(struct renaming *r)
{
	int err;

	if (r->from.at->inode->device != r->to.at->inode->device)
		return -EXDEV;
	if (r->from.kind != LAST_NAME || r->to.kind != LAST_NAME)
		return r->from.kind == LAST_NAME && r->keep_there ? -EEXIST : -EBUSY;
	err = dentry_lookup(r->from.at, r->from.last, r->from.length, &r->moved);
	if (err)
		return err;
	r->there = NULL;
	err = dentry_lookup(r->to.at, r->to.last, r->to.length, &r->there);
	if (!err || err == -ENOENT)
		err = rename_found(r);
	dentry_unref(r->there);
	dentry_unref(r->moved);
	return err;
}

#define RENAME_NOREPLACE 1u

i32 sys_renameat2(i32 old_dirfd, const char *old_path, i32 new_dirfd, const char *new_path, u32 flags)
{
	struct renaming r = { .keep_there = flags & RENAME_NOREPLACE };
	int err;

	if (flags & ~RENAME_NOREPLACE)
		return -EINVAL;
	err = walk_begin(&r.from, old_dirfd, old_path);
	if (err)
		return err;
	err = walk_begin(&r.to, new_dirfd, new_path);
	if (!err) {
		err = rename_walked(&r);
		walk_end(&r.to);
	}
	walk_end(&r.from);
	return err;
}
