/* The initial memory file system, from an archive in cpio's newc format. */
#pragma once

#include "kernel/lib/types.h"

/*
 * Unpack an archive over the tree: directories, files, symbolic and hard links. Bytes after its trailer are ignored. A broken
 * archive gives -EINVAL with a line in the log that says what is wrong, -ENOSPC when memory is too small; what came before stays.
 */
int cpio_unpack(const void *start, size_t size);
