/* What the boot loader has told us (Multiboot 1), copied out of its own memory. */
#pragma once

#include "kernel/lib/types.h"

#define BOOT_MODULES_MAX 8u
#define BOOT_FREE_MAX 48u

struct boot_range { paddr_t start, end; };

struct boot_info {
	paddr_t ram_end;           /* one past the last byte of RAM below DIRECT_MAP_SIZE */
	u32 unused_kib;            /* RAM that the direct map does not reach */
	u32 module_count, free_count;
	struct boot_range modules[BOOT_MODULES_MAX];       /* each at the start of a page */
	struct boot_range free[BOOT_FREE_MAX];             /* RAM that the direct map reaches and nothing occupies; some are empty */
};

extern struct boot_info boot_info;

/* Parse what the loader left (its magic number and the physical address of its structure); gives args_init() its line. */
void boot_info_init(u32 magic, paddr_t multiboot);
/* A page-aligned piece of RAM that neither the kernel's image nor a module nor an earlier call occupies; 0: there is none. */
paddr_t boot_reserve(u32 bytes);
