/* What the lifted code gets from the host's C library. Kept apart, so that no file includes both the kernel's headers and libc's. */
#pragma once

#include <stddef.h>

/* Zeroed memory at exactly that address; ends the program when the place is taken. */
void host_map(unsigned address, size_t size);
void host_print(const char *text, size_t n);
void host_abort(void) __attribute__((noreturn));

/* The rest of the program, on the kernel's side. Returns how many tests failed. */
unsigned lift_main(void);
