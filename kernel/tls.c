/* Thread-local storage segments: set_thread_area, as the C library's start-up code uses it for gs. */
#include "kernel/task.h"
#include "kernel/uaccess.h"
#include "kernel/x86/descriptors.h"

/* Linux's struct user_desc, and its flags. */
struct user_desc {
	u32 entry, base, limit, flags;
};
enum { DESC_32BIT = 1, DESC_CONTENTS = 6, DESC_CODE = 4, DESC_READ_ONLY = 8, DESC_LIMIT_PAGES = 16, DESC_NOT_PRESENT = 32 };
#define DESC_FLAGS_EMPTY (DESC_READ_ONLY | DESC_NOT_PRESENT)

/* The upper word of a segment descriptor (SDM vol. 3, 3.4.5). */
#define HIGH_USER_DATA (1u << 8 | 1u << 12 | 3u << 13 | 1u << 15)      /* accessed, not of the system, ring 3, present */
enum { HIGH_WRITABLE = 1 << 9, HIGH_EXPAND_DOWN = 1 << 10, HIGH_32BIT = 1 << 22, HIGH_PAGES = 1 << 23 };

static u64 descriptor_of(const struct user_desc *desc)
{
	u32 low = desc->base << 16 | (desc->limit & 0xffff);
	u32 high = HIGH_USER_DATA | HIGH_32BIT | (desc->base & 0xff000000) | (desc->base >> 16 & 0xff) | (desc->limit & 0xf0000);

	high |= desc->flags & DESC_READ_ONLY ? 0 : HIGH_WRITABLE;
	high |= desc->flags & DESC_CONTENTS ? HIGH_EXPAND_DOWN : 0;
	high |= desc->flags & DESC_LIMIT_PAGES ? HIGH_PAGES : 0;
	return (u64)high << 32 | low;
}

/* Two ways to ask for an empty entry: all zeroes, and what get_thread_area would tell of one. */
static bool desc_empty(const struct user_desc *desc)
{
	return !desc->base && !desc->limit && (!desc->flags || (desc->flags & 0x7f) == DESC_FLAGS_EMPTY);
}

/* Entry -1 asks for the first that is empty. */
i32 sys_set_thread_area(struct user_desc *user)
{
	struct user_desc desc;
	bool choose;
	u32 n = 0;

	if (get_user(desc, user))
		return -EFAULT;
	if (!desc_empty(&desc) && (desc.flags & (DESC_32BIT | DESC_CODE | DESC_NOT_PRESENT)) != DESC_32BIT)
		return -EINVAL;        /* Linux's rule: present 32-bit data segments only */
	choose = desc.entry == ~0u;
	while (choose && n < GDT_TLS_COUNT && current->tls[n])
		n++;
	if (choose)
		desc.entry = GDT_TLS_FIRST + n;
	n = desc.entry - GDT_TLS_FIRST;
	if (n >= GDT_TLS_COUNT)
		return choose ? -ESRCH : -EINVAL;
	if (choose && put_user(desc.entry, &user->entry))
		return -EFAULT;
	current->tls[n] = desc_empty(&desc) ? 0 : descriptor_of(&desc);
	tls_load(current->tls);
	return 0;
}
