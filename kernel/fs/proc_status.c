/* The texts about a task in /proc/PID, in the formats of Linux 6.1 (Documentation/filesystems/proc.rst). */
#include "kernel/fs/proc_fs.h"
#include "kernel/session.h"

#define KIB_PER_PAGE (PAGE_SIZE / 1024)

/* As in status; stat has the first letter. */
static const char *state_name(const struct task *task)
{
	if (task->state == TASK_SLEEPING)
		return task->interruptible ? "S (sleeping)" : "D (disk sleep)";
	if (task->state == TASK_STOPPED)
		return "T (stopped)";
	return task->state == TASK_RUNNABLE ? "R (running)" : "Z (zombie)";
}

static u32 ticks(u64 ns) { return (u32)(ns / (NS_PER_SEC / 100)); }

static pid_t parent_pid(const struct task *task) { return task->parent ? task->parent->pid : 0; }

struct signal_sets {
	sigset_t pending, blocked, ignored, caught;
};

static struct signal_sets signal_sets(const struct task *task)
{
	struct signal_sets sets = { 0 };

	if (!task->signals)
		return sets;
	sets.pending = task->signals->pending;
	sets.blocked = task->signals->blocked;
	for (u32 i = 0; i < SIGNALS; i++) {
		vaddr_t handler = signal_action_of(task, i + 1)->handler;

		sets.ignored |= handler == SIG_IGN ? 1ull << i : 0;
		sets.caught |= handler > SIG_IGN ? 1ull << i : 0;
	}
	return sets;
}

void proc_task_stat(struct proc_text *text, struct task *task)
{
	static const struct space_image no_image;
	const struct space *space = task->space;
	const struct space_image *image = space ? &space->image : &no_image;
	const struct usage *own = &task->usage, *children = &task->children_usage;
	struct signal_sets sets = signal_sets(task);
	pid_t foreground = terminal_foreground(task);

	proc_printf(text, "%d (%s) %c %d %d %d %d %d 0 %u %u %u %u %u %u %u %u %d %d 1 0 %llu %u %u %u 0 0 0 0 0 ",
		    task->pid, task->name, state_name(task)[0], parent_pid(task), task->pgid, task->sid,
		    foreground == -1 ? 0 : TTY_COM1, foreground, own->min_faults, children->min_faults, own->maj_faults,
		    children->maj_faults, ticks(own->utime_ns), ticks(own->stime_ns), ticks(children->utime_ns),
		    ticks(children->stime_ns), 20, 0, task->start_ns / (NS_PER_SEC / 100), space ? space->pages * PAGE_SIZE : 0,
		    space ? pagetable_present(space->dir) : 0, task->rlimits[RLIMIT_RSS].soft);
	proc_printf(text, "%u %u %u %u 0 0 0 %d 0 0 0 0 0 0 0 0 %u %u %u %u %u %d\n",
		    (u32)sets.pending & INT32_MAX, (u32)sets.blocked & INT32_MAX, (u32)sets.ignored & INT32_MAX,
		    (u32)sets.caught & INT32_MAX, SIGCHLD, image->brk_start, image->args_start, image->args_end, image->env_start,
		    image->env_end, task->state == TASK_ZOMBIE ? task->exit_status : 0);
}

/* Pages of a space by what they are. */
struct page_sums {
	u32 data, stack, text, locked, swapped, shared_resident;
};

static u32 resident_in(const struct area *area)
{
	u32 count = 0;

	for (vaddr_t va = area->start; va < area->end; va += PAGE_SIZE)
		if (area->space->dir[va >> TABLE_SHIFT] & PTE_P)
			count += pagetable_get(area->space->dir, va) & PTE_P;
		else
			va |= TABLE_SPAN - PAGE_SIZE;           /* on to the next table */
	return count;
}

static struct page_sums sum_pages(struct space *space)
{
	struct page_sums sums = { 0 };

	for (struct area *area = space_area_from(space, 0); area; area = space_area_next(area)) {
		u32 pages = area_pages(area);
		bool private = area->flags & AREA_PRIVATE;

		if (area->flags & AREA_STACK)
			sums.stack += pages;
		else if (private && (area->prot & AREA_WRITE))
			sums.data += pages;
		if (area->prot & AREA_EXEC)
			sums.text += pages;
		if (area->flags & AREA_LOCKED)
			sums.locked += pages;
		if (area->upper)
			sums.swapped += area->upper->swapped;
		if (!private)
			sums.shared_resident += resident_in(area);
	}
	return sums;
}

