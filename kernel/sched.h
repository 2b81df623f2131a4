/*
 * The scheduler: preemptive round robin in constant time, whatever the number of runnable tasks.
 *
 *   run queue ─► task ─► task ─► …      the one that runs is not on it; idle runs when it is empty
 *
 * Kernel code is not preempted: the timer sets need_resched and user_work, which the way back to user mode obeys.
 */
#pragma once

#include "kernel/task.h"

#define TICK_HZ 100u
#define TICK_NS (1000000000u / TICK_HZ)
#define SLICE_TICKS 2u

/* How long no task could run. */
extern u64 sched_idle_ns;
/* The running task is to call schedule() before it returns to user mode; set together with user_work, cleared by schedule(). */
extern bool need_resched;

/* Boot: the running context becomes `current`, which is the idle task. Owed: the kernel's directory is loaded. */
void sched_init(void);
/* Boot's last step: run whatever is runnable, halt the processor when nothing is. */
void sched_idle(void) NORETURN;

/* Give the processor up. A task that is TASK_RUNNABLE goes to the end of the run queue, another one waits for sched_wake(). */
void schedule(void);
/* Let the others run first; costs nothing when there are none. */
void sched_yield(void);
/* Make a sleeping or stopped task runnable; nothing happens to any other. Callable from interrupt handlers. */
void sched_wake(struct task *task);

/*
 * Prepare a task's first run: it calls entry() (NULL: nothing), interrupts off, and then returns to user mode by task_regs(task). It runs
 * once sched_wake() is called for it.
 */
void sched_prepare(struct task *task, void (*entry)(void));
/* The end of the running zombie: run others for good. With `bury` its memory is freed as soon as its stack is left. */
void sched_exit(bool bury) NORETURN;

/* The timer interrupt, TICK_HZ times a second, interrupts off: time slices, times used, kernel timers. */
void sched_tick(bool user);

/* switch=always: every sleep point switches. */
extern bool sched_switch_always;
