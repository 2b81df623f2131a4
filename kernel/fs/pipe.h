/* Pipes: 64 KiB between two descriptors. */
#pragma once

#include "kernel/fs/file.h"

#define PIPE_SIZE 65536u
#define PIPE_BUF 4096u             /* writes up to this are not torn */

/* The two ends of a new pipe, one reference each; flags: O_NONBLOCK. -ENOMEM. */
int pipe_create(u32 flags, struct file **read_end, struct file **write_end);
