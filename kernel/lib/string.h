/* Memory and string functions, as in the C library; snprintf knows %d %u %x %o %c %s %%, l and ll, flags 0 - and widths. */
#pragma once

#include <stdarg.h>
#include "kernel/lib/types.h"

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

/* Copies at most size - 1 bytes and always terminates (size > 0). Returns strlen(from). */
size_t strlcpy(char *to, const char *from, size_t size);
/* The number that exactly these n characters spell; false: something is no digit of the base, or there are none. Wraps around. */
bool digits_value(const char *digits, size_t n, u32 base, u64 *out);

int snprintf(char *buf, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);
int vsnprintf(char *buf, size_t size, const char *format, va_list args);
