/*
 * Copies between kernel and user memory. The one instruction that may fault stands in the exception table with the place where the
 * trap handler continues when the fault cannot be served.
 */
#include "kernel/uaccess.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/memlayout.h"

static bool range_is_user(const void *user, size_t n) { return n <= USER_END && (vaddr_t)user <= USER_END - n; }

/* Long words first, then the odd bytes. */
static int copy(void *to, const void *from, size_t n)
{
	u32 words = n / 4;
	int error = 0;

	__asm__ volatile("1: rep movsl\n"
	                 "   mov %[odd], %%ecx\n"
	                 "2: rep movsb\n"
	                 "3:\n"
	                 ".section .text.fixup, \"ax\"\n"
	                 "4: mov %[fault], %[error]\n"
	                 "   jmp 3b\n"
	                 ".previous\n"
	                 ".section __ex_table, \"a\"\n"
	                 "   .long 1b, 4b, 2b, 4b\n"
	                 ".previous"
	                 : "+D"(to), "+S"(from), "+c"(words), [error] "+r"(error)
	                 : [odd] "g"(n % 4), [fault] "i"(-EFAULT)
	                 : "memory");
	return error;
}

int copy_from_user(void *to, const void *user, size_t n)
{
	return range_is_user(user, n) ? copy(to, user, n) : -EFAULT;
}

int copy_to_user(void *user, const void *from, size_t n)
{
	return range_is_user(user, n) ? copy(user, from, n) : -EFAULT;
}

int clear_user(void *user, size_t n)
{
	u32 failed = 0;

	if (!range_is_user(user, n))
		return -EFAULT;
	__asm__ volatile("1: rep stosb\n"
	                 "2:\n"
	                 ".section .text.fixup, \"ax\"\n"
	                 "3: mov $1, %[failed]\n"
	                 "   jmp 2b\n"
	                 ".previous\n"
	                 ".section __ex_table, \"a\"\n"
	                 "   .long 1b, 3b\n"
	                 ".previous"
	                 : "+D"(user), "+c"(n), [failed] "+r"(failed)
	                 : "a"(0)
	                 : "memory");
	return failed ? -EFAULT : 0;
}

/* Page by page: a string may end right before memory that is not there. */
int copy_string_from_user(char *to, const char *user, size_t size)
{
	for (size_t done = 0; done < size;) {
		size_t n = MIN(size - done, PAGE_SIZE - ((vaddr_t)(user + done) & ~PAGE_MASK)), length;

		if (copy_from_user(to + done, user + done, n))
			return -EFAULT;
		length = strnlen(to + done, n);
		if (length < n)
			return done + length;
		done += n;
	}
	return -ENAMETOOLONG;
}
