/* Where the parts of the kernel's image lie: symbols of linker.ld. */
#pragma once

extern const char kernel_image_start[], kernel_image_end[];
extern const char kernel_text_start[], kernel_text_end[];
extern const char kernel_readonly_end[];          /* read-only data begins at kernel_text_end */
