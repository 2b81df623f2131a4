/* The boot sequence, from the boot loader's jump to the first program. */
#include "kernel/args.h"
#include "kernel/block.h"
#include "kernel/boot_info.h"
#include "kernel/exec.h"
#include "kernel/fork.h"
#include "kernel/fs/fs.h"
#include "kernel/irq.h"
#include "kernel/tests/ktest.h"
#include "kernel/machine.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/descriptors.h"
#include "ipc/sem.h"
#include "ipc/shm.h"
#include "mm/account.h"
#include "mm/fault.h"

#define FRAMES_MIN ((8u << 20 >> PAGE_SHIFT) - 64)   /* 8 MiB, of which the firmware keeps some */

void kernel_main(u32 magic, paddr_t multiboot) NORETURN;

/* Frames, the account, and the kernel's own directory. */
static void memory_boot(void)
{
	pfn_t limit = paddr_to_pfn(boot_info.ram_end);
	paddr_t table = boot_reserve(frame_table_size(limit));

	if (limit < FRAMES_MIN || !table)
		machine_refuse("too little memory: %u KiB of RAM, where 8 MiB are needed", boot_info.ram_end >> 10);
	frame_init(paddr_to_kernel(table), limit);
	for (u32 i = 0; i < boot_info.free_count; i++)
		frame_add_range(boot_info.free[i].start, boot_info.free[i].end);
	account_init(frame_total());
	pagetable_init(boot_info.ram_end, task_init(limit));
	double_fault_init(trap_double_fault);
	kmalloc_init();
	fault_init();
	frame_low = trap_low_memory;
	fault_by_table = !args_is("tables", "off");
}

/* The initial file system: each module over the ones before. The modules' memory becomes frames. */
static void files_boot(void)
{
	fs_init();
	shm_init();
	sem_init();
	if (!boot_info.module_count)
		machine_refuse("no initial file system: the boot loader must give a cpio archive as module (QEMU: -initrd)");
	for (u32 i = 0; i < boot_info.module_count; i++) {
		const struct boot_range *module = &boot_info.modules[i];
		int error = cpio_unpack(paddr_to_kernel(module->start), module->end - module->start);

		if (error == -ENOSPC || error == -ENOMEM)
			machine_refuse("too little memory for the initial file system");
		if (error)
			machine_refuse("module %u is not a cpio archive in newc format, or a broken one", i + 1);
		frame_add_range(module->start, page_ceil(module->end));
	}
	account_init(frame_total());
}

/* The first task: becomes the program that all others descend from. */
static void init_task(void)
{
	static const char *const host[] = { "/dev/hostin", "/dev/hostout", "/dev/hosterr" };
	const char *path;
	struct file *file;
	int error;

	irq_enable();
	current->files = fd_table_create();
	current->cwd = dentry_ref(fs_root);
	current->umask = 022;
	current->signals = signals_create(current, NULL);
	if (!current->files || !current->signals)
		machine_refuse("too little memory for the first program");
	for (u32 fd = 0; fd < ARRAY_SIZE(host); fd++) {
		path = args_is("stdio", "host") ? host[fd] : "/dev/console";
		error = file_open_kernel(path, fd ? O_WRONLY : O_RDONLY, &file);
		if (error || fd_install_lowest(file, false) < 0)
			machine_refuse("cannot open %s, a standard stream of init (error %d)", path, -error);
	}
	swap_boot();
	path = args_value("init") ?: "/sbin/init";
	error = kernel_exec_init(path);
	if (error)
		machine_refuse("cannot run %s as the first program (error %d)", path, -error);
}

void kernel_main(u32 magic, paddr_t multiboot)
{
	struct task *init;

	descriptors_init();
	irq_init();
	console_init();
	boot_info_init(magic, multiboot);
	printk_init();
	printk("Commons: %u MiB of RAM, \"%s\"\n", (boot_info.ram_end + (1 << 19)) >> 20, args_line());
	if (boot_info.unused_kib)
		printk("%u MiB of RAM above what the direct map reaches are left unused\n", boot_info.unused_kib >> 10);
	memory_boot();
	sched_init();
	sched_switch_always = args_is("switch", "always");
	clock_init(rtc_read(), TICK_HZ);
	irq_register(IRQ_TIMER, sched_tick);
	console_input_init();
	irq_enable();
	ide_init();
	ktest_crash(args_value("crash"));
	files_boot();
	if (args_has("ktest"))
		machine_end(ktest_run_all() ? MACHINE_EXIT_PANIC : MACHINE_EXIT_OFF);
	if (task_create_kernel("init", init_task, &init))
		machine_refuse("too little memory for the first task");
	sched_wake(init);
	sched_idle();
}
