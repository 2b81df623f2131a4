/*
 * Signals, as Linux i386 has them: who may send which to whom, what waits, and what a task does about it on its way back
 * to user mode.
 *
 *   signal_send() ──► pending ──► signal_deliver(), at the return to user mode ──► handler (sigframe.c), default, or nothing
 */
#pragma once

#include "kernel/task.h"
#include "kernel/timer.h"

enum {
	SIGHUP = 1, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE,
	SIGALRM, SIGTERM, SIGSTKFLT, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGXCPU, SIGXFSZ,
	SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, SIGPWR, SIGSYS, SIGRTMIN, SIGNALS = 64        /* the highest number */
};

/* siginfo.code: of any signal, and of some */
enum { SI_USER = 0, SI_KERNEL = 0x80, SI_TKILL = -6 };
enum { ILL_ILLOPN = 2, ILL_BADSTK = 8, TRAP_TRACE = 2, SEGV_MAPERR = 1, SEGV_ACCERR, BUS_ADRALN = 1, BUS_ADRERR };
enum { FPE_INTDIV = 1, FPE_FLTDIV = 3, FPE_FLTOVF, FPE_FLTUND, FPE_FLTRES, FPE_FLTINV };
enum { CLD_EXITED = 1, CLD_KILLED, CLD_STOPPED = 5, CLD_CONTINUED };

/* signal_action.flags */
enum { SA_NOCLDSTOP = 1, SA_NOCLDWAIT = 2, SA_SIGINFO = 4, SA_RESTORER = 0x04000000, SA_ONSTACK = 0x08000000 };
enum { SA_RESTART = 0x10000000, SA_NODEFER = 0x40000000, SA_RESETHAND = (int)0x80000000 };

#define SIG_DFL 0u
#define SIG_IGN 1u

/* The part of siginfo_t that is ever filled. */
struct siginfo {
	i32 signo, error, code;
	union {
		struct { pid_t pid; uid_t uid; i32 status; };  /* the sender; the status of a child */
		vaddr_t address;                               /* of a fault */
	};
};
/* As users see it. */
struct siginfo_abi {
	struct siginfo info;
	u8 zeroes[128 - sizeof(struct siginfo)];
};

typedef u64 sigset_t;                      /* bit n - 1 is signal n, as Linux passes it in memory */
static inline sigset_t sigset_of(u32 sig) { return 1ull << (sig - 1); }

struct signal_action {
	vaddr_t handler;               /* SIG_DFL, SIG_IGN, or a function */
	u32 flags;
	vaddr_t restorer;
	sigset_t mask;
};

enum { SS_ONSTACK = 1, SS_DISABLE = 2 };   /* signal_altstack.flags */

struct signal_altstack {
	vaddr_t sp;
	u32 flags, size;               /* size 0: none */
};

struct interval_timer {                /* of setitimer; kernel/itimer.c */
	struct task *task;
	struct timer timer;
	u64 interval_ns;
};

struct signals {
	/* inherited by fork */
	sigset_t set;                             /* signals whose action was set; the others' are the default */
	sigset_t blocked;
	struct signal_altstack altstack;
	/* changed with interrupts off, since a timer's handler sends too */
	sigset_t pending;
	/* changed only between sleep points */
	sigset_t saved_mask;                      /* of sigsuspend(): put back when a handler has its frame */
	bool restore_mask;
	bool to_group;                            /* one came that was sent to many: for fork, whose child would be one of them */
	sigset_t awaited;                         /* rt_sigtimedwait() sleeps for these although they are blocked */
	u32 trapno, error_code;                   /* of the last fault, for sigcontext */
	vaddr_t fault_address;
	/* for wait4 on a stopped or continued child; it clears what it has reported */
	u8 stop_signal;                           /* != 0: stopped by it */
	bool continued;
	struct interval_timer itimer;
	/* of signal n at n - 1; what nobody looks at is not even zeroed */
	struct signal_action actions[SIGNALS];    /* of each in `set` */
	struct siginfo info[SIGNALS];             /* of each in `pending` */
};

