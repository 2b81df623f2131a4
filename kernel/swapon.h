/* The kernel argument swap=NAME. */
#pragma once

/* Boot, in the first task: begin to swap on the disk of that name, or say why not. Sleeps. */
void swap_boot(void);
