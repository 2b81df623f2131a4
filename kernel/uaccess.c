/*
 * Copies between kernel and user memory. The instructions that may fault stand in the exception table with the place where the
 * trap handler continues when the fault cannot be served.
 */
#include "kernel/uaccess.h"
#include "kernel/lib/string.h"
#include "mm/fault.h"

static bool user_range(const void *user, size_t n) { return n <= USER_END && (vaddr_t)user <= USER_END - n; }

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

int copy_from_user(void *to, const void *user, size_t n) { return user_range(user, n) ? copy(to, user, n) : -EFAULT; }
int copy_to_user(void *user, const void *from, size_t n) { return user_range(user, n) ? copy(user, from, n) : -EFAULT; }

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

/* ---- Spaces that need not be loaded: each page is faulted in like any access of the program, then reached by the direct map ---- */

/* The kernel's address of a byte, good until the next sleep point; NULL: it may not be accessed so. */
static void *page_at(struct space *space, vaddr_t va, enum access access)
{
	pte_t needed = access == ACCESS_WRITE ? PTE_P | PTE_W | PTE_D : PTE_P, pte = pagetable_get(space->dir, va);

	while ((pte & needed) != needed) {
		if (fault_failed(fault(space, va, access)))
			return NULL;
		pte = pagetable_get(space->dir, va);
	}
	return (u8 *)frame_address(frame_of(pte_pfn(pte))) + va % PAGE_SIZE;
}

/* Between a range and the kernel's bytes; NULL: zeroes. */
static int move(struct space *space, vaddr_t va, u8 *bytes, u32 n, enum access access)
{
	if (n > USER_END || va > USER_END - n)
		return -EFAULT;
	for (u32 done = 0, part; done < n; done += part) {
		void *page = page_at(space, va + done, access);

		part = MIN(n - done, PAGE_SIZE - (va + done) % PAGE_SIZE);
		if (!page)
			return -EFAULT;
		if (!bytes)
			memset(page, 0, part);
		else if (access == ACCESS_WRITE)
			memcpy(page, bytes + done, part);
		else
			memcpy(bytes + done, page, part);
	}
	return 0;
}

int space_read(struct space *space, vaddr_t va, void *to, u32 n) { return move(space, va, to, n, ACCESS_READ); }

int space_write(struct space *space, vaddr_t va, const void *from, u32 n) { return move(space, va, (u8 *)from, n, ACCESS_WRITE); }
