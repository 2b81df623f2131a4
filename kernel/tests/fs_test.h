/* What the tests of the file systems share. */
#pragma once

#include "kernel/fs/inode.h"

/* As path_lookup(), for a path of the kernel's own; referenced. */
int lookup(const char *path, bool follow, struct dentry **out);
/* Unlink whatever has that name; false: nothing. */
bool remove_path(const char *path);
