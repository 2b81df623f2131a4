/* Tests of what is pending: on a task that has nothing but signals and never runs. */
#include "kernel/ktest.h"
#include "kernel/lib/errno.h"
#include "kernel/signal.h"

static struct task target;

static bool target_create(void)
{
	target = (struct task){ .pid = 4711, .state = TASK_RUNNABLE };
	target.rlimits[RLIMIT_SIGPENDING].soft = 4;
	target.signals = signals_create(&target);
	return target.signals;
}

static void target_destroy(void)
{
	signals_free(target.signals);
}

static int send(u32 sig, i32 code, i32 value)
{
	return signal_send(&target, &(struct siginfo){ .signo = (i32)sig, .code = code, .value = value });
}

static u32 take(sigset_t set, i32 *value)
{
	struct siginfo info;
	u32 sig = sigqueue_take(&target, set, &info);

	if (sig && value)
		*value = info.value;
	return sig;
}

/* Verifies that of a standard signal one waits, the first, while real-time ones queue in order. */
KTEST(signal_standard_once_realtime_each)
{
	i32 value = 0;

	KCHECK(target_create());
	send(SIGTERM, SI_QUEUE, 1);
	send(SIGTERM, SI_QUEUE, 2);
	KCHECK(take(~0ull, &value) == SIGTERM && value == 1);
	KCHECK(take(~0ull, NULL) == 0);
	for (i32 i = 1; i <= 3; i++)
		KCHECK(send(SIGRTMIN, SI_QUEUE, i) == 0);
	for (i32 i = 1; i <= 3; i++)
		KCHECK(take(~0ull, &value) == SIGRTMIN && value == i);
	KCHECK(take(~0ull, NULL) == 0);
	target_destroy();
}

/* Verifies the order of delivery: SIGKILL, what the task has done itself, then by number. */
KTEST(signal_most_urgent_first)
{
	static const u32 order[] = { SIGKILL, SIGSEGV, SIGHUP, SIGTERM, SIGRTMIN, SIGNALS };

	KCHECK(target_create());
	for (u32 i = ARRAY_SIZE(order); i-- > 0;)
		send(order[i], SI_USER, 0);
	for (u32 i = 0; i < ARRAY_SIZE(order); i++)
		KCHECK(take(~0ull, NULL) == order[i]);
	target_destroy();
}

/* Verifies that a blocked signal waits without disturbing the task. */
KTEST(signal_blocked_is_not_due)
{
	KCHECK(target_create());
	target.signals->blocked = sigset_of(SIGUSR1);
	send(SIGUSR1, SI_USER, 0);
	KCHECK(!target.signal_due && (target.signals->pending & sigset_of(SIGUSR1)));
	KCHECK(take(~target.signals->blocked, NULL) == 0);
	target.signals->blocked = 0;
	sigqueue_update(&target);
	KCHECK(target.signal_due);
	target_destroy();
}

/* Verifies that what is ignored, by action or by default, is dropped when sent, unless it is blocked. */
KTEST(signal_ignored_is_dropped)
{
	KCHECK(target_create());
	signal_action_of(&target, SIGTERM)->handler = SIG_IGN;
	send(SIGTERM, SI_USER, 0);
	send(SIGCHLD, SI_USER, 0);
	KCHECK(!target.signals->pending && !target.signal_due);
	target.signals->blocked = sigset_of(SIGTERM);
	send(SIGTERM, SI_USER, 0);
	KCHECK(target.signals->pending == sigset_of(SIGTERM));
	target_destroy();
}

/* Verifies that SIGCONT takes waiting stops back, and a stop a waiting SIGCONT. */
KTEST(signal_stop_and_continue_cancel)
{
	KCHECK(target_create());
	target.signals->blocked = sigset_of(SIGCONT) | sigset_of(SIGTSTP);
	send(SIGTSTP, SI_USER, 0);
	send(SIGCONT, SI_USER, 0);
	KCHECK(target.signals->pending == sigset_of(SIGCONT));
	send(SIGTSTP, SI_USER, 0);
	KCHECK(target.signals->pending == sigset_of(SIGTSTP));
	target_destroy();
}

/* Verifies that a full queue refuses sigqueue, while kill still gets through. */
KTEST(signal_queue_limit)
{
	KCHECK(target_create());
	for (i32 i = 0; i < 4; i++)
		KCHECK(send(SIGRTMIN, SI_QUEUE, i) == 0);
	KCHECK(send(SIGRTMIN, SI_QUEUE, 4) == -EAGAIN);
	KCHECK(send(SIGRTMIN + 1, SI_USER, 0) == 0);
	KCHECK(take(~sigset_of(SIGRTMIN), NULL) == SIGRTMIN + 1);
	target_destroy();
}

/* Verifies that init is spared every signal that it has no handler for. */
KTEST(signal_init_is_spared)
{
	KCHECK(target_create());
	target.pid = 1;
	send(SIGKILL, SI_USER, 0);
	send(SIGTERM, SI_USER, 0);
	KCHECK(!target.signals->pending);
	signal_action_of(&target, SIGTERM)->handler = 0x8048000;
	send(SIGTERM, SI_USER, 0);
	KCHECK(target.signals->pending == sigset_of(SIGTERM));
	target_destroy();
}
