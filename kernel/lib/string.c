/* Memory and string functions. The bulk ones are single string instructions, which the processor does by the line. */
#include "kernel/lib/string.h"

void *memcpy(void *to, const void *from, size_t n)
{
	void *d = to;
	size_t words = n / 4, bytes = n % 4;

	__asm__ volatile("rep movsl\n\tmov %3, %2\n\trep movsb" : "+D"(d), "+S"(from), "+c"(words) : "r"(bytes) : "memory");
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	char *d = (char *)to + n - 1;
	const char *s = (const char *)from + n - 1;

	if ((uintptr_t)to - (uintptr_t)from >= n)
		return memcpy(to, from, n);
	__asm__ volatile("std\n\trep movsb\n\tcld" : "+D"(d), "+S"(s), "+c"(n) : : "memory");
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	void *d = to;
	size_t words = n / 4, bytes = n % 4;

	__asm__ volatile("rep stosl\n\tmov %2, %1\n\trep stosb"
			 : "+D"(d), "+c"(words) : "r"(bytes), "a"((u8)byte * 0x01010101u) : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

size_t strlen(const char *s) { return strnlen(s, SIZE_MAX); }

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; n--)
		a++, b++;
	return n ? (u8)*a - (u8)*b : 0;
}

int strcmp(const char *a, const char *b) { return strncmp(a, b, SIZE_MAX); }

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

char *strrchr(const char *s, int c)
{
	const char *p = s + strlen(s);

	for (; *p != (char)c; p--)
		if (p == s)
			return NULL;
	return (char *)p;
}

size_t strlcpy(char *to, const char *from, size_t size)
{
	size_t length = strlen(from), n = MIN(length, size - 1);

	memcpy(to, from, n);
	to[n] = '\0';
	return length;
}

bool digits_value(const char *digits, size_t n, u32 base, u64 *out)
{
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		u32 digit = (u32)digits[i] - '0', letter = (u32)(digits[i] | 0x20) - 'a';
		u32 value = digit <= 9 ? digit : letter < 6 ? letter + 10 : base;

		if (value >= base)
			return false;
		*out = *out * base + value;
	}
	return n > 0;
}
