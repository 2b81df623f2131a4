/*
 * init: the first process. Two lives:
 *
 *   with "stdio=host" on the kernel's command line, it runs one program of the host's: /run/prog with the arguments,
 *   environment and user of /run/{argv,env,user}, its standard streams those of the host, and reports its status;
 *   else it tells the story on the console, then offers a prompt, or with "batch" ends.
 *
 * Either way the machine is powered off at the end.
 */
#include "user/box/box.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

static bool cmdline_has(const char *word)
{
	char line[2048] = "";
	int fd = open("/proc/cmdline", O_RDONLY);

	if (fd >= 0 && read(fd, line, sizeof line - 1) < 0)
		line[0] = 0;
	close(fd);
	for (char *w = strtok(line, " \n"); w; w = strtok(NULL, " \n"))
		if (!strcmp(w, word))
			return true;
	return false;
}

/* Make PATH file descriptor FD, if it can be opened. */
static void open_as(int fd, const char *path, int flags)
{
	int opened = open(path, flags);

	if (opened >= 0 && opened != fd) {
		dup2(opened, fd);
		close(opened);
	}
}

/* Tell the host the status, when it listens, and end the machine. */
static _Noreturn void power_off(int status)
{
	int fd = open("/dev/hostexit", O_WRONLY);

	if (fd >= 0)
		dprintf(fd, "%d\n", status);
	sync();
	reboot(RB_POWER_OFF);
	err(1, "reboot");
}

/* Reap whatever ends until PID does; its status as a shell would tell it. */
static int wait_for(pid_t pid)
{
	int status;
	pid_t ended;

	do {
		ended = waitpid(-1, &status, 0);
		if (ended < 0 && errno != EINTR)
			return 125;
	} while (ended != pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The whole of a file, with a zero byte after it and its length in *LEN. */
static char *slurp(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY);
	char *buf = malloc(1);
	ssize_t n = 0;

	*len = 0;
	do {
		*len += (size_t)n;
		buf = realloc(buf, *len + PAGE + 1);
		if (!buf)
			err(126, "%s", path);
	} while (fd >= 0 && (n = read(fd, buf + *len, PAGE)) > 0);
	close(fd);
	buf[*len] = 0;
	return buf;
}

/* The strings of a file in which each ends with a zero byte, as a vector that ends with NULL. */
static char **strings_of(const char *path)
{
	size_t len, n = 0;
	char *buf = slurp(path, &len);
	char **vector = calloc(len + 1, sizeof *vector);

	if (!vector)
		err(126, "%s", path);
	for (char *s = buf; s < buf + len; s += strlen(s) + 1)
		vector[n++] = s;
	return vector;
}

static _Noreturn void exec_host_program(void)
{
	size_t len;
	unsigned uid = 0, gid = 0;
	char **args = strings_of("/run/argv"), **env = strings_of("/run/env");

	sscanf(slurp("/run/user", &len), "%u %u", &uid, &gid);
	if (setgroups(0, NULL) < 0 || setgid(gid) < 0 || setuid(uid) < 0 || chdir("/") < 0)
		err(126, "user %u group %u", uid, gid);
	execve("/run/prog", args, env);
	warn("%s", args[0] ? args[0] : "/run/prog");
	_exit(errno == ENOENT ? 127 : 126);
}

/* Run a program in a session of its own, with the terminal. */
static int run_applet(char *name)
{
	char path[32], *args[] = { name, NULL }, *env[] = { "PATH=/usr/bin:/bin:/sbin:/tmp:.", "HOME=/", "TERM=linux", NULL };
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		for (int fd = 0; fd < 3; fd++)
			open_as(fd, "/dev/ttyS0", O_RDWR);
		snprintf(path, sizeof path, "/bin/%s", name);
		execve(path, args, env);
		err(127, "%s", path);
	}
	return pid < 0 ? 125 : wait_for(pid);
}

/* What busybox's halt, poweroff and reboot ask of an init. */
static void on_signal(int sig)
{
	sync();
	reboot(sig == SIGTERM ? RB_AUTOBOOT : sig == SIGUSR1 ? RB_HALT_SYSTEM : RB_POWER_OFF);
}

int box_init(int argc, char **argv)
{
	pid_t pid;
	int status;

	(void)argc, (void)argv;
	if (getpid() != 1)
		errx(1, "not process 1: nothing done");
	if (cmdline_has("stdio=host")) {
		open_as(0, "/dev/hostin", O_RDONLY);
		open_as(1, "/dev/hostout", O_WRONLY);
		open_as(2, "/dev/hosterr", O_WRONLY);
		pid = fork();
		if (pid == 0) {
			setsid();
			exec_host_program();
		}
		power_off(pid < 0 ? 125 : wait_for(pid));
	}
	signal(SIGUSR1, on_signal);
	signal(SIGUSR2, on_signal);
	signal(SIGTERM, on_signal);
	status = run_applet("story");
	if (!cmdline_has("batch"))
		status = run_applet("sh");
	power_off(status);
}
