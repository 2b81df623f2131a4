/* Replacing the program of a task. */
#pragma once

#include "kernel/task.h"

struct file;

/* What an ELF file is once mapped. */
struct elf_image {
	vaddr_t entry, start;      /* of the program, and where execution begins: the interpreter's, when there is one */
	vaddr_t interpreter_base;  /* AT_BASE; 0: none */
	vaddr_t headers;           /* address of its program headers, AT_PHDR; 0: not mapped */
	u32 header_count;
	vaddr_t brk;               /* the page after its highest segment */
};
#define ELF_SEGMENT_SIZE 32u       /* AT_PHENT */

/*
 * Become the first user task: the current kernel task gets the program at path (argv[0] = path, no environment), descriptors
 * as they are. On success it enters user mode when it returns through its registers; 0 or -errno. May sleep.
 */
int kernel_exec_init(const char *path);

/*
 * Map an ELF32 executable, and the interpreter it names, into a space that need not be loaded; `buffer` is a page to use. -ENOEXEC or
 * -EINVAL: malformed; -ELIBBAD: its interpreter is; -EIO: a part of it that names or begins the interpreter is missing; what opening the
 * interpreter answers; -EPERM: below MMAP_MIN_ADDR; -ENOMEM. The space is the caller's to drop. May sleep.
 */
int elf_load(struct space *space, struct file *file, char *buffer, struct elf_image *out);
