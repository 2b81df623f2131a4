/* cat: copy files, or standard input, to standard output. */
#include "user/box/box.h"

#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int copy_out(int fd, const char *name)
{
	static char buf[16 * PAGE];
	ssize_t n;

	while ((n = read(fd, buf, sizeof buf)) > 0)
		for (ssize_t done = 0, w; done < n; done += w)
			if ((w = write(1, buf + done, (size_t)(n - done))) < 0)
				err(1, "standard output");
	if (n < 0)
		warn("%s", name);
	return n < 0;
}

int box_cat(int argc, char **argv)
{
	int failed = 0;

	if (argc < 2)
		return copy_out(0, "standard input");
	for (int i = 1; i < argc; i++) {
		int fd = strcmp(argv[i], "-") ? open(argv[i], O_RDONLY) : 0;

		if (fd < 0) {
			warn("%s", argv[i]);
			failed = 1;
			continue;
		}
		failed |= copy_out(fd, argv[i]);
		if (fd)
			close(fd);
	}
	return failed;
}