/* The state of a new task: a first one (`from` is NULL), or fork's, with actions, mask and stack of `from`. NULL: no memory. */
struct signals *signals_create(struct task *task, const struct signals *from);
/* Owed: no signal is sent to the task any more. */
void signals_free(struct signals *signals);
/* exec: handlers become default, ignored stays ignored; no alternate stack. */
void signals_exec(struct task *task);

/*
 * Send info->signo, without asking whether the caller may. Of each signal one waits, the first. Callable from interrupt handlers but for
 * SIGCONT. Does not sleep.
 */
void signal_send(struct task *task, const struct siginfo *info);
/* The same from the kernel itself (SIGPIPE, SIGALRM): code SI_KERNEL. */
void signal_send_kernel(struct task *task, u32 sig);
/* Send the current task what it cannot block or ignore: then it dies of it. */
void signal_force(u32 sig, i32 code, vaddr_t address);
/* The same for a fault in user mode, for trap.c: frames show trap number and error code. */
void signal_fault(u32 sig, i32 code, vaddr_t address, u32 trapno, u32 error_code);
/*
 * Send the parent of `child` SIGCHLD (CLD_EXITED, CLD_KILLED, CLD_STOPPED, CLD_CONTINUED) and wake its wait4. Result: it wants no
 * zombie (SIGCHLD ignored or SA_NOCLDWAIT).
 */
bool signal_parent(struct task *child, i32 code, i32 status);

/*
 * Has the task something to do about signals before it returns to user mode or sleeps on? Whoever makes it so for the running
 * task, the scheduler by switching to one included, also sets user_work (kernel/x86/entry.h).
 */
static inline bool signal_pending(const struct task *task) { return task->signal_due; }
/* Is SIGKILL pending? It wakes uninterruptible sleepers too: those that can give up ask this. */
bool signal_kill_pending(const struct task *task);
/*
 * The return to user mode, with interrupts on: act on what is deliverable up to the first handler, and settle an interrupted
 * system call. May not return: the task may die, or stop for long. Called as long as signal_pending().
 */
void signal_deliver(struct regs *regs);
/* For calls that take a mask for their duration (sigsuspend, pselect): set it; signal_deliver() puts the old one back. */
void signal_suspend_mask(sigset_t mask);
/* The same with a call's argument. -EINVAL: not of that size. -EFAULT. May sleep. */
int signal_take_mask(const sigset_t *user, u32 size);
/* Set the blocked mask of the current task; SIGKILL and SIGSTOP stay open. */
void signal_set_blocked(sigset_t mask);

/* ---- between the files of the signal code ---- */

/* Nothing can block or ignore these. */
#define SIGSET_UNBLOCKABLE (sigset_of(SIGKILL) | sigset_of(SIGSTOP))

const struct signal_action *signal_action_of(const struct task *task, u32 sig);
void signal_action_set(struct task *task, u32 sig, const struct signal_action *action);
/* Does its action drop sig: SIG_IGN, or SIG_DFL where that is to do nothing? */
bool action_drops(const struct task *task, u32 sig);

/* Take the most urgent pending signal of `set`; 0: there is none. */
u32 signal_take(struct task *task, sigset_t set, struct siginfo *info);
/* Forget every pending signal of `set`. */
void signal_discard(struct task *task, sigset_t set);
/* Make a task look at its signals before it returns to user mode or sleeps. Interrupts off, or it is the running one. */
void signal_set_due(struct task *task);
/*
 * Bring signal_due up to date after a change of pending, blocked or awaited. Only the task itself ever clears it: a call of its that
 * was interrupted relies on signal_deliver() to settle it, even if the signal has been taken back meanwhile.
 */
void signal_update(struct task *task);

/*
 * sigframe.c: make the current task run its handler for info->signo. -EFAULT: its stack cannot take the frame. `mask` is what
 * sigreturn puts back. May sleep.
 */
int sigframe_push(struct regs *regs, const struct signal_action *action, const struct siginfo *info, sigset_t mask);

/* itimer.c */
void itimer_setup(struct interval_timer *itimer, struct task *task);
