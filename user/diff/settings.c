/* The settings in /proc/sys/kernel: written and read by anyone, and put back by the coordinator now and then. */
#include "diff.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct setting {
	const char *name, *usual;        /* usual, or NULL: it is no setting to be put back, but good for once */
	const char *const *texts;
} settings[] = {
	{ "shmmni", "4096", (const char *const[]){ "3", "8", "20", "0", "32768", "32769", "-1", "x", "", NULL } },
	{ "shmmax", "4278190079", (const char *const[]){ "4096", "4095", "20000", "0", "4294967295", "4294967296", "-1", " 8192 ", NULL } },
	{ "shmall", "4278190079", (const char *const[]){ "1", "10", "40", "0", "4294967295", "-5", "7 8", NULL } },
	{ "shm_rmid_forced", "0", (const char *const[]){ "1", "1", "0", "2", "-1", "1x", NULL } },
	{ "shm_next_id", NULL, (const char *const[]){ "5", "40", "32768", "65541", "3276807", "-1", "-2", "2147483648", "NEXT", NULL } },
	{ "sem", "32000 1024000000 500 32000",
	  (const char *const[]){ "3", "4 20", "32000 32000 2", "250 32000 32 4", "1 1 1 1", "10 10 10 32769", "-1", "5 x", "1 2 3 4 5", "0 0 0 -1", NULL } },
	{ "sem_next_id", NULL, (const char *const[]){ "5", "40", "32768", "65541", "3276807", "-1", "-2", "NEXT", NULL } },
};

static int setting_open(const struct setting *setting, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", setting->name);
	return open(path, flags | O_CLOEXEC);
}

static void setting_show(const struct setting *setting)
{
	int fd = setting_open(setting, O_RDONLY);
	char text[128] = "";
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n > 0)
		text[n - 1] = 0;
	say(n < 0 ? " unreadable" : " is '%s'", text);
	close(fd);
}

/* The id of something that there is or was, of the next sequence. */
static const char *next_of(const struct setting *setting, char *text)
{
	unsigned kind = setting->name[1] == 'h' ? SHM_IDS : SEM_IDS;

	sprintf(text, "%d", world->ids[kind][below(REMEMBERED)] % 0x1000000);
	return text;
}

void run_setting(void)
{
	const struct setting *setting = &settings[below(ARRAY_SIZE(settings))];
	const char *text;
	unsigned many = 0;
	char own[16];
	ssize_t n;
	int fd;

	while (setting->texts[many])
		many++;
	text = setting->texts[below(many)];
	if (!strcmp(text, "NEXT"))
		text = next_of(setting, own);
	say("%s := '%s'", setting->name, text);
	fd = setting_open(setting, O_WRONLY);
	n = fd < 0 ? -1 : write(fd, text, strlen(text));
	say_result(n < 0 ? -errno : n);
	close(fd);
	setting_show(setting);
}

void settings_restore(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(settings); i++) {
		int fd = settings[i].usual ? setting_open(&settings[i], O_WRONLY) : -1;

		if (!settings[i].usual)
			continue;
		if (fd < 0 || write(fd, settings[i].usual, strlen(settings[i].usual)) < 0)
			say("cannot restore %s\n", settings[i].name);
		close(fd);
	}
}
