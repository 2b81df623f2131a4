/* Disks of the IDE controller, which PCI finds: block devices hda to hdd. */
#pragma once

#include "kernel/lib/types.h"

/* Boot: find and register the disks. Kernel argument ide=pio: no bus-master DMA. After irq_init(). */
void ide_init(void);
/* The timer tick, interrupts off: lost interrupts, timeouts. */
void ide_tick(void);
