/*
 * poll, select and their relatives. What is asked about is copied into the kernel first, since nothing may sleep between looking and
 * waiting.
 */
#include "kernel/fs/fs.h"
#include "kernel/time.h"
#include "kernel/x86/cpu.h"

#define ALWAYS_READY (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)

struct pollfd {
	i32 fd;
	u16 events, revents;
};
#define POLLFDS_MAX (KMALLOC_MAX / sizeof(struct pollfd))

static u32 file_ready(struct file *file) { return file->ops->poll ? file->ops->poll(file) : ALWAYS_READY; }

/* Look, without sleeping, at what a question asks about: how many answers there are, or -errno. */
typedef i32 look(void *question);

/* Look until there is an answer, the time is over (0) or a signal comes. */
static i32 wait_ready(look *look, void *question, u64 deadline)
{
	u32 flags = irq_save();
	int err = 0;
	i32 ready;

	while (!(ready = look(question)) && !err && clock_now_ns() < deadline)
		err = wait_sleep_until(&poll_queue, true, deadline);
	irq_restore(flags);
	return !ready && err == -ERESTARTSYS ? -ERESTARTNOHAND : ready;
}

/* ---- poll ---------------------------------------------------------------------------------------------------------- */

struct poll {
	struct pollfd *fds;
	u32 n;
};

static i32 poll_look(void *question)
{
	const struct poll *poll = question;
	i32 ready = 0;

	for (struct pollfd *p = poll->fds; p < poll->fds + poll->n; p++) {
		struct file *file = fd_file(p->fd);

		p->revents = 0;
		if (p->fd >= 0)
			p->revents = file ? (u16)(file_ready(file) & (p->events | POLLERR | POLLHUP)) : POLLNVAL;
		ready += p->revents != 0;
	}
	return ready;
}

static i32 do_poll(struct pollfd *user, u32 n, u64 deadline)
{
	struct poll poll = { .n = n };
	i32 result;

	if (n > fd_limit() || n > POLLFDS_MAX)
		return -EINVAL;
	poll.fds = kmalloc(MAX(n, 1u) * sizeof(*poll.fds));
	if (!poll.fds)
		return -ENOMEM;
	result = copy_from_user(poll.fds, user, n * sizeof(*user)) ?: wait_ready(poll_look, &poll, deadline);
	for (u32 i = 0; result >= 0 && i < n; i++)
		if (put_user(poll.fds[i].revents, &user[i].revents))
			result = -EFAULT;
	kfree(poll.fds);
	return result;
}

i32 sys_poll(struct pollfd *fds, u32 n, i32 milliseconds)
{
	return do_poll(fds, n, milliseconds < 0 ? WAIT_FOREVER : clock_now_ns() + (u64)milliseconds * NS_PER_MS);
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

static u64 time_left(u64 deadline) { return deadline - MIN(deadline, clock_now_ns()); }

i32 sys_ppoll(struct pollfd *fds, u32 n, const void *timeout, const u64 *mask, u32 size)
{
	u64 deadline;

	return time_get_deadline(&deadline, timeout) ?: (mask ? signal_take_mask(mask, size) : 0) ?: drop_mask(do_poll(fds, n, deadline));
}

/* ---- select -------------------------------------------------------------------------------------------------------- */

#define SELECT_MAX 1024u

/* Sets of descriptors to read from, write to, and with something exceptional (which nothing here ever has). */
enum { SETS = 3 };
static const u16 select_events[SETS] = { POLLIN | POLLHUP | POLLERR, POLLOUT | POLLERR, 0 };

struct select {
	u32 n;                         /* the descriptors below it are meant */
	u32 asked[SETS][SELECT_MAX / 32], ready[SETS][SELECT_MAX / 32];
};

static i32 select_look(void *question)
{
	struct select *select = question;
	i32 ready = 0;

	memset(select->ready, 0, sizeof(select->ready));
	for (u32 i = 0; i < SETS * select->n; i++) {
		u32 fd = i / SETS, set = i % SETS, word = fd / 32, bit = 1u << fd % 32;
		struct file *file;

		if (!(select->asked[set][word] & bit))
			continue;
		file = fd_file((i32)fd);
		if (!file)
			return -EBADF;
		if (!(file_ready(file) & select_events[set]))
			continue;
		select->ready[set][word] |= bit;
		ready++;
	}
	return ready;
}

static i32 do_select(i32 n, u32 *user[SETS], u64 deadline)
{
	struct select select = { .n = MIN((u32)n, SELECT_MAX) };
	u32 bytes = (select.n + 31) / 32 * 4;
	i32 result;

	if (n < 0)
		return -EINVAL;
	for (u32 i = 0; i < SETS; i++)
		if (user[i] && copy_from_user(select.asked[i], user[i], bytes))
			return -EFAULT;
	result = wait_ready(select_look, &select, deadline);
	for (u32 i = 0; result >= 0 && i < SETS; i++)
		if (user[i] && copy_to_user(user[i], select.ready[i], bytes))
			result = -EFAULT;
	return result;
}

/* musl's select(). */
i32 sys__newselect(i32 n, u32 *in, u32 *out, u32 *except, struct timeval32 *timeout)
{
	u64 deadline = WAIT_FOREVER;
	struct timeval32 t;
	i32 result;

	if (timeout && get_user(t, timeout))
		return -EFAULT;
	if (timeout && (t.seconds < 0 || t.microseconds < 0))
		return -EINVAL;
	if (timeout)
		deadline = clock_now_ns() + (u64)t.seconds * NS_PER_SEC + (u64)t.microseconds * NS_PER_USEC;
	result = do_select(n, (u32 *[SETS]){ in, out, except }, deadline);
	if (!timeout)
		return result;
	t = timeval_of(time_left(deadline));
	copy_to_user(timeout, &t, sizeof(t));      /* where it cannot be told, it is not: as on Linux */
	return result;
}

struct mask_argument {                 /* pselect has one argument too many */
	const u64 *mask;
	u32 size;
};

i32 sys_pselect6(i32 n, u32 *in, u32 *out, u32 *except, void *timeout, const struct mask_argument *user_mask)
{
	struct mask_argument mask = { 0 };
	u64 deadline;
	i32 result = time_get_deadline(&deadline, timeout) ?: user_mask ? get_user(mask, user_mask) : 0;

	result = result ?: (mask.mask ? signal_take_mask(mask.mask, mask.size) : 0);
	if (result)
		return result;
	result = drop_mask(do_select(n, (u32 *[SETS]){ in, out, except }, deadline));
	if (timeout)
		time_put(time_left(deadline), timeout, time_wide());
	return result;
}
