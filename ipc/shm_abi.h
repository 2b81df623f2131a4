/* What shmctl reads and writes, in the layouts of Linux i386. */
#pragma once

#include "ipc/control.h"

struct shmid64_abi {
	struct ipc64_perm_abi perm;
	u32 segsz;
	u32 atime, atime_high, dtime, dtime_high, ctime, ctime_high;
	i32 cpid, lpid;
	u32 nattch, unused1, unused2;
};

struct shminfo64_abi {
	u32 max, min, mni, seg, all, unused[4];
};

struct shm_info_abi {
	i32 used_ids;
	u32 tot, rss, swp, swap_attempts, swap_successes;
};

struct shmid_old_abi {
	struct ipc_perm_old_abi perm;
	i32 segsz;
	u32 atime, dtime, ctime;
	u16 cpid, lpid, nattch, unused1;
	u32 unused2, unused3;
};

struct shminfo_old_abi {
	i32 max, min, mni, seg, all;
};

_Static_assert(sizeof(struct shmid64_abi) == 84 && offsetof(struct shmid64_abi, nattch) == 72, "shmid64_ds");
_Static_assert(sizeof(struct shminfo64_abi) == 36, "shminfo64");
_Static_assert(sizeof(struct shm_info_abi) == 24, "shm_info");
_Static_assert(sizeof(struct shmid_old_abi) == 48 && offsetof(struct shmid_old_abi, nattch) == 36, "shmid_ds");
_Static_assert(sizeof(struct shminfo_old_abi) == 20, "shminfo");
