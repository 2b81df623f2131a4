/*
 * The benchmark: what operations cost in instructions, on Commons and on Linux alike.
 *
 * Everything measured is raw int 0x80. The time-stamp counter counts instructions when the machine runs under the
 * instruction clock (tools/run -i, tools/judge -i), so nothing here is a matter of chance.
 *
 * A row is measured in rounds. Each round prepares, measures one thing, and undoes it. The row's value is the median
 * round's, so a timer interrupt in some of them does not show; its total is everything from the first round's
 * beginning to the last one's end, so nothing put off until later is lost.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>
#include <sys/shm.h>
#include <sys/syscall.h>

enum {
	PAGE = 4096,
	MIB = 1 << 20,
	SPAN = 4 * MIB,			/* what one page table maps */
	SPAN_PAGES = SPAN / PAGE,
	MAX_ROUNDS = 1000,
	MAX_TASKS = 1000,
	MAX_SEGMENTS = 32768,
	KEY = 0x1000,			/* of the first segment that has one */
};

/* Where a window of 4 MiB can be shown by table, a second one as well, and where it cannot. */
#define TABLE_AT ((char *)0x50000000)
#define TABLE_AT_2 ((char *)0x58000000)
#define ENTRY_AT ((char *)0x60001000)

struct meter {
	unsigned rounds, round, done;
	unsigned ticks[MAX_ROUNDS];	/* of each round */
	uint64_t start, total;		/* of all of them, and of what stands around them */
};

/* What all processes of the benchmark share, and what would make each of them large; 0 at the beginning. */
struct board {
	struct meter meter;
	volatile int ball;			/* ping-pong: whose turn it is */
	volatile unsigned ready;		/* children that are about to sleep */
	volatile unsigned turns[MAX_TASKS];	/* that each of the runnable children had */
	volatile unsigned all_turns;
	volatile uint64_t first_turn, last_turn;
	int ids[MAX_SEGMENTS];
};

extern struct board *board;
extern unsigned overhead;	/* ticks that measuring nothing takes */

/* ---------------------------------------------------------------- system calls and the clock */

static inline long raw0(long n)
{
	asm volatile("int $0x80" : "+a"(n) : : "memory");
	return n;
}

static inline long raw1(long n, long a)
{
	asm volatile("int $0x80" : "+a"(n) : "b"(a) : "memory");
	return n;
}

static inline long raw3(long n, long a, long b, long c)
{
	asm volatile("int $0x80" : "+a"(n) : "b"(a), "c"(b), "d"(c) : "memory");
	return n;
}

static inline long raw4(long n, long a, long b, long c, long d)
{
	asm volatile("int $0x80" : "+a"(n) : "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
	return n;
}

static inline uint64_t clock_now(void)
{
	uint64_t t;

	asm volatile("rdtsc" : "=A"(t) : : "memory");
	return t;
}

static inline unsigned clock_low(void)
{
	unsigned t;

	asm volatile("rdtsc" : "=a"(t) : : "edx", "memory");
	return t;
}

/* ---------------------------------------------------------------- rounds */

void meter_start(struct meter *m);
bool meter_next(struct meter *m);
void meter_add(struct meter *m, unsigned ticks);
unsigned meter_median(struct meter *m);

#define ROUNDS(m) for (meter_start(m); meter_next(m);)

/* Once as a statement or block: measures it as this round of m. */
#define MEASURED(m) \
	for (unsigned t_ = 1, once_ = (t_ = clock_low(), 1); once_; meter_add(m, clock_low() - t_), once_ = 0)

/* ---------------------------------------------------------------- tools for rows; failures end the program */

noreturn void fail(const char *what);
unsigned free_frames(void);
unsigned long minor_faults(void);

int segment_new(int key, unsigned size, int flags);
void segment_remove(int id);
char *segment_attach(int id, char *where);
void segment_detach(char *where);
int segment_filled(char *where, unsigned size);	/* a new one, attached there and written */

void touch_read(char *from, unsigned pages);
void touch_write(char *from, unsigned pages);
void touch_shuffled(char *from);		/* SPAN_PAGES pages, read in no order */

/* Run the block in a child, and wait for it. */
#define IN_CHILD for (int pid_ = child_begin(); child_is(pid_); child_end())
int child_begin(void);
bool child_is(int pid);
noreturn void child_end(void);

/* Children that each call before(), sleep until they are let go, call after() and end. NULL: nothing. */
void sleepers_start(unsigned n, void (*before)(unsigned), void (*after)(unsigned));
void sleepers_end(void);

/* ---------------------------------------------------------------- operations that several tables measure */

void op_null(struct meter *m);
void op_lookup(struct meter *m, unsigned segments);
void op_stat(struct meter *m, int id);
void op_create(struct meter *m, unsigned size, int flags);
void op_attach(struct meter *m, int id);
void op_touch(struct meter *m, int id, char *at);
void op_fork(struct meter *m);
void op_ping_pong(struct meter *m);

/* ---------------------------------------------------------------- the tables */

struct row {
	const char *key, *what;
	unsigned rounds;
	unsigned per;		/* what a round is divided by: 1, or the pages it deals with */
	double target;		/* 0: none */
	void (*run)(struct meter *m);
};

extern const struct row call_rows[], page_rows[];	/* ended by a NULL key */

void faults_print(void);
void growth_print(void);
void swap_print(void);
void memory_print(void);
