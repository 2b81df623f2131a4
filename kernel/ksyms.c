/* Names of the kernel's functions by address: the table that tools/ksyms makes from the first link. */
#include "kernel/ksyms.h"
#include "kernel/image.h"

struct ksym {
	vaddr_t address;
	const char *name;
};

extern const u32 ksyms_count;
extern const struct ksym ksyms[];

const char *ksym_find(vaddr_t address, u32 *offset)
{
	u32 low = 0, high = ksyms_count;

	if (address < (vaddr_t)kernel_text_start || address >= (vaddr_t)kernel_text_end)
		return NULL;
	while (low < high) {
		u32 middle = (low + high) / 2;

		if (ksyms[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	*offset = address - ksyms[low - 1].address;
	return ksyms[low - 1].name;
}
