/*
 * Names of the kernel's functions by address. The build appends the table to the image after a first link: the words of struct ksym
 * in order of address, a name offset of the end, and the names.
 */
#pragma once

#include "kernel/lib/types.h"

/* The function that contains the address, and how far into it; NULL: none of ours. */
const char *ksym_find(vaddr_t address, u32 *offset);
