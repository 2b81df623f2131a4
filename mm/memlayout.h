/*
 * The address-space document: what lives where, and every conversion between the numbers of memory management.
 *
 *   0x00000000 ┬ user: areas, grown by mmap downwards from below the stack, brk upwards from the program
 *   0xC0000000 ┼ USER_END = KERNEL_BASE: the direct map, physical p at KERNEL_BASE + p, 896 MiB at most
 *   0xC0100000 │   the kernel's image (loaded at physical 1 MiB)
 *   0xF8000000 ┼ STACKS_BASE: kernel stacks, each above a guard page that is never mapped
 *   0xFC000000 ┴ unused
 *
 * The directory entries from KERNEL_BASE up are the same in every directory and never change after boot.
 */
#pragma once

#include "kernel/lib/types.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE (1u << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define TABLE_ENTRIES 1024u                       /* SDM vol. 3, 4.3: 32-bit paging */
#define TABLE_SHIFT 22
#define TABLE_SPAN (1u << TABLE_SHIFT)            /* bytes that one page table maps: 4 MiB */

#define KERNEL_BASE 0xC0000000u
#define USER_END KERNEL_BASE                      /* as on Linux i386: the first address that is not the user's */
#define USER_PAGES (USER_END >> PAGE_SHIFT)
#define DIRECT_MAP_SIZE (896u << 20)
#define STACKS_BASE (KERNEL_BASE + DIRECT_MAP_SIZE)
#define STACKS_END 0xFC000000u
#define MMAP_MIN_ADDR 0x10000u                    /* below it only the superuser maps */

/* Where the parts of the kernel's image lie: symbols of linker.ld. Read-only data begins at kernel_text_end. */
extern const char kernel_image_start[], kernel_image_end[], kernel_text_start[], kernel_text_end[], kernel_readonly_end[];

static inline vaddr_t page_floor(vaddr_t va) { return va & PAGE_MASK; }

/* Rounds up; wraps to 0 above the last page. */
static inline vaddr_t page_ceil(vaddr_t va) { return (va + PAGE_SIZE - 1) & PAGE_MASK; }

/* Pages that hold that many bytes; does not wrap. */
static inline u32 bytes_to_pages(u32 bytes) { return (bytes >> PAGE_SHIFT) + ((bytes & ~PAGE_MASK) != 0); }

static inline paddr_t pfn_to_paddr(pfn_t pfn) { return pfn << PAGE_SHIFT; }

static inline pfn_t paddr_to_pfn(paddr_t pa) { return pa >> PAGE_SHIFT; }

/* The kernel's own address of a physical one inside the direct map. */
static inline void *paddr_to_kernel(paddr_t pa) { return (void *)(pa + KERNEL_BASE); }

static inline paddr_t kernel_to_paddr(const void *p) { return (vaddr_t)p - KERNEL_BASE; }
