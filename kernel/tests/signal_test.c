/* Tests of what is pending: on a task that has nothing but signals and never runs. */
#include "kernel/signal.h"
#include "kernel/tests/ktest.h"

static struct task target;

static bool target_create(void)
{
	target = (struct task){ .pid = 4711, .state = TASK_RUNNABLE };
	target.signals = signals_create(&target, NULL);
	return target.signals;
}

static void target_destroy(void)
{
	signals_free(target.signals);
}

static void send(u32 sig, i32 status)
{
	signal_send(&target, &(struct siginfo){ .signo = (i32)sig, .status = status });
}

static u32 take(sigset_t set)
{
	struct siginfo info;

	return signal_take(&target, set, &info);
}

/* Verifies that of each signal one waits, the first, with what it says. */
KTEST(signal_waits_once)
{
	static const u32 sigs[] = { SIGTERM, SIGRTMIN, SIGNALS };
	struct siginfo info;

	KCHECK(target_create());
	for (u32 i = 0; i < ARRAY_SIZE(sigs); i++) {
		send(sigs[i], 1);
		send(sigs[i], 2);
		KCHECK(signal_take(&target, ~0ull, &info) == sigs[i] && info.signo == (i32)sigs[i] && info.status == 1);
		KCHECK(take(~0ull) == 0);
	}
	target_destroy();
}

/* Verifies the order of delivery: SIGKILL, what the task has done itself, then by number. */
KTEST(signal_most_urgent_first)
{
	static const u32 order[] = { SIGKILL, SIGSEGV, SIGHUP, SIGTERM, SIGRTMIN, SIGNALS };

	KCHECK(target_create());
	for (u32 i = ARRAY_SIZE(order); i-- > 0;)
		send(order[i], 0);
	for (u32 i = 0; i < ARRAY_SIZE(order); i++)
		KCHECK(take(~0ull) == order[i]);
	target_destroy();
}

/* Verifies that a blocked signal waits without disturbing the task. */
KTEST(signal_blocked_is_not_due)
{
	KCHECK(target_create());
	target.signals->blocked = sigset_of(SIGUSR1);
	send(SIGUSR1, 0);
	KCHECK(!target.signal_due && (target.signals->pending & sigset_of(SIGUSR1)));
	KCHECK(take(~target.signals->blocked) == 0);
	target.signals->blocked = 0;
	signal_update(&target);
	KCHECK(target.signal_due);
	target_destroy();
}

/* Verifies that what is ignored, by action or by default, is dropped when sent, unless it is blocked. */
KTEST(signal_ignored_is_dropped)
{
	KCHECK(target_create());
	signal_action_set(&target, SIGTERM, &(struct signal_action){ .handler = SIG_IGN });
	send(SIGTERM, 0);
	send(SIGCHLD, 0);
	KCHECK(!target.signals->pending && !target.signal_due);
	target.signals->blocked = sigset_of(SIGTERM);
	send(SIGTERM, 0);
	KCHECK(target.signals->pending == sigset_of(SIGTERM));
	target_destroy();
}

/* Verifies that SIGCONT takes waiting stops back, and a stop a waiting SIGCONT. */
KTEST(signal_stop_and_continue_cancel)
{
	KCHECK(target_create());
	target.signals->blocked = sigset_of(SIGCONT) | sigset_of(SIGTSTP);
	send(SIGTSTP, 0);
	send(SIGCONT, 0);
	KCHECK(target.signals->pending == sigset_of(SIGCONT));
	send(SIGTSTP, 0);
	KCHECK(target.signals->pending == sigset_of(SIGTSTP));
	target_destroy();
}

/* Verifies that init is spared every signal that it has no handler for. */
KTEST(signal_init_is_spared)
{
	KCHECK(target_create());
	target.pid = 1;
	send(SIGKILL, 0);
	send(SIGTERM, 0);
	KCHECK(!target.signals->pending);
	signal_action_set(&target, SIGTERM, &(struct signal_action){ .handler = 0x8048000 });
	send(SIGTERM, 0);
	KCHECK(target.signals->pending == sigset_of(SIGTERM));
	target_destroy();
}
