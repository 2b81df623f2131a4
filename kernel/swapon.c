/* Turning the swap disk on and off, by system calls and at boot. */
#include "kernel/args.h"
#include "kernel/block.h"
#include "kernel/fs/path.h"
#include "kernel/printk.h"
#include "kernel/task.h"
#include "mm/swap.h"

#define SWAP_FLAGS 0x7ffffu        /* swapon(2): priority and discarding, which change nothing where there is one disk */

/* Call swap_on() or swap_off() for the disk that an inode is. */
static i32 call_with_disk(struct inode *inode, void *call)
{
	if ((inode->mode & S_IFMT) == S_IFDIR)
		return -EISDIR;
	if ((inode->mode & S_IFMT) != S_IFBLK || !inode->private)
		return -EINVAL;
	return ((int (*)(struct block_device *))call)(inode->private);
}

i32 sys_swapon(const char *path, u32 flags)
{
	if (!cred_privileged(current_cred()))
		return -EPERM;
	if (flags & ~SWAP_FLAGS)
		return -EINVAL;
	return path_apply(AT_FDCWD, path, 0, call_with_disk, swap_on);
}

i32 sys_swapoff(const char *path)
{
	return cred_privileged(current_cred()) ? path_apply(AT_FDCWD, path, 0, call_with_disk, swap_off) : -EPERM;
}

void swap_boot(void)
{
	const char *name = args_value("swap");
	struct block_device *device = name ? block_find(name) : NULL;
	int error;

	if (!name)
		return;
	error = device ? swap_on(device) : -ENOENT;
	if (error)
		printk("swap: %s cannot be used (error %d)\n", name, -error);
}
