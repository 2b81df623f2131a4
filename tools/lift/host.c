/* The host's side of the lifted kernel: memory, output, the end. */
#include "tools/lift/host.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

void host_map(unsigned address, size_t size)
{
	void *place = (void *)address;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;

	if (mmap(place, size, PROT_READ | PROT_WRITE, flags, -1, 0) == place)
		return;
	perror("mmap of the machine's RAM");
	exit(2);
}

void host_print(const char *text, size_t n)
{
	fwrite(text, 1, n, stdout);
	fflush(stdout);
}

void host_abort(void)
{
	abort();
}

int main(void)
{
	return lift_main() != 0;
}
