/*
 * Directories: listing them, and the task's place among them.
 *
 * A position in a directory is 0 for `.`, 1 for `..`, then the place of an entry, then MADE_UP plus the place of a name that is
 * made when it is looked at. Places ascend and are never given twice, so that names may come and go between two calls.
 */
#include "kernel/fs/fs.h"

#define MADE_UP 0x40000000u

struct dirent64 {
	u64 ino, next;
	u16 size;
	u8 type;
	char name[];
} PACKED;

/* The old form; the type is the record's last byte. */
struct dirent32 {
	u32 ino, next;
	u16 size;
	char name[];
} PACKED;

/* Records on their way to the user. */
struct listing {
	char *buf;
	u32 used, room;
	bool wide;                     /* struct dirent64 */
	bool full;                     /* the next one did not fit */
};

static bool emit(struct listing *l, const char *name, u32 number, u32 mode, u32 next)
{
	u32 length = (u32)strlen(name), header = l->wide ? offsetof(struct dirent64, name) : offsetof(struct dirent32, name);
	u16 size = l->wide ? (header + length + 1 + 7) & ~7u : (header + length + 2 + 3) & ~3u;
	char *record = l->buf + l->used;
	u8 type = (u8)(mode >> 12);

	l->full = size > l->room - l->used;
	if (l->full)
		return false;
	memset(record, 0, size);
	memcpy(record + header, name, length);
	if (l->wide)
		*(struct dirent64 *)record = (struct dirent64){ number, next, size, type };
	else
		*(struct dirent32 *)record = (struct dirent32){ number, next, size };
	if (!l->wide)
		record[size - 1] = (char)type;
	l->used += size;
	return true;
}

/* The names kept in memory, from *position on. False: the buffer is full. */
static bool emit_entries(struct listing *l, const struct inode *dir, u64 *position)
{
	struct dentry *entry;

	list_for_each(entry, &dir->entries, link) {
		if (entry->place < *position)
			continue;
		if (!emit(l, entry->name, entry->inode->number, entry->inode->mode, entry->place + 1))
			return false;
		*position = entry->place + 1;
	}
	return true;
}

static void list_directory(struct listing *l, struct dentry *dentry, u64 *position)
{
	struct inode *dir = dentry->inode, *above = dentry->parent->inode;
	u32 place = *position > MADE_UP ? (u32)*position - MADE_UP : 0;
	struct dir_name made;

	if (*position == 0 && emit(l, ".", dir->number, dir->mode, 1))
		*position = 1;
	if (*position == 1 && emit(l, "..", above->number, above->mode, 2))
		*position = 2;
	if (*position < 2 || !emit_entries(l, dir, position) || !dir->ops || !dir->ops->list)
		return;
	for (; dir->ops->list(dir, &place, &made) && emit(l, made.name, made.inode, made.mode, MADE_UP + place + 1); place++)
		*position = MADE_UP + place + 1;
}

static i32 list_fd(i32 fd, void *user, u32 n, bool wide)
{
	struct listing l = { .room = MIN(n, PAGE_SIZE), .wide = wide };
	struct file *file = fd_file(fd);
	i32 result;
	u64 before;

	if (!file || file->ops != &dir_file_ops)
		return file ? -ENOTDIR : -EBADF;
	if (!file->inode->nlink)
		return -ENOENT;
	l.buf = kmalloc(PAGE_SIZE);
	if (!l.buf)
		return -ENOMEM;
	before = file->position;
	list_directory(&l, file->dentry, &file->position);
	result = l.used || !l.full ? (i32)l.used : -EINVAL;
	if (copy_to_user(user, l.buf, l.used)) {
		file->position = before;
		result = -EFAULT;
	}
	kfree(l.buf);
	return result;
}

const struct file_ops dir_file_ops = { 0 };

i32 sys_getdents64(i32 fd, void *user, u32 n) { return list_fd(fd, user, n, true); }
i32 sys_getdents(i32 fd, void *user, u32 n) { return list_fd(fd, user, n, false); }

/* Make a directory the task's current one. */
static int enter(struct dentry *dir)
{
	int err = mode_is(dir->inode->mode, S_IFDIR) ? inode_permission(current_cred(), dir->inode, INODE_EXEC) : -ENOTDIR;

	if (!err) {
		dentry_ref(dir);
		dentry_unref(current->cwd);
		current->cwd = dir;
	}
	return err;
}

i32 sys_chdir(const char *path)
{
	struct walk walk;
	int err = walk_begin(&walk, AT_FDCWD, path, WALK_FOLLOW);

	if (!err) {
		err = enter(walk.found);
		walk_end(&walk);
	}
	return err;
}

i32 sys_fchdir(i32 fd)
{
	struct file *file = fd_file(fd);

	if (!file)
		return -EBADF;
	return file->dentry ? enter(file->dentry) : -ENOTDIR;
}

i32 sys_getcwd(char *user, u32 size)
{
	char *path = kmalloc(PATH_MAX);
	i32 length;

	if (!path)
		return -ENOMEM;
	length = current->cwd->deleted ? -ENOENT : dentry_path(current->cwd, path, PATH_MAX);
	if (length > 0 && (u32)length >= size)
		length = -ERANGE;
	else if (length > 0 && copy_to_user(user, path, (u32)length + 1))
		length = -EFAULT;
	kfree(path);
	return length < 0 ? length : length + 1;
}

struct user_buffer {
	char *user;
	u32 size;
};

static i32 readlink_into(struct inode *inode, void *argument)
{
	const struct user_buffer *to = argument;
	bool made = inode->ops && inode->ops->readlink;
	char *text;
	i32 result;

	if (!mode_is(inode->mode, S_IFLNK))
		return -EINVAL;
	text = made ? kmalloc(PATH_MAX) : inode->target;
	if (!text)
		return -ENOMEM;
	result = made ? inode->ops->readlink(inode, text) : 0;
	if (!result) {
		u32 length = MIN((u32)strlen(text), to->size);

		result = copy_to_user(to->user, text, length) ? -EFAULT : (i32)length;
	}
	if (made)
		kfree(text);
	return result;
}

i32 sys_readlinkat(i32 dirfd, const char *path, char *user, i32 size)
{
	struct user_buffer to = { .user = user, .size = (u32)size };

	return size <= 0 ? -EINVAL : path_apply(dirfd, path, AT_SYMLINK_NOFOLLOW, readlink_into, &to);
}

i32 sys_readlink(const char *path, char *user, i32 size) { return sys_readlinkat(AT_FDCWD, path, user, size); }
