/* PCI by configuration mechanism 1 (PCI Local Bus Specification 3.0, 3.2.2.3.2). */
#include "kernel/pci.h"
#include "kernel/x86/cpu.h"

enum { ADDRESS = 0xcf8, DATA = 0xcfc };        /* ports */
enum { NEXT_FUNCTION = 1 << 8, NEXT_DEVICE = 1 << 11, END = 1 << 24 };
enum { BAR = 0x10, BAR_IS_IO = 1 };
#define ENABLE 0x80000000u
#define NO_DEVICE 0xffffffffu

u32 pci_read(pci_t function, u32 offset)
{
	outl(ADDRESS, ENABLE | function | offset);
	return inl(DATA);
}

void pci_write(pci_t function, u32 offset, u32 value)
{
	outl(ADDRESS, ENABLE | function | offset);
	outl(DATA, value);
}

/* A device without functions beyond its first may answer for those with the first. */
bool pci_find(u32 class, pci_t *out)
{
	for (pci_t device = 0; device < END; device += NEXT_DEVICE) {
		if (pci_read(device, 0) == NO_DEVICE)
			continue;
		for (*out = device; *out < device + NEXT_DEVICE; *out += NEXT_FUNCTION)
			if (pci_read(*out, PCI_CLASS) >> 16 == class)
				return true;
	}
	return false;
}

u16 pci_ports(pci_t function, u32 n)
{
	u32 value = pci_read(function, BAR + 4 * n);

	return value & BAR_IS_IO ? value & 0xfffc : 0;
}
