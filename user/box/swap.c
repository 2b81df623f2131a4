/*
 * swapon DISK, swapoff DISK: begin or end to swap on a disk that mkswap has prepared. pageout ID PAGE...: send pages of a segment there.
 * shmlock [-u] ID: lock a segment into memory, or unlock it.
 */
#include "user/box/box.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/swap.h>

int box_swapon(int argc, char **argv)
{
	if (argc != 2)
		errx(1, "usage: swapon DISK");
	if (swapon(argv[1], 0) < 0)
		err(1, "%s", argv[1]);
	return 0;
}

int box_swapoff(int argc, char **argv)
{
	if (argc != 2)
		errx(1, "usage: swapoff DISK");
	if (swapoff(argv[1]) < 0)
		err(1, "%s", argv[1]);
	return 0;
}

int box_pageout(int argc, char **argv)
{
	struct shmid_ds ds;
	char *p;

	if (argc < 3)
		errx(1, "usage: pageout ID PAGE...");
	p = shmat(atoi(argv[1]), NULL, SHM_RDONLY);
	if (p == (char *)-1 || shmctl(atoi(argv[1]), IPC_STAT, &ds) < 0)
		err(1, "%s", argv[1]);
	for (int i = 2; i < argc; i++) {
		unsigned long page = strtoul(argv[i], NULL, 0);

		if (page >= (ds.shm_segsz + PAGE - 1) / PAGE)
			errx(1, "page %lu: beyond the end", page);
		if (madvise(p + page * PAGE, PAGE, MADV_PAGEOUT) < 0)
			err(1, "page %lu", page);
	}
	return 0;
}

int box_shmlock(int argc, char **argv)
{
	bool unlock = argc == 3 && !strcmp(argv[1], "-u");

	if (argc != 2 + unlock)
		errx(1, "usage: shmlock [-u] ID");
	if (shmctl(atoi(argv[argc - 1]), unlock ? SHM_UNLOCK : SHM_LOCK, NULL) < 0)
		err(1, "%s", argv[argc - 1]);
	return 0;
}
