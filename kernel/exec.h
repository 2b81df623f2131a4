/* Replacing the program of a task. */
#pragma once

#include "kernel/elf.h"

struct cred;

#define ARG_STRING_MAX (32 * 4096u)        /* Linux's MAX_ARG_STRLEN: one string with its NUL */
#define EXEC_SCRIPT_DEPTH 4u               /* "#!" that may lead to "#!" */
#define EXEC_HEAD_SIZE 256u                /* of a file's beginning: Linux's BINPRM_BUF_SIZE */

/* One execve under way: everything is made here before the old program is given up. */
struct exec {
	struct file *file;         /* what is executed: in the end, the interpreter of scripts; referenced */
	char *path;                /* the file's, or the script's; PATH_MAX bytes */
	char *buffer;              /* a page to copy through */
	struct space *space;       /* the new one */
	struct elf_image image;
	/* strings on the new stack, from high to low: the path, environment, arguments */
	vaddr_t stack;             /* the lowest byte used */
	vaddr_t lowest;            /* where the room for strings ends: E2BIG */
	vaddr_t path_string, env_string, arg_string;
	u32 arg_count, env_count;
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
/* Push the strings of a user's NULL-terminated array (NULL: empty), last to first. -EFAULT, -E2BIG, -ENOMEM. */
int exec_push_user(struct exec *exec, char *const *user_array, u32 *count);
/* Take the lowest string off again: argv[0], which a script's interpreter replaces. */
int exec_drop_first(struct exec *exec);
/*
 * Write argc, the pointers and the auxiliary vector below the strings; exec->stack is what the program starts with.
 * secure: AT_SECURE. -ENOMEM.
 */
int exec_stack_finish(struct exec *exec, const struct cred *cred, bool secure);
