/* semget: order of errors, limits, ids; semctl: the order of errors of every command, and both layouts. */
#include "sem.h"

static void *const nowhere = (void *)PAGE;

static int alices_set(int mode)
{
        key_t key = fresh_key();

        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_OK(semget(key, 3, IPC_CREAT | mode));
        }
        return CHECK_OK(semget(key, 0, 0));
}

/* Verifies the order of semget's errors: the number's range, the key, the set's size, permission. */
TEST_FLAGS(semget_order_of_errors, NEEDS_ROOT)
{
        key_t key = fresh_key();

        CHECK_ERR(EINVAL, semget(key, -1, IPC_CREAT));
        CHECK_ERR(EINVAL, semget(IPC_PRIVATE, -1, 0600));
        CHECK_ERR(EINVAL, semget(key, SET_SIZE_MAX + 1, 0));
        CHECK_ERR(ENOENT, semget(key, 0, 0));
        CHECK_ERR(ENOENT, semget(key, SET_SIZE_MAX, 0));
        CHECK_ERR(EINVAL, semget(key, 0, IPC_CREAT));
        CHECK_ERR(EINVAL, semget(IPC_PRIVATE, 0, IPC_CREAT));
        int id = CHECK_OK(semget(key, 2, IPC_CREAT | 0600));

        CHECK_ERR(EEXIST, semget(key, 3, IPC_CREAT | IPC_EXCL));
        CHECK_ERR(EINVAL, semget(key, 3, 0));
        CHECK_EQ(semget(key, 0, 0), id);
        CHECK_EQ(semget(key, 2, IPC_CREAT), id);
        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_ERR(EINVAL, semget(key, 3, 0666));
                CHECK_ERR(EACCES, semget(key, 2, 0600));
                CHECK_ERR(EACCES, semget(key, 2, 0004));
                CHECK_ERR(EEXIST, semget(key, 3, IPC_CREAT | IPC_EXCL));
                CHECK_EQ(semget(key, 2, 0), id);
        }
        sems_destroy(id);
        CHECK_ERR(ENOENT, semget(key, 0, 0));
}

/* Verifies that a new set is zero, was never operated on, and bears its maker's ids and the nine mode bits. */
TEST_FLAGS(semget_new_set, NEEDS_ROOT)
{
        int id = alices_set(07654 & 0777);
        struct semid_ds ds = sems_stat(id);

        CHECK(ds.sem_perm.uid == ALICE && ds.sem_perm.cuid == ALICE && ds.sem_perm.gid == STAFF && ds.sem_perm.cgid == STAFF);
        CHECK(ds.sem_perm.mode == 0654 && ds.sem_nsems == 3 && ds.sem_otime == 0);
        CHECK(ds.sem_ctime && time(NULL) - ds.sem_ctime <= 2);
        for (int i = 0; i < 3; i++)
                CHECK(value(id, i) == 0 && last_pid(id, i) == 0 && !semctl(id, i, GETNCNT) && !semctl(id, i, GETZCNT));
        sems_destroy(id);
}

/* Verifies that removing makes the id stale, frees the key, and that the next set has another id. */
TEST(semget_stale_id)
{
        key_t key = fresh_key();
        int id = CHECK_OK(semget(key, 1, IPC_CREAT | 0600));

        sems_destroy(id);
        CHECK_ERR(EINVAL, semctl(id, 0, IPC_RMID));
        CHECK_ERR(EINVAL, semctl(id, 0, GETVAL));
        CHECK_ERR(EINVAL, OPERATE(id, { 0, 1, 0 }));
        int next = CHECK_OK(semget(key, 1, IPC_CREAT | 0600));

        CHECK(next != id);
        sems_destroy(next);
}

/* Verifies that the largest set works at both ends and in the middle. */
TEST(semget_largest_set)
{
        int id = sems(SET_SIZE_MAX, 0600);
        unsigned short *values = calloc(SET_SIZE_MAX, sizeof *values);

        OPERATE_OK(id, { SET_SIZE_MAX - 1, 3, 0 }, { 0, 1, SEM_UNDO }, { 511, 7, SEM_UNDO }, { 512, 8, 0 });
        CHECK_ERR(EFBIG, OPERATE(id, { SET_SIZE_MAX, 1, 0 }));
        CHECK_OK(semctl(id, 0, GETALL, values));
        CHECK(values[0] == 1 && values[511] == 7 && values[512] == 8 && values[513] == 0 && values[SET_SIZE_MAX - 1] == 3);
        for (int i = 0; i < SET_SIZE_MAX; i++)
                values[i] = i;
        CHECK_OK(semctl(id, 0, SETALL, values));
        CHECK(value(id, 2047) == 2047 && value(id, 2048) == 2048 && value(id, SET_SIZE_MAX - 1) == SET_SIZE_MAX - 1);
        free(values);
        sems_destroy(id);
}

