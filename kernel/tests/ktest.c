/* Runs the tests that the linker has collected. */
#include "kernel/tests/ktest.h"
#include "kernel/args.h"
#include "kernel/lib/string.h"
#include "kernel/serial.h"

extern const struct ktest ktests_start[], ktests_end[], kcrashes_start[], kcrashes_end[];

static bool failed;

static void say(const char *format, ...) PRINTF_LIKE(1, 2);
static void say(const char *format, ...)
{
	char line[256];
	va_list args;
	size_t n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	serial_write(SERIAL_COM1, line, MIN(n, sizeof(line) - 1));
}

void ktest_fail(const char *file, int line, const char *what)
{
	failed = true;
	say("# %s:%d: not true: %s\n", file, line, what);
}

u32 ktest_run_all(void)
{
	const char *prefix = args_value("ktest");
	u32 count = 0, failures = 0;

	say("TAP version 13\n");
	for (const struct ktest *test = ktests_start; test < ktests_end; test++) {
		if (prefix && strncmp(test->name, prefix, strlen(prefix)))
			continue;
		failed = false;
		test->run();
		failures += failed;
		say("%sok %u - %s\n", failed ? "not " : "", ++count, test->name);
	}
	say("1..%u\n", count);
	return failures;
}

void ktest_crash(const char *name)
{
	for (const struct ktest *crash = kcrashes_start; crash < kcrashes_end; crash++)
		if (name && strcmp(crash->name, name) == 0)
			crash->run();
}
