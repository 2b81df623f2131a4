/* How cost grows: each operation's median against the number of something. */
#include "bench.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS_EACH = 100, FORKS_EACH = 20, TURNS_EACH = 20 };

static unsigned before;		/* free frames at the beginning of the series */

/* growth SERIES/OPERATION/COUNT VALUE */
static void print(const char *series, const char *operation, unsigned count, int value)
{
	printf("growth\t%s/%s/%u\t%d\n", series, operation, count, value);
}

static struct meter *fresh(unsigned rounds)
{
	board->meter.rounds = rounds;
	return &board->meter;
}

#define PRINT_OP(series, operation, count, rounds, op, ...) do { \
	struct meter *m_ = fresh(rounds); \
	op(m_ __VA_OPT__(,) __VA_ARGS__); \
	print(series, operation, count, meter_median(m_)); \
} while (0)

static void series_begin(void)
{
	before = free_frames();
}

/* What the series has cost for good: nothing. */
static void series_end(const char *series)
{
	print(series, "frames lost", 0, before - free_frames());
}

/* Detach where one page in each 4 MiB of the first `touched` bytes has been touched. */
static void op_detach(struct meter *m, int id, unsigned touched)
{
	ROUNDS(m) {
		char *at = segment_attach(id, (char *)0x20000000);

		for (unsigned offset = 0; offset < touched; offset += SPAN)
			touch_read(at + offset, 1);
		MEASURED(m)
			segment_detach(at);
	}
}

/* ---------------------------------------------------------------- segments */

static void grow_segments(void)
{
	static const unsigned counts[] = { 1, 32, 1024, 4096, 32768 };
	unsigned n = 0;
	int *ids = board->ids;

	series_begin();
	for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++) {
		while (n + 1 < counts[i] && (ids[n] = raw3(SYS_shmget, KEY + n, PAGE, IPC_CREAT | 0600)) >= 0)
			n++;
		if (n + 1 < counts[i])
			break;		/* as many as this system allows */
		PRINT_OP("segments", "create", counts[i], ROUNDS_EACH, op_create, PAGE, 0);
		ids[n] = segment_new(KEY + n, PAGE, 0);
		n++;
		PRINT_OP("segments", "lookup", n, ROUNDS_EACH, op_lookup, n);
		PRINT_OP("segments", "stat", n, ROUNDS_EACH, op_stat, ids[n / 2]);
		PRINT_OP("segments", "attach", n, ROUNDS_EACH, op_attach, ids[n / 2]);
		PRINT_OP("segments", "detach, untouched", n, ROUNDS_EACH, op_detach, ids[n / 2], 0);
	}
	while (n)
		segment_remove(ids[--n]);
	series_end("segments");
}

/* ---------------------------------------------------------------- attaches of one segment */

static int subject;

static void attach_subject(unsigned i)
{
	(void)i;
	segment_attach(subject, TABLE_AT);
}

static void grow_attaches(void)
{
	series_begin();
	subject = segment_filled(TABLE_AT, SPAN);
	segment_detach(TABLE_AT);
	for (unsigned n = 1; n <= MAX_TASKS; n *= 10) {
		sleepers_start(n, attach_subject, NULL);
		PRINT_OP("attaches", "stat", n, ROUNDS_EACH, op_stat, subject);
		PRINT_OP("attaches", "attach", n, ROUNDS_EACH, op_attach, subject);
		PRINT_OP("attaches", "detach, untouched", n, ROUNDS_EACH, op_detach, subject, 0);
		PRINT_OP("attaches", "touch", n, ROUNDS_EACH, op_touch, subject, TABLE_AT);
		PRINT_OP("attaches", "touch by entry", n, ROUNDS_EACH, op_touch, subject, ENTRY_AT);
		sleepers_end();
	}
	segment_remove(subject);
	series_end("attaches");
}

/* ---------------------------------------------------------------- size of a segment */

