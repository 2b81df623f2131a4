/*
 * attach ID [-r] [PAGE...]: attach a segment, touch these pages (with -r only read them), and stay until killed.
 * attach -c PAGES [PAGE...]: the same with a new segment of so many pages, which goes with the last process that has it.
 */
#include "user/box/box.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <unistd.h>

int box_attach(int argc, char **argv)
{
	bool create = argc > 2 && !strcmp(argv[1], "-c"), read_only = argc > 2 && !strcmp(argv[2], "-r");
	struct shmid_ds ds;
	volatile char *p;
	int id;

	if (argc < 2)
		errx(1, "usage: attach ID [-r] [PAGE...], attach -c PAGES [PAGE...]");
	id = create ? shmget(IPC_PRIVATE, strtoul(argv[2], NULL, 0) * PAGE, 0644) : atoi(argv[1]);
	p = shmat(id, NULL, read_only ? SHM_RDONLY : 0);
	if (p == (void *)-1 || shmctl(id, IPC_STAT, &ds) < 0 || (create && shmctl(id, IPC_RMID, NULL) < 0))
		err(1, "%s", argv[1]);
	for (int i = 2 + (create || read_only); i < argc; i++) {
		unsigned long page = strtoul(argv[i], NULL, 0);

		if (page >= (ds.shm_segsz + PAGE - 1) / PAGE)
			errx(1, "page %lu: beyond the end", page);
		if (read_only)
			(void)p[page * PAGE];
		else
			p[page * PAGE] = 1;
	}
	printf("process %d has segment %d at %p\n", getpid(), id, (void *)p);
	fflush(stdout);
	for (;;)
		pause();
}
