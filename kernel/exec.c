/*
 * execve. The new space is built completely before the old one is given up: until exec_commit() every failure leaves the caller as it
 * was, and nothing after it can fail.
 *
 *   open ─► strings ─► scripts: open their interpreter ─► segments ─► vectors ─► commit: space, ids, signals, descriptors, registers
 *
 * The stack that a program starts with is as the System V ABI for i386 and Linux lay it out. It is written into the new space before that
 * is ever loaded, string by string, so that no size of arguments needs kernel memory.
 *
 *   USER_END  a word of zeroes
 *             path, environment strings, argument strings      (pushed downwards)
 *             "i686", 16 random bytes
 *   esp ►     argc, argv[] NULL, envp[] NULL, auxiliary vector
 */
#include "kernel/exec.h"
#include "kernel/fork.h"
#include "kernel/fs/file.h"
#include "kernel/fs/path.h"
#include "kernel/futex.h"
#include "kernel/lib/string.h"
#include "kernel/random.h"
#include "kernel/signal.h"
#include "kernel/uaccess.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/descriptors.h"
#include "mm/kmalloc.h"
#include "mm/space.h"

enum {                                 /* uapi/linux/auxvec.h */
	AT_NULL = 0, AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_PAGESZ = 6, AT_BASE = 7, AT_ENTRY = 9, AT_UID = 11,
	AT_EUID = 12, AT_GID = 13, AT_EGID = 14, AT_PLATFORM = 15, AT_HWCAP = 16, AT_CLKTCK = 17, AT_SECURE = 23, AT_RANDOM = 25,
	AT_EXECFN = 31,
};

#define ARG_STRING_MAX (32 * 4096u)    /* Linux's MAX_ARG_STRLEN: one string with its NUL */
#define SCRIPT_DEPTH 4u                /* "#!" that may lead to "#!" */
#define SCRIPT_HEAD 256u               /* of a file's beginning: Linux's BINPRM_BUF_SIZE */
#define USER_HZ 100u                   /* clock ticks of times(2) */
#define STACK_INITIAL_PAGES 33u        /* charged at exec, as much as Linux maps then: 132 KiB */
#define ROOM_LEAST (128u << 10)        /* for strings and pointers, whatever RLIMIT_STACK: Linux's ARG_MAX */
#define ROOM_MOST (6u << 20)           /* three quarters of the usual limit of 8 MiB */

/* One execve under way: everything is made here before the old program is given up. */
struct exec {
	struct file *file;         /* what is executed: in the end, the interpreter of scripts; referenced */
	char *path, *buffer;       /* its path, PATH_MAX bytes; and a page to copy through */
	char name[TASK_NAME_SIZE]; /* the task's name from now on: a script's own */
	bool named;                /* argv[0] is `path`, not the caller's */
	struct space *space;       /* the new one */
	struct elf_image image;
	/* strings on the new stack, from high to low: the path, environment, arguments */
	vaddr_t stack, lowest;     /* the lowest byte used, and where the room for them ends: E2BIG */
	vaddr_t path_string, env_string, arg_string;
	u32 arg_count, env_count;  /* as they will be: their pointers need room too */
};

/* ---- Strings ---------------------------------------------------------------------------------------------------------- */

/* Map the stack and set the room for strings by the limits. -ENOMEM. */
static int stack_create(struct exec *exec)
{
	u32 pages = MAX(MIN(STACK_INITIAL_PAGES, exec->space->limits.stack), 1u);
	struct map_request request = {
		.at = USER_END - pages * PAGE_SIZE, .pages = pages,
		.place = MAP_AT_NOREPLACE, .prot = AREA_READ | AREA_WRITE | AREA_EXEC, .flags = AREA_PRIVATE | AREA_STACK,
	};
	u32 room = MIN(exec->space->limits.stack, USER_PAGES) / 4 * PAGE_SIZE;
	vaddr_t start;

	exec->stack = USER_END - sizeof(u32);
	exec->lowest = exec->stack - MAX(MIN(room, ROOM_MOST), ROOM_LEAST);
	return space_map(exec->space, &request, &start);
}

