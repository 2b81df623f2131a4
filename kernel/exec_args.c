/*
 * The stack that a program starts with, as the System V ABI for i386 and Linux lay it out. It is written into the new space before
 * that is ever loaded, string by string, so that no size of arguments needs kernel memory.
 *
 *   USER_END  a word of zeroes
 *             path, environment strings, argument strings      (pushed downwards)
 *             "i686", 16 random bytes
 *   esp ►     argc, argv[] NULL, envp[] NULL, auxiliary vector
 */
#include "kernel/cred.h"
#include "kernel/exec.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/random.h"
#include "kernel/uaccess.h"
#include "kernel/x86/cpu.h"
#include "mm/remote.h"

enum {                                 /* uapi/linux/auxvec.h */
	AT_NULL = 0, AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_PAGESZ = 6, AT_BASE = 7, AT_FLAGS = 8, AT_ENTRY = 9, AT_UID = 11,
	AT_EUID = 12, AT_GID = 13, AT_EGID = 14, AT_PLATFORM = 15, AT_HWCAP = 16, AT_CLKTCK = 17, AT_SECURE = 23, AT_RANDOM = 25,
	AT_HWCAP2 = 26, AT_EXECFN = 31,
};

#define USER_HZ 100u                   /* clock ticks of times(2) */
#define STACK_INITIAL_PAGES 33u        /* charged at exec, as much as Linux maps then: 132 KiB */
#define ROOM_LEAST (128u << 10)        /* for strings and pointers, whatever RLIMIT_STACK: Linux's ARG_MAX */
#define ROOM_MOST (6u << 20)           /* three quarters of the usual limit of 8 MiB */

