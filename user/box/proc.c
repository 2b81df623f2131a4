/* What the applets read from /proc. */
#include "user/box/box.h"

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool segment_by_id(int id, struct segment *out)
{
	FILE *f = fopen("/proc/sysvipc/shm", "r");
	char line[512];
	bool found = false;

	if (!f)
		err(1, "/proc/sysvipc/shm");
	while (!found && fgets(line, sizeof line, f))	/* a line of titles first */
		found = sscanf(line, "%d %d %o %llu %d %d %u %u %*u %*u %*u %*u %*u %*u %llu %llu", (int *)&out->key, &out->id,
			       &out->mode, &out->size, &out->cpid, &out->lpid, &out->nattch, &out->uid, &out->rss, &out->swap) == 10 &&
			out->id == id;
	fclose(f);
	return found;
}

/* Element INDEX of a file of 64-bit words, 0 beyond its end. */
static uint64_t word_of(const char *path, uint64_t index)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t word = 0;

	if (fd < 0 || pread(fd, &word, sizeof word, (off_t)(index * sizeof word)) < 0)
		err(1, "%s", path);
	close(fd);
	return word;
}

uint64_t pagemap_entry(pid_t pid, uintptr_t va)
{
	char path[40];

	snprintf(path, sizeof path, "/proc/%d/pagemap", pid);
	return word_of(path, va / PAGE);
}

uint64_t entry_frame(uint64_t entry)
{
	bool present = entry >> 63;

	return present ? entry & ((1ull << 55) - 1) : 0;
}

uint64_t entry_slot(uint64_t entry)
{
	return entry >> 62 == 1 ? (entry & ((1ull << 55) - 1)) >> 5 : 0;
}

bool entry_by_table(uint64_t entry)
{
	return entry >> 60 & 1;
}

unsigned frame_mapped(uint64_t frame)
{
	return (unsigned)word_of("/proc/kpagecount", frame);
}

long meminfo(const char *name)
{
	FILE *f = fopen("/proc/meminfo", "r");
	char line[128];
	size_t len = strlen(name);
	long kb = -1;

	while (f && kb < 0 && fgets(line, sizeof line, f))
		if (!strncmp(line, name, len) && line[len] == ':')
			kb = atol(line + len + 1);
	if (f)
		fclose(f);
	return kb;
}

void for_each_process(void (*fn)(pid_t pid, void *arg), void *arg)
{
	DIR *proc = opendir("/proc");

	if (!proc)
		err(1, "/proc");
	for (struct dirent *entry; (entry = readdir(proc));)
		if (atoi(entry->d_name) > 0)
			fn(atoi(entry->d_name), arg);
	closedir(proc);
}
