/* Mapping ELF executables. */
#pragma once

#include "kernel/lib/types.h"

struct file;
struct space;

/* What an ELF file is once mapped. */
struct elf_image {
	vaddr_t entry;             /* of the program */
	vaddr_t start;             /* where execution begins: the interpreter's, when there is one */
	vaddr_t interpreter_base;  /* AT_BASE; 0: none */
	vaddr_t headers;           /* address of its program headers, AT_PHDR; 0: not mapped */
	u32 header_count;
	vaddr_t brk;               /* the page after its highest segment */
};
#define ELF_SEGMENT_SIZE 32u       /* AT_PHENT */

/*
 * Map an ELF32 executable (ET_EXEC, or ET_DYN without an interpreter) into a space that need not be loaded. -ENOEXEC or -EINVAL:
 * malformed; -EPERM: below MMAP_MIN_ADDR; -ENOMEM. The space is the caller's to drop. May sleep.
 */
int elf_load(struct space *space, struct file *file, struct elf_image *out);
