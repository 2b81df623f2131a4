/* Who a task is: user and group ids, and what they allow. */
#pragma once

#include "kernel/lib/types.h"

#define CRED_GROUPS_MAX 16u

/* The four ids of each kind, by name or by index. */
enum { ID_REAL, ID_EFFECTIVE, ID_SAVED, ID_FS, ID_KINDS };

struct cred {
	union {
		struct { uid_t uid, euid, suid, fsuid; };
		u32 users[ID_KINDS];
	};
	union {
		struct { gid_t gid, egid, sgid, fsgid; };
		u32 group_ids[ID_KINDS];
	};
	u32 group_count;
	gid_t groups[CRED_GROUPS_MAX]; /* supplementary */
};

static inline bool cred_privileged(const struct cred *cred) { return cred->euid == 0; }
/* Is gid the effective group or a supplementary one? */
bool cred_in_group(const struct cred *cred, gid_t gid);

#define NO_ID UINT32_MAX               /* -1: leave that one as it is */
/* An id as the running call was given it. */
u32 cred_id_taken(u32 id);
/* An id in the 16 bits of old calls and structures: one that does not fit reads as 65534 (Linux's overflowuid). */
static inline u16 cred_id16(u32 id) { return id > UINT16_MAX ? 65534 : id; }
