/* What /proc says of the system: its memory, its log, its names and its fixed settings. */
#include "kernel/args.h"
#include "kernel/block.h"
#include "kernel/fs/proc_fs.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "kernel/utsname.h"
#include "mm/account.h"
#include "mm/check.h"
#include "mm/swap.h"

#define KIB_PER_PAGE (PAGE_SIZE / 1024)

/* Resident pages of everything that can be shared (segments, memory files, shared anonymous memory), and list pages charged as wired. */
static void count_objects(u32 *shared, u32 *chunks)
{
	struct family *family;
	struct object *object;

	*shared = *chunks = 0;
	list_for_each(family, &families, link)
		list_for_each(object, &family->members, family_link) {
			*shared += object->flags & OBJECT_UPPER ? 0 : object->resident;
			*chunks += object->flags & OBJECT_NORESERVE ? pagelist_full_chunks(&object->list) : 0;
		}
}

/* The keys of Linux 6.1 on i386, in its order. */
static void show_meminfo(struct proc_text *text)
{
	u32 shared, chunks, free = frame_free_count(), committed = account_committed();

	count_objects(&shared, &chunks);

	u32 anonymous = frame_counts[FRAME_PAGE] - shared, locked = account.wired - chunks;
	const struct {
		const char *name;
		u32 pages;
	} lines[] = {
		{ "MemTotal:", frame_total() }, { "MemFree:", free },
		{ "MemAvailable:", MIN(free, account.limit - MIN(account.limit, committed)) },
		{ "Buffers:", 0 }, { "Cached:", shared }, { "SwapCached:", swap.kept },
		{ "Active:", anonymous + shared }, { "Inactive:", 0 },
		{ "Active(anon):", anonymous + shared }, { "Inactive(anon):", 0 },
		{ "Active(file):", 0 }, { "Inactive(file):", 0 },
		{ "Unevictable:", locked }, { "Mlocked:", locked },
		{ "SwapTotal:", swap.slots }, { "SwapFree:", swap.slots - swap.used }, { "Dirty:", 0 }, { "Writeback:", 0 },
		{ "AnonPages:", anonymous }, { "Mapped:", shared }, { "Shmem:", shared },
		{ "KReclaimable:", 0 }, { "Slab:", frame_counts[FRAME_SLAB] },
		{ "SReclaimable:", 0 }, { "SUnreclaim:", frame_counts[FRAME_SLAB] },
		{ "KernelStack:", frame_counts[FRAME_KERNEL] },
		{ "PageTables:", frame_counts[FRAME_TABLE] + frame_counts[FRAME_LIST] },
		{ "CommitLimit:", account.limit }, { "Committed_AS:", committed },
	};

	for (u32 i = 0; i < ARRAY_SIZE(lines); i++)
		proc_printf(text, "%-16s%8u kB\n", lines[i].name, lines[i].pages * KIB_PER_PAGE);
	proc_printf(text, "HugePages_Total:       0\nHugePages_Free:        0\nHugePages_Rsvd:        0\n"
			  "HugePages_Surp:        0\nHugepagesize:       4096 kB\n");
}

static void show_check(struct proc_text *text)
{
	char words[256];

	proc_printf(text, "%s\n", mm_check(words, sizeof(words)) ? "ok" : words);
}

static void show_kmsg(struct proc_text *text)
{
	char bytes[256];
	u32 position = 0;
	size_t n;

	while ((n = printk_read(&position, bytes, sizeof(bytes))))
		proc_write(text, bytes, n);
}

static void show_swaps(struct proc_text *text)
{
	proc_printf(text, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	if (swap.device)
		proc_printf(text, "/dev/%-35spartition\t%u\t\t%u\t\t-2\n", swap.device->name, swap.slots * KIB_PER_PAGE,
		            swap.used * KIB_PER_PAGE);
}

static void show_vmstat(struct proc_text *text)
{
	proc_printf(text, "nr_free_pages %u\npswpin %u\npswpout %u\n", frame_free_count(), swap.ins, swap.outs);
}

/* Linux's columns; what is not measured is 0. */
static void show_diskstats(struct proc_text *text)
{
	struct block_device *device;

	list_for_each(device, &block_devices, link)
		proc_printf(text, "%4u %7u %s %u 0 %u 0 %u 0 %u 0 0 0 0\n", device->number >> 8, device->number & 0xff, device->name,
		            device->requests[0], device->moved[0], device->requests[1], device->moved[1]);
}

/* In hundredths of a second; all that is not idle counts as the system's. */
static void show_stat(struct proc_text *text)
{
	u32 idle = (u32)(sched_idle_ns / (NS_PER_SEC / 100)), busy = (u32)(clock_now_ns() / (NS_PER_SEC / 100)) - idle;

	for (const char *name = "cpu "; name; name = name[3] == ' ' ? "cpu0" : NULL)
		proc_printf(text, "%s 0 0 %u %u 0 0 0 0 0 0\n", name, busy, idle);
	proc_printf(text, "btime %u\n", (u32)((clock_realtime_ns() - clock_now_ns()) / NS_PER_SEC));
}

/* As many are set aside as there is room for: none. */
static u32 huge_pages;
static int huge_pages_changed(void)
{
	huge_pages = 0;
	return 0;
}

static void show_cmdline(struct proc_text *text)
{
	proc_write(text, args_line(), strlen(args_line()));
	proc_write(text, "\n", 1);
}

static const struct proc_file files[] = {
	{ "meminfo", 0444, .show = show_meminfo },
	{ "swaps", 0444, .show = show_swaps },
	{ "vmstat", 0444, .show = show_vmstat },
	{ "diskstats", 0444, .show = show_diskstats },
	{ "stat", 0444, .show = show_stat },
	{ "mm_check", 0444, .show = show_check },
	{ "kmsg", 0400, .show = show_kmsg },
	{ "cmdline", 0444, .show = show_cmdline },
	{ "filesystems", 0444, .line = "nodev\ttmpfs\nnodev\tproc\nnodev\tpipefs" },
	{ "mounts", 0444, .line = "tmpfs / tmpfs rw 0 0\nproc /proc proc rw 0 0" },
	{ "sys/kernel/ostype", 0444, .line = system_name.sysname },
	{ "sys/kernel/osrelease", 0444, .line = system_name.release },
	{ "sys/kernel/version", 0444, .line = system_name.version },
	{ "sys/kernel/domainname", 0444, .line = system_name.domainname },
	{ "sys/kernel/randomize_va_space", 0444, .line = "0" },
	{ "sys/kernel/hostname", 0444, .line = system_name.nodename },
	{ "sys/kernel/pid_max", 0444, .line = "32768" },
	{ "sys/vm/overcommit_memory", 0444, .line = "2" },     /* what Linux calls the strict account */
	{ "sys/vm/max_map_count", 0444, .line = "65530" },
	{ "sys/vm/mmap_min_addr", 0444, .line = "65536" },
	{ "sys/vm/nr_hugepages", 0644, .number = &huge_pages, .max = UINT32_MAX, .changed = huge_pages_changed },
};
_Static_assert(SPACE_MAX_AREAS == 65530 && MMAP_MIN_ADDR == 65536, "shown above");

void proc_system_init(void)
{
	proc_register(files, ARRAY_SIZE(files));
	proc_add("kpagecount", proc_inode(S_IFREG | 0400, NULL, &proc_kpagecount_ops, NULL));
}