static int stack_write(struct exec *exec, vaddr_t va, const void *from, u32 n)
{
	return space_write(exec->space, va, from, n) ? -ENOMEM : 0;
}

/* The length of a user's string with its NUL; its last part, up to a page, is in exec->buffer then. */
static i32 string_measure(struct exec *exec, const char *user)
{
	for (u32 length = 0; length < ARG_STRING_MAX; length += PAGE_SIZE) {
		i32 part = copy_string_from_user(exec->buffer, user + length, PAGE_SIZE);

		if (part >= 0)
			return (i32)length + part + 1;
		if (part != -ENAMETOOLONG)
			return part;
	}
	return -E2BIG;
}

/*
 * Push a string, a user's or the kernel's own; the pointers to strings need room too. A long one goes through the buffer again. It may be
 * changing meanwhile; the NUL at its end is ours. -EFAULT, -E2BIG, -ENOMEM.
 */
static int push(struct exec *exec, const char *string, bool users)
{
	i32 n = users ? string_measure(exec, string) : (i32)strlcpy(exec->buffer, string, PAGE_SIZE) + 1;
	u32 room = exec->stack - exec->lowest, pointers = (exec->arg_count + exec->env_count + 2) * sizeof(u32), part;
	int error = 0;

	if (n < 0)
		return n;
	if ((u32)n > room || pointers > room - (u32)n)
		return -E2BIG;
	exec->stack -= (u32)n;
	for (u32 done = 0; !error && done < (u32)n; done += part) {
		part = MIN((u32)n - done, PAGE_SIZE);
		if ((u32)n > PAGE_SIZE && copy_from_user(exec->buffer, string + done, part))
			return -EFAULT;
		if (done + part == (u32)n)
			exec->buffer[part - 1] = '\0';
		error = stack_write(exec, exec->stack + done, exec->buffer, part);
	}
	return error;
}

/* How many strings a user's array has before its NULL; NULL: none. -EFAULT, -E2BIG. */
static int array_count(const struct exec *exec, char *const *array, u32 *count)
{
	u32 most = (exec->stack - exec->lowest) / sizeof(*array);
	const char *string;

	for (*count = 0; array; ++*count) {
		if (copy_from_user(&string, array + *count, sizeof(string)))
			return -EFAULT;
		if (!string)
			break;
		if (*count >= most)
			return -E2BIG;
	}
	return 0;
}

/* Push the strings [first, end) of a user's array, last to first. */
static int array_push(struct exec *exec, char *const *array, u32 first, u32 end)
{
	const char *string;
	int error = 0;

	while (end > first && !error) {
		if (copy_from_user(&string, array + --end, sizeof(string)))
			return -EFAULT;
		error = push(exec, string, true);
	}
	return error;
}

/* ---- Scripts ---------------------------------------------------------------------------------------------------------- */

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* The rest of the text, from where its blanks are over, or its first word is. */
static char *skip(char *text, bool blanks)
{
	while (*text && is_blank(*text) == blanks)
		text++;
	return text;
}

/*
 * Execute what "#! interpreter [argument]" names instead: the argument and the script's path go before the arguments. As on Linux, the last
 * byte of a line without an end can but end the name. -ENOEXEC: there is no interpreter, or its name may have been cut off.
 */
static int script_redirect(struct exec *exec, char head[SCRIPT_HEAD + 1])
{
	char *end = strchr(head, '\n') ?: head + strnlen(head, SCRIPT_HEAD - 1), last = *end, *interpreter, *argument;
	int error;

	while (is_blank(end[-1]))
		end--;
	*end = '\0';
	interpreter = skip(head + 2, true);
	end = skip(interpreter, false);
	if (end == interpreter || (end == head + SCRIPT_HEAD - 1 && !strchr("\n\t ", last)))
		return -ENOEXEC;
	argument = skip(end, true);
	*end = '\0';
	exec->arg_count += *argument ? 2 : 1;
	error = push(exec, exec->path, false) ?: (*argument ? push(exec, argument, false) : 0);
	if (error)
		return error;
	strlcpy(exec->path, interpreter, PATH_MAX);
	exec->named = true;
	file_unref(exec->file);
	exec->file = NULL;
	return file_open_exec(exec->path, &exec->file);
}

