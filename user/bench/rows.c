/* The rows of the first table: calls, and what happens to the pages of 4 MiB. */
#include "bench.h"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <unistd.h>

/* ---------------------------------------------------------------- operations */

void op_null(struct meter *m)
{
	ROUNDS(m)
		MEASURED(m)
			raw0(SYS_getppid);
}

/* Find segments KEY to KEY + segments - 1 by their keys, in no order. */
void op_lookup(struct meter *m, unsigned segments)
{
	unsigned i = 0;

	ROUNDS(m) {
		int key = KEY + i % segments;

		MEASURED(m)
			raw3(SYS_shmget, key, PAGE, 0);
		i += 7919;
	}
}

void op_stat(struct meter *m, int id)
{
	static struct shmid_ds ds;

	ROUNDS(m)
		MEASURED(m)
			raw3(SYS_shmctl, id, IPC_STAT, (long)&ds);
}

void op_create(struct meter *m, unsigned size, int flags)
{
	ROUNDS(m)
		MEASURED(m)
			raw3(SYS_shmctl, raw3(SYS_shmget, IPC_PRIVATE, size, IPC_CREAT | 0600 | flags), IPC_RMID, 0);
}

void op_attach(struct meter *m, int id)
{
	ROUNDS(m)
		MEASURED(m)
			raw1(SYS_shmdt, raw3(SYS_shmat, id, 0, 0));
}

/* The first touch of a page that is there already, in a new window on the segment. */
void op_touch(struct meter *m, int id, char *at)
{
	ROUNDS(m) {
		segment_attach(id, at);
		MEASURED(m)
			touch_read(at, 1);
		segment_detach(at);
	}
}

/* In assembler, so that neither process touches its stack in between. */
void op_fork(struct meter *m)
{
	ROUNDS(m)
		MEASURED(m) {
			long n = SYS_fork;

			asm volatile("int $0x80; testl %0, %0; jnz 1f;"
				     "movl %1, %0; xorl %%ebx, %%ebx; int $0x80;"
				     "1: movl %0, %%ebx; movl %2, %0; int $0x80"
				     : "+a"(n) : "i"(SYS_exit), "i"(SYS_wait4), "c"(0), "d"(0), "S"(0) : "ebx", "memory");
		}
}

/* A round trip: give the ball away and wait until it is back. */
void op_ping_pong(struct meter *m)
{
	int pid;

	board->ball = 0;
	pid = child_begin();
	if (!pid)
		while (board->ball != 2) {
			if (board->ball == 1)
				board->ball = 0;
			raw0(SYS_sched_yield);
		}
	if (!pid)
		child_end();
	ROUNDS(m)
		MEASURED(m) {
			board->ball = 1;
			while (board->ball)
				raw0(SYS_sched_yield);
		}
	board->ball = 2;
	child_is(pid);
}

/* ---------------------------------------------------------------- calls */

/* Give the ball away and sleep until the other has done so too. */
static void futex_pass(int ball)
{
	board->ball = ball;
	raw4(SYS_futex, (long)&board->ball, FUTEX_WAKE, 1, 0);
	while (board->ball == ball)
		raw4(SYS_futex, (long)&board->ball, FUTEX_WAIT, ball, 0);
}

static void futex_ping_pong(struct meter *m)
{
	int pid;

	board->ball = 0;
	pid = child_begin();
	if (!pid)
		while (board->ball != 2)
			futex_pass(0);
	if (!pid)
		child_end();
	ROUNDS(m)
		MEASURED(m)
			futex_pass(1);
	board->ball = 2;
	raw4(SYS_futex, (long)&board->ball, FUTEX_WAKE, 1, 0);
	child_is(pid);
}

static void pipe_pass(int call, int pipe)
{
	static char byte;

	raw3(call, pipe, (long)&byte, 1);
}

static void pipe_ping_pong(struct meter *m)
{
	int there[2], back[2], pid;

	if (pipe(there) || pipe(back))
		fail("pipe");
	pid = child_begin();
	if (!pid) {
		for (unsigned i = 0; i < m->rounds; i++) {
			pipe_pass(SYS_read, there[0]);
			pipe_pass(SYS_write, back[1]);
		}
		child_end();
	}
	ROUNDS(m)
		MEASURED(m) {
			pipe_pass(SYS_write, there[1]);
			pipe_pass(SYS_read, back[0]);
		}
	child_is(pid);
	for (int end = 0; end < 2; end++) {
		close(there[end]);
		close(back[end]);
	}
}

static void yield(struct meter *m)
{
	ROUNDS(m)
		MEASURED(m)
			raw0(SYS_sched_yield);
}

