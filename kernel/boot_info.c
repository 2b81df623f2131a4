/* What the boot loader has told us, by the Multiboot specification 0.6.96, and which RAM is taken before there are frames. */
#include "kernel/boot_info.h"
#include "kernel/args.h"
#include "kernel/image.h"
#include "kernel/lib/string.h"
#include "kernel/machine.h"
#include "mm/memlayout.h"

#define LOADER_MAGIC 0x2BADB002u

enum { HAS_COMMAND_LINE = 1 << 2, HAS_MODULES = 1 << 3, HAS_MEMORY_MAP = 1 << 6 };

struct multiboot {
	u32 flags, mem_lower, mem_upper, boot_device, command_line, module_count, modules, symbols[4], map_size, map;
};

struct multiboot_module {
	u32 start, end, string, reserved;
};

struct multiboot_range {
	u32 size;                  /* of what follows */
	u64 start, length;
	u32 type;
} PACKED;
#define RANGE_USABLE 1u

struct boot_info boot_info;

/* Taken: the image, the modules, and what boot_reserve() gave out. */
static struct boot_range taken[BOOT_MODULES_MAX + 4];
static u32 taken_count;

static void take(paddr_t start, paddr_t end)
{
	if (taken_count == ARRAY_SIZE(taken))
		machine_refuse("too many pieces of memory are taken at boot");
	taken[taken_count++] = (struct boot_range){ page_floor(start), page_ceil(end) };
}

static void add_range(u64 start, u64 end)
{
	u64 reached = MIN(end, (u64)DIRECT_MAP_SIZE);

	if (end > DIRECT_MAP_SIZE)
		boot_info.unused_kib += (end - MAX(start, (u64)DIRECT_MAP_SIZE)) >> 10;
	start = MAX(start, (u64)PAGE_SIZE); /* frame 0 stays unused, so that no frame has the number 0 */
	if (start < reached && boot_info.range_count < BOOT_RANGES_MAX)
		boot_info.ranges[boot_info.range_count++] = (struct boot_range){ start, reached };
}

static void read_memory_map(const struct multiboot *info)
{
	const u8 *p = paddr_to_kernel(info->map), *end = p + info->map_size;

	while (p < end) {
		const struct multiboot_range *range = (const void *)p;

		if (range->type == RANGE_USABLE)
			add_range(range->start, range->start + range->length);
		p += range->size + sizeof(range->size);
	}
}

static void read_modules(const struct multiboot *info)
{
	const struct multiboot_module *module = paddr_to_kernel(info->modules);

	for (u32 i = 0; i < info->module_count && i < BOOT_MODULES_MAX; i++, module++) {
		boot_info.modules[boot_info.module_count++] = (struct boot_module){ module->start, module->end };
		take(module->start, module->end);
	}
}

void boot_info_init(u32 magic, paddr_t multiboot)
{
	const struct multiboot *info = paddr_to_kernel(multiboot);

	args_init(magic == LOADER_MAGIC && (info->flags & HAS_COMMAND_LINE) ? paddr_to_kernel(info->command_line) : "");
	if (magic != LOADER_MAGIC || !(info->flags & HAS_MEMORY_MAP))
		machine_refuse("a Multiboot loader that gives a memory map is needed");
	take(kernel_to_paddr(kernel_image_start), kernel_to_paddr(kernel_image_end));
	read_memory_map(info);
	if (info->flags & HAS_MODULES)
		read_modules(info);
}

paddr_t boot_ram_end(void)
{
	paddr_t end = 0;

	for (u32 i = 0; i < boot_info.range_count; i++)
		end = MAX(end, boot_info.ranges[i].end);
	return end;
}

/* The lowest taken piece that intersects [start, end), or NULL. */
static const struct boot_range *taken_in(paddr_t start, paddr_t end)
{
	const struct boot_range *lowest = NULL;

	for (const struct boot_range *t = taken; t < taken + taken_count; t++)
		if (t->start < end && t->end > start && (!lowest || t->start < lowest->start))
			lowest = t;
	return lowest;
}

paddr_t boot_reserve(u32 bytes)
{
	for (u32 i = 0; i < boot_info.range_count; i++) {
		const struct boot_range *range = &boot_info.ranges[i], *other;
		paddr_t start = page_ceil(range->start);

		for (; start < range->end && bytes <= range->end - start; start = other->end) {
			other = taken_in(start, start + bytes);
			if (!other) {
				take(start, start + bytes);
				return start;
			}
		}
	}
	return 0;
}

void boot_for_each_free(void (*fn)(paddr_t start, paddr_t end))
{
	for (u32 i = 0; i < boot_info.range_count; i++) {
		const struct boot_range *range = &boot_info.ranges[i], *other;
		paddr_t start = range->start;

		for (; (other = taken_in(start, range->end)); start = other->end)
			if (other->start > start)
				fn(start, other->start);
		if (start < range->end)
			fn(start, range->end);
	}
}
