/* sh: no more than a line reader. Splits a line into words, runs the program they name, and says how it ended. */
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

static int run(char **words)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execvp(words[0], words);
		warn("%s", words[0]);
		_exit(errno == ENOENT ? 127 : 126);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
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
	puts("Programs: ls /bin shows them. Try: story, ipcmk -M 64K, ipcs, shmmap ID, ps, free, cat /proc/self/maps.\n"
	     "Here: cd [DIR], exit [STATUS], help. There is no more to this shell; poweroff ends the machine.");
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
		*status = strcmp(words[0], "help") ? run(words) : help();
	}
	return false;
}

int box_sh(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;
	int status = 0;

	(void)argc, (void)argv;
	setenv("PATH", "/bin:/sbin:/tmp:.", 1);
	do {
		if (isatty(0))
			printf("# ");
		fflush(stdout);
	} while (getline(&line, &size, stdin) >= 0 && !obey(line, &status));
	return status;
}
