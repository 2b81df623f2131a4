/* Tasks: what the kernel knows of a process, and how others find it. */
#pragma once

#include "kernel/cred.h"
#include "kernel/lib/list.h"
#include "kernel/wait.h"
#include "kernel/x86/regs.h"

struct space;          /* mm/space.h: opaque here */
struct fd_table;       /* kernel/fs/file.h */
struct fs_context;     /* kernel/fs/path.h: root, cwd, umask */
struct signals;        /* kernel/signal.h */

enum task_state { TASK_RUNNABLE, TASK_SLEEPING, TASK_STOPPED, TASK_ZOMBIE };

struct rlimit {
	u32 soft, hard;        /* 0xffffffff: none */
};
#define RLIM_NLIMITS 16
#define RLIM_INFINITY 0xffffffffu

#define TASK_NAME_SIZE 16

struct task {
	/* fixed at creation */
	pid_t pid;
	vaddr_t stack_top;             /* one past the kernel stack; the user's registers lie right below */
	/* scheduler: changed with interrupts off */
	enum task_state state;
	struct list run_link;          /* run queue */
	u32 kernel_esp;                /* where switch_to continues */
	u32 ticks_left;                /* of its time slice */
	u32 user_work;                 /* WORK_*: looked at before it returns to user mode; SIGNAL ends interruptible sleeps */
	/* relations; changed only between sleep points */
	struct task *parent;
	struct list children;          /* sibling_link of each */
	struct list sibling_link;
	struct list all_link;          /* every task, zombies included, in order of pid */
	pid_t pgid, sid;
	struct wait_queue child_exit;  /* wait4 sleeps here */
	bool vfork_parent_waits;
	i32 exit_status;               /* as wait4 gives it; valid in a zombie */
	/* what it has */
	char name[TASK_NAME_SIZE];
	struct space *space;           /* NULL in a zombie and in the idle task */
	struct fd_table *files;
	struct fs_context *fs;
	struct signals *signals;
	struct cred cred;
	struct rlimit rlimits[RLIM_NLIMITS];
	u8 tls[3 * 8];                 /* GDT descriptors of set_thread_area */
	vaddr_t clear_child_tid;
	u32 fail_nth;                  /* /proc/self/fail-nth */
	/* statistics */
	u64 start_ns, utime_ns, stime_ns, children_utime_ns, children_stime_ns;
	u32 min_faults, maj_faults, children_min_faults, children_maj_faults;
	u32 voluntary_switches, involuntary_switches;
	/* x87 and SSE state while it does not run; FXSAVE's image */
	u8 fpu[512] __attribute__((aligned(16)));
};

/* user_work; changed with interrupts off */
enum {
	WORK_RESCHED = 1,              /* another task should run */
	WORK_SIGNAL = 2,               /* signal_deliver() has something to do; kept by kernel/signal.c */
};

extern struct task *current;

/* The registers that a task entered the kernel with. */
static inline struct regs *task_regs(const struct task *task)
{
	return (struct regs *)task->stack_top - 1;
}

/* NULL: no such task. Zombies are found. The result is good until the next sleep point. */
struct task *task_find(pid_t pid);
/* In order of pid, after `task` (NULL: the first); NULL at the end. */
struct task *task_next(const struct task *task);

/*
 * Higher layers hook themselves into the end of a task (shm_rmid_forced, SEM_UNDO): called in the exiting task's context with
 * its space and files still there. Registered once at boot, never removed.
 */
void task_on_exit(void (*hook)(struct task *task));
