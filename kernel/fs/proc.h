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
	void (*show)(struct proc_text *text);               /* makes the whole text; does not sleep */
	const char *line;
	u32 *number;                                        /* may be written: 0 to max, else -EINVAL */
	u32 max;
	void (*changed)(void);                              /* after a number was stored, or NULL */
};
/* At boot; directories are made as needed. The files are kept by reference. */
void proc_register(const struct proc_file *files, u32 count);
