/* Fixed-width integers, the error numbers and the few macros that every file needs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "kernel/lib/errno.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

typedef int16_t i16;
typedef int32_t i32;
typedef int64_t i64;
typedef i32 pid_t;
typedef u32 uid_t, gid_t;

/*
 * The four numbers of memory management are kept apart by name; conversions live in mm/memlayout.h.
 *   paddr_t  physical byte address        vaddr_t  linear byte address
 *   pfn_t    frame number (paddr / 4096)  slot_t   page number on the swap disk
 */
typedef u32 paddr_t, vaddr_t, pfn_t, slot_t;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define MIN(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ < b_ ? a_ : b_; })
#define MAX(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ > b_ ? a_ : b_; })
#define PACKED __attribute__((packed))
#define NOINLINE __attribute__((noinline)) /* keeps a rare path out of a frequent one */
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
