/* A program for the tests of tools/run: does what its first argument says. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static char bytes[65536];

/* Copy fd FROM to fd TO until end of file. */
static int copy(int from, int to)
{
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		if (write(to, bytes, n) != n)
			return 1;
	return n < 0;
}

static int put_strings(char **strings)
{
	for (; *strings; strings++)
		if (fwrite(*strings, strlen(*strings) + 1, 1, stdout) != 1)
			return 1;
	return 0;
}

/* A block of 64 KiB COUNT times, each byte telling its place. */
static int put_blocks(int count)
{
	for (int i = 0; i < count; i++) {
		for (unsigned j = 0; j < sizeof(bytes); j++)
			bytes[j] = i + j + j / 256;
		if (fwrite(bytes, sizeof(bytes), 1, stdout) != 1)
			return 1;
	}
	return 0;
}

static int put_facts(void)
{
	unsigned long long stamp = __builtin_ia32_rdtsc();

	printf("tty %d%d%d uid %d %d gid %d %d time %ld stamp %llu\n", isatty(0), isatty(1), isatty(2), getuid(),
	       geteuid(), getgid(), getegid(), (long)time(NULL), stamp);
	return 0;
}

static int share_memory(void)
{
	int id = shmget(IPC_PRIVATE, 5000, 0600);
	char *a = shmat(id, NULL, 0), *b = shmat(id, NULL, SHM_RDONLY);
	int large = shmget(IPC_PRIVATE, 4 << 20, 0600);
	char *table = shmat(large, NULL, 0);

	if (id < 0 || a == (char *)-1 || b == (char *)-1 || table == (char *)-1 || shmctl(id, IPC_RMID, NULL) || shmctl(large, IPC_RMID, NULL))
		return 1;
	table[12345] = 1;
	strcpy(a, "shared");
	return puts(b) < 0 || shmdt(a) || madvise(b, 4096, MADV_PAGEOUT) || shmdt(b);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "", *value = argc > 2 ? argv[2] : "0";

	if (!strcmp(what, "args"))
		return put_strings(argv);
	if (!strcmp(what, "env"))
		return put_strings(environ);
	if (!strcmp(what, "cat"))
		return copy(0, 1);
	if (!strcmp(what, "cat-err"))
		return copy(0, 2);
	if (!strcmp(what, "file"))
		return freopen(value, "r", stdin) ? copy(0, 1) : 1;
	if (!strcmp(what, "blocks"))
		return put_blocks(atoi(value));
	if (!strcmp(what, "facts"))
		return put_facts();
	if (!strcmp(what, "share"))
		return share_memory();
	if (!strcmp(what, "exit"))
		return atoi(value);
	if (!strcmp(what, "signal"))
		return raise(atoi(value));
	if (!strcmp(what, "crash"))
		*(volatile int *)0 = 1;
	for (;;)
		if (!strcmp(what, "sleep"))
			pause();
}
