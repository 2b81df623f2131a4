/* ipcs [-m] [-l] [-u]: shared-memory segments, limits, summary, laid out as util-linux does. */
#include "user/box/box.h"

#include <err.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

static bool show(const struct segment *s, void *arg)
{
	char owner[12];

	(void)arg;
	snprintf(owner, sizeof owner, "%u", s->uid);
	printf("0x%08x %-10d %-10s %-10o %-10llu %-10u %-6s %-6s\n", s->key, s->id, s->uid ? owner : "root", s->mode & 0777,
	       s->size, s->nattch, s->mode & SHM_DEST ? "dest" : "", s->mode & SHM_LOCKED ? "locked" : "");
	return false;
}

static void limits(void)
{
	struct shminfo info;

	if (shmctl(0, IPC_INFO, (void *)&info) < 0)
		err(1, "IPC_INFO");
	puts("\n------ Shared Memory Limits --------");
	printf("max number of segments = %lu\n", (unsigned long)info.shmmni);
	printf("max seg size (kbytes) = %lu\n", (unsigned long)info.shmmax / 1024);
	printf("max total shared memory (pages) = %lu\n", (unsigned long)info.shmall);
	printf("min seg size (bytes) = %lu\n\n", (unsigned long)info.shmmin);
}

static void summary(void)
{
	struct shm_info info;

	if (shmctl(0, SHM_INFO, (void *)&info) < 0)
		err(1, "SHM_INFO");
	puts("\n------ Shared Memory Status --------");
	printf("segments allocated %d\npages allocated %lu\npages resident  %lu\npages swapped   %lu\n\n", info.used_ids,
	       (unsigned long)info.shm_tot, (unsigned long)info.shm_rss, (unsigned long)info.shm_swp);
}

int box_ipcs(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[argc - 1], "-l")) {
		limits();
	} else if (argc > 1 && !strcmp(argv[argc - 1], "-u")) {
		summary();
	} else {
		puts("\n------ Shared Memory Segments --------");
		puts("key        shmid      owner      perms      bytes      nattch     status      ");
		segments_find(show, NULL);
		putchar('\n');
	}
	return 0;
}
