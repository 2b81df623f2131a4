/* Who a task is: user and group ids, and what they allow. */
#pragma once

#include "kernel/lib/types.h"

#define CRED_GROUPS_MAX 32u

struct cred {
	uid_t uid, euid, suid, fsuid;
	gid_t gid, egid, sgid, fsgid;
	u32 group_count;
	gid_t groups[CRED_GROUPS_MAX]; /* supplementary */
};

/* Of the task that runs. */
const struct cred *current_cred(void);
static inline bool cred_privileged(const struct cred *cred)
{
	return cred->euid == 0;
}
/* Is gid the effective group or a supplementary one? */
bool cred_in_group(const struct cred *cred, gid_t gid);
