/* What the boot loader has told us, by the Multiboot specification 0.6.96, and which RAM is taken before there are frames. */
#include "kernel/boot_info.h"
#include "kernel/args.h"
#include "kernel/machine.h"
#include "mm/memlayout.h"

#define LOADER_MAGIC 0x2BADB002u

enum { HAS_COMMAND_LINE = 1 << 2, HAS_MODULES = 1 << 3, HAS_MEMORY_MAP = 1 << 6 };

struct multiboot {
	u32 flags, mem_lower, mem_upper, boot_device, command_line, module_count, modules, symbols[4], map_size, map;
};

struct multiboot_module { u32 start, end, string, reserved; };
struct multiboot_range {
	u32 size;                  /* of what follows */
	u64 start, length;
	u32 type;
} PACKED;
#define RANGE_USABLE 1u

struct boot_info boot_info;

static void add_free(paddr_t start, paddr_t end)
{
	if (start < end && boot_info.free_count < BOOT_FREE_MAX)
		boot_info.free[boot_info.free_count++] = (struct boot_range){ start, end };
}

/* [start, end) is not free any more. */
static void take(paddr_t start, paddr_t end)
{
	start = page_floor(start);
	end = page_ceil(end);
	for (struct boot_range *r = boot_info.free; r < boot_info.free + boot_info.free_count; r++) {
		if (r->start >= end || r->end <= start)
			continue;
		add_free(end, r->end);
		r->end = MAX(start, r->start);
	}
}

static void add_range(u64 start, u64 end)
{
	u64 reached = MIN(end, (u64)DIRECT_MAP_SIZE);

	if (end > DIRECT_MAP_SIZE)
		boot_info.unused_kib += (end - MAX(start, (u64)DIRECT_MAP_SIZE)) >> 10;
	if (start >= reached)
		return;
	add_free(MAX(start, (u64)PAGE_SIZE), reached); /* frame 0 stays unused, so that no frame has the number 0 */
	boot_info.ram_end = MAX(boot_info.ram_end, (paddr_t)reached);
}

void boot_info_init(u32 magic, paddr_t multiboot)
{
	const struct multiboot *info = paddr_to_kernel(multiboot);
	const struct multiboot_module *module;
	const struct multiboot_range *range;
	const u8 *map, *map_end;

	args_init(magic == LOADER_MAGIC && (info->flags & HAS_COMMAND_LINE) ? paddr_to_kernel(info->command_line) : "");
	if (magic != LOADER_MAGIC || !(info->flags & HAS_MEMORY_MAP))
		machine_refuse("a Multiboot loader that gives a memory map is needed");
	map = paddr_to_kernel(info->map);
	for (map_end = map + info->map_size; map < map_end; map += range->size + sizeof(range->size)) {
		range = (const void *)map;
		if (range->type == RANGE_USABLE)
			add_range(range->start, range->start + range->length);
	}
	take(kernel_to_paddr(kernel_image_start), kernel_to_paddr(kernel_image_end));
	if (info->flags & HAS_MODULES)
		boot_info.module_count = MIN(info->module_count, BOOT_MODULES_MAX);
	module = paddr_to_kernel(info->modules);
	for (u32 i = 0; i < boot_info.module_count; i++, module++) {
		boot_info.modules[i] = (struct boot_range){ module->start, module->end };
		take(module->start, module->end);
	}
}

paddr_t boot_reserve(u32 bytes)
{
	for (const struct boot_range *r = boot_info.free; r < boot_info.free + boot_info.free_count; r++) {
		paddr_t start = page_ceil(r->start);

		if (start < r->end && bytes <= r->end - start) {
			take(start, start + bytes);
			return start;
		}
	}
	return 0;
}
