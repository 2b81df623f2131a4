/* Inside /proc: what its files are made of. Other layers use kernel/fs/proc.h. */
#pragma once

#include "kernel/fs/fs.h"
#include "kernel/fs/proc.h"

/*
 * Files whose text inode->ops->show makes: kept with the open file, made anew by each read from position 0. What is written, a short
 * line, goes to inode->ops->store.
 */
extern const struct file_ops proc_text_ops;
i32 proc_text_write(struct file *file, const void *user, u32 n, u64 *position);

/* A number as strtoul() reads it, with white space around, behind which *text is then; sign allowed. -EINVAL. */
int proc_parse(const char **text, i64 *out);

/* An inode of /proc, by kind and mode. NULL: no memory. */
struct inode *proc_inode(u32 mode, const struct inode_ops *ops, const struct file_ops *file_ops, void *private);
/* Boot: give it a path below /proc, making directories as needed. */
void proc_add(const char *path, struct inode *inode);

/* Boot: /proc itself, then what each file of this directory shows there. */
void proc_init(void);
void proc_system_init(void);
void proc_task_init(void);

/* kernel/fs/proc_task.c: /proc is the directory of the tasks. */
extern const struct inode_ops proc_root_ops;
extern struct dentry *proc_root;
/* The task that a file below PID/ is of; NULL: it has ended. */
struct task *proc_inode_task(const struct inode *inode);

/* kernel/fs/proc_status.c: the texts of a task. */
typedef void proc_task_maker(struct proc_text *text, struct task *task);
proc_task_maker proc_task_stat, proc_task_status, proc_task_maps, proc_task_cmdline, proc_task_comm;

/* kernel/fs/proc_pages.c: files of one 64-bit word a page; pagemap's file->private: non-NULL if frame numbers are shown. */
extern const struct file_ops proc_kpagecount_ops, proc_pagemap_ops;
