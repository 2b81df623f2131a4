/* Structures, lines of /proc/PID/maps and of /proc/sysvipc, with names for what differs. */
#include "diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A letter a field: w 4 bytes, h 2, o 2 octal, t a time of 4, p a process of 4, q of 2. */
#define PERM_64 "wwwwwohhhww"
#define PERM_OLD "whhhhoh"
const char SHM_64[] = PERM_64 "wtwtwtwppwww", SHM_OLD[] = PERM_OLD "wtttqqhhww";
const char SHM_LIMITS_64[] = "wwwwwwwww", SHM_LIMITS_OLD[] = "wwwww", SHM_TOTALS[] = "wwwwww";
const char SEM_64[] = PERM_64 "twtwwww", SEM_OLD[] = PERM_OLD "ttwwwwhh", SEM_LIMITS[] = "wwwwwwwwww";

static unsigned show_field(char kind, const unsigned char *at)
{
	uint32_t word;
	uint16_t half;

	memcpy(&word, at, sizeof(word));
	memcpy(&half, at, sizeof(half));
	switch (kind) {
	case 't':
		say_time(word);
		return 4;
	case 'p':
		say_pid(word);
		return 4;
	case 'q':
		say_pid(half);
		return 2;
	case 'o':
		say("%#o", half);
		return 2;
	case 'h':
		say("%u", half);
		return 2;
	default:
		say("%u", word);
		return 4;
	}
}

/* And nothing behind it has been written to. fields: NULL is none. */
void show_structure(const struct made *made, const char *fields)
{
	const unsigned char *at = made->buffer;

	for (; fields && *fields; fields++) {
		say(" ");
		at += show_field(*fields, at);
	}
	for (; at < made->buffer + BUFFER; at++)
		if (*at != FILL) {
			say(" byte %d behind is %#x", (int)(at - made->buffer), *at);
			return;
		}
}

/* ---- /proc/self/maps: the attaches; where the program chose the address, and then each place of the kernel's choice ---- */

static void show_lines_of(FILE *maps, const struct place *place)
{
	unsigned long start, end;
	char line[256];
	int rest;

	rewind(maps);
	while (fgets(line, sizeof(line), maps)) {
		if (!strstr(line, "/SYSV") || sscanf(line, "%lx-%lx %n", &start, &end, &rest) != 2 || place_of(start) != place)
			continue;
		line[strcspn(line, "\n")] = 0;
		say("\n   ");
		say_address(start);
		say(" %lu %s", end - start, line + rest);
	}
}

void run_maps(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");

	say("maps");
	if (!maps) {
		say(" cannot be opened");
		return;
	}
	show_lines_of(maps, NULL);
	for (unsigned i = 0; i < PLACES; i++)
		if (me->places[i].number)
			show_lines_of(maps, &me->places[i]);
	fclose(maps);
}

/* ---- /proc/sysvipc: columns as they are, but for those whose heads name times and processes ---- */

static void show_column(const char *head, const char *text)
{
	uint32_t value = strtoul(text, NULL, 10);

	if (strlen(head) >= 5 && !strcmp(head + 1, "time"))
		say_time(value);
	else if (!strcmp(head, "cpid") || !strcmp(head, "lpid"))
		say_pid(value);
	else
		say("%s", text);
}

static void show_table(const char *path)
{
	FILE *table = fopen(path, "re");
	char heads[512], line[512], *head, *word, *heads_left, *line_left;

	say("\n   %s", path);
	if (!table || !fgets(heads, sizeof(heads), table))
		say(" cannot be read");
	while (table && fgets(line, sizeof(line), table)) {
		char copy[512];

		say("\n   %d", (int)strlen(line));
		head = strtok_r(strcpy(copy, heads), " \n", &heads_left);
		word = strtok_r(line, " \n", &line_left);
		for (; head && word; head = strtok_r(NULL, " \n", &heads_left), word = strtok_r(NULL, " \n", &line_left)) {
			say(" ");
			show_column(head, word);
		}
	}
	if (table)
		fclose(table);
}

void run_sysvipc(void)
{
	say("sysvipc");
	show_table("/proc/sysvipc/shm");
	show_table("/proc/sysvipc/sem");
}
