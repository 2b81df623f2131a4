/* The console as a terminal: lines with echo and erasing. Job control and the rest of a terminal are not here yet. */
#pragma once

#include "kernel/fs/file.h"

extern const struct file_ops tty_file_ops;

/* TCGETS and its like, for everything that is a terminal. */
i32 tty_ioctl(struct file *file, u32 command, vaddr_t argument);
