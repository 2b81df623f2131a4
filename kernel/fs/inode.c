/*
 * Inodes: what files are, who may use them, and when they go. Dentries: the tree of names. Linked names are found by a hash of
 * directory and name; a directory's own list keeps the order in which getdents tells them.
 */
#include "kernel/fs/fs.h"

static u32 last_number;

struct inode *inode_create(u32 mode, const struct inode_ops *ops, const struct file_ops *file_ops)
{
	struct inode *inode = kmalloc(sizeof(*inode));

	if (!inode)
		return NULL;
	*inode = (struct inode){ .number = ++last_number, .device = MEMFS_DEVICE, .ops = ops, .file_ops = file_ops,
				 .refs = 1, .mode = mode, .uid = current_cred()->fsuid, .gid = current_cred()->fsgid };
	inode->atime = inode->mtime = inode->ctime = (i64)clock_realtime_ns();
	if (mode_is(mode, S_IFDIR)) {
		list_init(&inode->entries);
		inode->nlink = 1;                /* its own `.` */
		inode->next_place = 2;
	}
	return inode;
}

struct inode *inode_ref(struct inode *inode)
{
	inode->refs++;
	return inode;
}

void inode_unref(struct inode *inode)
{
	if (!inode || --inode->refs)
		return;
	if (inode->ops && inode->ops->destroy)
		inode->ops->destroy(inode);
	if (mode_is(inode->mode, S_IFREG) && inode->object)
		object_unref(inode->object);
	if (mode_is(inode->mode, S_IFLNK))
		kfree(inode->target);
	kfree(inode);
}

int inode_permission(const struct cred *cred, const struct inode *inode, u32 want)
{
	uid_t uid = inode->ops && inode->ops->store ? cred->euid : cred->fsuid; /* settings go by the former, as on Linux */
	u32 granted = inode->mode & 7;

	if (uid == 0)
		granted = mode_is(inode->mode, S_IFDIR) || (inode->mode & 0111) ? 7 : INODE_READ | INODE_WRITE;
	else if (uid == inode->uid)
		granted = (inode->mode >> 6) & 7;
	else if (cred->fsgid == inode->gid || cred_in_group(cred, inode->gid))
		granted = (inode->mode >> 3) & 7;
	return want & ~granted ? -EACCES : 0;
}

bool inode_owned(const struct inode *inode) { return current_cred()->fsuid == 0 || current_cred()->fsuid == inode->uid; }

void inode_changed(struct inode *inode) { inode->mtime = inode->ctime = (i64)clock_realtime_ns(); }

#define HASH_CHAINS 1024u

static struct dentry *hash_table[HASH_CHAINS];       /* chained by hash_next */
struct dentry *fs_root;

/* FNV-1a, begun with the directory's number. */
static struct dentry **chain_of(const struct inode *dir, const char *name, u32 length)
{
	u32 hash = 2166136261u ^ dir->number;

	for (u32 i = 0; i < length; i++)
		hash = (hash ^ (u8)name[i]) * 16777619u;
	return &hash_table[(hash ^ hash >> 16) % HASH_CHAINS];
}

char *dentry_name(const char *name, u32 length)
{
	char *copy = kmalloc(length + 1);

	if (copy) {
		memcpy(copy, name, length);
		copy[length] = 0;
	}
	return copy;
}

struct dentry *dentry_create(struct dentry *parent, const char *name, u32 length, struct inode *inode)
{
	struct dentry *dentry = inode ? kzalloc(sizeof(*dentry)) : NULL;
	char *copy = dentry ? dentry_name(name, length) : NULL;

	if (!copy) {
		kfree(dentry);
		inode_unref(inode);
		return NULL;
	}
	*dentry = (struct dentry){ .refs = 1, .inode = inode, .name = copy, .length = length };
	dentry->parent = parent ? dentry_ref(parent) : dentry;
	list_init(&dentry->link);
	return dentry;
}

struct dentry *dentry_ref(struct dentry *dentry)
{
	dentry->refs++;
	return dentry;
}

/* Upwards in a loop, since a deep tree may hang on its last name. */
void dentry_unref(struct dentry *dentry)
{
	while (dentry && --dentry->refs == 0) {
		struct dentry *parent = dentry->parent;

		inode_unref(dentry->inode);
		kfree(dentry->name);
		kfree(dentry);
		dentry = parent;
	}
}

static void enter(struct dentry *dentry)
{
	struct inode *dir = dentry->parent->inode;
	struct dentry **chain = chain_of(dir, dentry->name, dentry->length);

	dentry->place = dir->next_place++;
	list_push_back(&dir->entries, &dentry->link);
	dentry->hash_next = *chain;
	*chain = dentry;
	dir->nlink += mode_is(dentry->inode->mode, S_IFDIR);
	inode_changed(dir);
}

static void leave(struct dentry *dentry)
{
	struct inode *dir = dentry->parent->inode;
	struct dentry **at = chain_of(dir, dentry->name, dentry->length);

	list_remove(&dentry->link);
	while (*at != dentry)
		at = &(*at)->hash_next;
	*at = dentry->hash_next;
	dir->nlink -= mode_is(dentry->inode->mode, S_IFDIR);
	inode_changed(dir);
}

void dentry_link(struct dentry *dentry)
{
	dentry_ref(dentry);
	dentry->inode->nlink++;
	enter(dentry);
}

void dentry_unlink(struct dentry *dentry)
{
	struct inode *inode = dentry->inode;

	leave(dentry);
	dentry->deleted = true;
	inode->nlink -= mode_is(inode->mode, S_IFDIR) ? inode->nlink : 1;
	inode->ctime = dentry->parent->inode->ctime;
	dentry_unref(dentry);
}

int dentry_move(struct dentry *dentry, struct dentry *parent, const char *name, u32 length)
{
	struct dentry *old_parent = dentry->parent;
	char *copy = dentry_name(name, length);

	if (!copy)
		return -ENOMEM;
	leave(dentry);
	kfree(dentry->name);
	dentry->name = copy;
	dentry->length = length;
	dentry->parent = dentry_ref(parent);
	enter(dentry);
	dentry->inode->ctime = parent->inode->ctime;
	dentry_unref(old_parent);
	return 0;
}

int dentry_lookup(struct dentry *dir, const char *name, u32 length, struct dentry **out)
{
	const struct inode_ops *ops = dir->inode->ops;
	struct dentry *dentry;

	if (length > NAME_MAX)
		return -ENAMETOOLONG;
	for (dentry = *chain_of(dir->inode, name, length); dentry; dentry = dentry->hash_next)
		if (dentry->parent == dir && dentry->length == length && !memcmp(dentry->name, name, length)) {
			*out = dentry_ref(dentry);
			return 0;
		}
	return ops && ops->lookup ? ops->lookup(dir, name, length, out) : -ENOENT;
}

bool dentry_is_below(const struct dentry *dentry, const struct dentry *above)
{
	while (dentry != above && dentry != dentry->parent)
		dentry = dentry->parent;
	return dentry == above;
}
