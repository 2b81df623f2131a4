/* New tasks, and the space that a task runs in. */
#pragma once

#include "kernel/task.h"

struct space;

/*
 * Boot: make a task that runs entry() in the kernel once sched_wake() is called for it, and then goes to user mode with the registers
 * that entry() has put into task_regs(current), as exec does. It has no parent, space, files, fs or signals. -ENOMEM, -EAGAIN.
 */
int task_create_kernel(const char *name, void (*entry)(void), struct task **out);

/*
 * The running task moves to another space (exec), whose reference it takes over, and drops the one it had. NULL: none, for the end
 * of a task.
 */
void task_use_space(struct space *space);
/* exec and exit: a vfork parent that waits for this task may go on. */
void task_release_vfork(struct task *task);
