/* What the shared memory tests have in common: users, short names for frequent calls, settings, the raw i386 ABI. */
#ifndef USER_TESTS_SHM_H
#define USER_TESTS_SHM_H

#include "test.h"

/* Three users who are nobody's superuser, and two groups. */
enum { ALICE = 1001, BOB = 1002, CAROL = 1003, STAFF = 2001, GUESTS = 2002 };

#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif
#define SHM_DEST_BIT 01000
#define SHM_LOCKED_BIT 02000
#define PERMISSIONS 0777

/* A new private segment; attach it; its IPC_STAT; remove it: each must succeed. */
int segment(size_t size, int mode);
char *attach(int id);
char *attach_at(int id, const void *addr, int flags);
void detach(const void *p);
struct shmid_ds stat_of(int id);
unsigned attaches(int id);
void destroy(int id);
struct shm_info totals(void);

/* A key that no other test uses. */
key_t fresh_key(void);
/* The start of a range of free addresses that the kernel would have chosen itself. */
char *free_range(size_t size);
/* Let the clock's second change. */
void next_second(void);

/* /proc/sys/kernel/NAME. setting_need skips the test where the file is missing. Only root may write. */
long long setting(const char *name);
int setting_write(const char *name, long long value);
void setting_need(const char *name);
void setting_put(const char *name, long long value);

/* ---- The i386 ABI ------------------------------------------------------------------------------------------------ */

enum { NR_IPC = 117, NR_SHMGET = 395, NR_SHMCTL = 396, NR_SHMAT = 397, NR_SHMDT = 398 };
enum { OP_SHMAT = 21, OP_SHMDT = 22, OP_SHMGET = 23, OP_SHMCTL = 24 };
#define IPC_64_BIT 0x100

/* Offsets as an i386 kernel lays them out; independent of what the C library calls the fields. */
struct abi_perm64 {
        int32_t key;
        uint32_t uid, gid, cuid, cgid;
        uint16_t mode, pad1, seq, pad2;
        uint32_t unused[2];
};
struct abi_ds64 {
        struct abi_perm64 perm;
        uint32_t segsz, atime, atime_high, dtime, dtime_high, ctime, ctime_high, cpid, lpid, nattch, unused[2];
};
struct abi_info64 {
        uint32_t max, min, mni, seg, all, unused[4];
};
struct abi_shm_info {
        uint32_t used_ids, tot, rss, swp, swap_attempts, swap_successes;
};
struct abi_perm_old {
        int32_t key;
        uint16_t uid, gid, cuid, cgid, mode, seq;
};
struct abi_ds_old {
        struct abi_perm_old perm;
        uint32_t segsz, atime, dtime, ctime;
        uint16_t cpid, lpid, nattch, unused16;
        uint32_t unused[2];
};
struct abi_info_old {
        int32_t max, min, mni, seg, all;
};
_Static_assert(sizeof(struct abi_perm64) == 36, "ipc64_perm");
_Static_assert(sizeof(struct abi_ds64) == 84, "shmid64_ds");
_Static_assert(sizeof(struct abi_info64) == 36, "shminfo64");
_Static_assert(sizeof(struct abi_shm_info) == 24, "shm_info");
_Static_assert(sizeof(struct abi_perm_old) == 16, "old ipc_perm");
_Static_assert(sizeof(struct abi_ds_old) == 48, "old shmid_ds");

/* The ipc call and the direct ones; the value or -errno. */
static inline long raw_ipc(unsigned call, long first, long second, const void *third, const void *ptr)
{
        return raw(NR_IPC, call, first, second, (long)third, (long)ptr, 0);
}

static inline long raw_shmctl(int id, int cmd, void *buf)
{
        return raw(NR_SHMCTL, id, cmd, (long)buf, 0, 0, 0);
}

#endif
