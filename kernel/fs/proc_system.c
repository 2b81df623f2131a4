/* What /proc says of the system: its log, its clocks, its names and its fixed settings. */
#include "kernel/args.h"
#include "kernel/clock.h"
#include "kernel/fs/proc_fs.h"
#include "kernel/lib/string.h"
#include "kernel/printk.h"
#include "kernel/task.h"
#include "kernel/utsname.h"
#include "kernel/x86/cpu.h"
#include "mm/memlayout.h"
#include "mm/space.h"

static void show_kmsg(struct proc_text *text)
{
	char bytes[256];
	u32 position = 0;
	size_t n;

	while ((n = printk_read(&position, bytes, sizeof(bytes))))
		proc_write(text, bytes, n);
}

static void show_cmdline(struct proc_text *text)
{
	proc_write(text, args_line(), strlen(args_line()));
	proc_write(text, "\n", 1);
}

static void show_version(struct proc_text *text)
{
	proc_printf(text, "%s version %s %s\n", system_name.sysname, system_name.release, system_name.version);
}

#define NS_PER_TICK (NS_PER_SEC / 100)

static void show_uptime(struct proc_text *text)
{
	u32 ticks = (u32)(clock_now_ns() / NS_PER_TICK);

	proc_printf(text, "%u.%02u 0.00\n", ticks / 100, ticks % 100);
}

/* Tasks, those that can run, and the last pid. */
static u32 count_tasks(u32 *runnable, pid_t *last)
{
	u32 count = 0;

	*runnable = 0;
	for (struct task *task = task_next(NULL); task; task = task_next(task)) {
		count++;
		*runnable += task->state == TASK_RUNNABLE;
		*last = task->pid;
	}
	return count;
}

static void show_loadavg(struct proc_text *text)
{
	pid_t last = 0;
	u32 runnable, count = count_tasks(&runnable, &last);

	proc_printf(text, "0.00 0.00 0.00 %u/%u %d\n", runnable, count, last);
}

/* Times are of the tasks that there are, and of the children that those have waited for. */
static void show_stat(struct proc_text *text)
{
	u64 user = 0, system = 0, now = clock_now_ns();
	pid_t last = 0;
	u32 runnable, count = count_tasks(&runnable, &last);

	for (struct task *task = task_next(NULL); task; task = task_next(task)) {
		user += task->usage.utime_ns + task->children_usage.utime_ns;
		system += task->usage.stime_ns + task->children_usage.stime_ns;
	}
	for (u32 i = 0; i < 2; i++)
		proc_printf(text, "cpu%s %llu 0 %llu %llu 0 0 0 0 0 0\n", i ? "0" : " ", user / NS_PER_TICK,
			    system / NS_PER_TICK, (now - MIN(now, user + system)) / NS_PER_TICK);
	proc_printf(text, "intr 0\nctxt 0\nbtime %u\nprocesses %d\nprocs_running %u\nprocs_blocked %u\n",
		    clock_realtime() - (u32)(now / NS_PER_SEC), last, runnable, count - runnable);
}

static void show_filesystems(struct proc_text *text)
{
	proc_printf(text, "nodev\ttmpfs\nnodev\tproc\nnodev\tpipefs\n");
}

static void show_mounts(struct proc_text *text)
{
	proc_printf(text, "tmpfs / tmpfs rw 0 0\nproc /proc proc rw 0 0\n");
}

static void show_cpuinfo(struct proc_text *text)
{
	u32 eax, ebx, ecx, edx, vendor[4] = { 0 };

	cpuid(0, &eax, &vendor[0], &vendor[2], &vendor[1]);
	cpuid(1, &eax, &ebx, &ecx, &edx);
	proc_printf(text, "processor\t: 0\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\nstepping\t: %u\nfpu\t\t: yes\n\n",
		    (char *)vendor, (eax >> 8 & 15) + ((eax >> 8 & 15) == 15 ? eax >> 20 & 255 : 0),
		    (eax >> 4 & 15) | (eax >> 12 & 0xf0), eax & 15);
}

static const struct proc_file files[] = {
	{ "kmsg", 0400, show_kmsg, NULL },
	{ "cmdline", 0444, show_cmdline, NULL },
	{ "version", 0444, show_version, NULL },
	{ "uptime", 0444, show_uptime, NULL },
	{ "loadavg", 0444, show_loadavg, NULL },
	{ "stat", 0444, show_stat, NULL },
	{ "filesystems", 0444, show_filesystems, NULL },
	{ "mounts", 0444, show_mounts, NULL },
	{ "cpuinfo", 0444, show_cpuinfo, NULL },
};

/* What never changes. */
static const struct {
	const char *path, *text;
} constants[] = {
	{ "sys/kernel/ostype", system_name.sysname },
	{ "sys/kernel/osrelease", system_name.release },
	{ "sys/kernel/version", system_name.version },
	{ "sys/kernel/hostname", system_name.nodename },
	{ "sys/kernel/domainname", system_name.domainname },
	{ "sys/kernel/pid_max", "32768" },
	{ "sys/kernel/randomize_va_space", "0" },
	{ "sys/vm/overcommit_memory", "2" },           /* what Linux calls the strict account */
	{ "sys/vm/max_map_count", "65530" },
	{ "sys/vm/mmap_min_addr", "65536" },
	{ "sys/vm/nr_hugepages", "0" },
};
_Static_assert(SPACE_MAX_AREAS == 65530 && MMAP_MIN_ADDR == 65536, "shown above");

static int constant_show(struct proc_text *text, struct inode *inode)
{
	proc_printf(text, "%s\n", (const char *)inode->private);
	return 0;
}

static const struct inode_ops constant_ops = { .show = constant_show };

void proc_system_init(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(files); i++)
		proc_register(&files[i]);
	for (u32 i = 0; i < ARRAY_SIZE(constants); i++)
		proc_add(constants[i].path,
			 proc_inode(S_IFREG | 0444, &constant_ops, &proc_text_ops, (void *)constants[i].text));
}
