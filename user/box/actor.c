#include "user/box/actor.h"

#include <err.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

struct order {
	deed *what;
	char *addr;
	long value;
};

static sigjmp_buf before_deed;
static volatile siginfo_t signalled;

long peek(char *addr, long unused)
{
	(void)unused;
	return *(volatile int *)addr;
}

long poke(char *addr, long value)
{
	*(volatile int *)addr = (int)value;
	return 0;
}

static struct rusage usage(void)
{
	struct rusage now;

	getrusage(RUSAGE_SELF, &now);
	return now;
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	signalled = *info;
	siglongjmp(before_deed, 1);
}

static struct outcome perform(const struct order *order)
{
	struct outcome out = { .value = -1 };
	struct rusage before;

	signalled.si_signo = 0;
	if (sigsetjmp(before_deed, 1) == 0) {
		errno = 0;
		before = usage();
		out.value = order->what(order->addr, order->value);
		out.faults = usage().ru_minflt - before.ru_minflt;
		out.major = usage().ru_majflt - before.ru_majflt;
		out.error = errno;
	}
	out.signal = signalled.si_signo;
	out.code = signalled.si_code;
	out.fault_addr = (uintptr_t)signalled.si_addr;
	return out;
}

static _Noreturn void act(struct actor *a)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	static int scratch = 1;
	struct order order = { poke, (char *)&scratch, 1 };

	sigaction(SIGSEGV, &action, NULL);
	alarm(60);
	perform(&order);	/* so that no fault of code or stack is counted later */
	while (read(a->orders[0], &order, sizeof order) == sizeof order) {
		struct outcome out = perform(&order);

		if (write(a->outcomes[1], &out, sizeof out) != sizeof out)
			break;
	}
	_exit(1);
}

void actor_prepare(struct actor *a)
{
	if (pipe(a->orders) < 0 || pipe(a->outcomes) < 0)
		err(1, "pipe");
}

pid_t actor_fork(struct actor *a)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid == 0)
		act(a);
	return pid;
}

void tell(struct actor *a, deed *what, void *addr, long value)
{
	struct order order = { what, addr, value };

	if (write(a->orders[1], &order, sizeof order) != sizeof order)
		err(1, "the actor is gone");
}

struct outcome hear(struct actor *a)
{
	struct outcome out;

	if (read(a->outcomes[0], &out, sizeof out) != sizeof out)
		err(1, "the actor is gone");
	return out;
}

struct outcome ask(struct actor *a, deed *what, void *addr, long value)
{
	tell(a, what, addr, value);
	return hear(a);
}
