/* Small calls: what system this is, how it is doing, and how it ends. */
#include "kernel/clock.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/machine.h"
#include "kernel/printk.h"
#include "kernel/random.h"
#include "kernel/syscalls.h"
#include "kernel/task.h"
#include "kernel/uaccess.h"
#include "kernel/utsname.h"
#include "mm/frame.h"
#include "mm/kmalloc.h"

/* It answers to Linux's name: the C library refuses releases that it thinks too old. */
const struct utsname system_name = {
	.sysname = "Linux",
	.nodename = "commons",
	.release = "6.1.0-commons",
	.version = "#1 Commons",
	.machine = "i686",
	.domainname = "(none)",
};

i32 sys_uname(struct utsname *to)
{
	return copy_to_user(to, &system_name, sizeof(system_name));
}

/* 109: without the domain name. */
i32 sys_olduname(void *to)
{
	return copy_to_user(to, &system_name, offsetof(struct utsname, domainname));
}

/* The name is fixed. */
i32 sys_sethostname(UNUSED const char *name, UNUSED u32 length)
{
	return -EPERM;
}

struct sysinfo {
	i32 uptime;
	u32 loads[3], total_ram, free_ram, shared_ram, buffer_ram, total_swap, free_swap;
	u16 tasks, padding;
	u32 total_high, free_high, unit;
	u8 reserved[8];
};
_Static_assert(sizeof(struct sysinfo) == 64, "ABI");

i32 sys_sysinfo(struct sysinfo *to)
{
	struct sysinfo info = {
		.uptime = (i32)(clock_now_ns() / NS_PER_SEC),
		.total_ram = frame_total() * PAGE_SIZE,
		.free_ram = frame_free_count() * PAGE_SIZE,
		.unit = 1,
	};

	for (const struct task *task = task_next(NULL); task; task = task_next(task))
		info.tasks++;
	return copy_to_user(to, &info, sizeof(info));
}

#define GETRANDOM_FLAGS 7u             /* GRND_NONBLOCK, GRND_RANDOM, GRND_INSECURE: all the same here */

i32 sys_getrandom(u8 *to, u32 n, u32 flags)
{
	u8 chunk[256];
	u32 part;

	if (flags & ~GETRANDOM_FLAGS)
		return -EINVAL;
	n = MIN(n, (u32)INT32_MAX);
	for (u32 done = 0; done < n; done += part) {
		part = MIN(n - done, sizeof(chunk));
		random_bytes(chunk, part);
		if (copy_to_user(to + done, chunk, part))
			return done ? (i32)done : -EFAULT;
		if (current->signal_due)
			return (i32)(done + part);
	}
	return (i32)n;
}

i32 sys_getcpu(u32 *cpu, u32 *node)
{
	if ((cpu && put_user(0u, cpu)) || (node && put_user(0u, node)))
		return -EFAULT;
	return 0;
}

enum { SYSLOG_READ_ALL = 3, SYSLOG_CLEAR = 5, SYSLOG_SIZE_UNREAD = 9, SYSLOG_SIZE_BUFFER = 10 };
#define SYSLOG_SIZE 16384u

/* The last bytes of the log that fit; a chunk at a time, since the log may move on meanwhile. */
static i32 syslog_read(u8 *to, u32 n)
{
	u32 total = 0, position = 0, done = 0;
	char chunk[256];
	size_t part;

	while ((part = printk_read(&position, chunk, sizeof(chunk))))
		total += part;
	position = 0;
	for (u32 skip = total > n ? total - n : 0; skip && part; skip -= part)
		part = printk_read(&position, chunk, MIN(skip, sizeof(chunk)));
	while (done < n && (part = printk_read(&position, chunk, MIN(n - done, sizeof(chunk))))) {
		if (copy_to_user(to + done, chunk, part))
			return -EFAULT;
		done += part;
	}
	return (i32)done;
}

i32 sys_syslog(i32 type, u8 *to, i32 n)
{
	if (type != SYSLOG_READ_ALL && type != SYSLOG_SIZE_BUFFER && !cred_privileged(&current->cred))
		return -EPERM;
	switch (type) {
	case SYSLOG_READ_ALL:
		return !to || n < 0 ? -EINVAL : syslog_read(to, (u32)n);
	case SYSLOG_SIZE_BUFFER:
		return (i32)SYSLOG_SIZE;
	case 0 ... 2:
	case 4 ... 8:
	case SYSLOG_SIZE_UNREAD:
		return 0;
	default:
		return -EINVAL;
	}
}

#define REBOOT_MAGIC_1 0xfee1deadu
#define REBOOT_MAGIC_2 672274793u      /* 0x28121969, and the others that Linux takes: dates too */
#define REBOOT_MAGIC_2A 85072278u
#define REBOOT_MAGIC_2B 369367448u
#define REBOOT_MAGIC_2C 537993216u

#define REBOOT_RESTART 0x01234567u
#define REBOOT_HALT 0xcdef0123u
#define REBOOT_POWER_OFF 0x4321fedcu
#define REBOOT_CAD_ON 0x89abcdefu
#define REBOOT_CAD_OFF 0u

i32 sys_reboot(u32 magic1, u32 magic2, u32 command)
{
	if (!cred_privileged(&current->cred))
		return -EPERM;
	if (magic1 != REBOOT_MAGIC_1 || (magic2 != REBOOT_MAGIC_2 && magic2 != REBOOT_MAGIC_2A &&
					 magic2 != REBOOT_MAGIC_2B && magic2 != REBOOT_MAGIC_2C))
		return -EINVAL;
	switch (command) {
	case REBOOT_RESTART:
		machine_restart();
	case REBOOT_HALT:
		machine_halt();
	case REBOOT_POWER_OFF:
		machine_power_off();
	case REBOOT_CAD_ON:
	case REBOOT_CAD_OFF:
		return 0;
	default:
		return -EINVAL;
	}
}