/* While the file is a script, execute its interpreter instead. */
static int scripts_follow(struct exec *exec)
{
	char head[SCRIPT_HEAD + 1];

	for (u32 depth = 0; ; depth++) {
		i32 n = file_read_kernel(exec->file, head, sizeof(head) - 1, 0);

		head[MAX(n, 0)] = '\0';
		if (n < 0 || head[0] != '#' || head[1] != '!')
			return MIN(n, 0);
		n = depth > SCRIPT_DEPTH ? -ELOOP : script_redirect(exec, head);
		if (n)
			return n;
	}
}

/* ---- Vectors -------------------------------------------------------------------------------------------------------- */

/* Write pointers to `count` strings, which lie one after the other from *string on, and NULL. Both addresses move on. */
static int pointers_write(struct exec *exec, vaddr_t *to, vaddr_t *string, u32 count)
{
	bool begins = true;
	int error = 0;

	while (count && !error) {
		u32 part = MIN(exec->path_string - *string, PAGE_SIZE - *string % PAGE_SIZE);

		error = space_read(exec->space, *string, exec->buffer, part);
		for (u32 i = 0; i < part && count && !error; i++, ++*string) {
			if (begins) {
				error = stack_write(exec, *to, string, sizeof(*string));
				*to += sizeof(*string);
			}
			begins = !exec->buffer[i];
			count -= begins;
		}
	}
	*to += sizeof(*string);        /* the stack is zero there */
	return error;
}

#define RANDOM_BYTES 16u
#define AUX_PAIRS 17u

/* In Linux's order. */
static int aux_write(struct exec *exec, vaddr_t at, vaddr_t random, vaddr_t platform)
{
	const struct elf_image *image = &exec->image;
	const struct cred *cred = &current->cred;
	const u32 pairs[AUX_PAIRS][2] = {
		{ AT_HWCAP, cpuid_features() }, { AT_PAGESZ, PAGE_SIZE }, { AT_CLKTCK, USER_HZ },
		{ AT_PHDR, image->headers }, { AT_PHENT, ELF_SEGMENT_SIZE }, { AT_PHNUM, image->header_count },
		{ AT_BASE, image->interpreter_base }, { AT_ENTRY, image->entry },
		{ AT_UID, cred->uid }, { AT_EUID, cred->euid }, { AT_GID, cred->gid }, { AT_EGID, cred->egid },
		{ AT_SECURE, cred->euid != cred->uid || cred->egid != cred->gid }, { AT_RANDOM, random },
		{ AT_EXECFN, exec->path_string }, { AT_PLATFORM, platform }, { AT_NULL, 0 },
	};

	return stack_write(exec, at, pairs, sizeof(pairs));
}

/* Write argc, the pointers and the auxiliary vector below the strings; exec->stack is what the program starts with. -ENOMEM. */
static int stack_finish(struct exec *exec)
{
	char found[RANDOM_BYTES + 8] = "";
	u32 size = (1 + exec->arg_count + 1 + exec->env_count + 1 + 2 * AUX_PAIRS) * sizeof(u32);
	vaddr_t seed = exec->stack - sizeof(found), to = (seed - size) & ~15u, string = exec->stack;
	int error;

	random_bytes(found, RANDOM_BYTES);
	strlcpy(found + RANDOM_BYTES, "i686", sizeof(found) - RANDOM_BYTES);
	exec->arg_string = exec->stack;
	exec->stack = to;
	error = stack_write(exec, seed, found, sizeof(found)) ?: stack_write(exec, to, &exec->arg_count, sizeof(exec->arg_count));
	to += sizeof(exec->arg_count);
	error = error ?: pointers_write(exec, &to, &string, exec->arg_count);
	exec->env_string = string;
	return error ?: pointers_write(exec, &to, &string, exec->env_count) ?: aux_write(exec, to, seed, seed + RANDOM_BYTES);
}

