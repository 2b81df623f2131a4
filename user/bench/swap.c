/*
 * Swapping: a segment four times as large as memory, written and read from end to end, and touched here and there. A disk has its own
 * time, so these numbers differ from run to run: each is given as the median of some passes, with the smallest and the largest.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PASSES = 5, RANDOM_TOUCHES = 4000, RAW_BYTES = 64 * MIB, RAW_PART = 128 * 1024 };

/* What the system counts; instructions only under the instruction clock. */
struct counts {
	double instructions, seconds, pages, requests;
};

/* The number behind a word at the beginning of a line. */
static double number_after(const char *path, const char *word, int which)
{
	char line[512];
	double value = 0;
	FILE *in = fopen(path, "r");

	if (!in)
		fail(path);
	while (fgets(line, sizeof line, in)) {
		char *next = line, *token;

		for (int i = 0; (token = strsep(&next, " \n")) && i <= which;) {
			if (!*token)
				continue;
			if (i == 0 && strcmp(token, word))
				break;
			if (i++ == which)
				value = atof(token);
		}
	}
	fclose(in);
	return value;
}

/* Requests of all disks: fields 4 and 8 of /proc/diskstats. */
static double disk_requests(void)
{
	double reads, writes, sum = 0;
	char line[512];
	FILE *in = fopen("/proc/diskstats", "r");

	if (!in)
		fail("/proc/diskstats");
	while (fgets(line, sizeof line, in))
		if (sscanf(line, "%*u %*u %*s %lf %*u %*u %*u %lf", &reads, &writes) == 2)
			sum += reads + writes;
	fclose(in);
	return sum;
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* Idle time, which the clock counts too, is in hundredths of a second: of these, one is 10 million instructions. */
static struct counts counts_now(void)
{
	double idle = number_after("/proc/stat", "cpu", 4) + number_after("/proc/stat", "cpu", 5);

	return (struct counts){
		.instructions = (double)clock_now() - idle * 1e7,
		.seconds = seconds_now(),
		.pages = number_after("/proc/vmstat", "pswpin", 1) + number_after("/proc/vmstat", "pswpout", 1),
		.requests = disk_requests(),
	};
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print(const char *operation, const char *what, double values[PASSES])
{
	qsort(values, PASSES, sizeof *values, compare);
	printf("swap\t%s: %s\t%.4g\t%.4g\t%.4g\n", operation, what, values[PASSES / 2], values[0], values[PASSES - 1]);
}

static void write_all(volatile char *at, unsigned size)
{
	for (unsigned i = 0; i < size; i += PAGE)
		at[i]++;
}

static void read_all(volatile char *at, unsigned size)
{
	for (unsigned i = 0; i < size; i += PAGE)
		at[i];
}

static void touch_some(volatile char *at, unsigned size)
{
	static unsigned state = 1;

	for (unsigned i = 0; i < RANDOM_TOUCHES; i++) {
		state = state * 1103515245 + 12345;
		at[(state >> 4) % (size / PAGE) * PAGE]++;
	}
}

static void measure(const char *operation, void (*work)(volatile char *, unsigned), volatile char *at, unsigned size)
{
	double instructions[PASSES], cluster[PASSES], requests[PASSES], speed[PASSES];

	for (unsigned i = 0; i < PASSES; i++) {
		struct counts before = counts_now(), after;

		work(at, size);
		after = counts_now();
		double pages = after.pages - before.pages;
		instructions[i] = (after.instructions - before.instructions) / pages;
		cluster[i] = pages / (after.requests - before.requests);
		requests[i] = 1 / cluster[i];
		speed[i] = pages * PAGE / MIB / (after.seconds - before.seconds);
	}
	print(operation, "instructions per page moved", instructions);
	print(operation, "pages per request", cluster);
	print(operation, "requests per page", requests);
	print(operation, "MiB per second of the clock", speed);
}

/* The disk itself through the same driver, past every cache. */
static void measure_raw(const char *disk)
{
	static char part[RAW_PART] __attribute__((aligned(PAGE)));
	double speed[PASSES];
	int fd = open(disk, O_RDONLY | O_DIRECT);

	if (fd < 0 && (fd = open(disk, O_RDONLY)) < 0)
		fail(disk);
	for (unsigned i = 0; i < PASSES; i++) {
		double before = seconds_now();

		if (lseek(fd, 0, SEEK_SET))
			fail(disk);
		for (unsigned done = 0; done < RAW_BYTES; done += RAW_PART)
			if (read(fd, part, RAW_PART) != RAW_PART)
				fail(disk);
		speed[i] = (double)RAW_BYTES / MIB / (seconds_now() - before);
	}
	close(fd);
	print("the disk itself, read in 128 KiB", "MiB per second of the clock", speed);
}

static unsigned kib(const char *field)
{
	return number_after("/proc/meminfo", field, 1);
}

static const char *swap_disk(void)
{
	static char name[64];
	FILE *in = fopen("/proc/swaps", "r");

	if (!in || fscanf(in, "%*[^\n]%63s", name) != 1)
		errx(1, "there is no swap disk");
	fclose(in);
	return name;
}

void swap_print(void)
{
	const char *disk = swap_disk();
	unsigned size = 4 * ((kib("MemTotal:") + 1023) / 4096 * 4) * 1024 / 1024 * MIB;
	int id;
	char *at;

	if (size > (kib("SwapTotal:") / 1024 - 8) * MIB)
		errx(1, "the swap disk is too small for %u MiB", size / MIB);
	id = segment_new(IPC_PRIVATE, size, 0);
	at = segment_attach(id, NULL);
	memset(at, 1, size);
	measure("written from end to end", write_all, at, size);
	measure("read from end to end", read_all, at, size);
	measure("written here and there", touch_some, at, size);
	segment_detach(at);
	segment_remove(id);
	measure_raw(disk);
}
