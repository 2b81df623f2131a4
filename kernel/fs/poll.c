/* poll, select and their relatives. */
#include "kernel/fs/poll.h"

#include "kernel/clock.h"
#include "kernel/fs/file.h"
#include "kernel/fs/mode.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/signal.h"
#include "kernel/task.h"
#include "kernel/time.h"
#include "kernel/uaccess.h"
#include "kernel/usage.h"
#include "kernel/x86/cpu.h"
#include "mm/kmalloc.h"

#define ALWAYS_READY (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)
#define NO_DEADLINE (~0ull)

struct pollfd {
	i32 fd;
	u16 events, revents;
};
#define POLLFDS_MAX (KMALLOC_MAX / sizeof(struct pollfd))

/* What is asked about, in kernel memory, since nothing may sleep between looking and waiting. */
struct question {
	u32 (*count_ready)(struct question *question);
	u32 n;                         /* descriptors */
	struct pollfd *fds;            /* poll */
	struct fd_sets *sets;          /* select */
};

static u32 file_ready(const struct file *file)
{
	return file->ops->poll ? file->ops->poll((struct file *)file) : ALWAYS_READY;
}

/* Look until something is ready, the time is over (0) or a signal comes. */
static i32 wait_ready(struct question *question, u64 deadline)
{
	u32 flags = irq_save(), ready;
	int err = 0;

	while (!(ready = question->count_ready(question)) && !err && clock_now_ns() < deadline)
		err = deadline == NO_DEADLINE ? wait_sleep(&poll_queue, true) :
						wait_sleep_until(&poll_queue, true, deadline);
	irq_restore(flags);
	if (!ready && err == -ERESTARTSYS)
		return -ERESTARTNOHAND;
	return (i32)ready;
}

static u64 deadline_after(u64 ns)
{
	u64 now = clock_now_ns();

	return ns < NO_DEADLINE - now ? now + ns : NO_DEADLINE;
}

static u32 count_polled(struct question *question)
{
	u32 ready = 0;

	for (u32 i = 0; i < question->n; i++) {
		struct pollfd *p = &question->fds[i];
		struct file *file = fd_peek(current->files, (u32)p->fd);

		p->revents = 0;
		if (p->fd >= 0)
			p->revents = file ? (u16)(file_ready(file) & (p->events | POLLERR | POLLHUP)) : POLLNVAL;
		ready += p->revents != 0;
	}
	return ready;
}

static i32 do_poll(struct pollfd *user, u32 n, u64 deadline)
{
	struct question question = { .count_ready = count_polled, .n = n };
	i32 result;

	if (n > fd_limit() || n > POLLFDS_MAX)
		return -EINVAL;
	question.fds = kmalloc(MAX(n, 1u) * sizeof(struct pollfd));
	if (!question.fds)
		return -ENOMEM;
	result = copy_from_user(question.fds, user, n * sizeof(struct pollfd));
	if (!result)
		result = wait_ready(&question, deadline);
	for (u32 i = 0; result >= 0 && i < n; i++)
		if (put_user(question.fds[i].revents, &user[i].revents))
			result = -EFAULT;
	kfree(question.fds);
	return result;
}

i32 sys_poll(struct pollfd *fds, u32 n, i32 milliseconds)
{
	return do_poll(fds, n, milliseconds < 0 ? NO_DEADLINE : deadline_after((u64)milliseconds * NS_PER_MS));
}

/* The mask that a call brings for its duration. */
static int take_mask(const u64 *user, u32 size)
{
	u64 mask;

	if (!user)
		return 0;
	if (size != sizeof(mask))
		return -EINVAL;
	if (get_user(mask, user))
		return -EFAULT;
	signal_suspend_mask(mask);
	return 0;
}

/* The call is over: the mask of before, unless a handler is about to run, after which it comes back by itself. */
static i32 drop_mask(i32 result)
{
	struct signals *signals = current->signals;

	if (result != -ERESTARTNOHAND && signals->restore_mask) {
		signals->restore_mask = false;
		signal_set_blocked(signals->saved_mask);
	}
	return result;
}

static i32 ppoll_until(struct pollfd *fds, u32 n, u64 deadline, const u64 *mask, u32 size)
{
	int err = take_mask(mask, size);

	return err ? err : drop_mask(do_poll(fds, n, deadline));
}

i32 sys_ppoll(struct pollfd *fds, u32 n, const void *timeout, const u64 *mask, u32 size)
{
	u64 ns = NO_DEADLINE;
	int err = timeout ? time_get(&ns, timeout) : 0;

	return err ? err : ppoll_until(fds, n, deadline_after(ns), mask, size);
}

#define SELECT_MAX 1024u

/* Bits of descriptors to read from, write to, and with something exceptional (which nothing here ever has). */
struct fd_sets {
	u32 in[3][SELECT_MAX / 32], out[3][SELECT_MAX / 32];
};
static const u32 select_events[3] = { POLLIN | POLLHUP | POLLERR, POLLOUT | POLLERR, 0 };