/* ---- The rest --------------------------------------------------------------------------------------------------------- */

static void exec_commit(struct exec *exec)
{
	struct cred *cred = &current->cred;

	exec->space->image = (struct space_image){
		.brk_start = exec->image.brk, .brk = exec->image.brk, .args_start = exec->arg_string,
		.args_end = exec->env_string, .env_start = exec->env_string, .env_end = exec->path_string,
	};
	futex_release();
	task_use_space(exec->space);
	exec->space = NULL;
	task_release_vfork(current);
	current->has_execed = true;
	cred->suid = cred->fsuid = cred->euid;
	cred->sgid = cred->fsgid = cred->egid;
	memcpy(current->name, exec->name, sizeof(current->name));
	signals_exec(current);
	fd_close_for_exec();
	*task_regs(current) = (struct regs){
		.ds = USER_DS, .es = USER_DS, .ss = USER_DS, .cs = USER_CS,
		.eip = exec->image.start, .esp = exec->stack, .eflags = EFLAGS_IF | EFLAGS_FIXED, .orig_eax = ~0u,
	};
	memset(current->tls, 0, sizeof(current->tls));
	tls_load(current->tls);
	fpu_init_image(current->fpu);
	fpu_load(current->fpu);
}

/*
 * Execute exec->path, from opening it to the point of no return. Strings go from the last of the environment to the first argument: that one
 * says which program it is, after all scripts.
 */
static int exec_run(struct exec *exec, char *const *argv, char *const *envp)
{
	const char *slash = strrchr(exec->path, '/');
	int error = file_open_exec(exec->path, &exec->file);
	u32 args = 0;

	strlcpy(exec->name, slash ? slash + 1 : exec->path, sizeof(exec->name));
	rlimits_apply(current->rlimits, exec->space);
	error = error ?: stack_create(exec) ?: push(exec, exec->path, false);
	exec->path_string = exec->stack;
	error = error ?: array_count(exec, envp, &exec->env_count) ?: array_count(exec, argv, &args);
	exec->arg_count = MAX(args, 1u);        /* without arguments there is an empty argv[0] all the same, as on Linux */
	error = error ?: array_push(exec, envp, 0, exec->env_count) ?: array_push(exec, argv, 1, args) ?: scripts_follow(exec);
	if (!error && !exec->named && args)
		error = array_push(exec, argv, 0, 1);
	else if (!error)
		error = push(exec, exec->named ? exec->path : "", false);
	error = error ?: elf_load(exec->space, exec->file, exec->buffer, &exec->image) ?: stack_finish(exec);
	if (!error)
		exec_commit(exec);
	return error;
}

/* Execute what is at the path, a user's or the kernel's own. */
static i32 execute(const char *path, bool users, char *const *argv, char *const *envp)
{
	struct exec exec = { .path = kmalloc(PATH_MAX), .buffer = kmalloc(PAGE_SIZE), .space = space_create(), .named = !users };
	i32 result = -ENOMEM;

	might_sleep();
	if (exec.path && exec.buffer && exec.space)
		result = users ? copy_string_from_user(exec.path, path, PATH_MAX) : (i32)strlcpy(exec.path, path, PATH_MAX);
	if (result >= 0)
		result = *exec.path ? exec_run(&exec, argv, envp) : -ENOENT;
	if (exec.space)
		space_unref(exec.space);
	file_unref(exec.file);
	kfree(exec.path);
	kfree(exec.buffer);
	return result;
}

i32 sys_execve(const char *path, char *const *argv, char *const *envp) { return execute(path, true, argv, envp); }

int kernel_exec_init(const char *path) { return execute(path, false, NULL, NULL); }