static void lookup_among(struct meter *m, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		board->ids[i] = segment_new(KEY + i, PAGE, 0);
	op_lookup(m, n);
	for (unsigned i = 0; i < n; i++)
		segment_remove(board->ids[i]);
}

static void lookup_1(struct meter *m)
{
	lookup_among(m, 1);
}

static void lookup_4000(struct meter *m)
{
	lookup_among(m, 4000);
}

static void stat(struct meter *m)
{
	int id = segment_new(IPC_PRIVATE, PAGE, 0);

	op_stat(m, id);
	segment_remove(id);
}

static void create(struct meter *m)
{
	op_create(m, PAGE, 0);
}

static void attach_untouched(struct meter *m, unsigned size)
{
	int id = segment_new(IPC_PRIVATE, size, 0);

	op_attach(m, id);
	segment_remove(id);
}

static void attach_page(struct meter *m)
{
	attach_untouched(m, PAGE);
}

static void attach_64m(struct meter *m)
{
	attach_untouched(m, 64 * MIB);
}

static void attach_populated(struct meter *m)
{
	int id = segment_filled(TABLE_AT, SPAN);

	segment_detach(TABLE_AT);
	op_attach(m, id);
	segment_remove(id);
}

static void fork_attached(struct meter *m)
{
	int id = segment_filled(TABLE_AT, SPAN);

	op_fork(m);
	segment_detach(TABLE_AT);
	segment_remove(id);
}

static inline long sem_operate(int id, const struct sembuf *op)
{
	return raw4(SYS_semtimedop_time64, id, (long)op, 1, 0);
}

static int semaphores(int n)
{
	int id = semget(IPC_PRIVATE, n, IPC_CREAT | 0600);

	if (id < 0)
		fail("semget");
	return id;
}

static void sem_alone(struct meter *m)
{
	static const struct sembuf up = { 0, 1, 0 }, down = { 0, -1, 0 };
	int id = semaphores(1);

	ROUNDS(m)
		MEASURED(m) {
			sem_operate(id, &up);
			sem_operate(id, &down);
		}
	semctl(id, 0, IPC_RMID);
}

/* Each wakes the other by one semaphore and sleeps on its own. The set's removal ends the child. */
static void sem_ping_pong(struct meter *m)
{
	static const struct sembuf ups[] = { { 0, 1, 0 }, { 1, 1, 0 } }, downs[] = { { 0, -1, 0 }, { 1, -1, 0 } };
	int id = semaphores(2), pid = child_begin();

	if (!pid) {
		while (!sem_operate(id, &downs[0]))
			sem_operate(id, &ups[1]);
		child_end();
	}
	ROUNDS(m)
		MEASURED(m) {
			sem_operate(id, &ups[0]);
			sem_operate(id, &downs[1]);
		}
	semctl(id, 0, IPC_RMID);
	child_is(pid);
}

const struct row call_rows[] = {
	{ "null", "null system call (getppid)", 1000, 1, 60, op_null },
	{ "yield", "sched_yield, alone", 1000, 1, 90, yield },
	{ "lookup", "shmget by key, 1 segment", 1000, 1, 120, lookup_1 },
	{ "lookup_4000", "shmget by key, 4,000 segments", 1000, 1, 120, lookup_4000 },
	{ "stat", "IPC_STAT", 1000, 1, 200, stat },
	{ "create", "shmget + IPC_RMID, 4 KiB", 1000, 1, 800, create },
	{ "attach", "shmat + shmdt, 4 KiB untouched", 1000, 1, 700, attach_page },
	{ "attach_64m", "shmat + shmdt, 64 MiB untouched", 1000, 1, 700, attach_64m },
	{ "attach_full", "shmat + shmdt, 4 MiB populated", 1000, 1, 750, attach_populated },
	{ "fork", "fork + exit + wait", 1000, 1, 9000, op_fork },
	{ "fork_4m", "the same with 4 MiB attached and touched", 1000, 1, 9300, fork_attached },
	{ "ping_pong", "ping-pong by sched_yield, round trip", 1000, 1, 400, op_ping_pong },
	{ "futex", "ping-pong by futex, round trip", 1000, 1, 2000, futex_ping_pong },
	{ "pipe", "ping-pong by pipes, round trip", 1000, 1, 2600, pipe_ping_pong },
	{ "sem", "semop, alone: of +1 and -1, per call", 1000, 2, 250, sem_alone },
	{ "sem_ping_pong", "ping-pong by semaphores, round trip", 1000, 1, 2440, sem_ping_pong },
	{ 0 },
};

