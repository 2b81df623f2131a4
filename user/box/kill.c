/* kill [-SIGNAL] PID...: send a signal, by number or by name. */
#include "user/box/box.h"

#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static int signal_number(const char *name)
{
	if (!strncmp(name, "SIG", 3))
		name += 3;
	for (int sig = 1; sig < NSIG; sig++)
		if (sigabbrev_np(sig) && !strcmp(sigabbrev_np(sig), name))
			return sig;
	return atoi(name);
}

int box_kill(int argc, char **argv)
{
	bool named = argc > 1 && argv[1][0] == '-';
	int sig = named ? signal_number(argv[1] + 1) : SIGTERM;
	int failed = 0;

	if (argc < 2 + named)
		errx(1, "usage: kill [-SIGNAL] PID...");
	for (int i = 1 + named; i < argc; i++)
		if (kill(atoi(argv[i]), sig) < 0) {
			warn("%s", argv[i]);
			failed = 1;
		}
	return failed;
}
