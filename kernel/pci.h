/* Functions of PCI devices: found by their class, used by their configuration registers (PCI Local Bus Specification 3.0, 6.1). */
#pragma once

#include "kernel/lib/types.h"

enum { PCI_COMMAND = 0x04, PCI_CLASS = 0x08, PCI_INTERRUPT = 0x3c };     /* offsets; the line is the lowest byte */
enum { PCI_COMMAND_IO = 1, PCI_COMMAND_MASTER = 4 };

/* A function's address: bus << 16 | device << 11 | function << 8. */
typedef u32 pci_t;

u32 pci_read(pci_t function, u32 offset);
void pci_write(pci_t function, u32 offset, u32 value);
/* The first function of that class << 8 | subclass, on any bus. False: none. */
bool pci_find(u32 class, pci_t *out);
/* The first port of base address register n; 0: it has none. */
u16 pci_ports(pci_t function, u32 n);
