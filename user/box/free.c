/* free: where memory is, in a few lines of /proc/meminfo. */
#include "user/box/box.h"

int box_free(int argc, char **argv)
{
	static const char *const names[] = { "MemTotal", "MemFree", "Shmem", "PageTables", "SwapTotal", "SwapFree",
					     "CommitLimit", "Committed_AS" };

	(void)argc, (void)argv;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (meminfo(names[i]) >= 0)
			printf("%-13s %10ld kB\n", names[i], meminfo(names[i]));
	return 0;
}
