/* true, false: succeed, fail. */
#include "user/box/box.h"

int box_true(int argc, char **argv)
{
	(void)argc, (void)argv;
	return 0;
}

int box_false(int argc, char **argv)
{
	(void)argc, (void)argv;
	return 1;
}
