/* ls [-l] [PATH...]: names, sorted; with -l also mode, owner and size. */
#include "user/box/box.h"

#include <dirent.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_long;

static char type_letter(mode_t mode)
{
	return S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : S_ISCHR(mode) ? 'c' : S_ISBLK(mode) ? 'b' : S_ISFIFO(mode) ? 'p' : '-';
}

static void show(const char *path, const char *name)
{
	char bits[] = "rwxrwxrwx", target[256];
	struct stat st;
	ssize_t n;

	if (!is_long || lstat(path, &st) < 0) {
		puts(name);
		return;
	}
	for (int i = 0; i < 9; i++)
		if (!(st.st_mode & (0400u >> i)))
			bits[i] = '-';
	printf("%c%s %2u %4u %4u %9lld %s", type_letter(st.st_mode), bits, (unsigned)st.st_nlink, st.st_uid, st.st_gid,
	       (long long)st.st_size, name);
	if (S_ISLNK(st.st_mode) && (n = readlink(path, target, sizeof target)) > 0)
		printf(" -> %.*s", (int)n, target);
	putchar('\n');
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int list(const char *path)
{
	struct dirent **entries;
	char full[1024];
	struct stat st;
	int n;

	if (stat(path, &st) < 0 && lstat(path, &st) < 0) {
		warn("%s", path);
		return 1;
	}
	if (!S_ISDIR(st.st_mode)) {
		show(path, path);
		return 0;
	}
	n = scandir(path, &entries, not_hidden, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(full, sizeof full, "%s/%s", path, entries[i]->d_name);
		show(full, entries[i]->d_name);
	}
	return n < 0;
}

int box_ls(int argc, char **argv)
{
	int first = 1, failed = 0;

	if (argc > 1 && !strcmp(argv[1], "-l"))
		is_long = true, first = 2;
	if (first == argc)
		return list(".");
	for (int i = first; i < argc; i++) {
		if (argc - first > 1)
			printf("%s:\n", argv[i]);
		failed |= list(argv[i]);
	}
	return failed;
}
