/* SHM_LOCK and SHM_UNLOCK: who may, and the account against RLIMIT_MEMLOCK, which is kept per user. */
#include "shm.h"

/* Set the limit and become this user, who then has no account left from before. */
static void become_limited(uid_t uid, unsigned long pages)
{
        const struct rlimit limit = { pages * PAGE, pages * PAGE };

        CHECK_OK(setrlimit(RLIMIT_MEMLOCK, &limit));
        become(uid, STAFF);
}

/* Remove every segment that this user has made. */
static void remove_all_of(uid_t uid)
{
        struct shm_info info;
        struct shmid_ds ds;
        int highest = CHECK_OK(shmctl(0, SHM_INFO, (struct shmid_ds *)&info));

        for (int i = 0; i <= highest; i++) {
                int id = shmctl(i, SHM_STAT, &ds);

                if (id >= 0 && ds.shm_perm.cuid == uid)
                        destroy(id);
        }
}

static int lock(int id)
{
        return shmctl(id, SHM_LOCK, NULL);
}

static int unlock(int id)
{
        return shmctl(id, SHM_UNLOCK, NULL);
}

/* Verifies that the mode shows SHM_LOCKED while locked, and that both commands may be repeated. */
TEST_FLAGS(shm_lock_shows_in_the_mode, NEEDS_ROOT)
{
        int id = segment(PAGE, 0640);

        CHECK_OK(unlock(id));
        CHECK_OK(lock(id));
        CHECK_EQ(stat_of(id).shm_perm.mode, 0640 | SHM_LOCKED_BIT);
        CHECK_OK(lock(id));
        CHECK_OK(unlock(id));
        CHECK_EQ(stat_of(id).shm_perm.mode, 0640);
        CHECK_OK(unlock(id));
        destroy(id);
}

/* Verifies that IPC_SET keeps SHM_LOCKED, and that the lock makes no page. */
TEST_FLAGS(shm_lock_survives_ipc_set, NEEDS_ROOT)
{
        unsigned long resident = totals().shm_rss;
        int id = segment(4 * PAGE, 0600);
        struct shmid_ds ds = stat_of(id);

        CHECK_OK(lock(id));
        CHECK_EQ(totals().shm_rss, resident);
        ds.shm_perm.mode = 0444;
        CHECK_OK(shmctl(id, IPC_SET, &ds));
        CHECK_EQ(stat_of(id).shm_perm.mode, 0444 | SHM_LOCKED_BIT);
        CHECK_OK(unlock(id));
        CHECK_EQ(stat_of(id).shm_perm.mode, 0444);
        destroy(id);
}

/* Verifies that another user's lock and unlock are EPERM whatever the mode, and change nothing. */
TEST_FLAGS(shm_lock_by_another_user, NEEDS_ROOT)
{
        int id = segment(PAGE, 0777);

        IN_CHILD {
                become_limited(ALICE, 100);
                CHECK_ERR(EPERM, lock(id));
                CHECK_ERR(EPERM, unlock(id));
                CHECK_ERR(EINVAL, lock(id + 1));
                CHECK_ERR(EINVAL, unlock(id + 1));
        }
        CHECK_EQ(stat_of(id).shm_perm.mode, 0777);
        CHECK_OK(lock(id));
        IN_CHILD {
                become_limited(ALICE, 100);
                CHECK_ERR(EPERM, unlock(id));
        }
        CHECK_EQ(stat_of(id).shm_perm.mode, 0777 | SHM_LOCKED_BIT);
        destroy(id);
}

/* Verifies that owner and creator both may lock and unlock, with a mode of 0. */
TEST_FLAGS(shm_lock_by_owner_and_creator, NEEDS_ROOT)
{
        static const uid_t users[] = { ALICE, BOB };
        key_t key = fresh_key();

        IN_CHILD {
                struct shmid_ds ds = { .shm_perm = { .uid = BOB, .gid = GUESTS } };

                become(ALICE, STAFF);
                CHECK_OK(shmctl(CHECK_OK(shmget(key, PAGE, IPC_CREAT)), IPC_SET, &ds));
        }
        int id = CHECK_OK(shmget(key, 0, 0));

        for (unsigned i = 0; i < ARRAY_SIZE(users); i++)
                IN_CHILD {
                        become_limited(users[i], 1);
                        CHECK_OK(lock(id));
                        CHECK_OK(unlock(id));
                }
        destroy(id);
}

