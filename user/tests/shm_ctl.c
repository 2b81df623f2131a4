/* shmctl: IPC_STAT, IPC_SET, IPC_RMID, the index commands and what comes before all of them. */
#include "shm.h"

static void *const nowhere = (void *)PAGE;

/* A segment by key of ALICE's making with this mode; used by root. */
static int alices_segment(int mode)
{
        key_t key = fresh_key();

        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_OK(shmget(key, PAGE, IPC_CREAT | mode));
        }
        return CHECK_OK(shmget(key, 0, 0));
}

/* Verifies that a negative command or id is EINVAL before anything else, for IPC_INFO and SHM_INFO too. */
TEST(shmctl_negative_arguments)
{
        static const int commands[] = {
                IPC_RMID, IPC_SET, IPC_STAT, IPC_INFO, SHM_LOCK, SHM_UNLOCK, SHM_STAT, SHM_INFO, SHM_STAT_ANY,
        };
        int id = segment(PAGE, 0600);

        for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
                CHECK_EQ(raw_shmctl(-1, commands[i], nowhere), -EINVAL);
                CHECK_EQ(raw_shmctl((int)0x80000000, commands[i], nowhere), -EINVAL);
        }
        CHECK_EQ(raw_shmctl(id, -1, nowhere), -EINVAL);
        CHECK_EQ(raw_shmctl(id, (int)0x80000000, nowhere), -EINVAL);
        destroy(id);
}

/* Verifies that an unknown command is EINVAL, with a good id, a bad id, and whatever pointer. */
TEST(shmctl_unknown_commands)
{
        int id = segment(PAGE, 0600);
        struct shmid_ds ds;

        for (int cmd = 0; cmd < 300; cmd++) {
                if (cmd <= 3 || (cmd >= 11 && cmd <= 15))
                        continue;
                CHECK_EQ(raw_shmctl(id, cmd, &ds), -EINVAL);
                CHECK_EQ(raw_shmctl(id + 1, cmd, nowhere), -EINVAL);
        }
        CHECK_EQ(raw_shmctl(id, 0x7fffffff, &ds), -EINVAL);
        destroy(id);
}

/* Verifies that an id that never was and a stale one are EINVAL for every command that takes an id. */
TEST(shmctl_bad_id)
{
        static const int commands[] = { IPC_RMID, IPC_SET, IPC_STAT, SHM_LOCK, SHM_UNLOCK };
        int id = segment(PAGE, 0600);
        struct shmid_ds ds = stat_of(id);

        destroy(id);
        for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
                CHECK_ERR(EINVAL, shmctl(id, commands[i], &ds));
                CHECK_ERR(EINVAL, shmctl(id + 1, commands[i], &ds));
                CHECK_ERR(EINVAL, shmctl(0x7fffffff, commands[i], &ds));
        }
}

/* Verifies that the new segment in a freed place has another id, and the old id stays EINVAL. */
TEST(shmctl_id_is_not_reused_at_once)
{
        int old = segment(PAGE, 0600);
        struct shmid_ds ds;

        destroy(old);
        for (int i = 0; i < 100; i++) {
                int id = segment(PAGE, 0600);

                CHECK(id != old);
                CHECK_ERR(EINVAL, shmctl(old, IPC_STAT, &ds));
                destroy(id);
        }
}

/* Verifies that the sequence number is part of the id: the same index with another sequence number is EINVAL. */
TEST(shmctl_sequence_number_is_compared)
{
        int id = segment(PAGE, 0600);
        struct shmid_ds ds = stat_of(id);

        CHECK_EQ(ds.shm_perm.__seq, (unsigned short)(id >> 15));
        CHECK_ERR(EINVAL, shmctl(id + (1 << 15), IPC_STAT, &ds));
        CHECK_ERR(EINVAL, shmctl(id ^ (1 << 20), IPC_STAT, &ds));
        CHECK_ERR(EINVAL, shmctl(id + (1 << 15), IPC_RMID, NULL));
        destroy(id);
}

/* Verifies the order of IPC_STAT: id EINVAL, permission EACCES, the buffer EFAULT last. */
TEST_FLAGS(shmctl_stat_order, NEEDS_ROOT)
{
        int id = segment(PAGE, 0600), readable = segment(PAGE, 0604);

        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_EQ(raw_shmctl(id + 7, IPC_STAT, nowhere), -EINVAL);
                CHECK_EQ(raw_shmctl(id, IPC_STAT, nowhere), -EACCES);
                CHECK_EQ(raw_shmctl(readable, IPC_STAT, nowhere), -EFAULT);
        }
        CHECK_EQ(raw_shmctl(id, IPC_STAT, NULL), -EFAULT);
        CHECK_EQ(raw_shmctl(id, IPC_STAT, (void *)0xfffff000), -EFAULT);
        destroy(id);
        destroy(readable);
}

