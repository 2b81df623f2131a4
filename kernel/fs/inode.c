/* Inodes: what files are, who may use them, and when they go. Dentries are in dentry.c. */
#include "kernel/fs/inode.h"

#include "kernel/clock.h"
#include "kernel/lib/errno.h"
#include "mm/kmalloc.h"
#include "mm/object.h"

static u32 last_number;

struct inode *inode_create(u32 mode, const struct inode_ops *ops, const struct file_ops *file_ops)
{
	struct inode *inode = kzalloc(sizeof(*inode));

	if (!inode)
		return NULL;
	inode->number = ++last_number;
	inode->device = MEMFS_DEVICE;
	inode->ops = ops;
	inode->file_ops = file_ops;
	inode->refs = 1;
	inode->mode = mode;
	inode->uid = current_cred()->fsuid;
	inode->gid = current_cred()->fsgid;
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
	u32 granted = inode->mode & 7;

	if (cred->fsuid == 0) {
		bool may_execute = mode_is(inode->mode, S_IFDIR) || (inode->mode & 0111);

		return (want & INODE_EXEC) && !may_execute ? -EACCES : 0;
	}
	if (cred->fsuid == inode->uid)
		granted = (inode->mode >> 6) & 7;
	else if (cred->fsgid == inode->gid || cred_in_group(cred, inode->gid))
		granted = (inode->mode >> 3) & 7;
	return want & ~granted ? -EACCES : 0;
}

bool inode_owned(const struct inode *inode)
{
	return current_cred()->fsuid == 0 || current_cred()->fsuid == inode->uid;
}

void inode_changed(struct inode *inode)
{
	inode->mtime = inode->ctime = (i64)clock_realtime_ns();
}