static void show_memory(struct proc_text *text, struct space *space)
{
	struct page_sums sums = sum_pages(space);
	u32 resident = pagetable_present(space->dir);
	const struct {
		const char *name;
		u32 pages;
	} lines[] = {
		{ "VmPeak", space->pages }, { "VmSize", space->pages }, { "VmLck", sums.locked }, { "VmPin", 0 },
		{ "VmHWM", resident }, { "VmRSS", resident }, { "RssAnon", resident - sums.shared_resident }, { "RssFile", 0 },
		{ "RssShmem", sums.shared_resident }, { "VmData", sums.data }, { "VmStk", sums.stack }, { "VmExe", sums.text },
		{ "VmLib", 0 }, { "VmPTE", pagetable_count(space->dir) }, { "VmSwap", sums.swapped },
	};

	for (u32 i = 0; i < ARRAY_SIZE(lines); i++)
		proc_printf(text, "%s:\t%8u kB\n", lines[i].name, lines[i].pages * KIB_PER_PAGE);
}

void proc_task_status(struct proc_text *text, struct task *task)
{
	const struct cred *cred = &task->cred;
	struct signal_sets sets = signal_sets(task);

	proc_printf(text, "Name:\t%s\nUmask:\t%04o\nState:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n",
		    task->name, task->umask, state_name(task), task->pid, task->pid, parent_pid(task));
	proc_printf(text, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nFDSize:\t64\nGroups:\t", cred->uid, cred->euid,
		    cred->suid, cred->fsuid, cred->gid, cred->egid, cred->sgid, cred->fsgid);
	for (u32 i = 0; i < cred->group_count; i++)
		proc_printf(text, "%u ", cred->groups[i]);
	proc_printf(text, "\nNStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", task->pid, task->pid, task->pgid, task->sid);
	if (task->space)
		show_memory(text, task->space);
	proc_printf(text, "Threads:\t1\nSigQ:\t0/%u\nSigPnd:\t%016llx\nShdPnd:\t%016llx\n",
		    task->rlimits[RLIMIT_SIGPENDING].soft, 0ull, sets.pending);
	proc_printf(text, "SigBlk:\t%016llx\nSigIgn:\t%016llx\nSigCgt:\t%016llx\n", sets.blocked, sets.ignored, sets.caught);
	proc_printf(text, "Cpus_allowed:\t1\nCpus_allowed_list:\t0\nvoluntary_ctxt_switches:\t%u\nnonvoluntary_ctxt_switches:\t%u\n",
		    task->usage.voluntary_switches, task->usage.involuntary_switches);
}

/* Linux pads a line with a name to this column: 25 characters and 6 hex digits a word byte. */
#define NAME_COLUMN 49

static void show_area(struct proc_text *text, const struct area *area)
{
	struct area_label label = { .path = "" };
	char head[64];

	if (area->ops && area->ops->label)
		area->ops->label(area, &label);
	snprintf(head, sizeof(head), "%08x-%08x %c%c%c%c %08llx %02x:%02x %u ", area->start, area->end,
		 area->prot & AREA_READ ? 'r' : '-', area->prot & AREA_WRITE ? 'w' : '-', area->prot & AREA_EXEC ? 'x' : '-',
		 area->flags & AREA_PRIVATE ? 'p' : 's', label.path[0] ? (u64)area->index * PAGE_SIZE : 0, label.device >> 8,
		 label.device & 0xff, label.inode);
	if (!label.path[0] && (area->flags & (AREA_HEAP | AREA_STACK)))
		strlcpy(label.path, area->flags & AREA_HEAP ? "[heap]" : "[stack]", sizeof(label.path));
	proc_printf(text, "%-*s%s%s\n", label.path[0] ? NAME_COLUMN : 0, head, label.path, label.deleted ? " (deleted)" : "");
}

void proc_task_maps(struct proc_text *text, struct task *task)
{
	struct area *area = task->space ? space_area_from(task->space, 0) : NULL;

	for (; area; area = space_area_next(area))
		show_area(text, area);
}

/* As far as it is there. Reading may sleep: the task may end meanwhile. */
void proc_task_cmdline(struct proc_text *text, struct task *task)
{
	struct space *space = task->space;
	char bytes[256];

	if (!space)
		return;
	space_ref(space);
	for (u32 part, at = space->image.args_start, end = space->image.args_end; at < end; at += part) {
		part = MIN(end - at, sizeof(bytes));
		if (space_read(space, at, bytes, part))
			break;
		proc_write(text, bytes, part);
	}
	space_unref(space);
}

void proc_task_comm(struct proc_text *text, struct task *task) { proc_printf(text, "%s\n", task->name); }
