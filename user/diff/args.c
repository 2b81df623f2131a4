/* Arguments that several rows take: how they are drawn, and how they are written down. */
#include "diff.h"

#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>

#define IPC_64 0x100

void print_number(const struct made *made, long value)
{
	(void)made;
	say("%ld", value);
}

void print_octal(const struct made *made, long value)
{
	(void)made;
	say("%#lo", value);
}

void print_address(const struct made *made, long value)
{
	(void)made;
	say_address(value);
}

static long pick_key(struct made *made)
{
	static const int odd[] = { -1, 1, (int)0x80000000 };

	(void)made;
	return one_in(4) ? IPC_PRIVATE : one_in(20) ? one_of(odd) : 0x5000 + (int)below(6);
}
static void print_key(const struct made *made, long value)
{
	(void)made;
	say("%#lx", value);
}
const struct argument KEY = { pick_key, print_key };

long pick_mode(void)
{
	static const short modes[] = {
		0666, 0666, 0666, 0660, 0600, 0644, 0640, 0606, 0777, 0, 0007, 0070, 0700, 0400, 0200, 0040, 0020, 0004, 0444, 0222, 0111, 0055,
	};

	return one_of(modes);
}

long pick_id(unsigned kind)
{
	static const int odd[] = { -1, 0, 1, 7, 63, 32767, 0x7fffffff, (int)0x80000000 };
	unsigned many = world->many_ids[kind];
	int id;

	if (!many || one_in(20))
		return one_of(odd);
	id = world->ids[kind][below(many < REMEMBERED ? many : REMEMBERED)];
	return one_in(30) ? id ^ 0x8000 : id;
}

long pick_command(struct made *made, const int *commands, unsigned count)
{
	bool wide = !one_in(4);

	made->command = commands[below(count)];
	if (!made->step->old)
		return one_in(40) ? made->command | IPC_64 : made->command;
	made->old = !wide;
	return wide && made->command >= 0 ? made->command | IPC_64 : made->command;
}

void print_command(const struct made *made, long value)
{
	static const char *const names[] = {
		[IPC_RMID] = "RMID", [IPC_SET] = "SET", [IPC_STAT] = "STAT", [IPC_INFO] = "INFO", [SHM_LOCK] = "LOCK/GETPID",
		[SHM_UNLOCK] = "UNLOCK/GETVAL", [SHM_STAT] = "SHM_STAT/GETALL", [SHM_INFO] = "SHM_INFO/GETNCNT",
		[SHM_STAT_ANY] = "SHM_STAT_ANY/GETZCNT", [SETVAL] = "SETVAL", [SETALL] = "SETALL", [SEM_STAT] = "SEM_STAT",
		[SEM_INFO] = "SEM_INFO", [SEM_STAT_ANY] = "SEM_STAT_ANY",
	};
	unsigned command = made->command;

	say("%s%s", command < ARRAY_SIZE(names) && names[command] ? names[command] : "?", value & IPC_64 ? "|64" : "");
	if (command >= ARRAY_SIZE(names) || !names[command])
		say("%#lx", value);
}

long pick_pointer(struct made *made)
{
	static const char constant[BUFFER] __attribute__((aligned(PAGE))) = { 1 };
	static unsigned char buffer[BUFFER];

	made->buffer = NULL;
	switch (below(60)) {
	case 0:
		return 0;
	case 1:
		return (long)0xc0001000;
	case 2:
		return (long)constant;
	case 3:
		return (long)0xfffffffc;
	}
	made->buffer = memset(buffer, FILL, BUFFER);
	return (long)buffer;
}

void print_pointer(const struct made *made, long value)
{
	if (made->buffer)
		say("&");
	else if (value > 0 && value < (long)0x10000000)
		say("%s", "&constant");
	else
		say("%#lx", value);
}

/* What IPC_SET reads: both layouts begin with the key; uid, gid and mode follow. */
static void fill_permissions(struct made *made)
{
	static const int ids[] = { 0, 0, 1001, 1002, 1003, 2001, 65535, -1 };
	uint32_t uid = one_of(ids), gid = one_of(ids), mode = pick_mode() | (one_in(4) ? 07000 : 0);

	say("{%d %d %#o}", uid, gid, mode);
	if (made->old) {
		((uint16_t *)made->buffer)[2] = uid;
		((uint16_t *)made->buffer)[3] = gid;
		((uint16_t *)made->buffer)[6] = mode;
	} else {
		((uint32_t *)made->buffer)[1] = uid;
		((uint32_t *)made->buffer)[2] = gid;
		((uint16_t *)made->buffer)[10] = mode;
	}
}

static long pick_control_buffer(struct made *made)
{
	long pointer = pick_pointer(made);

	if (made->command == IPC_SET && made->buffer)
		fill_permissions(made);
	return pointer;
}
const struct argument CONTROL_BUFFER = { pick_control_buffer, print_pointer };
