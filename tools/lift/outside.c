/*
 * All that mm/ and ipc/ need from outside (docs/lifting.md), and the boot of memory. RAM is host memory at KERNEL_BASE, so the direct
 * map holds; there is one task, and user memory is what its page tables show.
 */
#include <stdarg.h>
#include "ipc/sem.h"
#include "ipc/shm.h"
#include "kernel/args.h"
#include "kernel/block.h"
#include "kernel/clock.h"
#include "kernel/fs/proc.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/panic.h"
#include "kernel/printk.h"
#include "kernel/serial.h"
#include "kernel/tests/ktest.h"
#include "kernel/time.h"
#include "kernel/uaccess.h"
#include "kernel/wait.h"
#include "mm/account.h"
#include "mm/fault.h"
#include "mm/frame.h"
#include "mm/kmalloc.h"
#include "mm/tests/mm_test.h"
#include "tools/lift/host.h"

#define RAM_SIZE (64u << 20)
#define FRAME_TABLE_AT (2u << 20)
#define RAM_START (4u << 20)

static struct task the_task = { .pid = 1, .name = "lift" };
struct task *current = &the_task;

bool cred_in_group(const struct cred *cred, gid_t gid)
{
	for (u32 i = 0; i < cred->group_count; i++)
		if (cred->groups[i] == gid)
			return true;
	return cred->egid == gid;
}

u32 clock_realtime(void)
{
	return 1700000000;
}

u64 clock_now_ns(void)
{
	return 1;
}

void might_sleep(void)
{
}

void wait_queue_init(struct wait_queue *queue)
{
	list_init(&queue->waiters);
}

void wait_wake_one(struct wait_queue *queue UNUSED)
{
}

int time_get_deadline(u64 *deadline, const void *user UNUSED)
{
	*deadline = 0;
	return 0;
}

int (*task_share_undos)(struct task *child);

/* No kernel arguments: all tests run. */
const char *args_value(const char *name UNUSED)
{
	return NULL;
}

/* There is nobody else who could wake us, but for a signal. */
int wait_sleep_until(struct wait_queue *queue UNUSED, bool interruptible, u64 deadline UNUSED)
{
	if (!interruptible)
		panic("the only task sleeps");
	return -ERESTARTSYS;
}

void wait_wake_all(struct wait_queue *queue UNUSED)
{
}

static void transfer_done(struct block_request *request, int error)
{
	*(int *)request->owner = error;
}

int block_transfer(struct block_request *request)
{
	int error = -EIO;

	request->done = transfer_done;
	request->owner = &error;
	request->device->submit(request);
	return error;
}

void printk(const char *format UNUSED, ...)
{
}

void panic(const char *format, ...)
{
	char line[512] = "# panic: ";
	va_list args;

	va_start(args, format);
	vsnprintf(line + strlen(line), sizeof(line) - strlen(line), format, args);
	va_end(args);
	host_print(line, strlen(line));
	host_print("\n", 1);
	host_abort();
}

void serial_write(u16 port UNUSED, const char *bytes, size_t n)
{
	host_print(bytes, n);
}

size_t strlcpy(char *to, const char *from, size_t size)
{
	return snprintf(to, size, "%s", from);
}

/* The text that a /proc file is made of is kept by ipc/tests, if at all. */
void proc_register(const struct proc_file *files UNUSED, u32 count UNUSED)
{
}

void proc_printf(struct proc_text *text UNUSED, const char *format UNUSED, ...)
{
}

/* What the processor does at each access, and the trap handler when it cannot. NULL: it ends in a signal. */
static char *user_byte(vaddr_t va, bool write)
{
	u32 need = PTE_P | PTE_U | (write ? PTE_W : 0);
	pte_t pte;

	if (va >= USER_END)
		return NULL;
	while (pte = pagetable_get(current->space->dir, va), (pte & need) != need)
		if (fault_failed(fault(current->space, va, write ? ACCESS_WRITE : ACCESS_READ)))
			return NULL;
	hardware_marks(current->space->dir, va, write);
	return (char *)frame_address(frame_of(pte_pfn(pte))) + va % PAGE_SIZE;
}

int copy_from_user(void *to, const void *user, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *byte = user_byte((vaddr_t)user + i, false);

		if (!byte)
			return -EFAULT;
		((char *)to)[i] = *byte;
	}
	return 0;
}

int copy_to_user(void *user, const void *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *byte = user_byte((vaddr_t)user + i, true);

		if (!byte)
			return -EFAULT;
		*byte = ((const char *)from)[i];
	}
	return 0;
}

/* As memory_boot() in kernel/main.c. */
static void memory_boot(void)
{
	host_map(KERNEL_BASE, RAM_SIZE);
	frame_init(paddr_to_kernel(FRAME_TABLE_AT), paddr_to_pfn(RAM_SIZE));
	frame_add_range(RAM_START, RAM_SIZE);
	account_init(frame_total());
	pagetable_init(RAM_SIZE, STACKS_BASE + TABLE_SPAN);
	kmalloc_init();
	fault_init();
}

unsigned lift_main(void)
{
	memory_boot();
	list_init(&the_task.exit_works);
	for (u32 i = 0; i < RLIM_NLIMITS; i++)
		the_task.rlimits[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	shm_init();
	sem_init();
	return ktest_run_all();
}
