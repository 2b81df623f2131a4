/*
 * poll, select and their relatives. What is asked about is an array of struct pollfd in kernel memory, since nothing may sleep between
 * looking and waiting; select makes one of its sets.
 */
#include "kernel/clock.h"
#include "kernel/fs/file.h"
#include "kernel/fs/mode.h"
#include "kernel/fs/stream.h"
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

struct pollfd {
	i32 fd;
	u16 events, revents;
};
#define POLLFDS_MAX (KMALLOC_MAX / sizeof(struct pollfd))

static u32 file_ready(struct file *file)
{
	return file->ops->poll ? file->ops->poll(file) : ALWAYS_READY;
}

/* How many have something of what is wanted. */
static u32 count_ready(struct pollfd *fds, u32 n)
{
	u32 ready = 0;

	for (struct pollfd *p = fds; p < fds + n; p++) {
		struct file *file = fd_peek(current->files, (u32)p->fd);

		p->revents = 0;
		if (p->fd >= 0)
			p->revents = file ? (u16)(file_ready(file) & p->events) : POLLNVAL;
		ready += p->revents != 0;
	}
	return ready;
}

/* Look until something is ready, the time is over (0) or a signal comes. */
static i32 wait_ready(struct pollfd *fds, u32 n, u64 deadline)
{
	u32 flags = irq_save(), ready;
	int err = 0;

	while (!(ready = count_ready(fds, n)) && !err && clock_now_ns() < deadline)
		err = wait_sleep_until(&poll_queue, true, deadline);
	irq_restore(flags);
	return !ready && err == -ERESTARTSYS ? -ERESTARTNOHAND : (i32)ready;
}

static u64 deadline_after(u64 ns)
{
	u64 now = clock_now_ns();

	return ns < WAIT_FOREVER - now ? now + ns : WAIT_FOREVER;
}

static i32 do_poll(struct pollfd *user, u32 n, u64 deadline)
{
	struct pollfd *fds;
	i32 result;

	if (n > fd_limit() || n > POLLFDS_MAX)
		return -EINVAL;
	fds = kmalloc(MAX(n, 1u) * sizeof(*fds));
	if (!fds)
		return -ENOMEM;
	result = copy_from_user(fds, user, n * sizeof(*fds));
	for (u32 i = 0; !result && i < n; i++)
		fds[i].events |= POLLERR | POLLHUP;
	if (!result)
		result = wait_ready(fds, n, deadline);
	for (u32 i = 0; result >= 0 && i < n; i++)
		if (put_user(fds[i].revents, &user[i].revents))
			result = -EFAULT;
	kfree(fds);
	return result;
}

i32 sys_poll(struct pollfd *fds, u32 n, i32 milliseconds)
{
	return do_poll(fds, n, milliseconds < 0 ? WAIT_FOREVER : deadline_after((u64)milliseconds * NS_PER_MS));
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

/* The deadline that a timespec of the user's sets; NULL: none. */
static int deadline_get(u64 *deadline, const void *timeout)
{
	u64 ns = WAIT_FOREVER;
	int err = timeout ? time_get(&ns, timeout) : 0;

	*deadline = deadline_after(ns);
	return err;
}

static u64 time_left(u64 deadline)
{
	u64 now = clock_now_ns();

	return deadline > now ? deadline - now : 0;
}

i32 sys_ppoll(struct pollfd *fds, u32 n, const void *timeout, const u64 *mask, u32 size)
{
	u64 deadline;
	int err = deadline_get(&deadline, timeout);

	if (!err)
		err = take_mask(mask, size);
	return err ? err : drop_mask(do_poll(fds, n, deadline));
}

#define SELECT_MAX 1024u

/* Bits of descriptors to read from, write to, and with something exceptional (which nothing here ever has). */
struct fd_sets {
	u32 bits[3][SELECT_MAX / 32];
};
static const u16 select_events[3] = { POLLIN | POLLHUP | POLLERR, POLLOUT | POLLERR, 0 };

/* What the sets ask about: how many descriptors, or -EBADF, -ENOMEM: more than there is room for. */
static i32 sets_to_polled(const struct fd_sets *sets, u32 n, struct pollfd *fds)
{
	u32 count = 0;

	for (u32 fd = 0; fd < n; fd++) {
		u32 events = 0, wanted = 0;

		for (u32 i = 0; i < 3; i++) {
			u32 bit = sets->bits[i][fd / 32] >> fd % 32 & 1;

			wanted |= bit;
			events |= bit ? select_events[i] : 0;
		}
		if (!wanted)
			continue;
		if (!fd_peek(current->files, fd))
			return -EBADF;
		if (count == POLLFDS_MAX)
			return -ENOMEM;
		fds[count++] = (struct pollfd){ .fd = (i32)fd, .events = (u16)events };
	}
	return (i32)count;
}

/* Take out what is not ready; how many bits are left. */
static i32 polled_to_sets(const struct pollfd *fds, u32 count, struct fd_sets *sets)
{
	const struct fd_sets asked = *sets;
	i32 left = 0;

	memset(sets, 0, sizeof(*sets));
	for (const struct pollfd *p = fds; p < fds + count; p++) {
		u32 word = (u32)p->fd / 32, bit = 1u << p->fd % 32;

		for (u32 i = 0; i < 3; i++) {
			if (!(asked.bits[i][word] & bit) || !(p->revents & select_events[i]))
				continue;
			sets->bits[i][word] |= bit;
			left++;
		}
	}
	return left;
}

static i32 select_ready(struct fd_sets *sets, u32 n, u64 deadline)
{
	struct pollfd *fds = kmalloc(KMALLOC_MAX);
	i32 count, result;

	if (!fds)
		return -ENOMEM;
	count = result = sets_to_polled(sets, n, fds);
	if (count >= 0)
		result = wait_ready(fds, (u32)count, deadline);
	if (result >= 0)
		result = polled_to_sets(fds, (u32)count, sets);
	kfree(fds);
	return result;
}

static i32 do_select(i32 n, u32 *user[3], u64 deadline)
{
	struct fd_sets sets = { 0 };
	u32 bytes = (MIN((u32)n, SELECT_MAX) + 31) / 32 * 4;
	i32 result;

	if (n < 0)
		return -EINVAL;
	for (u32 i = 0; i < 3; i++)
		if (user[i] && copy_from_user(sets.bits[i], user[i], bytes))
			return -EFAULT;
	result = select_ready(&sets, MIN((u32)n, SELECT_MAX), deadline);
	for (u32 i = 0; result >= 0 && i < 3; i++)
		if (user[i] && copy_to_user(user[i], sets.bits[i], bytes))
			result = -EFAULT;
	return result;
}

i32 sys__newselect(i32 n, u32 *in, u32 *out, u32 *except, struct timeval32 *timeout)
{
	u64 deadline = WAIT_FOREVER, left;
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

struct mask_argument {                 /* pselect has one argument too many */
	const u64 *mask;
	u32 size;
};

i32 sys_pselect6(i32 n, u32 *in, u32 *out, u32 *except, void *timeout, const struct mask_argument *user_mask)
{
	struct mask_argument mask = { 0 };
	u64 deadline;
	i32 result = deadline_get(&deadline, timeout);

	if (!result && user_mask && get_user(mask, user_mask))
		result = -EFAULT;
	if (!result)
		result = take_mask(mask.mask, mask.size);
	if (result)
		return result;
	result = drop_mask(do_select(n, (u32 *[3]){ in, out, except }, deadline));
	if (timeout)
		time_put(time_left(deadline), timeout, time_wide());
	return result;
}