/* Verifies that unknown commands and negative ids are EINVAL before anything else. */
TEST_FLAGS(semctl_unknown_commands, NOT_64)
{
        static const int known[] = { IPC_RMID, IPC_SET, IPC_STAT, IPC_INFO, GETPID, GETVAL, GETALL, GETNCNT, GETZCNT, SETVAL,
                                     SETALL, SEM_STAT, SEM_INFO, SEM_STAT_ANY };
        int id = sems(1, 0600);

        for (int cmd = -1; cmd < 300; cmd++)
                if (cmd < IPC_RMID || (cmd > IPC_INFO && (cmd < GETPID || cmd > SEM_STAT_ANY)))
                        CHECK_EQ(raw(NR_SEMCTL, id, 0, cmd, (long)nowhere, 0, 0), -EINVAL);
        for (unsigned i = 0; i < ARRAY_SIZE(known); i++)
                CHECK_EQ(raw(NR_SEMCTL, -1, 0, known[i], (long)nowhere, 0, 0), -EINVAL);
        CHECK_EQ(raw(NR_SEMCTL, id, 0, GETVAL | IPC_64_BIT, 0, 0, 0), -EINVAL);
        sems_destroy(id);
}

/* Verifies the order of errors of the commands that move values: SETVAL's range, id, number, permission, pointer. */
TEST_FLAGS(semctl_order_of_errors, NEEDS_ROOT)
{
        int id = sems(2, 0), stale = sems(1, 0600);
        unsigned short many[2] = { 1, HIGHEST_VALUE + 1 };

        sems_destroy(stale);
        IN_CHILD {
                become(BOB, GUESTS);
                CHECK_ERR(ERANGE, semctl(stale, 9, SETVAL, HIGHEST_VALUE + 1));
                CHECK_ERR(ERANGE, semctl(id, 9, SETVAL, -1));
                CHECK_ERR(EINVAL, semctl(stale, 0, SETVAL, 1));
                CHECK_ERR(EINVAL, semctl(id, 2, SETVAL, 1));
                CHECK_ERR(EINVAL, semctl(id, -1, SETVAL, 1));
                CHECK_ERR(EACCES, semctl(id, 1, SETVAL, 1));
                CHECK_ERR(EACCES, semctl(id, 7, GETVAL));
                CHECK_ERR(EACCES, semctl(id, 7, GETNCNT));
                CHECK_ERR(EACCES, semctl(id, 0, GETALL, nowhere));
                CHECK_ERR(EACCES, semctl(id, 0, SETALL, nowhere));
                CHECK_EQ(raw(NR_SEMCTL, id, 0, IPC_STAT, (long)nowhere, 0, 0), -EACCES);
                CHECK_ERR(EPERM, semctl(id, 0, IPC_RMID));
                CHECK_EQ(raw(NR_SEMCTL, id, 0, IPC_SET, (long)nowhere, 0, 0), -EFAULT);
                CHECK_ERR(EPERM, semctl(id, 0, IPC_SET, (void *)&(struct semid_ds){ 0 }));
                CHECK_EQ(raw(NR_SEMCTL, stale, 0, IPC_SET, (long)nowhere, 0, 0), -EFAULT);
                CHECK_EQ(raw(NR_SEMCTL, 0, 0, IPC_INFO, (long)nowhere, 0, 0), -EFAULT);
        }
        CHECK_ERR(EINVAL, semctl(id, 2, GETVAL));
        CHECK_ERR(EINVAL, semctl(id, -1, GETPID));
        CHECK_ERR(EFAULT, semctl(id, 99, GETALL, nowhere));
        CHECK_ERR(EFAULT, semctl(id, 99, SETALL, nowhere));
        CHECK_ERR(ERANGE, semctl(id, 99, SETALL, many));
        CHECK(value(id, 0) == 0 && value(id, 1) == 0);
        CHECK_EQ(raw(NR_SEMCTL, id, 0, IPC_STAT, (long)nowhere, 0, 0), -EFAULT);
        sems_destroy(id);
}

