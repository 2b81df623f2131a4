/* Tests of kernel/lib. */
#include "kernel/lib/string.h"
#include "kernel/tests/ktest.h"

static bool formats(const char *expected, const char *format, ...) PRINTF_LIKE(2, 3);
static bool formats(const char *expected, const char *format, ...)
{
	char text[64];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return n == (int)strlen(expected) && strcmp(text, expected) == 0;
}

/* Verifies that numbers come out in every base, width and sign. */
KTEST(format_numbers)
{
	KCHECK(formats("0 -1 7", "%d %d %u", 0, -1, 7u));
	KCHECK(formats("-2147483648 4294967295", "%d %u", INT32_MIN, UINT32_MAX));
	KCHECK(formats("18446744073709551615 -9223372036854775808", "%llu %lld", UINT64_MAX, INT64_MIN));
	KCHECK(formats("beef 777", "%x %o", 0xbeef, 0777));
	KCHECK(formats("100000000 12345678ffffffff", "%llx %llx", 1ull << 32, 0x12345678ffffffffull));
	KCHECK(formats("[   42][42   ][00042][-0042]", "[%5d][%-5d][%05d][%05d]", 42, 42, 42, -42));
}

/* Verifies that strings are padded and cut. */
KTEST(format_strings)
{
	KCHECK(formats("a [  bc][bc  ] %", "%c [%4s][%-4s] %%", 'a', "bc", "bc"));
	KCHECK(formats("  ab", "%*s", 4, "ab"));
}

/* Verifies that output that does not fit is cut, terminated, and counted in full. */
KTEST(format_truncates)
{
	char text[4] = "xxx";

	KCHECK(snprintf(text, sizeof(text), "%d", 123456) == 6);
	KCHECK(strcmp(text, "123") == 0);
	KCHECK(snprintf(text, 0, "%s", "abc") == 3);
}

/* Verifies that overlapping moves keep their bytes, in both directions and at every alignment. */
KTEST(string_move_overlapping)
{
	char text[32];

	for (u32 n = 0; n < 12; n++) {
		strlcpy(text, "0123456789abcdef", sizeof(text));
		memmove(text + 3, text, n);
		KCHECK(memcmp(text + 3, "0123456789abcdef", n) == 0);
		strlcpy(text, "0123456789abcdef", sizeof(text));
		memmove(text, text + 3, n);
		KCHECK(memcmp(text, "3456789abcdef", n) == 0);
	}
}

/* Verifies that searches find the first, the last, and nothing. */
KTEST(string_search)
{
	const char *text = "a/b/c";

	KCHECK(strchr(text, '/') == text + 1 && strrchr(text, '/') == text + 3);
	KCHECK(strchr(text, 0) == text + 5 && !strchr(text, 'x') && !strrchr(text, 'x'));

	KCHECK(strnlen(text, 3) == 3 && strnlen(text, 9) == 5);
	KCHECK(strcmp("a", "b") < 0 && strcmp("b", "a") > 0 && strncmp("ab", "ac", 1) == 0);
}
