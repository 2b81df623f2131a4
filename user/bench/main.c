/* Prints every number of the benchmark, a line each, with tabs between its fields; tools/bench makes tables of them. */
#include "bench.h"

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct board *board;
unsigned overhead;

noreturn void fail(const char *what)
{
	err(1, "%s", what);
}

/* row KEY WHAT TARGET VALUE ROUNDS TOTAL FRAMES: frames is how many fewer are free than before the row. */
static void row_print(const struct row *row)
{
	struct meter *m = &board->meter;
	unsigned before = free_frames();
	double value;

	m->rounds = row->rounds;
	row->run(m);
	value = (double)meter_median(m) / row->per;
	printf("row\t%s\t%s\t%g\t%.*f\t%u\t%llu\t%d\n", row->key, row->what, row->target, row->per == 1 ? 0 : value < 10 ? 2 : 1, value, row->rounds,
	       (unsigned long long)m->total, (int)(before - free_frames()));
}

static void rows_print(const struct row *rows)
{
	for (; rows->key; rows++)
		row_print(rows);
}

static void measure_overhead(void)
{
	struct meter *m = &board->meter;

	m->rounds = MAX_ROUNDS;	/* and all memory that sorting needs is had */
	ROUNDS(m)
		MEASURED(m)
			;
	overhead = meter_median(m);
}

/* As many segments as there can be; a system that refuses keeps its limit. */
static void raise_limit(void)
{
	FILE *out = fopen("/proc/sys/kernel/shmmni", "w");

	if (out) {
		fprintf(out, "%d\n", MAX_SEGMENTS);
		fclose(out);
	}
}

/* On Commons, where the kernel can recount what it counts. */
static void check_memory(void)
{
	FILE *in = fopen("/proc/mm_check", "r");
	char text[100] = "";

	if (!in)
		return;
	if (!fgets(text, sizeof text, in) || strcmp(text, "ok\n"))
		errx(1, "mm_check: %s", text);
	fclose(in);
}

int main(int argc, char **argv)
{
	const char *wanted = argc > 1 ? argv[1] : "rows faults memory growth";

	static char line[BUFSIZ];	/* or the buffer would come from the heap in the middle of a row */

	memset(line, 1, sizeof line);
	setvbuf(stdout, line, _IOLBF, sizeof line);
	board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		fail("mmap");
	memset(board, 0, sizeof *board);
	raise_limit();
	measure_overhead();
	free_frames();	/* what the first reading sets up stays */
	if (strstr(wanted, "rows")) {
		rows_print(call_rows);
		rows_print(page_rows);
	}
	if (strstr(wanted, "faults"))
		faults_print();
	if (strstr(wanted, "memory"))
		memory_print();
	if (strstr(wanted, "growth"))
		growth_print();
	if (strstr(wanted, "swap"))
		swap_print();
	check_memory();
	return 0;
}
