/*
 * /proc: files whose text is made when they are read. Layers register what they have to show.
 */
#pragma once

#include "kernel/lib/types.h"

struct task;

/* Growing text; too long is no error for the writer, the reader gets all of it. */
struct proc_text;
void proc_printf(struct proc_text *text, const char *format, ...) PRINTF_LIKE(2, 3);

struct proc_file {
	const char *path;                                   /* below /proc: "sysvipc/shm", "sys/kernel/shmmni" */
	u16 mode;                                           /* 0444, 0644 … */
	void (*show)(struct proc_text *text);               /* makes the whole text; does not sleep */
	int (*store)(const char *text);                     /* a write, NUL-terminated; NULL: not writable */
};
/* At boot; directories are made as needed. The file is kept by reference. */
void proc_register(const struct proc_file *file);

/* A setting under /proc/sys: one decimal number, range checked (-EINVAL outside). */
struct proc_setting {
	const char *path;
	u32 *value;
	u32 min, max;
	void (*changed)(void);                              /* after a store, or NULL */
	bool is_signed;                                     /* shown as i32 */
};
void proc_register_setting(const struct proc_setting *setting);
