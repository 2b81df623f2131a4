/* What the system calls itself, for uname and /proc. */
#pragma once

#define UTS_LENGTH 65u

struct utsname {
	char sysname[UTS_LENGTH], nodename[UTS_LENGTH], release[UTS_LENGTH], version[UTS_LENGTH], machine[UTS_LENGTH];
	char domainname[UTS_LENGTH];
};

extern const struct utsname system_name;
