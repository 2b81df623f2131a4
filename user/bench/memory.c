/* Faults that 4 MiB take, and the kernel's memory for a segment, an attach, a task and a page. */
#include "bench.h"

#include <stdio.h>
#include <time.h>

/* ---------------------------------------------------------------- faults */

static void print_faults(const char *what, void (*touch)(char *), char *at)
{
	unsigned long before = minor_faults();

	touch(at);
	printf("faults\t%s\t%lu\n", what, minor_faults() - before);
}

static void read_all(char *at)
{
	touch_read(at, SPAN_PAGES);
}

static void write_all(char *at)
{
	touch_write(at, SPAN_PAGES);
}

void faults_print(void)
{
	int id = segment_new(IPC_PRIVATE, SPAN, 0);

	print_faults("first write", write_all, segment_attach(id, TABLE_AT));
	print_faults("second attacher, by table", write_all, segment_attach(id, TABLE_AT_2));
	print_faults("second attacher, by entry, read", read_all, segment_attach(id, ENTRY_AT));
	segment_detach(ENTRY_AT);
	print_faults("second attacher, by entry, write", write_all, segment_attach(id, ENTRY_AT));
	segment_detach(ENTRY_AT);
	print_faults("second attacher, by entry, read in random order", touch_shuffled, segment_attach(id, ENTRY_AT));
	segment_detach(ENTRY_AT);
	segment_detach(TABLE_AT_2);
	segment_detach(TABLE_AT);
	segment_remove(id);
}

/* ---------------------------------------------------------------- memory */

enum { SEGMENTS = 4000, ATTACHES = 1000, TASKS = 500, PAGES = 16 * 1024 * 1024 / PAGE, LARGE = 64 * MIB };

static unsigned before;
static int id;

/* Linux frees some of what was removed only after a while. */
static void memory_begin(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
	before = free_frames();
}

/* memory WHAT BYTES-EACH */
static int memory_each(int count)
{
	return (long long)(int)(before - free_frames()) * PAGE / count;
}

static void print_memory(const char *what, int bytes)
{
	printf("memory\t%s\t%d\n", what, bytes);
}

static void segment_memory(void)
{
	int *ids = board->ids;

	memory_begin();
	for (unsigned i = 0; i < SEGMENTS; i++)
		ids[i] = segment_new(KEY + i, PAGE, 0);
	print_memory("segment of 4 KiB, untouched", memory_each(SEGMENTS));
	for (unsigned i = 0; i < SEGMENTS; i++)
		segment_remove(ids[i]);
}

static void attach_memory(void)
{
	char *where[ATTACHES] = { NULL };

	id = segment_new(IPC_PRIVATE, PAGE, 0);
	memory_begin();
	for (unsigned i = 0; i < ATTACHES; i++)
		where[i] = segment_attach(id, NULL);
	print_memory("attach, untouched", memory_each(ATTACHES));
	for (unsigned i = 0; i < ATTACHES; i++)
		segment_detach(where[i]);
	segment_remove(id);
}

static void page_memory(void)
{
	id = segment_new(IPC_PRIVATE, PAGES * PAGE, 0);
	segment_attach(id, TABLE_AT);
	memory_begin();
	touch_write(TABLE_AT, PAGES);
	print_memory("resident page, its 4,096 bytes among them", memory_each(PAGES));
	segment_detach(TABLE_AT);
	segment_remove(id);
}

/* A page in each 4 MiB, so that there are tables for all of it. */
static void attach_large(unsigned i)
{
	char *at = segment_attach(id, TABLE_AT);

	(void)i;
	for (unsigned offset = 0; offset < LARGE; offset += SPAN)
		touch_read(at + offset, 1);
}

static int tasks_memory(unsigned n, void (*what)(unsigned))
{
	int each;

	memory_begin();
	sleepers_start(n, what, NULL);
	each = memory_each(n);
	sleepers_end();
	return each;
}

/* A small process after fork; and what one more takes that shows 64 MiB, over one that does not. */
static void task_memory(void)
{
	int plain = tasks_memory(TASKS, NULL), showing;

	print_memory("task", plain);
	id = segment_new(IPC_PRIVATE, LARGE, 0);
	attach_large(0);
	segment_detach(TABLE_AT);
	showing = tasks_memory(TASKS, attach_large);
	print_memory("attacher of a touched segment of 64 MiB, over a task without", showing - plain);
	segment_remove(id);
}

void memory_print(void)
{
	segment_memory();
	attach_memory();
	page_memory();
	task_memory();
}
