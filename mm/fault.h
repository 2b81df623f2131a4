/* Serving page faults: from an address of a space to an entry in its page table. */
#pragma once

#include "mm/space.h"

struct frame;

/* All zeroes: what private memory shows where nothing was written. Never in a list. */
extern struct frame *zero_frame;

/* May objects be shown by table? Off by the kernel argument tables=off. */
extern bool fault_by_table;

/* Boot. */
void fault_init(void);

/* An access, as the protections one of which allows it. */
enum access { ACCESS_READ = AREA_READ | AREA_WRITE | AREA_EXEC, ACCESS_WRITE = AREA_WRITE };

enum fault_result {
	FAULT_OK,
	FAULT_MAJOR,           /* the same, and a disk was read for it */
	FAULT_RETRY,           /* slept: look everything up again (inside mm only) */
	FAULT_MAPERR,          /* SIGSEGV: no such address */
	FAULT_ACCERR,          /* SIGSEGV: not allowed */
	FAULT_BUS,             /* SIGBUS: beyond the end of the file, or a page that was not promised cannot be had */
};

/*
 * Serve one fault. May sleep.
 */
enum fault_result fault(struct space *space, vaddr_t va, enum access access);

static inline bool fault_failed(enum fault_result result) { return result > FAULT_MAJOR; }
