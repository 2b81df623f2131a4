/* Replacing the program of a task. */
#pragma once

#include "kernel/task.h"

#define ARG_STRING_MAX (32 * 4096u)        /* Linux's MAX_ARG_STRLEN: one string with its NUL */
#define EXEC_SCRIPT_DEPTH 4u               /* "#!" that may lead to "#!" */
#define EXEC_HEAD_SIZE 256u                /* of a file's beginning: Linux's BINPRM_BUF_SIZE */

struct file;

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

/* One execve under way: everything is made here before the old program is given up. */
struct exec {
	struct file *file;         /* what is executed: in the end, the interpreter of scripts; referenced */
	char *path;                /* its path; PATH_MAX bytes */
	char name[TASK_NAME_SIZE]; /* the task's name from now on: a script's own */
	bool named;                /* argv[0] is `path`, not the caller's */
	char *buffer;              /* a page to copy through */
	struct space *space;       /* the new one */
	struct elf_image image;
	/* strings on the new stack, from high to low: the path, environment, arguments */
	vaddr_t stack;             /* the lowest byte used */
	vaddr_t lowest;            /* where the room for strings ends: E2BIG */
	vaddr_t path_string, env_string, arg_string;
	u32 arg_count, env_count;  /* as they will be: their pointers need room too */
};

/*
 * Become the first user task: the current kernel task gets the program at path (argv[0] = path, no environment), descriptors
 * as they are. On success it enters user mode when it returns through its registers; 0 or -errno. May sleep.
 */
int kernel_exec_init(const char *path);

/* ---- exec_args.c: the new stack ---- */

/* Map the stack and set the room for strings by the limits. -ENOMEM. */
int exec_stack_create(struct exec *exec);
/* Push a string of the kernel's. -E2BIG, -ENOMEM. */
int exec_push(struct exec *exec, const char *string);
/* How many strings a user's array has before its NULL; NULL: none. -EFAULT, -E2BIG. */
int exec_count_user(const struct exec *exec, char *const *array, u32 *count);
/* Push the strings [first, end) of a user's array, last to first. -EFAULT, -E2BIG, -ENOMEM. */
int exec_push_user(struct exec *exec, char *const *array, u32 first, u32 end);
/* Write argc, the pointers and the auxiliary vector below the strings; exec->stack is what the program starts with. -ENOMEM. */
int exec_stack_finish(struct exec *exec);

/* ---- elf.c ---- */

/*
 * Map an ELF32 executable, and the interpreter it names, into a space that need not be loaded. -ENOEXEC or -EINVAL: malformed;
 * -ELIBBAD: its interpreter is; -EIO: a part of it that names or begins the interpreter is missing; what opening the interpreter
 * answers; -EPERM: below MMAP_MIN_ADDR; -ENOMEM. The space is the caller's to drop. May sleep.
 */
int elf_load(struct space *space, struct file *file, struct elf_image *out);
