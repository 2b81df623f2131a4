/* sleep SECONDS: wait, fractions included. */
#include "user/box/box.h"

#include <err.h>
#include <stdlib.h>
#include <time.h>

int box_sleep(int argc, char **argv)
{
	double seconds = argc == 2 ? atof(argv[1]) : -1;
	struct timespec t = { .tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (time_t)seconds) * 1e9) };

	if (seconds < 0)
		errx(1, "usage: sleep SECONDS");
	while (nanosleep(&t, &t) < 0)
		;	/* interrupted: t is what is left */
	return 0;
}
