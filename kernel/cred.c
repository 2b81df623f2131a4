/* Who the running task is, and which groups it is in. */
#include "kernel/cred.h"
#include "kernel/task.h"

bool cred_in_group(const struct cred *cred, gid_t gid)
{
	if (gid == cred->egid)
		return true;
	for (u32 i = 0; i < cred->group_count; i++) {
		if (cred->groups[i] == gid)
			return true;
	}
	return false;
}
