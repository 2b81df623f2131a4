/* poweroff: end the machine. */
#include "user/box/box.h"

#include <err.h>
#include <sys/reboot.h>
#include <unistd.h>

int box_poweroff(int argc, char **argv)
{
	(void)argc, (void)argv;
	sync();
	reboot(RB_POWER_OFF);
	err(1, "reboot");
}
