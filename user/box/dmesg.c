/* dmesg: print the kernel's log, as far as it is kept. */
#include "user/box/box.h"

#include <fcntl.h>
#include <unistd.h>

int box_dmesg(int argc, char **argv)
{
	int fd = open("/proc/kmsg", O_RDONLY | O_NONBLOCK);	/* it would wait for more */
	char buf[PAGE];
	ssize_t n;

	(void)argc, (void)argv;
	while (fd >= 0 && (n = read(fd, buf, sizeof buf)) > 0)
		fwrite(buf, 1, (size_t)n, stdout);
	return 0;
}
