/* Character devices: /dev/null, zero, full, random, the consoles, and the channels to the host. */
#pragma once

#include "kernel/fs/file.h"

static inline u32 device_number(u32 major, u32 minor)
{
	return major << 8 | minor;
}

/* What a device file of that number does; NULL: opening it is -ENXIO. */
const struct file_ops *device_file_ops(u32 rdev);
/* Boot: put the devices into /dev. */
void device_init(void);
