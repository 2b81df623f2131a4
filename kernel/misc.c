/* Small calls: what system this is, how it is doing, what a task says of itself, and how it all ends. */
#include "kernel/clock.h"
#include "kernel/lib/string.h"
#include "kernel/machine.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "kernel/uaccess.h"
#include "kernel/utsname.h"
#include "kernel/x86/cpu.h"
#include "mm/swap.h"

/* It answers to Linux's name: the C library refuses releases that it thinks too old. */
const struct utsname system_name = {
	.sysname = "Linux", .nodename = "commons", .release = "6.1.0-commons", .version = "#1 Commons", .machine = "i686",
	.domainname = "(none)",
};

i32 sys_uname(struct utsname *to) { return copy_to_user(to, &system_name, sizeof(system_name)); }

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
		.uptime = (i32)(clock_now_ns() / NS_PER_SEC), .unit = 1,
		.total_ram = frame_total() * PAGE_SIZE, .free_ram = frame_free_count() * PAGE_SIZE,
		.total_swap = swap.slots * PAGE_SIZE, .free_swap = (swap.slots - swap.used) * PAGE_SIZE,
	};

	for (const struct task *task = task_next(NULL); task; task = task_next(task))
		info.tasks++;
	return copy_to_user(to, &info, sizeof(info));
}

i32 sys_sched_yield(void)
{
	sched_yield();
	return 0;
}

/* There is one processor. */
i32 sys_sched_getaffinity(pid_t pid, u32 size, u32 *mask)
{
	if (size < sizeof(*mask) || size % sizeof(*mask))
		return -EINVAL;
	if (pid && !task_find(pid))
		return -ESRCH;
	return put_user(1, mask) ? -EFAULT : (i32)sizeof(*mask);
}

enum { PR_SET_DUMPABLE = 4, PR_SET_NAME = 15, PR_GET_NAME = 16, PR_SET_TIMERSLACK = 29, PR_GET_TIMERSLACK = 30 };

i32 sys_prctl(i32 option, void *argument)
{
	char name[TASK_NAME_SIZE] = "";
	i32 length;

	switch (option) {
	case PR_SET_NAME:
		length = copy_string_from_user(name, argument, sizeof(name));
		if (length < 0 && length != -ENAMETOOLONG)
			return length;
		name[sizeof(name) - 1] = '\0';
		memcpy(current->name, name, sizeof(name));
		return 0;
	case PR_GET_NAME: return copy_to_user(argument, current->name, sizeof(current->name));
	case PR_GET_TIMERSLACK: return 50000;  /* nanoseconds, as Linux; timers end at a tick in any case */
	case PR_SET_TIMERSLACK:
	case PR_SET_DUMPABLE: return 0;        /* nothing is ever dumped */
	default: return -EINVAL;
	}
}

enum {                                 /* uapi/linux/reboot.h */
	REBOOT_MAGIC_1 = 0xfee1dead, REBOOT_MAGIC_2 = 672274793, REBOOT_RESTART = 0x01234567, REBOOT_HALT = 0xcdef0123,
	REBOOT_POWER_OFF = 0x4321fedc,
};

i32 sys_reboot(u32 magic1, u32 magic2, u32 command)
{
	if (!cred_privileged(&current->cred))
		return -EPERM;
	if (magic1 != REBOOT_MAGIC_1 || magic2 != REBOOT_MAGIC_2)
		return -EINVAL;
	switch (command) {
	case REBOOT_RESTART: machine_restart();
	case REBOOT_POWER_OFF: machine_power_off();
	case REBOOT_HALT:
		printk("commons: halted\n");
		cpu_halt();
	default: return -EINVAL;
	}
}
