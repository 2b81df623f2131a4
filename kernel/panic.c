/* What stops the kernel: last words, registers, backtrace, and the end of the machine. */
#include "kernel/panic.h"
#include "kernel/machine.h"
#include "kernel/printk.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/entry.h"
#include "mm/memlayout.h"

#define FRAMES_MAX 32u
#define STACK_MAX 16384u           /* no chain of frames is longer than a stack */

struct stack_frame {
	vaddr_t caller, return_address;    /* the caller's frame pointer, and where it goes on */
};

/* Names of the functions, by address: the table that tools/ksyms makes from the first link. */
struct ksym {
	vaddr_t address;
	const char *name;
};

extern const u32 ksyms_count;
extern const struct ksym ksyms[];

static void print_place(vaddr_t eip)
{
	u32 next = 0;

	while (next < ksyms_count && ksyms[next].address <= eip)
		next++;
	if (next && eip >= (vaddr_t)kernel_text_start && eip < (vaddr_t)kernel_text_end)
		printk("  %08x %s+0x%x\n", eip, ksyms[next - 1].name, eip - ksyms[next - 1].address);
	else
		printk("  %08x\n", eip);
}

static void print_backtrace(vaddr_t eip, vaddr_t ebp)
{
	vaddr_t end = ebp + STACK_MAX;

	printk("backtrace:\n");
	print_place(eip);
	for (u32 i = 0; i < FRAMES_MAX && ebp >= KERNEL_BASE && ebp < end && ebp % 4 == 0; i++) {
		const struct stack_frame *frame = (const void *)ebp;

		print_place(frame->return_address);
		if (frame->caller <= ebp)
			break;
		ebp = frame->caller;
	}
}

/* All but the end of the machine. */
static void last_words(const struct regs *r, vaddr_t esp, const char *format, va_list args)
{
	static bool dying;

	irq_disable();
	if (dying)
		machine_end(MACHINE_EXIT_PANIC); /* a fault while saying the last words */
	dying = true;
	printk_everywhere();
	printk("panic: ");
	vprintk(format, args);
	printk("\n");
	printk("eax %08x ebx %08x ecx %08x edx %08x esi %08x edi %08x\n", r->eax, r->ebx, r->ecx, r->edx, r->esi, r->edi);
	printk("eip %08x esp %08x ebp %08x eflags %08x cs %04x ds %04x\n", r->eip, esp, r->ebp, r->eflags, r->cs & 0xffff,
	       r->ds & 0xffff);
	printk("cr0 %08x cr2 %08x cr3 %08x cr4 %08x\n", cr0_read(), cr2_read(), cr3_read(), cr4_read());
	print_backtrace(r->eip, r->ebp);
}

void panic(const char *format, ...)
{
	const struct stack_frame *frame = __builtin_frame_address(0);
	struct regs regs;
	va_list args;

	__asm__ volatile("mov %%eax, %0\n\tmov %%ebx, %1\n\tmov %%ecx, %2\n\tmov %%edx, %3"
			 : "=m"(regs.eax), "=m"(regs.ebx), "=m"(regs.ecx), "=m"(regs.edx));
	__asm__ volatile("mov %%esi, %0\n\tmov %%edi, %1\n\tpushf\n\tpop %2\n\tmov %%cs, %k3\n\tmov %%ds, %k4"
			 : "=m"(regs.esi), "=m"(regs.edi), "=r"(regs.eflags), "=&r"(regs.cs), "=&r"(regs.ds));
	regs.eip = frame->return_address;
	regs.ebp = frame->caller;
	va_start(args, format);
	last_words(&regs, (vaddr_t)(frame + 1), format, args);
	va_end(args);
	machine_end(MACHINE_EXIT_PANIC);
}

void panic_regs(const struct regs *regs, vaddr_t esp, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	last_words(regs, esp, format, args);
	va_end(args);
	machine_end(MACHINE_EXIT_PANIC);
}
