/* Single instructions: flags, control registers, TLB, ports, time stamps, floating point state. */
#pragma once

#include "kernel/lib/types.h"

/* FIXED is always 1. */
enum { EFLAGS_FIXED = 0x2, EFLAGS_TF = 0x100, EFLAGS_IF = 0x200, EFLAGS_DF = 0x400, EFLAGS_RF = 0x10000 };

static inline void irq_enable(void) { __asm__ volatile("sti" : : : "memory"); }

static inline void irq_disable(void) { __asm__ volatile("cli" : : : "memory"); }

/* Turn interrupts off; the result is for irq_restore(). */
static inline u32 irq_save(void)
{
	u32 flags;

	__asm__ volatile("pushf; pop %0; cli" : "=rm"(flags) : : "memory");
	return flags;
}

static inline void irq_restore(u32 flags)
{
	if (flags & EFLAGS_IF)
		irq_enable();
}

/* Wait for an interrupt with interrupts on, and return with them off; one that is pending already is not missed. */
static inline void cpu_idle(void) { __asm__ volatile("sti; hlt; cli" : : : "memory"); }

/* Stop for good. */
static inline NORETURN void cpu_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt" : : : "memory");
}

#define CONTROL_REGISTER(name)                                                               \
	static inline u32 name##_read(void)                                                  \
	{                                                                                    \
		u32 value;                                                                   \
		__asm__ volatile("mov %%" #name ", %0" : "=r"(value) : : "memory");          \
		return value;                                                                \
	}                                                                                    \
	static inline void name##_write(u32 value) { __asm__ volatile("mov %0, %%" #name : : "r"(value) : "memory"); }
CONTROL_REGISTER(cr0)
CONTROL_REGISTER(cr2)
CONTROL_REGISTER(cr3)
CONTROL_REGISTER(cr4)
#undef CONTROL_REGISTER

static inline void invlpg(u32 va) { __asm__ volatile("invlpg (%0)" : : "r"(va) : "memory"); }

/* Flush every entry of the TLB that is not global. */
static inline void tlb_flush(void) { cr3_write(cr3_read()); }

static inline u64 rdtsc(void)
{
	u64 value;

	__asm__ volatile("rdtsc" : "=A"(value));
	return value;
}

/* CPUID leaf 1, EDX. */
static inline u32 cpuid_features(void)
{
	u32 eax = 1, edx;

	__asm__ volatile("cpuid" : "+a"(eax), "=d"(edx) : : "ebx", "ecx");
	return edx;
}

#define PORT_IO(suffix, type)                                                                \
	static inline void out##suffix(u16 port, type value)                                 \
	{                                                                                    \
		__asm__ volatile("out" #suffix " %0, %1" : : "a"(value), "Nd"(port) : "memory"); \
	}                                                                                    \
	static inline type in##suffix(u16 port)                                              \
	{                                                                                    \
		type value;                                                                  \
		__asm__ volatile("in" #suffix " %1, %0" : "=a"(value) : "Nd"(port) : "memory"); \
		return value;                                                                \
	}
PORT_IO(b, u8)
PORT_IO(w, u16)
PORT_IO(l, u32)
#undef PORT_IO

static inline void outsb(u16 port, const void *bytes, size_t n)
{
	__asm__ volatile("rep outsb" : "+S"(bytes), "+c"(n) : "d"(port) : "memory");
}

/* x87 and SSE state as FXSAVE lays it out: 512 bytes, aligned to 16. */
static inline void fpu_save(void *image) { __asm__ volatile("fxsave (%0)" : : "r"(image) : "memory"); }

/* Owed: reserved bits of the image's MXCSR are clear, or this raises #GP. */
static inline void fpu_load(const void *image) { __asm__ volatile("fxrstor (%0)" : : "r"(image) : "memory"); }

/* An image of the state that a program starts with: x87 as FNINIT leaves it, all SSE exceptions masked. */
void fpu_init_image(void *image);
/* The bits of MXCSR that this processor lets be set. */
u32 fpu_mxcsr_mask(void);