int exec_stack_create(struct exec *exec)
{
	struct map_request request = {
		.pages = MAX(MIN(STACK_INITIAL_PAGES, exec->space->limits.stack), 1u),
		.place = MAP_AT_NOREPLACE,
		.prot = AREA_READ | AREA_WRITE | AREA_EXEC,
		.flags = AREA_PRIVATE | AREA_STACK,
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
	int error = stack_take(exec, n);

	return error ? error : stack_write(exec, exec->stack, string, n);
}

/* The length of a user's string with its NUL, and its beginning in exec->buffer: all of it when it fits there. */
static i32 string_measure(struct exec *exec, const char *user)
{
	u32 length = 0;
	i32 part = copy_string_from_user(exec->buffer, user, PAGE_SIZE);

	while (part == -ENAMETOOLONG && length < ARG_STRING_MAX) {
		length += PAGE_SIZE;
		part = copy_string_from_user(exec->buffer, user + length, PAGE_SIZE);
	}
	if (part == -ENAMETOOLONG)
		return -E2BIG;
	if (part < 0)
		return part;
	length += (u32)part + 1;
	return length > ARG_STRING_MAX ? -E2BIG : (i32)length;
}

/* A long string goes through the buffer again. It may be changing meanwhile; the NUL at its end is ours. */
static int string_copy_long(struct exec *exec, const char *user, u32 n)
{
	for (u32 done = 0; done < n;) {
		u32 part = MIN(n - done, PAGE_SIZE);
		int error;

		if (copy_from_user(exec->buffer, user + done, part))
			return -EFAULT;
		if (done + part == n)
			exec->buffer[part - 1] = '\0';
		error = stack_write(exec, exec->stack + done, exec->buffer, part);
		if (error)
			return error;
		done += part;
	}
	return 0;
}

static int push_user_string(struct exec *exec, const char *user)
{
	i32 n = string_measure(exec, user);
	int error;

	if (n < 0)
		return n;
	error = stack_take(exec, (u32)n);
	if (error)
		return error;
	if ((u32)n > PAGE_SIZE)
		return string_copy_long(exec, user, (u32)n);
	return stack_write(exec, exec->stack, exec->buffer, (u32)n);
}

/* How many there are before the NULL. */
static int array_count(struct exec *exec, char *const *user_array, u32 *count)
{
	const char *string = NULL;
	u32 most = (exec->stack - exec->lowest) / sizeof(string);

	for (*count = 0; user_array; ++*count) {
		if (copy_from_user(&string, user_array + *count, sizeof(string)))
			return -EFAULT;
		if (!string)
			break;
		if (*count >= most)
			return -E2BIG;
	}
	return 0;
}

int exec_push_user(struct exec *exec, char *const *user_array, u32 *count)
{
	const char *string;
	int error = array_count(exec, user_array, count);

	for (u32 i = *count; !error && i-- > 0;) {
		if (copy_from_user(&string, user_array + i, sizeof(string)) || !string)
			return -EFAULT;
		error = push_user_string(exec, string);
	}
	return error;
}

/* Read the new stack's strings from va on, a part of a page, into the buffer; how many bytes. -EFAULT. */
static i32 strings_read(struct exec *exec, vaddr_t va)
{
	u32 part = MIN(exec->path_string - va, PAGE_SIZE - va % PAGE_SIZE);

	return space_read(exec->space, va, exec->buffer, part) ? -EFAULT : (i32)part;
}

int exec_drop_first(struct exec *exec)
{
	for (;;) {
		i32 part = strings_read(exec, exec->stack);
		u32 length;

		if (part < 0)
			return part;
		length = strnlen(exec->buffer, (u32)part);
		if (length < (u32)part) {
			exec->stack += length + 1;
			exec->arg_count--;
			return 0;
		}
		exec->stack += (u32)part;
	}
}

/* ---- Vectors -------------------------------------------------------------------------------------------------------- */

/* Words on their way to ascending addresses of the stack. */
struct word_writer {
	struct exec *exec;
	vaddr_t at;
	u32 count;
	int error;                     /* the first */
	u32 words[64];
};

static void words_flush(struct word_writer *writer)
{
	if (!writer->error)
		writer->error = stack_write(writer->exec, writer->at, writer->words, writer->count * sizeof(u32));
	writer->at += writer->count * sizeof(u32);
	writer->count = 0;
}

static void word_write(struct word_writer *writer, u32 word)
{
	writer->words[writer->count++] = word;
	if (writer->count == ARRAY_SIZE(writer->words))
		words_flush(writer);
}

/* Write pointers to `count` strings that lie one after the other from va on, and NULL. Result: the end of the last. */
static vaddr_t pointers_write(struct word_writer *writer, vaddr_t va, u32 count)
{
	struct exec *exec = writer->exec;
	bool begins = true;

	while (count && !writer->error) {
		i32 part = strings_read(exec, va);

		if (part <= 0) {
			writer->error = -EFAULT;
			break;
		}
		for (i32 i = 0; i < part && count; i++, va++) {
			if (begins)
				word_write(writer, va);
			begins = !exec->buffer[i];
			count -= begins;
		}
	}
	word_write(writer, 0);
	return va;
}

#define AUX_PAIRS 19u

static void pair_write(struct word_writer *writer, u32 type, u32 value)
{
	word_write(writer, type);
	word_write(writer, value);
}

/* AUX_PAIRS of them, in Linux's order. */
static void aux_write(struct word_writer *writer, const struct cred *cred, bool secure, vaddr_t seed, vaddr_t platform)
{
	const struct exec *exec = writer->exec;
	u32 eax, ebx, ecx, features;

	cpuid(1, &eax, &ebx, &ecx, &features);
	pair_write(writer, AT_HWCAP, features);
	pair_write(writer, AT_PAGESZ, PAGE_SIZE);
	pair_write(writer, AT_CLKTCK, USER_HZ);
	pair_write(writer, AT_PHDR, exec->image.headers);
	pair_write(writer, AT_PHENT, ELF_SEGMENT_SIZE);
	pair_write(writer, AT_PHNUM, exec->image.header_count);
	pair_write(writer, AT_BASE, exec->image.interpreter_base);
	pair_write(writer, AT_FLAGS, 0);
	pair_write(writer, AT_ENTRY, exec->image.entry);
	pair_write(writer, AT_UID, cred->uid);
	pair_write(writer, AT_EUID, cred->euid);
	pair_write(writer, AT_GID, cred->gid);
	pair_write(writer, AT_EGID, cred->egid);
	pair_write(writer, AT_SECURE, secure);
	pair_write(writer, AT_RANDOM, seed);
	pair_write(writer, AT_HWCAP2, 0);
	pair_write(writer, AT_EXECFN, exec->path_string);
	pair_write(writer, AT_PLATFORM, platform);
	pair_write(writer, AT_NULL, 0);
}

int exec_stack_finish(struct exec *exec, const struct cred *cred, bool secure)
{
	vaddr_t platform = exec->stack - sizeof("i686"), seed = platform - 16;
	u32 words = 1 + exec->arg_count + 1 + exec->env_count + 1 + 2 * AUX_PAIRS;
	struct word_writer writer = { .exec = exec, .at = (seed - words * sizeof(u32)) & ~15u };
	u8 random[16];
	int error;

	exec->arg_string = exec->stack;
	exec->stack = writer.at;
	word_write(&writer, exec->arg_count);
	exec->env_string = pointers_write(&writer, exec->arg_string, exec->arg_count);
	pointers_write(&writer, exec->env_string, exec->env_count);
	aux_write(&writer, cred, secure, seed, platform);
	words_flush(&writer);
	if (writer.error)
		return writer.error;
	error = stack_write(exec, platform, "i686", sizeof("i686"));
	random_bytes(random, sizeof(random));
	return error ? error : stack_write(exec, seed, random, sizeof(random));
}
