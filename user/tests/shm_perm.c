/* Permission: one class is chosen, every wanted bit must be there, and nobody but the superuser passes by. */
#include "shm.h"

#include <grp.h>

/* A segment owned by ALICE:STAFF, made by root (so root is the creator), with this mode. */
static int owned_by_alice(int mode)
{
        int id = segment(PAGE, 0600);
        struct shmid_ds ds = { .shm_perm = { .uid = ALICE, .gid = STAFF, .mode = mode } };

        CHECK_OK(shmctl(id, IPC_SET, &ds));
        return id;
}

/* What this user gets: bit 2 for reading, bit 1 for reading and writing, bit 0 for IPC_STAT. */
static unsigned granted(int id)
{
        unsigned result = 0;
        struct shmid_ds ds;
        void *p;

        if ((p = shmat(id, NULL, SHM_RDONLY)) != (void *)-1) {
                detach(p);
                result |= 4;
        } else {
                CHECK_EQ(errno, EACCES);
        }
        if ((p = shmat(id, NULL, 0)) != (void *)-1) {
                detach(p);
                result |= 2;
        } else {
                CHECK_EQ(errno, EACCES);
        }
        if (!shmctl(id, IPC_STAT, &ds))
                result |= 1;
        else
                CHECK_EQ(errno, EACCES);
        return result;
}

static void check_granted(int id, uid_t uid, gid_t gid, unsigned want)
{
        IN_CHILD {
                become(uid, gid);
                CHECK_EQ(granted(id), want);
        }
}

/* Verifies for every mode of the three classes that exactly the bits of the one chosen class decide. */
TEST_FLAGS(shm_perm_one_class_decides, NEEDS_ROOT)
{
        static const unsigned by_bits[8] = { [4] = 5, [5] = 5, [6] = 7, [7] = 7 };

        for (int owner = 0; owner < 8; owner += 2)
                for (int group = 0; group < 8; group += 2)
                        for (int other = 0; other < 8; other += 2) {
                                int id = owned_by_alice(owner << 6 | group << 3 | other);

                                check_granted(id, ALICE, GUESTS, by_bits[owner]);
                                check_granted(id, BOB, STAFF, by_bits[group]);
                                check_granted(id, BOB, GUESTS, by_bits[other]);
                                destroy(id);
                        }
}

/* Verifies that an owner in the segment's group too is judged as owner, with no falling through. */
TEST_FLAGS(shm_perm_no_falling_through, NEEDS_ROOT)
{
        int id = owned_by_alice(0077), second = owned_by_alice(0707);

        check_granted(id, ALICE, STAFF, 0);
        check_granted(id, BOB, STAFF, 7);
        check_granted(second, BOB, STAFF, 0);
        check_granted(second, BOB, GUESTS, 7);
        destroy(id);
        destroy(second);
}

/* Verifies that the creator is judged as owner too after giving the segment away, and the creator's group as group. */
TEST_FLAGS(shm_perm_creator_and_his_group, NEEDS_ROOT)
{
        key_t key = fresh_key();

        IN_CHILD {
                struct shmid_ds ds = { .shm_perm = { .uid = BOB, .gid = GUESTS, .mode = 0640 } };

                become(ALICE, STAFF);
                CHECK_OK(shmctl(CHECK_OK(shmget(key, PAGE, IPC_CREAT)), IPC_SET, &ds));
        }
        int id = CHECK_OK(shmget(key, 0, 0));

        check_granted(id, ALICE, 9, 7);
        check_granted(id, BOB, 9, 7);
        check_granted(id, CAROL, STAFF, 5);
        check_granted(id, CAROL, GUESTS, 5);
        check_granted(id, CAROL, 9, 0);
        destroy(id);
}

/* Verifies that a supplementary group counts as group. */
TEST_FLAGS(shm_perm_supplementary_group, NEEDS_ROOT)
{
        static const gid_t groups[] = { 77, STAFF };
        int id = owned_by_alice(0040);

        IN_CHILD {
                CHECK_OK(setgroups(ARRAY_SIZE(groups), groups));
                CHECK_OK(setresgid(GUESTS, GUESTS, GUESTS));
                CHECK_OK(setresuid(BOB, BOB, BOB));
                CHECK_EQ(granted(id), 5);
        }
        destroy(id);
}

/* Verifies that every wanted bit must be there: mode 0444 is refused to reading and writing. */
TEST_FLAGS(shm_perm_every_wanted_bit, NEEDS_ROOT)
{
        int id = owned_by_alice(0444), write_only = owned_by_alice(0222);

        check_granted(id, ALICE, STAFF, 5);
        check_granted(id, BOB, STAFF, 5);
        check_granted(id, BOB, GUESTS, 5);
        check_granted(write_only, ALICE, STAFF, 0);
        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_ERR(EACCES, shmat(id, NULL, 0));
        }
        destroy(id);
        destroy(write_only);
}

/* Verifies that the effective uid is what counts, not the real one. */
TEST_FLAGS(shm_perm_effective_uid, NEEDS_ROOT)
{
        int id = owned_by_alice(0600);

        IN_CHILD {
                CHECK_OK(setgroups(0, NULL));
                CHECK_OK(setresgid(GUESTS, GUESTS, GUESTS));
                CHECK_OK(setresuid(BOB, ALICE, BOB));
                CHECK_EQ(granted(id), 7);
                CHECK_OK(setresuid(ALICE, BOB, ALICE));
                CHECK_EQ(granted(id), 0);
        }
        destroy(id);
}

/* Verifies that an owner with mode 0 is refused shmat and IPC_STAT and may still IPC_SET and IPC_RMID. */
TEST_FLAGS(shm_perm_owner_has_no_bypass, NEEDS_ROOT)
{
        int id = owned_by_alice(0);

        IN_CHILD {
                struct shmid_ds ds = { .shm_perm = { .uid = ALICE, .gid = STAFF, .mode = 0400 } };

                become(ALICE, STAFF);
                CHECK_EQ(granted(id), 0);
                CHECK_OK(shmctl(id, IPC_SET, &ds));
                CHECK_EQ(granted(id), 5);
                destroy(id);
        }
        CHECK_ERR(EINVAL, shmctl(id, IPC_RMID, NULL));
}

/* Verifies that an attach stays as it is when the mode or the uid changes afterwards. */
TEST_FLAGS(shm_perm_is_checked_at_attach_only, NEEDS_ROOT)
{
        int id = owned_by_alice(0600);

        IN_CHILD {
                struct shmid_ds ds = { .shm_perm = { .uid = ALICE, .gid = STAFF, .mode = 0 } };

                CHECK_OK(setresgid(STAFF, STAFF, STAFF));
                CHECK_OK(setresuid(ALICE, ALICE, ALICE));
                char *p = attach(id);

                CHECK_OK(shmctl(id, IPC_SET, &ds));
                fill_pattern(p, PAGE);
                IN_CHILD { CHECK_PATTERN(p, PAGE); }
                detach(p);
                CHECK_ERR(EACCES, shmat(id, NULL, 0));
        }
        destroy(id);
}
