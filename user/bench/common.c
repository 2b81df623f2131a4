/* What the benchmark's tables share: rounds, segments, touching, children. */
#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---------------------------------------------------------------- rounds */

/* Begins right after a timer interrupt, where a sleep ends, so that rounds meet the next ones always at the same point. */
void meter_start(struct meter *m)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1 }, NULL);
	m->round = m->done = 0;
	m->start = clock_now();
}

bool meter_next(struct meter *m)
{
	if (m->round++ < m->rounds)
		return true;
	m->total = clock_now() - m->start;
	return false;
}

void meter_add(struct meter *m, unsigned ticks)
{
	m->ticks[m->done++] = ticks - overhead;
}

static int compare(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

unsigned meter_median(struct meter *m)
{
	if (m->done != m->rounds)
		fail("a round is missing");
	qsort(m->ticks, m->done, sizeof *m->ticks, compare);
	return m->ticks[m->done / 2];
}

/* ---------------------------------------------------------------- readings */

unsigned free_frames(void)
{
	static char text[4096];
	int fd = open("/proc/meminfo", O_RDONLY);
	ssize_t n = read(fd, text, sizeof text - 1);
	char *line;

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	line = strstr(text, "MemFree:");
	if (!line)
		fail("/proc/meminfo");
	return strtoul(line + 8, NULL, 10) / (PAGE / 1024);
}

unsigned long minor_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

/* ---------------------------------------------------------------- segments */

int segment_new(int key, unsigned size, int flags)
{
	int id = raw3(SYS_shmget, key, size, IPC_CREAT | 0600 | flags);

	if (id < 0)
		fail("shmget");
	return id;
}

void segment_remove(int id)
{
	if (raw3(SYS_shmctl, id, IPC_RMID, 0))
		fail("IPC_RMID");
}

char *segment_attach(int id, char *where)
{
	long at = raw3(SYS_shmat, id, (long)where, 0);

	if ((unsigned long)at > -4096ul)
		fail("shmat");
	return (char *)at;
}

void segment_detach(char *where)
{
	if (raw1(SYS_shmdt, (long)where))
		fail("shmdt");
}

int segment_filled(char *where, unsigned size)
{
	int id = segment_new(IPC_PRIVATE, size, 0);

	touch_write(segment_attach(id, where), size / PAGE);
	return id;
}

/* ---------------------------------------------------------------- touching: four instructions a page, seven in no order */

void touch_read(char *from, unsigned pages)
{
	char *end = from + (size_t)pages * PAGE;

	asm volatile("1: movl (%0), %%eax; addl %2, %0; cmpl %1, %0; jne 1b" : "+r"(from) : "r"(end), "i"(PAGE) : "eax", "memory");
}

void touch_write(char *from, unsigned pages)
{
	char *end = from + (size_t)pages * PAGE;

	asm volatile("1: movl %0, (%0); addl %2, %0; cmpl %1, %0; jne 1b" : "+r"(from) : "r"(end), "i"(PAGE) : "memory");
}

/* x → 629 x + 435 modulo 1024 meets each number once. */
void touch_shuffled(char *from)
{
	unsigned x = 0, left = SPAN_PAGES, offset;

	asm volatile("1: imull $629, %0, %0; addl $435, %0; andl $1023, %0; movl %0, %2; shll $12, %2; movl (%3,%2), %2; decl %1; jnz 1b"
		     : "+r"(x), "+r"(left), "=&r"(offset) : "r"(from) : "memory");
}

/* ---------------------------------------------------------------- children */

int child_begin(void)
{
	int pid = fork();

	if (pid < 0)
		fail("fork");
	return pid;
}

bool child_is(int pid)
{
	int status;

	if (!pid)
		return true;
	if (waitpid(pid, &status, 0) < 0 || status)
		fail("a child");
	return false;
}

noreturn void child_end(void)
{
	_exit(0);
}

static int gate[2];
static unsigned asleep;

static noreturn void sleeper(unsigned i, void (*before)(unsigned), void (*after)(unsigned))
{
	char byte;

	close(gate[1]);
	if (before)
		before(i);
	board->ready++;
	if (read(gate[0], &byte, 1) != 0)	/* until nobody can write any more */
		_exit(1);
	if (after)
		after(i);
	_exit(0);
}

void sleepers_start(unsigned n, void (*before)(unsigned), void (*after)(unsigned))
{
	board->ready = 0;
	if (pipe(gate))
		fail("pipe");
	for (unsigned i = 0; i < n; i++)
		if (!child_begin())
			sleeper(i, before, after);
	while (board->ready < n)
		raw0(SYS_sched_yield);
	raw0(SYS_sched_yield);	/* the last one goes from there to its read */
	asleep = n;
}

void sleepers_end(void)
{
	close(gate[1]);
	for (; asleep; asleep--)
		child_is(-1);
	close(gate[0]);
}
