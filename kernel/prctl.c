/* What a task says of itself to the kernel: prctl, personality, and the registrations that only threads need. */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task.h"
#include "kernel/uaccess.h"

enum {
	PR_SET_PDEATHSIG = 1, PR_GET_PDEATHSIG = 2, PR_GET_DUMPABLE = 3, PR_SET_DUMPABLE = 4, PR_SET_NAME = 15, PR_GET_NAME = 16,
	PR_SET_NO_NEW_PRIVS = 38, PR_GET_NO_NEW_PRIVS = 39,
};

static i32 name_set(const char *user)
{
	char name[TASK_NAME_SIZE] = "";
	i32 length = copy_string_from_user(name, user, sizeof(name));

	if (length < 0 && length != -ENAMETOOLONG)
		return length;
	name[sizeof(name) - 1] = '\0';
	memcpy(current->name, name, sizeof(name));
	return 0;
}

static i32 name_get(char *user)
{
	char name[TASK_NAME_SIZE] = "";

	strlcpy(name, current->name, sizeof(name));
	return copy_to_user(user, name, sizeof(name));
}

i32 sys_prctl(i32 option, vaddr_t argument)
{
	switch (option) {
	case PR_SET_NAME:
		return name_set((const char *)argument);
	case PR_GET_NAME:
		return name_get((char *)argument);
	case PR_GET_DUMPABLE:
		return 1;
	case PR_SET_DUMPABLE:
		return argument <= 1 ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

/* Linux's own is the only one; flags such as ADDR_NO_RANDOMIZE are true already and not remembered. */
i32 sys_personality(UNUSED u32 wanted)
{
	return 0;
}

#define ROBUST_LIST_SIZE 12u

/* Robust mutexes need threads or futexes, which are not here: nothing will ever have to be cleaned up. */
i32 sys_set_robust_list(UNUSED const void *head, u32 size)
{
	return size == ROBUST_LIST_SIZE ? 0 : -EINVAL;
}
