/*
 * Reading and writing user memory from the kernel. A fault on the way is served like any other; one that cannot be served ends the
 * copy through the exception table. All of these may sleep, so nothing another task may wait for is held across them.
 */
#pragma once

#include "kernel/lib/types.h"

/* 0, or -EFAULT: some part is not the user's, or not readable/writable (an unknown part has been copied). n may be 0. */
int copy_from_user(void *to, const void *user, size_t n);
int copy_to_user(void *user, const void *from, size_t n);
/* Copy a string with its NUL; returns its length. -EFAULT; -ENAMETOOLONG: no NUL within size bytes. */
int copy_string_from_user(char *to, const char *user, size_t size);

/*
 * The same for a space that need not be loaded, as its own program would. -EFAULT: some part is not mapped, or not allowed (an unknown
 * part has been copied). May sleep; the caller keeps the space.
 */
struct space;
int space_read(struct space *space, vaddr_t va, void *to, u32 n);
/* from NULL: zeroes. */
int space_write(struct space *space, vaddr_t va, const void *from, u32 n);

#define get_user(value, user_ptr)                                                            \
	({                                                                                   \
		_Static_assert(sizeof(value) == sizeof(*(user_ptr)), "sizes");               \
		copy_from_user(&(value), (user_ptr), sizeof(value));                         \
	})
#define put_user(value, user_ptr)                                                            \
	({                                                                                   \
		__typeof__(*(user_ptr)) put_value_ = (value);                                \
		copy_to_user((user_ptr), &put_value_, sizeof(put_value_));                   \
	})
