/* The end of a task. */
#pragma once

#include "kernel/task.h"

/* What wait4 reports: exit code << 8, or the number of the signal that killed it. */
#define EXIT_CODE(code) (((code) & 0xff) << 8)
#define EXIT_SIGNAL(signal) ((signal) & 0x7f)

/* Free the descriptors, the fs context and the signals of a task that ends or has not begun, as far as it has them. */
void task_drop_parts(struct task *task);
/* End the running task with that wait status; the machine ends with init. */
void task_exit(i32 status) NORETURN;
