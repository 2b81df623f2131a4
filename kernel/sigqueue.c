/*
 * Pending signals of a task. Of each standard signal at most one waits, in an array, so that sending one cannot fail and may be
 * done by interrupt handlers; real-time signals queue in order of arrival, as many as RLIMIT_SIGPENDING and memory allow.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/signal.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/entry.h"
#include "mm/kmalloc.h"

struct queued_signal {
	struct list link;              /* signals->queue */
	struct siginfo info;
};

/* Raised by what the task itself did: delivered first, while its registers still say where. */
#define SIGSET_SYNCHRONOUS                                                                   \
	(1ull << (SIGSEGV - 1) | 1ull << (SIGBUS - 1) | 1ull << (SIGILL - 1) |               \
	 1ull << (SIGTRAP - 1) | 1ull << (SIGFPE - 1) | 1ull << (SIGSYS - 1))

void sigqueue_update(struct task *task)
{
	struct signals *signals = task->signals;
	u32 flags = irq_save();

	if (signals->pending & (~signals->blocked | signals->awaited))
		task->signal_due = true;
	else if (task == current)
		task->signal_due = false;
	if (task == current && task->signal_due)
		user_work = true;
	irq_restore(flags);
}

static struct queued_signal *queued_create(struct task *task, const struct siginfo *info)
{
	struct queued_signal *queued;

	if (task->signals->queued >= task->rlimits[RLIMIT_SIGPENDING].soft)
		return NULL;
	queued = kmalloc(sizeof(*queued));
	if (queued)
		queued->info = *info;
	return queued;
}

/* A real-time signal. kill() succeeds without room: the signal comes, and says nothing of its sender. */
static int sigqueue_append(struct task *task, const struct siginfo *info)
{
	struct queued_signal *queued = queued_create(task, info);

	if (!queued && info->code != SI_USER)
		return -EAGAIN;
	if (queued) {
		list_push_back(&task->signals->queue, &queued->link);
		task->signals->queued++;
	}
	return 0;
}

int sigqueue_add(struct task *task, const struct siginfo *info)
{
	struct signals *signals = task->signals;
	sigset_t bit = sigset_of(info->signo);
	int error = 0;
	u32 flags;

	if (info->signo >= SIGRTMIN)
		error = sigqueue_append(task, info);
	if (error)
		return error;
	flags = irq_save();
	if (info->signo < SIGRTMIN && !(signals->pending & bit))
		signals->info[info->signo] = *info;
	signals->pending |= bit;
	irq_restore(flags);
	sigqueue_update(task);
	return 0;
}

static void queued_remove(struct signals *signals, struct queued_signal *queued)
{
	list_remove(&queued->link);
	signals->queued--;
	kfree(queued);
}

/* Take the oldest queued `sig`; result: another one waits. */
static bool queued_take(struct signals *signals, u32 sig, struct siginfo *info)
{
	struct queued_signal *queued, *next;
	bool found = false;

	memset(info, 0, sizeof(*info));
	info->signo = (i32)sig;
	list_for_each_safe(queued, next, &signals->queue, link) {
		if (queued->info.signo != (i32)sig)
			continue;
		if (found)
			return true;
		found = true;
		*info = queued->info;
		queued_remove(signals, queued);
	}
	return false;
}

static u32 sigset_lowest(sigset_t set)
{
	u32 low = (u32)set;

	return low ? (u32)__builtin_ctz(low) + 1 : (u32)__builtin_ctz((u32)(set >> 32)) + 33;
}

u32 sigqueue_take(struct task *task, sigset_t set, struct siginfo *info)
{
	struct signals *signals = task->signals;
	bool more = false;
	u32 sig, flags;

	set &= signals->pending;
	if (!set)
		return 0;
	if (set & sigset_of(SIGKILL))
		sig = SIGKILL;
	else
		sig = sigset_lowest(set & SIGSET_SYNCHRONOUS ? set & SIGSET_SYNCHRONOUS : set);
	if (sig >= SIGRTMIN)
		more = queued_take(signals, sig, info);
	flags = irq_save();
	if (sig < SIGRTMIN)
		*info = signals->info[sig];
	if (!more)
		signals->pending &= ~sigset_of(sig);
	irq_restore(flags);
	sigqueue_update(task);
	return sig;
}

void sigqueue_flush(struct signals *signals, sigset_t set)
{
	struct queued_signal *queued, *next;
	u32 flags;

	list_for_each_safe(queued, next, &signals->queue, link) {
		if (set & sigset_of((u32)queued->info.signo))
			queued_remove(signals, queued);
	}
	flags = irq_save();
	signals->pending &= ~set;
	irq_restore(flags);
}
