/*
 * /init of the judge: starts disks, runs jobs one after the other on 32-bit Linux and sends their results to the host.
 *
 * Job N is /jobs/N/{prog,argv,env,user}: argv and env are NUL-terminated strings, user is "UID GID"; its stdin is
 * /jobs/N/stdin. Standard output goes to QEMU's debug console at port 0xe9, standard error to 0xea, and after each job
 * one line "STATUS OUT-BYTES ERR-BYTES" to 0xeb. Port 0xf4 ends the machine.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PORT_OUT = 0xe9, PORT_ERR = 0xea, PORT_STATUS = 0xeb, PORT_END = 0xf4, MAX_STRINGS = 4096 };

struct stream {
	int fd;			/* read end of the job's pipe, -1 after end of file */
	unsigned short port;
	unsigned long count;
};

static char text[256 * 1024];

static void fatal(const char *what)
{
	fprintf(stderr, "judge: %s: %s\n", what, strerror(errno));
	outb(0x7f, PORT_END);
	_exit(1);
}

static void mount_all(void)
{
	mkdir("/dev", 0755);
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/tmp", 01777);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	mkdir("/dev/shm", 01777);
	mount("shm", "/dev/shm", "tmpfs", 0, NULL);
	mount("tmp", "/tmp", "tmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sys", "/sys", "sysfs", 0, NULL);
}

/* Load /drivers/0, 1 …, and wait until what /disks promises is there: "COUNT [SWAP-DISK]". */
static void start_disks(void)
{
	char path[64], swap[16] = "";
	int count, fd;
	FILE *in = fopen("/disks", "r");

	if (!in)
		return;
	if (fscanf(in, "%d %15s", &count, swap) < 1)
		fatal("/disks");
	fclose(in);
	for (int i = 0; sprintf(path, "/drivers/%d", i), (fd = open(path, O_RDONLY)) >= 0; i++) {
		if (syscall(SYS_finit_module, fd, "", 0))
			fatal(path);
		close(fd);
	}
	sprintf(path, "/dev/sd%c", 'a' + count - 1);
	for (int i = 0; access(path, F_OK); i++) {
		if (i == 1000)
			fatal(path);
		usleep(10000);
	}
	if (*swap && swapon(swap, 0))
		fatal(swap);
}

/* The strings of a file of NUL-terminated strings, as a vector for execve. */
static char **read_strings(const char *path)
{
	static char *empty[1];
	char **vector = calloc(MAX_STRINGS + 1, sizeof(*vector));
	FILE *in = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;

	if (!in || !vector)
		return empty;
	for (int i = 0; i < MAX_STRINGS && getdelim(&line, &room, '\0', in) >= 0; i++) {
		vector[i] = line;
		line = NULL;
		room = 0;
	}
	fclose(in);
	return vector;
}

static void become_user(void)
{
	unsigned int uid = 0, gid = 0;
	FILE *in = fopen("user", "r");

	if (in && fscanf(in, "%u %u", &uid, &gid) != 2)
		fatal("user");
	if (in)
		fclose(in);
	if (setgroups(0, NULL) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		fatal("setuid");
}

/* The child: a session and a System V IPC namespace of its own, so that no job sees what another left. */
static void run_job(int out, int err)
{
	char dir[64];
	char **argv = read_strings("argv"), **env = read_strings("env");
	int in = open("stdin", O_RDONLY);

	if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		fatal("stdin");
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	setsid();
	if (unshare(CLONE_NEWIPC))
		fatal("unshare");
	become_user();
	if (!getcwd(dir, sizeof(dir) - 6) || chdir("/"))
		fatal("chdir");
	execve(strcat(dir, "/prog"), argv, env);
	fprintf(stderr, "judge: %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static void forward(struct stream *s)
{
	ssize_t n = read(s->fd, text, sizeof(text));

	if (n > 0) {
		outsb(s->port, text, n);
		s->count += n;
	} else if (n == 0 || errno != EINTR) {
		close(s->fd);
		s->fd = -1;
	}
}

/* Forward until both pipes are closed; what outlives the job is killed, so they will be. Returns the wait status. */
static int watch_job(pid_t job, struct stream *out, struct stream *err)
{
	int status;
	bool ended = false;

	while (out->fd >= 0 || err->fd >= 0) {
		struct pollfd polls[2] = { { out->fd, POLLIN, 0 }, { err->fd, POLLIN, 0 } };

		if (poll(polls, 2, 20) > 0) {
			if (polls[0].revents)
				forward(out);
			if (polls[1].revents)
				forward(err);
		}
		if (!ended && waitpid(job, &status, WNOHANG) == job) {
			ended = true;
			kill(-1, SIGKILL);
		}
	}
	if (!ended)
		waitpid(job, &status, 0);
	kill(-1, SIGKILL);
	while (wait(NULL) > 0)
		;
	return status;
}

static void do_job(const char *dir)
{
	int out[2], err[2], status;
	pid_t job;

	if (chdir(dir) || pipe(out) || pipe(err))
		fatal(dir);
	job = fork();
	if (job < 0)
		fatal("fork");
	if (job == 0)
		run_job(out[1], err[1]);
	close(out[1]);
	close(err[1]);

	struct stream o = { out[0], PORT_OUT, 0 }, e = { err[0], PORT_ERR, 0 };

	status = watch_job(job, &o, &e);
	status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	outsb(PORT_STATUS, text, sprintf(text, "%d %lu %lu\n", status, o.count, e.count));
}

int main(void)
{
	char dir[32];

	if (iopl(3))
		fatal("iopl");
	mount_all();
	start_disks();
	for (int i = 0; sprintf(dir, "/jobs/%d", i), access(dir, F_OK) == 0; i++)
		do_job(dir);
	outb(0x10, PORT_END);
	return 0;
}
