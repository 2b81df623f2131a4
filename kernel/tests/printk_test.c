/* Tests of the log. */
#include "kernel/lib/string.h"
#include "kernel/printk.h"
#include "kernel/tests/ktest.h"

#define CHUNK 64u

/* Read to the end of the log; the last bytes are left in `tail`. */
static void read_all(u32 *position, char *tail, size_t size)
{
	size_t n;

	while ((n = printk_read(position, tail, size - 1)))
		tail[n] = '\0';
}

/* Verifies that a reader gets what was logged since it last read. */
KTEST(printk_read_continues)
{
	char text[CHUNK];
	u32 position = 0;

	read_all(&position, text, sizeof(text));
	printk("# one %d\n", 1);
	KCHECK(printk_read(&position, text, sizeof(text)) == 8 && memcmp(text, "# one 1\n", 8) == 0);
	KCHECK(printk_read(&position, text, sizeof(text)) == 0);
}
