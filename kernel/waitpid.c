/* Waiting for children: wait4, waitpid. */
#include "kernel/exit.h"
#include "kernel/signal.h"
#include "kernel/uaccess.h"
#include "kernel/time.h"

#define WNOHANG 1u
#define WUNTRACED 2u
#define WCONTINUED 8u
#define WNOTHREAD 0x20000000u
#define WALL 0x40000000u
#define WCLONE 0x80000000u             /* only children that end silently; WALL: those as well */
#define WAIT_OPTIONS (WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WALL | WCLONE)

#define STATUS_STOPPED(signal) ((signal) << 8 | 0x7f)
#define STATUS_CONTINUED 0xffff

struct wait_request {
	pid_t pid, pgid;               /* that child, or those of that group; both 0: any */
	u32 options;
};

/* What happened to a child. */
struct wait_event {
	i32 status;
	struct usage usage;            /* with that of the child's own children */
};

static bool child_matches(const struct wait_request *request, const struct task *child)
{
	if (!(request->options & WALL) && task_silent(child) != !!(request->options & WCLONE))
		return false;
	return !request->pgid || child->pgid == request->pgid;
}

static void event_set(struct wait_event *event, const struct task *child, i32 status)
{
	event->status = status;
	event->usage = child->usage;
	usage_add(&event->usage, &child->children_usage);
}

/* Has something happened to the child that is asked for? It is told once; a child that has ended is gone then. */
static bool child_event(const struct wait_request *request, struct task *child, struct wait_event *event)
{
	struct signals *signals = child->signals;

	if (child->state == TASK_ZOMBIE) {
		event_set(event, child, child->exit_status);
		usage_add(&current->children_usage, &event->usage);
		task_free(child);
	} else if ((request->options & WUNTRACED) && signals->stop_signal) {
		event_set(event, child, STATUS_STOPPED(signals->stop_signal));
		signals->stop_signal = 0;
	} else if ((request->options & WCONTINUED) && signals->continued) {
		event_set(event, child, STATUS_CONTINUED);
		signals->continued = false;
	} else {
		return false;
	}
	return true;
}

/* Look once. The child's pid; 0: nothing has happened yet; -ECHILD: there is no such child. */
static pid_t children_look(const struct wait_request *request, struct wait_event *event)
{
	pid_t result = -ECHILD;
	struct task *child;

	if (request->pid) {
		child = task_find(request->pid);
		if (!child || child->parent != current || !child_matches(request, child))
			return -ECHILD;
		return child_event(request, child, event) ? request->pid : 0;
	}
	list_for_each(child, &current->children, sibling_link) {
		pid_t pid = child->pid;

		if (!child_matches(request, child))
			continue;
		if (child_event(request, child, event))
			return pid;
		result = 0;
	}
	return result;
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

i32 sys_wait4(pid_t pid, i32 *status, u32 options, struct rusage_abi *usage)
{
	struct wait_request request = { .pid = MAX(pid, 0), .options = options };
	struct wait_event event;
	pid_t result;

	might_sleep();
	if (options & ~WAIT_OPTIONS)
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	if (pid <= 0 && pid != -1)
		request.pgid = pid ? -pid : current->pgid;
	result = wait_for(&request, &event);
	if (result <= 0)
		return result;
	if ((status && put_user(event.status, status)) || (usage && usage_put(&event.usage, usage)))
		return -EFAULT;
	return result;
}

i32 sys_waitpid(pid_t pid, i32 *status, u32 options) { return sys_wait4(pid, status, options, NULL); }
