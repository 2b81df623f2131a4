/*
 * Segments, gates and the two task state segments (SDM vol. 3, chapters 3, 6 and 7).
 *
 *   GDT   6-8 TLS   12 13 kernel   14 15 user   16 task   31 double-fault task      (numbers of Linux i386)
 *   IDT   0-31 exceptions (8: task gate)   32-47 interrupt lines   0x80 system calls
 */
#include "kernel/x86/descriptors.h"
#include "kernel/lib/string.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/entry.h"

enum {
	GDT_TSS = 16, GDT_DOUBLE_FAULT = 31, GDT_ENTRIES,
	VECTOR_BREAKPOINT = 3, VECTOR_OVERFLOW, VECTOR_DOUBLE_FAULT = 8, VECTORS = 48, VECTOR_SYSCALL = 0x80, IDT_ENTRIES,
	DOUBLE_FAULT_STACK = 4096,
};

/* Flat 4 GiB segments: base 0, limit 0xfffff pages, 32 bits, accessed. */
#define SEGMENT_CODE 0x00cf9b000000ffffull
#define SEGMENT_DATA 0x00cf93000000ffffull
#define SEGMENT_USER 0x0000600000000000ull         /* DPL 3 */

/* GATE_INTERRUPT turns interrupts off; with GATE_USER, user mode may use int n. */
enum gate { GATE_TASK = 0x8500, GATE_INTERRUPT = 0x8e00, GATE_TRAP = 0x8f00, GATE_USER = 0x6000 };

struct tss {
	u32 link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
	u32 es, cs, ss, ds, fs, gs, ldt;
	u16 trap, io_map;                          /* beyond the limit: user mode has no ports */
};
_Static_assert(sizeof(struct tss) == 104, "SDM vol. 3, figure 7-2");

extern const vaddr_t trap_stubs[VECTORS];          /* entry.asm */
void syscall_entry(void);

static u64 gdt[GDT_ENTRIES] = {
	[KERNEL_CS / 8] = SEGMENT_CODE, [USER_CS / 8] = SEGMENT_CODE | SEGMENT_USER,
	[KERNEL_DS / 8] = SEGMENT_DATA, [USER_DS / 8] = SEGMENT_DATA | SEGMENT_USER,
};
static u64 idt[IDT_ENTRIES];
static struct tss task_tss = { .ss0 = KERNEL_DS, .io_map = sizeof(struct tss) };
static struct tss double_fault_tss;
static void (*double_fault_report)(const struct regs *regs, vaddr_t esp);
static u8 double_fault_stack[DOUBLE_FAULT_STACK] __attribute__((aligned(16)));

static void gate_set(u32 vector, vaddr_t target, u32 selector, u32 kind)
{
	idt[vector] = (u64)((target & 0xffff0000) | kind) << 32 | selector << 16 | (target & 0xffff);
}

static void gdt_set_tss(u32 entry, const struct tss *tss)
{
	vaddr_t base = (vaddr_t)tss;

	gdt[entry] = (u64)(base & 0xff000000) << 32 | (u64)(base & 0xffffff) << 16 | (sizeof(*tss) - 1) | 0x890000000000ull;
}

void descriptors_init(void)
{
	const struct { u16 limit; u32 base; } PACKED
		gdtr = { sizeof(gdt) - 1, (vaddr_t)gdt }, idtr = { sizeof(idt) - 1, (vaddr_t)idt };

	for (u32 vector = 0; vector < VECTORS; vector++) {
		bool user = vector == VECTOR_BREAKPOINT || vector == VECTOR_OVERFLOW;

		gate_set(vector, trap_stubs[vector], KERNEL_CS, GATE_INTERRUPT | (user ? GATE_USER : 0));
	}
	gate_set(VECTOR_SYSCALL, (vaddr_t)syscall_entry, KERNEL_CS, GATE_TRAP | GATE_USER);
	gdt_set_tss(GDT_TSS, &task_tss);
	gdt_set_tss(GDT_DOUBLE_FAULT, &double_fault_tss);
	__asm__ volatile("lgdt %0\n\tljmp %2, $1f\n"
			 "1:\tmov %3, %%ds\n\tmov %3, %%es\n\tmov %3, %%ss\n\tmov %4, %%fs\n\tmov %4, %%gs\n\t"
			 "lidt %1\n\tltr %w5\n\t"
			 "lldt %w4"             /* none: at reset it is anything from 0 on, where programs may have pages */
			 : : "m"(gdtr), "m"(idtr), "i"(KERNEL_CS), "r"(KERNEL_DS), "r"(0), "r"(GDT_TSS * 8) : "memory");
}

void tss_set_stack(vaddr_t top) { task_tss.esp0 = top; }

void tls_load(const u64 descriptors[GDT_TLS_COUNT]) { memcpy(&gdt[GDT_TLS_FIRST], descriptors, GDT_TLS_COUNT * 8); }

/* The double-fault task: what it interrupted is in the other task state segment. */
static NORETURN void double_fault(void)
{
	const struct tss *t = &task_tss;
	struct regs regs = {
		.ebx = t->ebx, .ecx = t->ecx, .edx = t->edx, .esi = t->esi, .edi = t->edi, .ebp = t->ebp, .eax = t->eax,
		.ds = t->ds, .es = t->es, .fs = t->fs, .gs = t->gs, .orig_eax = ~0u,
		.eip = t->eip, .cs = t->cs, .eflags = t->eflags,
	};

	double_fault_report(&regs, t->esp);
	cpu_halt();
}

void double_fault_init(void (*report)(const struct regs *regs, vaddr_t esp))
{
	double_fault_report = report;
	double_fault_tss = (struct tss){
		.cr3 = cr3_read(), .eip = (vaddr_t)double_fault, .esp = (vaddr_t)double_fault_stack + DOUBLE_FAULT_STACK,
		.eflags = EFLAGS_FIXED, .cs = KERNEL_CS, .ds = KERNEL_DS, .es = KERNEL_DS, .ss = KERNEL_DS,
		.io_map = sizeof(struct tss),
	};
	gate_set(VECTOR_DOUBLE_FAULT, 0, GDT_DOUBLE_FAULT * 8, GATE_TASK);
}
