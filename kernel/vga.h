/* The text screen: 80 x 25, scrolling. */
#pragma once

#include "kernel/lib/types.h"

void vga_init(void);
void vga_write(const char *bytes, size_t n);