/* Verifies that IPC_SET changes owner and the nine mode bits, and refuses -1. */
TEST_FLAGS(semctl_set, NEEDS_ROOT)
{
        int id = alices_set(0600);
        struct semid_ds ds = { .sem_perm = { .uid = BOB, .gid = GUESTS, .mode = 07644 } };

        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_OK(semctl(id, 0, IPC_SET, &ds));
        }
        ds = sems_stat(id);
        CHECK(ds.sem_perm.uid == BOB && ds.sem_perm.gid == GUESTS && ds.sem_perm.mode == 0644 && ds.sem_perm.cuid == ALICE);
        ds.sem_perm.uid = -1;
        CHECK_ERR(EINVAL, semctl(id, 0, IPC_SET, &ds));
        IN_CHILD {
                become(CAROL, 9);
                CHECK_EQ(value(id, 0), 0);
                CHECK_ERR(EACCES, OPERATE(id, { 0, 1, 0 }));
                CHECK_OK(OPERATE(id, { 0, 0, 0 }));
                CHECK_ERR(EPERM, semctl(id, 0, IPC_RMID));
        }
        IN_CHILD {
                become(BOB, 9);
                sems_destroy(id);
        }
}

/* Verifies both layouts of IPC_STAT, every byte of them, by ipc and by number. */
TEST_FLAGS(semctl_layouts, NEEDS_ROOT)
{
        int id = alices_set(0640);
        struct abi_sem64 wide, direct;
        struct abi_sem_old old;
        long argument = (long)&wide;

        OPERATE_OK(id, { 1, 1, 0 });
        memset(&wide, 0xee, sizeof wide);
        memset(&direct, 0xee, sizeof direct);
        memset(&old, 0xee, sizeof old);
        CHECK_EQ(raw_ipc(OP_SEMCTL, id, 0, (void *)(IPC_STAT | IPC_64_BIT), &argument), 0);
        CHECK_EQ(raw(NR_SEMCTL, id, 0, IPC_STAT, (long)&direct, 0, 0), 0);
        argument = (long)&old;
        CHECK_EQ(raw_ipc(OP_SEMCTL, id, 0, (void *)IPC_STAT, &argument), 0);
        CHECK(!memcmp(&wide, &direct, sizeof wide));
        CHECK(wide.perm.uid == ALICE && wide.perm.gid == STAFF && wide.perm.mode == 0640 && wide.nsems == 3);
        CHECK(wide.perm.pad1 == 0 && wide.perm.pad2 == 0 && wide.perm.unused[0] == 0 && wide.perm.unused[1] == 0);
        CHECK(wide.otime && wide.ctime && !wide.otime_high && !wide.ctime_high && !wide.unused[0] && !wide.unused[1]);
        CHECK(old.perm.key == wide.perm.key && old.perm.uid == ALICE && old.perm.mode == 0640 && old.nsems == 3 && old.pad == 0);
        CHECK(old.otime == wide.otime && old.ctime == wide.ctime && !old.pointers[0] && !old.pointers[3]);
        CHECK_EQ(raw_ipc(OP_SEMCTL, id, 0, (void *)GETVAL, NULL), -EINVAL);
        CHECK_EQ(raw_ipc(OP_SEMCTL, id, 0, (void *)GETVAL, nowhere), -EFAULT);
        argument = 0;
        CHECK_EQ(raw_ipc(OP_SEMCTL | 1 << 16, id, 1, (void *)GETVAL, &argument), 1);
        sems_destroy(id);
}

/* Verifies IPC_INFO, SEM_INFO, SEM_STAT and SEM_STAT_ANY. */
TEST_FLAGS(semctl_info, NEEDS_ROOT)
{
        struct seminfo info, usage, more;
        int id = sems(5, 0), highest = CHECK_OK(semctl(0, 0, SEM_INFO, &usage)), second;
        struct semid_ds ds;

        CHECK_EQ(semctl(0, 0, IPC_INFO, &info), highest);
        CHECK(info.semmsl == SET_SIZE_MAX && info.semmns == 1024000000 && info.semopm == OPERATIONS_MAX && info.semmni == 32000);
        CHECK(info.semvmx == HIGHEST_VALUE && info.semaem == HIGHEST_VALUE && info.semusz == 20 && info.semume == 500);
        CHECK(info.semmap == 1024000000 && info.semmnu == 1024000000);
        second = sems(7, 0);
        CHECK_OK(semctl(0, 0, SEM_INFO, &more));
        CHECK(more.semusz == usage.semusz + 1 && more.semaem == usage.semaem + 7);
        CHECK_EQ(semctl(second & 0x7fff, 0, SEM_STAT, &ds), second);
        CHECK_EQ(ds.sem_nsems, 7);
        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_ERR(EACCES, semctl(id & 0x7fff, 0, SEM_STAT, &ds));
                CHECK_EQ(semctl(id & 0x7fff, 0, SEM_STAT_ANY, &ds), id);
                CHECK_EQ(ds.sem_nsems, 5);
        }
        sems_destroy(id);
        sems_destroy(second);
        CHECK_ERR(EINVAL, semctl(second & 0x7fff, 0, SEM_STAT_ANY, &ds));
}
