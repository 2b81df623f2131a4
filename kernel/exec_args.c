/*
 * The stack that a program starts with, as the System V ABI for i386 and Linux lay it out. It is written into the new space before
 * that is ever loaded, string by string, so that no size of arguments needs kernel memory.
 *
 *   USER_END  a word of zeroes
 *             path, environment strings, argument strings      (pushed downwards)
 *             "i686", 16 random bytes
 *   esp ►     argc, argv[] NULL, envp[] NULL, auxiliary vector
 */
#include "kernel/exec.h"
#include "kernel/lib/string.h"
#include "kernel/random.h"
#include "kernel/uaccess.h"
#include "kernel/x86/cpu.h"
#include "mm/space.h"

enum {                                 /* uapi/linux/auxvec.h */
	AT_NULL = 0, AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_PAGESZ = 6, AT_BASE = 7, AT_ENTRY = 9, AT_UID = 11,
	AT_EUID = 12, AT_GID = 13, AT_EGID = 14, AT_PLATFORM = 15, AT_HWCAP = 16, AT_CLKTCK = 17, AT_SECURE = 23, AT_RANDOM = 25,
	AT_EXECFN = 31,
};

#define USER_HZ 100u                   /* clock ticks of times(2) */
#define STACK_INITIAL_PAGES 33u        /* charged at exec, as much as Linux maps then: 132 KiB */
#define ROOM_LEAST (128u << 10)        /* for strings and pointers, whatever RLIMIT_STACK: Linux's ARG_MAX */
#define ROOM_MOST (6u << 20)           /* three quarters of the usual limit of 8 MiB */

int exec_stack_create(struct exec *exec)
{
	struct map_request request = {
		.pages = MAX(MIN(STACK_INITIAL_PAGES, exec->space->limits.stack), 1u),
		.place = MAP_AT_NOREPLACE, .prot = AREA_READ | AREA_WRITE | AREA_EXEC, .flags = AREA_PRIVATE | AREA_STACK,
	};
	u32 room = MIN(exec->space->limits.stack, USER_PAGES) / 4 * PAGE_SIZE;
	vaddr_t start;

	request.at = USER_END - request.pages * PAGE_SIZE;
	exec->stack = USER_END - sizeof(u32);
	exec->lowest = exec->stack - MAX(MIN(room, ROOM_MOST), ROOM_LEAST);
	return space_map(exec->space, &request, &start);
}

/* Take n bytes for a string; the pointers to strings need room too. */
static int stack_take(struct exec *exec, u32 n)
{
	u32 pointers = (exec->arg_count + exec->env_count + 2) * sizeof(u32);

	if (n > exec->stack - exec->lowest || pointers > exec->stack - exec->lowest - n)
		return -E2BIG;
	exec->stack -= n;
	return 0;
}

static int stack_write(struct exec *exec, vaddr_t va, const void *from, u32 n)
{
	return space_write(exec->space, va, from, n) ? -ENOMEM : 0;
}

int exec_push(struct exec *exec, const char *string)
{
	u32 n = strlen(string) + 1;

	return stack_take(exec, n) ?: stack_write(exec, exec->stack, string, n);
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

/* A long string goes through the buffer again. It may be changing meanwhile; the NUL at its end is ours. */
static int push_user_string(struct exec *exec, const char *user)
{
	i32 n = string_measure(exec, user);
	int error = n < 0 ? n : stack_take(exec, (u32)n);
	u32 part;

	for (u32 done = 0; !error && done < (u32)n; done += part) {
		part = MIN((u32)n - done, PAGE_SIZE);
		if ((u32)n > PAGE_SIZE && copy_from_user(exec->buffer, user + done, part))
			return -EFAULT;
		if (done + part == (u32)n)
			exec->buffer[part - 1] = '\0';
		error = stack_write(exec, exec->stack + done, exec->buffer, part);
	}
	return error;
}

int exec_count_user(const struct exec *exec, char *const *array, u32 *count)
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

int exec_push_user(struct exec *exec, char *const *array, u32 first, u32 end)
{
	const char *string;
	int error = 0;

	while (end > first && !error) {
		if (copy_from_user(&string, array + --end, sizeof(string)))
			return -EFAULT;
		error = push_user_string(exec, string);
	}
	return error;
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
		{ AT_HWCAP, cpuid_features() },            { AT_PAGESZ, PAGE_SIZE },
		{ AT_CLKTCK, USER_HZ },                    { AT_PHDR, image->headers },
		{ AT_PHENT, ELF_SEGMENT_SIZE },            { AT_PHNUM, image->header_count },
		{ AT_BASE, image->interpreter_base },      { AT_ENTRY, image->entry },
		{ AT_UID, cred->uid },                     { AT_EUID, cred->euid },
		{ AT_GID, cred->gid },                     { AT_EGID, cred->egid },
		{ AT_SECURE, cred->euid != cred->uid || cred->egid != cred->gid },
		{ AT_RANDOM, random },                     { AT_EXECFN, exec->path_string },
		{ AT_PLATFORM, platform },                 { AT_NULL, 0 },
	};

	return stack_write(exec, at, pairs, sizeof(pairs));
}

int exec_stack_finish(struct exec *exec)
{
	struct {
		u8 random[RANDOM_BYTES];
		char platform[8];
	} found = { .platform = "i686" };
	u32 size = (1 + exec->arg_count + 1 + exec->env_count + 1 + 2 * AUX_PAIRS) * sizeof(u32);
	vaddr_t seed = exec->stack - sizeof(found), to = (seed - size) & ~15u, string = exec->stack;
	int error;

	random_bytes(found.random, sizeof(found.random));
	exec->arg_string = exec->stack;
	exec->stack = to;
	error = stack_write(exec, seed, &found, sizeof(found)) ?: stack_write(exec, to, &exec->arg_count, sizeof(exec->arg_count));
	to += sizeof(exec->arg_count);
	error = error ?: pointers_write(exec, &to, &string, exec->arg_count);
	exec->env_string = string;
	return error ?: pointers_write(exec, &to, &string, exec->env_count) ?: aux_write(exec, to, seed, seed + RANDOM_BYTES);
}
