/*
 * sh: no more than a line reader. Splits a line into words, runs the program they name, and says how it ended. With "&"
 * as the last word it does not wait. "sh FILE" reads the lines of a file, "sh -c LINES" those.
 */
#include "user/box/box.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS 64

static int split(char *line, char **words)
{
	int n = 0;

	for (char *word = strtok(line, " \t\r\n"); word && n < WORDS - 1; word = strtok(NULL, " \t\r\n"))
		words[n++] = word;
	words[n] = NULL;
	return n;
}

/* Run the n words as a program; its status. */
static int run(char **words, int n)
{
	bool background = n > 1 && !strcmp(words[n - 1], "&");
	pid_t pid = fork(), ended;
	int status;

	if (background)
		words[n - 1] = NULL;
	if (pid == 0) {
		signal(SIGINT, background ? SIG_IGN : SIG_DFL);
		signal(SIGQUIT, background ? SIG_IGN : SIG_DFL);
		execvp(words[0], words);
		warn("%s", words[0]);
		_exit(errno == ENOENT ? 127 : 126);
	}
	if (pid > 0 && background)
		return 0;
	do {
		ended = pid < 0 ? pid : wait(&status);	/* what ran in the background, and orphans when it is init */
	} while (ended > 0 && ended != pid);
	if (ended < 0) {
		warn("%s", words[0]);
		return 1;
	}
	if (WIFSIGNALED(status)) {
		printf("killed by signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
		return 128 + WTERMSIG(status);
	}
	if (WEXITSTATUS(status))
		printf("exit status %d\n", WEXITSTATUS(status));
	return WEXITSTATUS(status);
}

static int help(void)
{
	puts("Programs: ls /bin shows them; with & at the end of the line they run beside you. For example:\n"
	     "  story, attach -c 16 0 1 5 &, attach ID 0 &, shmmap ID, cat /proc/sysvipc/shm, ps, kill PID, free, cat /proc/self/maps\n"
	     "Here: cd [DIR], exit [STATUS], help. poweroff ends the machine.");
	return 0;
}

/* Do one line. *STATUS is that of the last command; true when the shell is to end. */
static bool obey(char *line, int *status)
{
	char *words[WORDS];
	int n = split(line, words);

	if (n == 0 || words[0][0] == '#')
		return false;
	if (!strcmp(words[0], "exit")) {
		*status = n > 1 ? atoi(words[1]) : *status;
		return true;
	}
	if (!strcmp(words[0], "cd")) {
		*status = chdir(n > 1 ? words[1] : "/") < 0;
		if (*status)
			warn("%s", n > 1 ? words[1] : "/");
	} else {
		*status = strcmp(words[0], "help") ? run(words, n) : help();
	}
	return false;
}

int box_sh(int argc, char **argv)
{
	bool told = argc > 2 && !strcmp(argv[1], "-c");
	FILE *in = told ? fmemopen(argv[2], strlen(argv[2]), "r") : argc > 1 ? fopen(argv[1], "re") : stdin;
	bool prompt = in == stdin && isatty(0);
	char *line = NULL;
	size_t size = 0;
	int status = 0;

	if (!in)
		err(127, "%s", argv[1 + told]);
	setenv("PATH", "/bin:/sbin:/tmp:.", 1);
	if (prompt)	/* ^C, ^\ and ^Z are for what it runs; nothing here would continue what is stopped */
		signal(SIGINT, SIG_IGN), signal(SIGQUIT, SIG_IGN), signal(SIGTSTP, SIG_IGN);
	do {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;	/* what ran in the background has ended */
		if (prompt)
			printf("# ");
		fflush(stdout);
	} while (getline(&line, &size, in) >= 0 && !obey(line, &status));
	return status;
}