static void grow_size(void)
{
	static const unsigned kib[] = { 4, 4096, 65536, 524288, 2097152 };

	series_begin();
	for (unsigned i = 0; i < sizeof kib / sizeof *kib; i++) {
		unsigned size = kib[i] * 1024;

		PRINT_OP("size in KiB", "create", kib[i], ROUNDS_EACH, op_create, size, SHM_NORESERVE);
		subject = segment_new(IPC_PRIVATE, size, SHM_NORESERVE);
		PRINT_OP("size in KiB", "stat", kib[i], ROUNDS_EACH, op_stat, subject);
		PRINT_OP("size in KiB", "attach", kib[i], ROUNDS_EACH, op_attach, subject);
		touch_write(segment_attach(subject, (char *)0x20000000), 1);
		segment_detach((char *)0x20000000);
		PRINT_OP("size in KiB", "touch", kib[i], ROUNDS_EACH, op_touch, subject, (char *)0x20000000);
		PRINT_OP("size in KiB", "touch by entry", kib[i], ROUNDS_EACH, op_touch, subject, (char *)0x20001000);
		PRINT_OP("size in KiB", "detach, touched", kib[i], ROUNDS_EACH, op_detach, subject, size);
		PRINT_OP("size in KiB", "detach, untouched", kib[i], ROUNDS_EACH, op_detach, subject, 0);
		segment_remove(subject);
	}
	series_end("size in KiB");
}

/* ---------------------------------------------------------------- areas of a space */

/* One page, of another protection than its neighbours, so that no system makes one area of them. */
static void *area_new(unsigned i)
{
	void *p = mmap(NULL, PAGE, i % 2 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	return p;
}

static void op_map(struct meter *m, unsigned i)
{
	ROUNDS(m) {
		void *p;

		MEASURED(m)
			p = area_new(i);
		munmap(p, PAGE);
	}
}

/* In a process of its own, for its own space. */
static void measure_areas(void)
{
	static const unsigned counts[] = { 1, 100, 1000, 10000, 40000 };
	unsigned n = 0;

	for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++) {
		for (; n < counts[i]; n++)
			area_new(n);
		PRINT_OP("areas", "mmap", n, ROUNDS_EACH, op_map, n);
		PRINT_OP("areas", "attach", n, ROUNDS_EACH, op_attach, subject);
		PRINT_OP("areas", "detach, untouched", n, ROUNDS_EACH, op_detach, subject, 0);
		PRINT_OP("areas", "touch", n, ROUNDS_EACH, op_touch, subject, TABLE_AT);
		PRINT_OP("areas", "touch by entry", n, ROUNDS_EACH, op_touch, subject, ENTRY_AT);
	}
}

static void grow_areas(void)
{
	series_begin();
	subject = segment_filled(TABLE_AT, SPAN);
	segment_detach(TABLE_AT);
	IN_CHILD
		measure_areas();
	segment_remove(subject);
	series_end("areas");
}

/* ---------------------------------------------------------------- tasks */

static unsigned runnable;

/* Yield until all of them have had their turns. */
static void take_turns(unsigned i)
{
	if (!board->all_turns)
		board->first_turn = clock_now();
	while (board->all_turns < runnable * TURNS_EACH) {
		board->turns[i]++;
		if (++board->all_turns == runnable * TURNS_EACH)
			board->last_turn = clock_now();
		raw0(SYS_sched_yield);
	}
}

/* The cost of a turn among n runnable tasks, and how many turns the least and the most favoured of them had. */
static void print_turns(unsigned n)
{
	unsigned least = -1u, most = 0;

	runnable = n;
	board->all_turns = 0;
	for (unsigned i = 0; i < n; i++)
		board->turns[i] = 0;
	sleepers_start(n, NULL, take_turns);
	sleepers_end();
	for (unsigned i = 0; i < n; i++) {
		least = board->turns[i] < least ? board->turns[i] : least;
		most = board->turns[i] > most ? board->turns[i] : most;
	}
	print("tasks", "turn among runnable tasks", n, (board->last_turn - board->first_turn) / (n * TURNS_EACH));
	print("tasks", "fewest turns of 20", n, least);
	print("tasks", "most turns of 20", n, most);
}

static void grow_tasks(void)
{
	series_begin();
	for (unsigned n = 1; n <= MAX_TASKS; n *= 10) {
		sleepers_start(n, NULL, NULL);
		PRINT_OP("tasks", "getppid", n, ROUNDS_EACH, op_null);
		PRINT_OP("tasks", "ping-pong", n, ROUNDS_EACH, op_ping_pong);
		PRINT_OP("tasks", "fork + exit + wait", n, FORKS_EACH, op_fork);
		sleepers_end();
		print_turns(n);
	}
	series_end("tasks");
}

void growth_print(void)
{
	grow_segments();
	grow_attaches();
	grow_size();
	grow_areas();
	grow_tasks();
}
