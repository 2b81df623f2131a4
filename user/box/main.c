/* One program that is many: the name it is called by says which applet runs. */
#include "user/box/box.h"

#include <err.h>
#include <errno.h>
#include <string.h>

static const struct applet {
	const char *name;
	int (*main)(int argc, char **argv);
} applets[] = {
#define APPLET_ENTRY(name) { #name, box_##name },
	APPLETS(APPLET_ENTRY)
};

#define APPLET_COUNT (sizeof applets / sizeof *applets)

static const struct applet *applet_find(const char *path)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

	for (size_t i = 0; i < APPLET_COUNT; i++)
		if (!strcmp(applets[i].name, name))
			return &applets[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct applet *applet = argc > 0 ? applet_find(argv[0]) : NULL;

	if (argc > 1 && !strcmp(argv[1], "--list")) {
		for (size_t i = 0; i < APPLET_COUNT; i++)
			puts(applets[i].name);
		return 0;
	}
	if (!applet && argc > 1) {
		applet = applet_find(argv[1]);
		argc--, argv++;
	}
	if (!applet)
		errx(127, "usage: box APPLET [ARG...], or box --list");
	program_invocation_short_name = (char *)applet->name;
	return applet->main(argc, argv);
}