/* Verifies that a limit of 0 makes lock EPERM (after the ownership check) and leaves unlock allowed. */
TEST_FLAGS(shm_lock_with_a_limit_of_zero, NEEDS_ROOT)
{
        IN_CHILD {
                become_limited(ALICE, 0);
                int id = segment(PAGE, 0600);

                CHECK_ERR(EINVAL, lock(id + 1));
                CHECK_ERR(EPERM, lock(id));
                CHECK_OK(unlock(id));
                destroy(id);
        }
}

/* Verifies that all locked segments of a user count in whole pages against the limit, which is inclusive: ENOMEM. */
TEST_FLAGS(shm_lock_over_the_limit, NEEDS_ROOT)
{
        IN_CHILD {
                become_limited(ALICE, 4);
                int a = segment(2 * PAGE + 1, 0600), b = segment(PAGE + 1, 0600), c = segment(1, 0600);

                CHECK_OK(lock(a));
                CHECK_ERR(ENOMEM, lock(b));
                CHECK_EQ(stat_of(b).shm_perm.mode, 0600);
                CHECK_OK(lock(c));
                CHECK_OK(lock(a));
                CHECK_OK(unlock(a));
                CHECK_OK(lock(b));
                CHECK_ERR(ENOMEM, lock(a));
                destroy(a);
                destroy(b);
                destroy(c);
        }
}

/* Verifies that the account of each user is his own, and the same in all his processes. */
TEST_FLAGS(shm_lock_account_per_user, NEEDS_ROOT)
{
        static const uid_t users[] = { ALICE, BOB };

        for (unsigned i = 0; i < ARRAY_SIZE(users); i++)
                IN_CHILD {
                        become_limited(users[i], 4);
                        CHECK_OK(lock(segment(4 * PAGE, 0600)));
                        IN_CHILD { CHECK_ERR(ENOMEM, lock(segment(PAGE, 0600))); }
                }
        remove_all_of(ALICE);
        remove_all_of(BOB);
        for (unsigned i = 0; i < ARRAY_SIZE(users); i++)
                IN_CHILD {
                        become_limited(users[i], 4);
                        int id = segment(4 * PAGE, 0600);

                        CHECK_OK(lock(id));
                        destroy(id);
                }
}

/* Verifies that the account is back at 0 after unlock by another, after removal, and after removal while attached. */
TEST_FLAGS(shm_lock_account_is_given_back, NEEDS_ROOT)
{
        key_t key = fresh_key();

        IN_CHILD {
                become_limited(ALICE, 4);
                CHECK_OK(lock(CHECK_OK(shmget(key, 4 * PAGE, IPC_CREAT | 0600))));
        }
        int first = CHECK_OK(shmget(key, 0, 0));

        CHECK_OK(unlock(first));
        destroy(first);
        IN_CHILD {
                become_limited(ALICE, 4);
                for (int i = 0; i < 3; i++) {
                        int id = segment(4 * PAGE, 0600);
                        char *p = attach(id);

                        CHECK_OK(lock(id));
                        destroy(id);
                        CHECK_EQ(stat_of(id).shm_perm.mode, 0600 | SHM_LOCKED_BIT | SHM_DEST_BIT);
                        CHECK_ERR(ENOMEM, lock(segment(PAGE, 0600)));
                        detach(p);
                }
                int id = segment(4 * PAGE, 0600);

                CHECK_OK(lock(id));
                destroy(id);
        }
        remove_all_of(ALICE);
}

/* Verifies that the superuser is not held by the limit, not even by 0. */
TEST_FLAGS(shm_lock_by_root, NEEDS_ROOT)
{
        IN_CHILD {
                const struct rlimit none = { 0, 0 };
                int id = segment(16 * PAGE, 0600);

                CHECK_OK(setrlimit(RLIMIT_MEMLOCK, &none));
                CHECK_OK(lock(id));
                destroy(id);
        }
}
