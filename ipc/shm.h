/*
 * System V shared memory. A segment is an object with a descriptor; an attach is an area whose ops point back here. Nothing in
 * ipc/ knows of faults, page tables or frames.
 *
 *   id, key ──► shm_segment ──► object ◄── area ── space     nattch: the areas, counted by their open and close
 */
#pragma once

#include "ipc/control.h"

enum { SHM_RDONLY = 010000, SHM_RND = 020000, SHM_REMAP = 040000, SHM_EXEC = 0100000 };                /* flags of shmat */
enum { SHM_HUGETLB = 04000, SHM_NORESERVE = 010000, SHM_HUGE_SHIFT = 26, SHM_HUGE_MASK = 0x3f };       /* flags of shmget */
enum { SHM_LOCK = 11, SHM_UNLOCK, SHM_STAT, SHM_INFO, SHM_STAT_ANY };                                  /* commands */
enum { SHM_DEST = 01000, SHM_LOCKED = 02000 };       /* in the mode: goes with its last detach; SHM_LOCK */
enum { SHMMIN = 1, SHMMNI = 4096 };

struct object;

struct shm_segment {
	struct ipc_perm perm;
	/* fixed at creation */
	struct object *object;       /* whose memory the segment shares */
	u32 size;                    /* bytes, as asked for */
	u32 pages;
	i32 first_key;               /* names it in /proc/PID/maps, whatever becomes of the key */
	pid_t cpid;
	/* changed only between sleep points */
	u32 nattch;                  /* areas, and attaches under way */
	u32 atime, dtime;            /* seconds since 1970 */
	pid_t lpid;
	struct exit_work creator;    /* on its creator's list while that lives */
	uid_t locker;                /* SHM_LOCKED: by whom */
};

extern struct ipc_ids shm_ids;
/* The settings in /proc/sys/kernel beside shm_ids.limit and shm_ids.next_id. */
extern u32 shm_max, shm_all, shm_rmid_forced;
extern u32 shm_total_pages;          /* of all segments, against shm_all */

/* Boot: the table of ids, the settings and /proc/sysvipc/shm. */
void shm_init(void);

/* Whose first member it is. */
static inline struct shm_segment *shm_of(struct ipc_perm *perm) { return (struct shm_segment *)perm; }

/* Destroy a segment if nobody has it attached and it was removed, or shm_rmid_forced is on. */
void shm_release(struct shm_segment *segment);
/* shm_rmid_forced was switched on: destroy what nobody has attached and whose creator is gone. */
int shm_destroy_orphans(void);

/* Nothing happens if it is not locked. */
void shm_unlock(struct shm_segment *segment);

/* The calls, for both ways in: errors in the order of Linux. */
i32 shm_get(i32 key, u32 size, u32 flags);
int shm_attach(i32 id, vaddr_t addr, u32 flags, vaddr_t *out);
int shm_detach(vaddr_t addr);

i32 shm_control(i32 id, i32 command, void *user, enum ipc_layout layout);

/* ---- What shmctl reads and writes, in the layouts of Linux i386 ---- */

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
_Static_assert(sizeof(struct shmid_old_abi) == 48 && offsetof(struct shmid_old_abi, nattch) == 36, "shmid_ds");
_Static_assert(sizeof(struct shminfo64_abi) == 36 && sizeof(struct shm_info_abi) == 24, "shminfo64, shm_info");
_Static_assert(sizeof(struct shminfo_old_abi) == 20, "shminfo");
