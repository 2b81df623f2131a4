/* Tasks: what the kernel knows of a process, and how others find it. */
#pragma once

#include "kernel/cred.h"
#include "kernel/wait.h"
#include "kernel/x86/entry.h"
#include "mm/pagetable.h"

struct space;          /* mm/space.h: opaque here */
struct fd_table;       /* kernel/fs/file.h */
struct dentry;         /* kernel/fs/inode.h */
struct signals;        /* kernel/signal.h */
struct undo_list;      /* ipc/sem_undo.c */

enum task_state { TASK_RUNNABLE, TASK_SLEEPING, TASK_STOPPED, TASK_ZOMBIE };

struct rlimit {
	u32 soft, hard;        /* 0xffffffff: none */
};
enum {                 /* numbers of the Linux ABI */
	RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS, RLIMIT_NPROC, RLIMIT_NOFILE,
	RLIMIT_MEMLOCK, RLIMIT_AS, RLIMIT_LOCKS, RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO,
	RLIMIT_RTTIME, RLIM_NLIMITS
};
#define RLIM_INFINITY 0xffffffffu

#define TASK_NAME_SIZE 16
#define INIT_PID 1

/* What a call interrupted by a signal leaves for restart_syscall(). */
struct restart {
	i32 (*resume)(struct restart *restart);
	u64 deadline;                  /* of clock_now_ns() */
	void *remaining;               /* user's timespec, or NULL */
	bool wide;                     /* it has 64-bit members */
};

struct usage {
	u64 utime_ns, stime_ns;        /* in steps of a tick */
	u32 min_faults, maj_faults;
	u32 voluntary_switches, involuntary_switches;
};

/*
 * Higher layers hang what they must do when a task ends (shm_rmid_forced, SEM_UNDO) on the task itself: run() is called once, in
 * the exiting task's context with its space and files still there, and the work already off the list. A work that is no longer
 * wanted is taken off with list_remove(). Not inherited by fork.
 */
struct exit_work {
	struct list link;              /* task->exit_works; the work's owner frees it */
	void (*run)(struct exit_work *work);
};

struct task {
	/* x87 and SSE state while it does not run: FXSAVE's image, at a multiple of 16 since the task is at one of 1024 */
	u8 fpu[512];
	/* fixed at creation */
	pid_t pid;
	vaddr_t stack_top;             /* one past the kernel stack; the user's registers lie right below */
	/* scheduler: changed with interrupts off. The offsets of these two are known to assembler: TASK_USER_WORK, TASK_KERNEL_ESP */
	u32 user_work;                 /* WORK_*; looked at by the way out to user mode */
	u32 kernel_esp;                /* where switch_stack continues */
	enum task_state state;
	struct list run_link;          /* run queue */
	u32 ticks_left;                /* of its time slice */
	bool idle;                     /* boot is over, and this is what it has become: it must not sleep */
	bool interruptible;            /* it sleeps, and a signal may wake it: wait_interrupt() */
	bool signal_due;               /* signal_deliver() has something to do: ends interruptible sleeps; kept by signal.c */
	/* relations; changed only between sleep points */
	struct task *parent;
	struct list children;          /* sibling_link of each */
	struct list sibling_link;
	struct list exit_works;        /* struct exit_work */
	struct undo_list *undos;       /* of SEM_UNDO, and its place among them: ipc/sem_undo.c */
	struct exit_work undo_work;
	struct list all_link;          /* every task, zombies included, in order of pid */
	struct task *hash_next;        /* of its pid's hash chain */
	struct wait_queue child_exit;  /* wait4 sleeps here */
	bool vfork_parent_waits;
	bool has_execed;               /* setpgid of a parent is refused from then on */
	bool silent;                   /* made by clone without a signal: its end sends no SIGCHLD, and wait needs __WALL or __WCLONE */
	i32 exit_status;               /* as wait4 gives it; valid in a zombie */
	/* what it has */
	struct space *space;           /* NULL in a zombie and in the idle task */
	pte_t *dir;                    /* of the space: what to load; NULL: any will do */
	struct fd_table *files;
	struct dentry *cwd;          /* referenced; NULL: none yet, the root */
	u32 umask;
	struct signals *signals;
	vaddr_t clear_child_tid, robust_list;  /* futex_release() */
	struct restart restart;        /* of an interrupted call: ERESTART_BLOCK */
	u32 fail_nth;                  /* /proc/self/fail-nth */
	/* statistics */
	u64 start_ns;
	struct usage usage;            /* its own */
	struct usage children_usage;   /* of the children that were waited for, with theirs */
	/* what a new task inherits: from here to the end */
	char name[TASK_NAME_SIZE];
	pid_t pgid, sid;
	struct cred cred;
	struct rlimit rlimits[RLIM_NLIMITS];
	u64 tls[3];                    /* GDT descriptors of set_thread_area */
};
_Static_assert(sizeof(struct task) > 768 && sizeof(struct task) <= 1024, "a class of kmalloc whose objects suit FXSAVE");

extern struct task *current;

static inline const struct cred *current_cred(void) { return &current->cred; }

/* The registers that a task entered the kernel with. */
static inline struct regs *task_regs(const struct task *task) { return (struct regs *)task->stack_top - 1; }

/* A program that was executed since then ends like any other. */
static inline bool task_silent(const struct task *task) { return task->silent && !task->has_execed; }

/* NULL: no such task. Zombies are found. The result is good until the next sleep point. */
struct task *task_find(pid_t pid);
/* In order of pid, after `task` (NULL: the first); NULL at the end. */
struct task *task_next(const struct task *task);

/*
 * Boot, before anything else of tasks and before paging: how many tasks that much RAM allows. Returns the end of the window
 * [STACKS_BASE, end) of their kernel stacks, for pagetable_init().
 */
vaddr_t task_init(u32 ram_frames);
/* The most tasks that can be. */
u32 task_limit(void);

/*
 * A task like the running one, asleep: name, ids, limits, TLS and FPU state are copied; it has a kernel stack, and no pid, relations,
 * space, files, fs or signals. -ENOMEM; -EAGAIN: task_limit() is reached. Does not sleep.
 */
int task_create(struct task **out);
/* Give it a pid, and make it findable as a child of `parent` (NULL: of no one). Nothing can fail afterwards. */
void task_publish(struct task *task, struct task *parent);
/* Free it, published or not. Owed: it does not run, has no children, and its space, files, fs and signals are gone. */
void task_free(struct task *task);
/* Are there as many tasks of that real uid as `limit`, for RLIMIT_NPROC? */
bool task_limit_reached(uid_t uid, u32 limit);

static inline void task_add_exit_work(struct task *task, struct exit_work *work)
{
	list_push_back(&task->exit_works, &work->link);
}

/* Run those of the running task, or of one that never ran. */
void task_run_exit_works(struct task *task);
/* rlimit.c: the limits that the first task begins with: Linux's. */
void rlimits_init(struct rlimit limits[RLIM_NLIMITS]);
/* Write the limits that concern memory through to a space: after setrlimit, and for the new space of exec. */
void rlimits_apply(const struct rlimit limits[RLIM_NLIMITS], struct space *space);
/* Registered by ipc/: clone with CLONE_SYSVSEM, the child shares the running task's undo list. -ENOMEM. */
extern int (*task_share_undos)(struct task *child);
