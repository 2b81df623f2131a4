/* What shmctl reads and writes, in the layouts of Linux i386: the one asked for with IPC_64 or by the direct call, and the old one. */
#pragma once

#include "kernel/lib/types.h"

struct ipc64_perm_abi {
	i32 key;
	u32 uid, gid, cuid, cgid;
	u16 mode, pad1, seq, pad2;
	u32 unused1, unused2;
};

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

struct ipc_perm_old_abi {
	i32 key;
	u16 uid, gid, cuid, cgid, mode, seq;
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

_Static_assert(sizeof(struct ipc64_perm_abi) == 36, "ipc64_perm");
_Static_assert(sizeof(struct shmid64_abi) == 84 && offsetof(struct shmid64_abi, nattch) == 72, "shmid64_ds");
_Static_assert(sizeof(struct shminfo64_abi) == 36, "shminfo64");
_Static_assert(sizeof(struct shm_info_abi) == 24, "shm_info");
_Static_assert(sizeof(struct ipc_perm_old_abi) == 16, "ipc_perm");
_Static_assert(sizeof(struct shmid_old_abi) == 48 && offsetof(struct shmid_old_abi, nattch) == 36, "shmid_ds");
_Static_assert(sizeof(struct shminfo_old_abi) == 20, "shminfo");
