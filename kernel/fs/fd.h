/* Descriptors of the current task, for the calls that handle them; what others need of them is in kernel/fs/file.h. */
#pragma once

#include "kernel/fs/file.h"

/* Not referenced: good until the next sleep point. NULL: none. */
struct file *fd_peek(const struct fd_table *table, u32 fd);
/* The first descriptor in use from *fd up. */
bool fd_next(const struct fd_table *table, u32 *fd);
/* One past the highest descriptor that the task may have. */
u32 fd_limit(void);
/* Make fd (below fd_limit()) this file's, whose reference is taken over, and close what it was. -ENOMEM: nothing was done. */
int fd_replace(i32 fd, struct file *file, bool close_on_exec);
/* Empty a descriptor: its file, whose reference is the caller's now; NULL: it had none. */
struct file *fd_take(i32 fd);
/* FD_CLOEXEC of a descriptor in use. */
bool fd_close_on_exec(i32 fd);
void fd_set_close_on_exec(i32 fd, bool on);