/* How many of the three sets want the descriptor and get it. */
static u32 select_one(struct fd_sets *sets, u32 fd)
{
	u32 bit = 1u << fd % 32, got, ready = 0;
	const struct file *file = fd_peek(current->files, fd);

	if (!file || !((sets->in[0][fd / 32] | sets->in[1][fd / 32]) & bit))
		return 0;
	got = file_ready(file);
	for (u32 i = 0; i < 3; i++) {
		if (!(sets->in[i][fd / 32] & bit) || !(got & select_events[i]))
			continue;
		sets->out[i][fd / 32] |= bit;
		ready++;
	}
	return ready;
}

static u32 count_selected(struct question *question)
{
	u32 ready = 0;

	for (u32 fd = 0; fd < question->n; fd++)
		ready += select_one(question->sets, fd);
	return ready;
}

/* Is every descriptor asked about open? */
static bool all_open(const struct fd_sets *sets, u32 n)
{
	for (u32 fd = 0; fd < n; fd++)
		if (((sets->in[0][fd / 32] | sets->in[1][fd / 32] | sets->in[2][fd / 32]) >> fd % 32 & 1) &&
		    !fd_peek(current->files, fd))
			return false;
	return true;
}

static i32 select_sets(struct fd_sets *sets, u32 n, u32 *user[3], u64 deadline)
{
	struct question question = { .count_ready = count_selected, .n = n, .sets = sets };
	u32 bytes = (n + 31) / 32 * 4;
	i32 result;

	for (u32 i = 0; i < 3; i++)
		if (user[i] && copy_from_user(sets->in[i], user[i], bytes))
			return -EFAULT;
	if (!all_open(sets, n))
		return -EBADF;
	result = wait_ready(&question, deadline);
	for (u32 i = 0; result >= 0 && i < 3; i++)
		if (user[i] && copy_to_user(user[i], sets->out[i], bytes))
			result = -EFAULT;
	return result;
}

static i32 do_select(i32 n, u32 *user[3], u64 deadline)
{
	struct fd_sets *sets;
	i32 result;

	if (n < 0)
		return -EINVAL;
	sets = kzalloc(sizeof(*sets));
	if (!sets)
		return -ENOMEM;
	result = select_sets(sets, MIN((u32)n, SELECT_MAX), user, deadline);
	kfree(sets);
	return result;
}

static u64 time_left(u64 deadline)
{
	u64 now = clock_now_ns();

	return deadline > now ? deadline - now : 0;
}

i32 sys__newselect(i32 n, u32 *in, u32 *out, u32 *except, struct timeval32 *timeout)
{
	u64 deadline = NO_DEADLINE, left;
	struct timeval32 t;
	i32 result;

	if (timeout) {
		if (get_user(t, timeout))
			return -EFAULT;
		if (t.seconds < 0 || t.microseconds < 0)
			return -EINVAL;
		deadline = deadline_after((u64)t.seconds * NS_PER_SEC + (u64)t.microseconds * NS_PER_USEC);
	}
	result = do_select(n, (u32 *[3]){ in, out, except }, deadline);
	if (!timeout)
		return result;
	left = time_left(deadline);
	t = (struct timeval32){ .seconds = (i32)(left / NS_PER_SEC), .microseconds = (i32)(left % NS_PER_SEC / NS_PER_USEC) };
	copy_to_user(timeout, &t, sizeof(t));      /* where it cannot be told, it is not: as on Linux */
	return result;
}

struct select_arguments {
	i32 n;
	u32 *sets[3];
	struct timeval32 *timeout;
};

i32 sys_select(const struct select_arguments *user)
{
	struct select_arguments a;

	if (get_user(a, user))
		return -EFAULT;
	return sys__newselect(a.n, a.sets[0], a.sets[1], a.sets[2], a.timeout);
}

struct mask_argument {                 /* pselect has one argument too many */
	const u64 *mask;
	u32 size;
};

static i32 pselect_until(i32 n, u32 *sets[3], u64 deadline, const struct mask_argument *user)
{
	struct mask_argument mask = { 0 };
	int err;

	if (user && get_user(mask, user))
		return -EFAULT;
	err = take_mask(mask.mask, mask.size);
	return err ? err : drop_mask(do_select(n, sets, deadline));
}

i32 sys_pselect6(i32 n, u32 *in, u32 *out, u32 *except, void *timeout, const struct mask_argument *mask)
{
	u64 ns = NO_DEADLINE, deadline;
	i32 result = timeout ? time_get(&ns, timeout) : 0;

	if (result)
		return result;
	deadline = deadline_after(ns);
	result = pselect_until(n, (u32 *[3]){ in, out, except }, deadline, mask);
	if (timeout)
		time_put(time_left(deadline), timeout, time_wide());
	return result;
}