/* ---------------------------------------------------------------- pages */

static void first_write(struct meter *m)
{
	ROUNDS(m) {
		int id = segment_new(IPC_PRIVATE, SPAN, 0);

		segment_attach(id, TABLE_AT);
		MEASURED(m)
			touch_write(TABLE_AT, SPAN_PAGES);
		segment_detach(TABLE_AT);
		segment_remove(id);
	}
}

enum how { READ, WRITE, SHUFFLED, NOT };

static void touch(char *at, enum how how)
{
	if (how == READ)
		touch_read(at, SPAN_PAGES);
	else if (how == WRITE)
		touch_write(at, SPAN_PAGES);
	else if (how == SHUFFLED)
		touch_shuffled(at);
}

/* A second process attaches what the first has filled, and touches it. */
static void second_touch(struct meter *m, char *at, enum how how)
{
	int id = segment_filled(TABLE_AT, SPAN);

	ROUNDS(m)
		IN_CHILD {
			segment_attach(id, at);
			MEASURED(m)
				touch(at, how);
			segment_detach(at);
		}
	segment_detach(TABLE_AT);
	segment_remove(id);
}

static void second_read_by_entry(struct meter *m)
{
	second_touch(m, ENTRY_AT, READ);
}

static void second_write_by_entry(struct meter *m)
{
	second_touch(m, ENTRY_AT, WRITE);
}

static void second_shuffled_by_entry(struct meter *m)
{
	second_touch(m, ENTRY_AT, SHUFFLED);
}

static void second_read_by_table(struct meter *m)
{
	second_touch(m, TABLE_AT_2, READ);
}

static void second_write_by_table(struct meter *m)
{
	second_touch(m, TABLE_AT_2, WRITE);
}

static void detach_touched(struct meter *m, char *at)
{
	int id = segment_filled(TABLE_AT, SPAN);

	ROUNDS(m) {
		segment_attach(id, at);
		touch_write(at, SPAN_PAGES);
		MEASURED(m)
			raw1(SYS_shmdt, (long)at);
	}
	segment_detach(TABLE_AT);
	segment_remove(id);
}

static void detach_by_table(struct meter *m)
{
	detach_touched(m, TABLE_AT_2);
}

static void detach_by_entry(struct meter *m)
{
	detach_touched(m, ENTRY_AT);
}

static void detach_frees(struct meter *m)
{
	ROUNDS(m) {
		segment_remove(segment_filled(TABLE_AT, SPAN));
		MEASURED(m)
			raw1(SYS_shmdt, (long)TABLE_AT);
	}
}

static void remove_frees(struct meter *m)
{
	ROUNDS(m) {
		int id = segment_filled(TABLE_AT, SPAN);

		segment_detach(TABLE_AT);
		MEASURED(m)
			raw3(SYS_shmctl, id, IPC_RMID, 0);
	}
}

static void inherited_touch(struct meter *m)
{
	int id = segment_filled(TABLE_AT, SPAN);

	ROUNDS(m)
		IN_CHILD
			MEASURED(m)
				touch_read(TABLE_AT, SPAN_PAGES);
	segment_detach(TABLE_AT);
	segment_remove(id);
}

const struct row page_rows[] = {
	{ "first_write", "first write, per page", 20, SPAN_PAGES, 1250, first_write },
	{ "entry_read", "second attacher's touch by entry, per page: read", 20, SPAN_PAGES, 160, second_read_by_entry },
	{ "entry_write", "the same: write", 20, SPAN_PAGES, 160, second_write_by_entry },
	{ "entry_shuffled", "the same: read in random order", 20, SPAN_PAGES, 160, second_shuffled_by_entry },
	{ "table_read", "second attacher's touch by table, per page: read", 20, SPAN_PAGES, 6, second_read_by_table },
	{ "table_write", "the same: write", 20, SPAN_PAGES, 6, second_write_by_table },
	{ "detach_table", "shmdt of 4 MiB touched by table, per page", 20, SPAN_PAGES, 1, detach_by_table },
	{ "detach_entry", "shmdt of 4 MiB touched by entry, per page", 20, SPAN_PAGES, 25, detach_by_entry },
	{ "detach_frees", "last shmdt that frees 4 MiB, per page", 20, SPAN_PAGES, 60, detach_frees },
	{ "remove_frees", "IPC_RMID that frees 4 MiB, per page", 20, SPAN_PAGES, 60, remove_frees },
	{ "inherited", "forked child's touch of inherited pages, per page", 20, SPAN_PAGES, 6, inherited_touch },
	{ 0 },
};
