/* Putting the tree together. */
#include "kernel/fs/inode.h"


#include "kernel/fs/fs.h"
#include "kernel/fs/path.h"
#include "kernel/fs/proc_fs.h"
#include "kernel/panic.h"

static void make_directory(const char *path, u32 mode)
{
	if (path_make(path, memfs_inode(S_IFDIR | mode, 0), NULL))
		panic("%s cannot be made", path);
}

void fs_init(void)
{
	dentry_init();
	fs_root = dentry_create(NULL, "", 0, memfs_inode(S_IFDIR | 0755, 0));
	if (!fs_root)
		panic("no memory for a root directory");
	fs_root->inode->nlink++;
	make_directory("/dev", 0755);
	make_directory("/dev/shm", 01777);
	make_directory("/tmp", 01777);
	device_init();
	proc_init();
}
