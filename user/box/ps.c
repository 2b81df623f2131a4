/* ps: every process, from /proc/PID/stat. */
#include "user/box/box.h"

static void show(pid_t pid, void *arg)
{
	char path[40], comm[64], state;
	unsigned long minflt, utime, stime, vsize;
	long rss;
	int ppid;
	FILE *f;

	(void)arg;
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return;		/* it has ended meanwhile */
	if (fscanf(f, "%*d (%63[^)]) %c %d %*d %*d %*d %*d %*u %lu %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d %*d %*u %lu %ld",
		   comm, &state, &ppid, &minflt, &utime, &stime, &vsize, &rss) == 8)
		printf("%5d %5d %c %8lu %8ld %8lu %6.2f %s\n", pid, ppid, state, vsize / 1024, rss * 4, minflt,
		       (double)(utime + stime) / 100, comm);
	fclose(f);
}

int box_ps(int argc, char **argv)
{
	(void)argc, (void)argv;
	puts("  PID  PPID S   VSZ kB   RSS kB   FAULTS   TIME COMMAND");
	for_each_process(show, NULL);
	return 0;
}
