/* The console as a terminal: lines with echo and erasing. Job control and the rest of a terminal are not here yet. */
#pragma once

#include "kernel/console.h"
#include "kernel/fs/file.h"

extern const struct file_ops tty_file_ops;

/* TCGETS and its like, for everything that is a terminal. */
i32 tty_ioctl(struct file *file, u32 command, vaddr_t argument);
/* Write from user memory to a port; newlines become CR LF when `cooked`. Bytes written or -errno. May sleep. */
i32 console_write_user(enum console_port port, const void *user, u32 n, bool cooked);
