/* ipcrm -m ID | -M KEY ...: remove shared-memory segments. */
#include "user/box/box.h"

#include <err.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

int box_ipcrm(int argc, char **argv)
{
	int failed = 0;

	if (argc < 3)
		errx(1, "usage: ipcrm -m ID | -M KEY ...");
	for (int opt; (opt = getopt(argc, argv, "m:M:")) != -1;) {
		int id;

		if (opt == '?')
			return 1;
		id = opt == 'm' ? atoi(optarg) : shmget((key_t)strtoul(optarg, NULL, 0), 0, 0);
		if (id < 0 || shmctl(id, IPC_RMID, NULL) < 0) {
			warn("%s", optarg);
			failed = 1;
		}
	}
	return failed;
}
