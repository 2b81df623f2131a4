/* Waiting for children: wait4, waitpid, waitid. */
#include "kernel/exit.h"
#include "kernel/lib/errno.h"
#include "kernel/signal.h"
#include "kernel/syscalls.h"
#include "kernel/uaccess.h"
#include "kernel/usage.h"

#define WNOHANG 1u
#define WUNTRACED 2u
#define WEXITED 4u
#define WCONTINUED 8u
#define WNOWAIT 0x01000000u
#define WNOTHREAD 0x20000000u
#define WALL 0x40000000u
#define WCLONE 0x80000000u             /* only children that end silently; WALL: those as well */

#define P_ALL 0u
#define P_PID 1u
#define P_PGID 2u

#define STATUS_STOPPED(signal) ((signal) << 8 | 0x7f)
#define STATUS_CONTINUED 0xffff

struct wait_request {
	u32 which;                     /* P_* */
	pid_t id;
	u32 options;                   /* WEXITED where it is implied, too */
};

/* What happened to a child. */
struct wait_event {
	pid_t pid;
	uid_t uid;
	i32 code;                      /* CLD_* */
	i32 status;                    /* exit code or signal, as siginfo has it */
	i32 wait_status;               /* the same as wait4 has it */
	struct usage usage;            /* with that of the child's own children */
};

/* The beginning of siginfo_t, as waitid fills it. */
struct waitid_abi {
	i32 signo, error, code;
	pid_t pid;
	uid_t uid;
	i32 status;
};

static bool child_matches(const struct wait_request *request, const struct task *child)
{
	if (!(request->options & WALL) && task_silent(child) != !!(request->options & WCLONE))
		return false;
	switch (request->which) {
	case P_PID:
		return child->pid == request->id;
	case P_PGID:
		return child->pgid == request->id;
	default:
		return true;
	}
}

static void event_set(struct wait_event *event, const struct task *child, i32 code, i32 status, i32 wait_status)
{
	event->pid = child->pid;
	event->uid = child->cred.uid;
	event->code = code;
	event->status = status;
	event->wait_status = wait_status;
	event->usage = child->usage;
	usage_add(&event->usage, &child->children_usage);
}

/* It has ended: report it, and free it unless WNOWAIT. */
static void take_exit(const struct wait_request *request, struct task *child, struct wait_event *event)
{
	i32 signal = EXIT_SIGNAL(child->exit_status), code = child->exit_status >> 8;

	event_set(event, child, signal ? CLD_KILLED : CLD_EXITED, signal ? signal : code, child->exit_status);
	if (request->options & WNOWAIT)
		return;
	usage_add(&current->children_usage, &event->usage);
	task_free(child);
}

/* It has stopped or gone on: report that once, unless WNOWAIT. */
static bool take_stop(const struct wait_request *request, struct task *child, struct wait_event *event)
{
	struct signals *signals = child->signals;
	bool keep = request->options & WNOWAIT;

	if ((request->options & WUNTRACED) && signals->stop_signal) {
		event_set(event, child, CLD_STOPPED, signals->stop_signal, STATUS_STOPPED(signals->stop_signal));
		if (!keep)
			signals->stop_signal = 0;
		return true;
	}
	if ((request->options & WCONTINUED) && signals->continued) {
		event_set(event, child, CLD_CONTINUED, SIGCONT, STATUS_CONTINUED);
		signals->continued = keep;
		return true;
	}
	return false;
}

/* Has something happened to the child that is asked for? Then the child may be gone. */
static bool child_event(const struct wait_request *request, struct task *child, struct wait_event *event)
{
	if (child->state != TASK_ZOMBIE)
		return take_stop(request, child, event);
	if (!(request->options & WEXITED))
		return false;
	take_exit(request, child, event);
	return true;
}

/* Look once. The child's pid; 0: nothing has happened yet; -ECHILD: there is no such child. */
static pid_t children_look(const struct wait_request *request, struct wait_event *event)
{
	bool any = false;
	struct task *child;

	if (request->which == P_PID) {
		child = task_find(request->id);
		if (!child || child->parent != current || !child_matches(request, child))
			return -ECHILD;
		return child_event(request, child, event) ? event->pid : 0;
	}
	list_for_each(child, &current->children, sibling_link) {
		if (!child_matches(request, child))
			continue;
		if (child_event(request, child, event))
			return event->pid;
		any = true;
	}
	return any ? 0 : -ECHILD;
}

/* The pid of a child, with what happened to it; 0: WNOHANG; -ECHILD, -ERESTARTSYS. Sleeps. */
static pid_t wait_for(const struct wait_request *request, struct wait_event *event)
{
	for (;;) {
		pid_t pid = children_look(request, event);
		int error;

		if (pid || (request->options & WNOHANG))
			return pid;
		error = wait_sleep(&current->child_exit, true);
		if (error)
			return error;
	}
}

static int usage_put(const struct usage *usage, struct rusage_abi *user)
{
	struct rusage_abi abi;

	usage_to_abi(usage, &abi);
	return put_user(abi, user);
}

i32 sys_wait4(pid_t pid, i32 *status, u32 options, struct rusage_abi *usage)
{
	struct wait_request request = { .which = P_ALL, .options = options | WEXITED };
	struct wait_event event;
	pid_t result;

	might_sleep();
	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WALL | WCLONE))
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	if (pid != -1) {
		request.which = pid > 0 ? P_PID : P_PGID;
		request.id = pid > 0 ? pid : pid < 0 ? -pid : current->pgid;
	}
	result = wait_for(&request, &event);
	if (result <= 0)
		return result;
	if (status && put_user(event.wait_status, status))
		return -EFAULT;
	if (usage && usage_put(&event.usage, usage))
		return -EFAULT;
	return result;
}

i32 sys_waitpid(pid_t pid, i32 *status, u32 options)
{
	return sys_wait4(pid, status, options, NULL);
}

static int waitid_check(u32 which, pid_t id, u32 options)
{
	if (options & ~(WNOHANG | WNOWAIT | WEXITED | WUNTRACED | WCONTINUED | WNOTHREAD | WALL | WCLONE))
		return -EINVAL;
	if (!(options & (WEXITED | WUNTRACED | WCONTINUED)) || which > P_PGID)
		return -EINVAL;
	if ((which == P_PID && id <= 0) || (which == P_PGID && id < 0))
		return -EINVAL;
	return 0;
}

i32 sys_waitid(u32 which, pid_t id, void *info, u32 options, struct rusage_abi *usage)
{
	struct wait_request request = { which, id, options };
	struct wait_event event = { 0 };
	struct waitid_abi abi;
	pid_t pid;
	int error = waitid_check(which, id, options);

	might_sleep();
	if (error)
		return error;
	if (which == P_PGID && id == 0)
		request.id = current->pgid;
	pid = wait_for(&request, &event);
	if (pid < 0)
		return pid;
	if (pid && usage && usage_put(&event.usage, usage))
		return -EFAULT;
	abi = (struct waitid_abi){ pid ? SIGCHLD : 0, 0, event.code, event.pid, event.uid, event.status };
	if (!pid)
		abi = (struct waitid_abi){ 0 };
	return info ? copy_to_user(info, &abi, sizeof(abi)) : 0;
}
