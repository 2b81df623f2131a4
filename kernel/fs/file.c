/* Open files: their life, how they are mapped, and what the rest of the kernel does with them. */
#include "kernel/fs/file.h"

#include "kernel/fs/inode.h"
#include "kernel/fs/path.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/sched.h"
#include "kernel/signal.h"
#include "mm/kmalloc.h"
#include "mm/space.h"

struct file *file_create(struct inode *inode, struct dentry *dentry, u32 flags)
{
	struct file *file = kzalloc(sizeof(*file));

	if (!file)
		return NULL;
	*file = (struct file){ .ops = inode->file_ops, .inode = inode_ref(inode), .refs = 1, .flags = flags };
	file->dentry = dentry ? dentry_ref(dentry) : NULL;
	return file;
}

struct file *file_ref(struct file *file)
{
	file->refs++;
	return file;
}

void file_unref(struct file *file)
{
	if (!file || --file->refs)
		return;
	if (file->ops->release)
		file->ops->release(file);
	dentry_unref(file->dentry);
	inode_unref(file->inode);
	kfree(file);
}

bool file_pause(void)
{
	might_sleep();
	if (need_resched)
		sched_yield();
	return signal_kill_pending(current);
}

static void file_area_open(struct area *area)
{
	file_ref(area->owner);
}

static void file_area_close(struct area *area)
{
	file_unref(area->owner);
}

static void file_area_label(const struct area *area, struct area_label *out)
{
	const struct file *file = area->owner;
	const char *path = file_path(file, out->path, sizeof(out->path));

	memmove(out->path, path, strlen(path) + 1);
	out->device = file->inode->device;
	out->inode = file->inode->number;
	out->deleted = file->dentry->deleted;
}

const struct area_ops file_area_ops = {
	.open = file_area_open,
	.close = file_area_close,
	.label = file_area_label,
	.around = true,
};

int file_map(struct file *file, struct map_request *request)
{
	u32 access = file->flags & O_ACCMODE;
	bool shared = !(request->flags & AREA_PRIVATE);

	if (access == O_WRONLY)
		return -EACCES;
	if (shared && (request->prot & AREA_WRITE) && access != O_RDWR)
		return -EACCES;
	if (!file->ops->map)
		return -ENODEV;
	if (shared && access != O_RDWR)
		request->flags |= AREA_DENY_WRITE;
	return file->ops->map(file, request);
}

u64 file_size(const struct file *file)
{
	return file->inode->size;
}

const char *file_path(const struct file *file, char *buf, size_t size)
{
	const char *path = file->dentry ? dentry_path(file->dentry, buf, size) : NULL;

	return path ? path : "";
}
