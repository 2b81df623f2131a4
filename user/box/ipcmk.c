/* ipcmk -M SIZE[K|M|G] [-p MODE]: make a shared-memory segment with a random key. */
#include "user/box/box.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/random.h>
#include <sys/shm.h>
#include <unistd.h>

static size_t parse_size(const char *text)
{
	char *end;
	unsigned long long size = strtoull(text, &end, 0);

	switch (*end) {
	case 'G': size *= 1024;	/* fall through */
	case 'M': size *= 1024;	/* fall through */
	case 'K': size *= 1024;
	}
	if (size > SIZE_MAX)
		errx(1, "%s: too large", text);
	return (size_t)size;
}

int box_ipcmk(int argc, char **argv)
{
	size_t size = 0;
	int mode = 0644, id;
	key_t key = 1;

	for (int opt; (opt = getopt(argc, argv, "M:p:")) != -1;) {
		if (opt == 'M')
			size = parse_size(optarg);
		else if (opt == 'p')
			mode = (int)strtol(optarg, NULL, 8);
		else
			return 1;
	}
	if (!size)
		errx(1, "usage: ipcmk -M SIZE[K|M|G] [-p MODE]");
	do {
		if (getrandom(&key, sizeof key, 0) < 0)
			err(1, "getrandom");
		id = shmget(key, size, IPC_CREAT | IPC_EXCL | mode);
	} while (id < 0 && errno == EEXIST);
	if (id < 0)
		err(1, "shmget");
	printf("Shared memory id: %d\n", id);
	return 0;
}
