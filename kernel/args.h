/* Kernel arguments: words of the boot loader's command line, "name" or "name=value". */
#pragma once

#include "kernel/lib/types.h"

/* Is there a word of that name, with or without a value? */
bool args_has(const char *name);
/* The value of the last name=value, or NULL. It stays valid. */
const char *args_value(const char *name);
/* Is that its value, which is not empty? */
bool args_is(const char *name, const char *value);
/* The whole line, for /proc/cmdline. */
const char *args_line(void);

/* Boot: keep a copy of the line; what is longer than the buffer is cut off. */
void args_init(const char *line);
