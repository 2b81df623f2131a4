/*
 * /proc: files whose text is made when they are read. Layers register what they have to show.
 */
#pragma once

#include "kernel/lib/types.h"

/* Growing text; too long is no error for the writer, the reader gets all of it. */
struct proc_text;
void proc_printf(struct proc_text *text, const char *format, ...) PRINTF_LIKE(2, 3);
void proc_write(struct proc_text *text, const void *bytes, u32 n);

/* A file shows one of: what show() says, a line that never changes, a number. */
struct proc_file {
	const char *path;                                   /* below /proc: "sysvipc/shm", "sys/kernel/shmmni" */
	u16 mode;                                           /* 0444, 0644 … */
	bool is_signed;                                     /* the number is shown as i32 */
	u8 more;                                            /* how many numbers follow it, on the same line */
	void (*show)(struct proc_text *text);               /* makes the whole text; does not sleep */
	const char *line;
	u32 *number;                                        /* may be written: min to max, else -EINVAL */
	i32 min;
	u32 max;
	int (*changed)(void);                               /* after they were stored: what the write answers if not 0; or NULL */
};
/* At boot; directories are made as needed. The files are kept by reference. */
void proc_register(const struct proc_file *files, u32 count);
