/* attach ID [-r] [PAGE...]: attach a segment, touch these pages (with -r only read them), and stay until killed. */
#include "user/box/box.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <unistd.h>

int box_attach(int argc, char **argv)
{
	bool read_only = argc > 2 && !strcmp(argv[2], "-r");
	struct shmid_ds ds;
	volatile char *p;

	if (argc < 2)
		errx(1, "usage: attach ID [-r] [PAGE...]");
	p = shmat(atoi(argv[1]), NULL, read_only ? SHM_RDONLY : 0);
	if (p == (void *)-1 || shmctl(atoi(argv[1]), IPC_STAT, &ds) < 0)
		err(1, "%s", argv[1]);
	for (int i = 2 + read_only; i < argc; i++) {
		unsigned long page = strtoul(argv[i], NULL, 0);

		if (page >= (ds.shm_segsz + PAGE - 1) / PAGE)
			errx(1, "page %lu: beyond the end", page);
		if (read_only)
			(void)p[page * PAGE];
		else
			p[page * PAGE] = 1;
	}
	printf("process %d has segment %s at %p\n", getpid(), argv[1], (void *)p);
	fflush(stdout);
	for (;;)
		pause();
}
