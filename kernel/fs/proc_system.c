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

static void show_ostype(struct proc_text *text)
{
	proc_printf(text, "%s\n", system_name.sysname);
}

static void show_osrelease(struct proc_text *text)
{
	proc_printf(text, "%s\n", system_name.release);
}

static void show_system_version(struct proc_text *text)
{
	proc_printf(text, "%s\n", system_name.version);
}

static void show_hostname(struct proc_text *text)
{
	proc_printf(text, "%s\n", system_name.nodename);
}

static void show_domainname(struct proc_text *text)
{
	proc_printf(text, "%s\n", system_name.domainname);
}

static void show_zero(struct proc_text *text)
{
	proc_printf(text, "0\n");
}

/* Overcommit is never granted: Linux's mode 2. */
static void show_overcommit(struct proc_text *text)
{
	proc_printf(text, "2\n");
}

static void show_max_map_count(struct proc_text *text)
{
	proc_printf(text, "%u\n", SPACE_MAX_AREAS);
}

static void show_mmap_min_addr(struct proc_text *text)
{
	proc_printf(text, "%u\n", MMAP_MIN_ADDR);
}

static void show_pid_max(struct proc_text *text)
{
	proc_printf(text, "32768\n");
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
	{ "sys/kernel/ostype", 0444, show_ostype, NULL },
	{ "sys/kernel/osrelease", 0444, show_osrelease, NULL },
	{ "sys/kernel/version", 0444, show_system_version, NULL },
	{ "sys/kernel/hostname", 0444, show_hostname, NULL },
	{ "sys/kernel/domainname", 0444, show_domainname, NULL },
	{ "sys/kernel/pid_max", 0444, show_pid_max, NULL },
	{ "sys/kernel/randomize_va_space", 0444, show_zero, NULL },
	{ "sys/vm/overcommit_memory", 0444, show_overcommit, NULL },
	{ "sys/vm/max_map_count", 0444, show_max_map_count, NULL },
	{ "sys/vm/mmap_min_addr", 0444, show_mmap_min_addr, NULL },
	{ "sys/vm/nr_hugepages", 0444, show_zero, NULL },
};

void proc_system_init(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(files); i++)
		proc_register(&files[i]);
}
