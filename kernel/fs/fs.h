/* The file systems as a whole. */
#pragma once

/* Boot: make the tree with /dev, /tmp and /proc. After kmalloc_init(); before proc_register() and cpio_unpack(). */
void fs_init(void);
