/* Thread-local storage segments: set_thread_area and get_thread_area, as the C library's start-up code uses them for gs. */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task.h"
#include "kernel/uaccess.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/descriptors.h"

/* Linux's struct user_desc, and its flags. */
struct user_desc {
	u32 entry, base, limit, flags;
};
enum {
	DESC_32BIT = 1, DESC_CONTENTS = 6, DESC_CODE = 4, DESC_READ_ONLY = 8, DESC_LIMIT_PAGES = 16, DESC_NOT_PRESENT = 32,
	DESC_USABLE = 64,
};
#define DESC_FLAGS_EMPTY (DESC_READ_ONLY | DESC_NOT_PRESENT)

/* A segment descriptor (SDM vol. 3, 3.4.5). */
struct descriptor {
	u32 low, high;
};
#define HIGH_WRITABLE (1u << 9)
#define HIGH_EXPAND_DOWN (1u << 10)
#define HIGH_USER_DATA (1u << 12 | 3u << 13 | 1u << 15)        /* not of the system, ring 3, present */
#define HIGH_AVAILABLE (1u << 20)
#define HIGH_32BIT (1u << 22)
#define HIGH_PAGES (1u << 23)

static struct descriptor descriptor_of(const struct user_desc *desc)
{
	u32 high = HIGH_USER_DATA | HIGH_32BIT | 1u << 8;              /* accessed, as the processor would mark it */

	if (!(desc->flags & DESC_READ_ONLY))
		high |= HIGH_WRITABLE;
	if (desc->flags & DESC_CONTENTS)
		high |= HIGH_EXPAND_DOWN;
	if (desc->flags & DESC_USABLE)
		high |= HIGH_AVAILABLE;
	if (desc->flags & DESC_LIMIT_PAGES)
		high |= HIGH_PAGES;
	high |= (desc->base & 0xff000000) | (desc->base >> 16 & 0xff) | (desc->limit & 0xf0000);
	return (struct descriptor){ .low = desc->base << 16 | (desc->limit & 0xffff), .high = high };
}

static void desc_from(struct user_desc *desc, const struct descriptor *from)
{
	u32 high = from->high;

	desc->base = (high & 0xff000000) | (high & 0xff) << 16 | from->low >> 16;
	desc->limit = (high & 0xf0000) | (from->low & 0xffff);
	desc->flags = (high & HIGH_32BIT ? DESC_32BIT : 0) | (high & HIGH_EXPAND_DOWN ? 2 : 0) |
		      (high & HIGH_WRITABLE ? 0 : DESC_READ_ONLY) | (high & HIGH_PAGES ? DESC_LIMIT_PAGES : 0) |
		      (high & HIGH_USER_DATA & 1u << 15 ? 0 : DESC_NOT_PRESENT) | (high & HIGH_AVAILABLE ? DESC_USABLE : 0);
}

/* Two ways to ask for an empty entry: all zeroes, and what get_thread_area tells of one. */
static bool desc_empty(const struct user_desc *desc)
{
	return !desc->base && !desc->limit && (!desc->flags || (desc->flags & 0x7f) == DESC_FLAGS_EMPTY);
}

/* Linux's rule: present 32-bit data segments only. */
static bool desc_allowed(const struct user_desc *desc)
{
	return (desc->flags & DESC_32BIT) && !(desc->flags & (DESC_CODE | DESC_NOT_PRESENT));
}

static struct descriptor tls_get(u32 index)
{
	struct descriptor descriptor;

	memcpy(&descriptor, current->tls + index * sizeof(descriptor), sizeof(descriptor));
	return descriptor;
}

static i32 tls_find_free(void)
{
	for (u32 i = 0; i < GDT_TLS_COUNT; i++) {
		struct descriptor descriptor = tls_get(i);

		if (!descriptor.low && !descriptor.high)
			return (i32)(GDT_TLS_FIRST + i);
	}
	return -ESRCH;
}

i32 sys_set_thread_area(struct user_desc *user)
{
	struct descriptor descriptor = { 0, 0 };
	struct user_desc desc;
	bool choose;

	if (get_user(desc, user))
		return -EFAULT;
	choose = desc.entry == ~0u;
	if (!desc_empty(&desc)) {
		if (!desc_allowed(&desc))
			return -EINVAL;
		descriptor = descriptor_of(&desc);
	}
	if (choose) {
		i32 entry = tls_find_free();

		if (entry < 0)
			return entry;
		desc.entry = (u32)entry;
		if (put_user(desc.entry, &user->entry))
			return -EFAULT;
	}
	if (desc.entry < GDT_TLS_FIRST || desc.entry >= GDT_TLS_FIRST + GDT_TLS_COUNT)
		return -EINVAL;
	memcpy(current->tls + (desc.entry - GDT_TLS_FIRST) * sizeof(descriptor), &descriptor, sizeof(descriptor));
	tls_load(current->tls);
	return 0;
}

i32 sys_get_thread_area(struct user_desc *user)
{
	struct descriptor descriptor;
	struct user_desc desc;

	if (get_user(desc, user))
		return -EFAULT;
	if (desc.entry < GDT_TLS_FIRST || desc.entry >= GDT_TLS_FIRST + GDT_TLS_COUNT)
		return -EINVAL;
	descriptor = tls_get(desc.entry - GDT_TLS_FIRST);
	desc_from(&desc, &descriptor);
	return put_user(desc, user);
}