/* Verifies the order of IPC_SET: the buffer EFAULT first, id EINVAL, EPERM, and a uid or gid of -1 EINVAL. */
TEST_FLAGS(shmctl_set_order, NEEDS_ROOT)
{
        int id = segment(PAGE, 0666);
        struct shmid_ds ds = stat_of(id), bad = ds;

        bad.shm_perm.uid = -1;
        CHECK_EQ(raw_shmctl(id + 7, IPC_SET, nowhere), -EFAULT);
        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_EQ(raw_shmctl(id, IPC_SET, nowhere), -EFAULT);
                CHECK_ERR(EINVAL, shmctl(id + 7, IPC_SET, &bad));
                CHECK_ERR(EPERM, shmctl(id, IPC_SET, &bad));
                CHECK_ERR(EPERM, shmctl(id, IPC_SET, &ds));
        }
        CHECK_ERR(EINVAL, shmctl(id, IPC_SET, &bad));
        bad = ds;
        bad.shm_perm.gid = -1;
        CHECK_ERR(EINVAL, shmctl(id, IPC_SET, &bad));
        CHECK_EQ(stat_of(id).shm_perm.gid, ds.shm_perm.gid);
        CHECK_EQ(stat_of(id).shm_perm.mode, 0666);
        destroy(id);
}

/* Verifies that IPC_SET changes uid, gid and the low nine mode bits, and nothing else but ctime. */
TEST_FLAGS(shmctl_set_changes, NEEDS_ROOT)
{
        key_t key = fresh_key();
        int id = CHECK_OK(shmget(key, 5000, IPC_CREAT | 0600));
        struct shmid_ds before = stat_of(id), want, after;

        memset(&want, 0xee, sizeof want);
        want.shm_perm.uid = ALICE;
        want.shm_perm.gid = STAFF;
        want.shm_perm.mode = 07777;
        next_second();
        CHECK_OK(shmctl(id, IPC_SET, &want));
        after = stat_of(id);
        CHECK_EQ(after.shm_perm.uid, ALICE);
        CHECK_EQ(after.shm_perm.gid, STAFF);
        CHECK_EQ(after.shm_perm.mode, 0777);
        CHECK(after.shm_ctime > before.shm_ctime);
        CHECK_EQ(after.shm_perm.cuid, before.shm_perm.cuid);
        CHECK_EQ(after.shm_perm.cgid, before.shm_perm.cgid);
        CHECK_EQ(after.shm_perm.__key, key);
        CHECK_EQ(after.shm_segsz, 5000);
        CHECK_EQ(after.shm_cpid, before.shm_cpid);
        CHECK_EQ(after.shm_lpid, 0);
        CHECK_EQ(after.shm_atime, 0);
        CHECK_EQ(after.shm_dtime, 0);
        destroy(id);
}

/* Verifies that the owner and the creator may IPC_SET and IPC_RMID whatever the mode, and that a creator keeps this
 * right after giving the segment away. */
TEST_FLAGS(shmctl_owner_and_creator, NEEDS_ROOT)
{
        int id = alices_segment(0);

        for (unsigned i = 0; i < 2; i++)
                IN_CHILD {
                        struct shmid_ds ds = { .shm_perm = { .uid = BOB, .gid = GUESTS } };

                        become(i ? BOB : ALICE, STAFF);
                        CHECK_ERR(EACCES, shmctl(id, IPC_STAT, &ds));
                        CHECK_OK(shmctl(id, IPC_SET, &ds));
                }
        IN_CHILD {
                become(CAROL, GUESTS);
                CHECK_ERR(EPERM, shmctl(id, IPC_RMID, NULL));
        }
        IN_CHILD {
                become(ALICE, STAFF);
                destroy(id);
        }
        CHECK_ERR(EINVAL, shmctl(id, IPC_RMID, NULL));
}

/* Verifies that IPC_RMID by another user is EPERM even with mode 0777, and that the segment is untouched by it. */
TEST_FLAGS(shmctl_rmid_by_another_user, NEEDS_ROOT)
{
        int id = alices_segment(0777);
        struct shmid_ds before = stat_of(id), after;
        char *p = attach(id);

        fill_pattern(p, PAGE);
        IN_CHILD {
                become(BOB, STAFF);
                CHECK_ERR(EPERM, shmctl(id, IPC_RMID, NULL));
                detach(attach(id));
        }
        after = stat_of(id);
        CHECK_EQ(after.shm_perm.mode, before.shm_perm.mode);
        CHECK_EQ(after.shm_perm.__key, before.shm_perm.__key);
        CHECK_PATTERN(p, PAGE);
        detach(p);
        destroy(id);
}

/* Verifies that IPC_RMID ignores its pointer, may be repeated while attached, and is EINVAL after destruction. */
TEST(shmctl_rmid_repeated)
{
        int id = segment(PAGE, 0600);
        char *p = attach(id);

        CHECK_EQ(raw_shmctl(id, IPC_RMID, nowhere), 0);
        CHECK_OK(shmctl(id, IPC_RMID, NULL));
        CHECK_OK(shmctl(id, IPC_RMID, NULL));
        detach(p);
        CHECK_ERR(EINVAL, shmctl(id, IPC_RMID, NULL));
}

/* Verifies that the superuser passes every check of another user's segment of mode 0. */
TEST_FLAGS(shmctl_superuser_passes, NEEDS_ROOT)
{
        int id = alices_segment(0);
        struct shmid_ds ds = stat_of(id);

        CHECK_EQ(ds.shm_perm.uid, ALICE);
        CHECK_EQ(ds.shm_perm.cuid, ALICE);
        CHECK_EQ(ds.shm_perm.gid, STAFF);
        CHECK_EQ(ds.shm_perm.cgid, STAFF);
        detach(attach(id));
        CHECK_EQ(shmget(ds.shm_perm.__key, 0, 0777), id);
        CHECK_OK(shmctl(id, IPC_SET, &ds));
        CHECK_OK(shmctl(id, SHM_LOCK, NULL));
        CHECK_OK(shmctl(id, SHM_UNLOCK, NULL));
        destroy(id);
}
