/* Replacing the program of a task. */
#pragma once

#include "kernel/lib/types.h"

struct file;
struct regs;
struct space;

#define ARG_STRING_MAX (32 * 4096u)        /* Linux's MAX_ARG_STRLEN: one string with its NUL */
#define EXEC_SCRIPT_DEPTH 4u               /* "#!" that may lead to "#!" */

/*
 * Become the first user task: the current kernel task gets the program at path (argv[0] = path, no environment), descriptors
 * as they are. On success it enters user mode when it returns through its registers; 0 or -errno. May sleep.
 */
int kernel_exec_init(const char *path);

/* What an ELF file is once mapped. */
struct elf_image {
	vaddr_t entry;             /* of the program */
	vaddr_t start;             /* where execution begins: the interpreter's, when there is one */
	vaddr_t interpreter_base;  /* AT_BASE; 0: none */
	vaddr_t headers;           /* address of its program headers, AT_PHDR; 0: not mapped */
	u32 header_count;
	vaddr_t brk;               /* the end of its highest segment */
};

/*
 * Map an ELF32 executable into an empty space that is not loaded. `head` are the file's first bytes. -ENOEXEC: malformed;
 * -ENOMEM, -EIO. The space is the caller's to drop. May sleep.
 */
int elf_load(struct space *space, struct file *file, const u8 *head, u32 head_size, struct elf_image *out);
