/* swapon DISK, swapoff DISK: begin or end to swap on a disk that mkswap has prepared. */
#include "user/box/box.h"

#include <err.h>
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
