/* What the semaphore tests have in common: short names for frequent calls, waiting for sleepers, the raw i386 ABI. */
#ifndef USER_TESTS_SEM_H
#define USER_TESTS_SEM_H

#include "shm.h"

#include <sys/sem.h>
#include <time.h>

#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif
enum { NR_SEMGET = 393, NR_SEMCTL = 394, NR_SEMTIMEDOP64 = 420 };
enum { OP_SEMOP = 1, OP_SEMGET = 2, OP_SEMCTL = 3, OP_SEMTIMEDOP = 4 };
enum { HIGHEST_VALUE = 32767, OPERATIONS_MAX = 500, SET_SIZE_MAX = 32000 };

/* semop with the operations as arguments: OPERATE(id, { 0, -1, SEM_UNDO }, { 1, 1, 0 }). */
#define OPERATE(id, ...)                                                                                               \
        ({                                                                                                             \
                struct sembuf ops_[] = { __VA_ARGS__ };                                                                \
                semop((id), ops_, ARRAY_SIZE(ops_));                                                                   \
        })
#define OPERATE_OK(id, ...) CHECK_OK(OPERATE(id, __VA_ARGS__))

/* A new private set; remove it; a value, who touched it last, who waits for it: each must succeed. */
static inline int sems(int count, int mode)
{
        return CHECK_OK(semget(IPC_PRIVATE, count, IPC_CREAT | mode));
}
static inline void sems_destroy(int id)
{
        CHECK_OK(semctl(id, 0, IPC_RMID));
}
static inline int value(int id, int num)
{
        return CHECK_OK(semctl(id, num, GETVAL));
}
static inline pid_t last_pid(int id, int num)
{
        return CHECK_OK(semctl(id, num, GETPID));
}
static inline struct semid_ds sems_stat(int id)
{
        struct semid_ds ds;

        CHECK_OK(semctl(id, 0, IPC_STAT, &ds));
        return ds;
}
static inline void set_value(int id, int num, int to)
{
        CHECK_OK(semctl(id, num, SETVAL, to));
}

/* Until so many sleep at that semaphore; command: GETNCNT or GETZCNT. */
void await_sleepers(int id, int num, int command, int n);

/* Offsets as an i386 kernel lays them out. */
struct abi_sem64 {
        struct abi_perm64 perm;
        uint32_t otime, otime_high, ctime, ctime_high, nsems, unused[2];
};
struct abi_sem_old {
        struct abi_perm_old perm;
        uint32_t otime, ctime, pointers[4];
        uint16_t nsems, pad;
};
_Static_assert(sizeof(struct abi_sem64) == 64 && sizeof(struct abi_sem_old) == 44, "semid_ds");

#endif
