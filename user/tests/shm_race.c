/* Calls that meet: removal against attaching and asking, creation against looking, one table of ids for all. */
#include "shm.h"

#include <sched.h>

#define ROUNDS 300

static bool gone(int error)
{
        return error == EINVAL || error == EIDRM;
}

/* Attach, look and detach until the segment is gone; whatever is attached must be whole. */
static void attach_until_gone(int id)
{
        for (;;) {
                char *p = shmat(id, NULL, 0);

                if (p == (void *)-1) {
                        CHECK(gone(errno));
                        return;
                }
                CHECK(p[PAGE] == 0 || p[PAGE] == 1);
                p[PAGE] = 1;
                detach(p);
        }
}

static void stat_until_gone(int id)
{
        struct shmid_ds ds;

        while (shmctl(id, IPC_STAT, &ds) == 0)
                CHECK_EQ(ds.shm_segsz, 2 * PAGE);
        CHECK(gone(errno));
}

/* Verifies that IPC_RMID may come at any moment of another's shmat, IPC_STAT and shmdt. */
TEST(race_rmid_against_attach_and_stat)
{
        for (int round = 0; round < ROUNDS; round++) {
                int id = segment(2 * PAGE, 0600);
                pid_t attacher, asker;

                SPAWN(attacher) { attach_until_gone(id); }
                SPAWN(asker) { stat_until_gone(id); }
                for (int i = 0; i < round % 7; i++)
                        sched_yield();
                destroy(id);
                JOIN(attacher);
                JOIN(asker);
        }
}

/* Verifies that an id is never visible before its owner, mode and size are set: whoever walks the table meanwhile sees
 * whole segments only. */
TEST_FLAGS(race_creation_against_looking, NEEDS_ROOT)
{
        pid_t maker;
        int status;

        SPAWN(maker) {
                become(ALICE, STAFF);
                for (int i = 0; i < 2000; i++)
                        destroy(segment(5000, 0640));
        }
        while (waitpid(maker, &status, WNOHANG) == 0) {
                struct shm_info info;
                struct shmid_ds ds;
                int highest = CHECK_OK(shmctl(0, SHM_INFO, (struct shmid_ds *)&info));

                if (shmctl(highest, SHM_STAT, &ds) < 0)
                        continue;
                CHECK_EQ(ds.shm_perm.uid, ALICE);
                CHECK_EQ(ds.shm_perm.cgid, STAFF);
                CHECK_EQ(ds.shm_perm.mode & PERMISSIONS, 0640);
                CHECK_EQ(ds.shm_segsz, 5000);
                CHECK(ds.shm_cpid == maker && ds.shm_ctime != 0);
                sched_yield();
        }
        CHECK_EQ(status, 0);
        CHECK_EQ(totals().used_ids, 0);
}

/* Verifies that of many who create one key with IPC_EXCL exactly one wins each time. */
TEST(race_exclusive_creation)
{
        enum { RACERS = 4 };
        key_t key = fresh_key();
        int score = segment(PAGE, 0600);
        int *wins = (int *)attach(score);
        pid_t pids[RACERS];

        for (int i = 0; i < RACERS; i++)
                SPAWN(pids[i]) {
                        for (int round = 0; round < ROUNDS; round++) {
                                if (shmget(key + round, PAGE, IPC_CREAT | IPC_EXCL | 0600) >= 0)
                                        __atomic_fetch_add(&wins[round], 1, __ATOMIC_SEQ_CST);
                                else
                                        CHECK_EQ(errno, EEXIST);
                                sched_yield();
                        }
                }
        for (int i = 0; i < RACERS; i++)
                JOIN(pids[i]);
        for (int round = 0; round < ROUNDS; round++) {
                CHECK_EQ(wins[round], 1);
                destroy(CHECK_OK(shmget(key + round, 0, 0)));
        }
        detach(wins);
        destroy(score);
}

/* Verifies that a ball passed through one shared word by sched_yield arrives a thousand times. */
TEST(race_ping_pong)
{
        enum { BALLS = 1000 };
        int id = segment(PAGE, 0600);
        volatile int *ball = (volatile int *)attach(id);
        pid_t pid;

        SPAWN(pid) {
                for (int i = 0; i < BALLS; i++) {
                        while (*ball != 2 * i + 1)
                                sched_yield();
                        *ball = 2 * i + 2;
                }
        }
        for (int i = 0; i < BALLS; i++) {
                *ball = 2 * i + 1;
                while (*ball != 2 * i + 2)
                        sched_yield();
        }
        JOIN(pid);
        detach((const void *)ball);
        destroy(id);
}

/* Verifies that processes that fork, attach, split, exec and die at random leave counts of zero. */
TEST(race_random_lives)
{
        int id = segment(8 * PAGE, 0600);
        unsigned seed = 12345;

        for (int life = 0; life < 200; life++) {
                seed = seed * 1103515245 + 12345;
                unsigned choice = seed >> 16;
                pid_t pid;

                SPAWN(pid) {
                        char *p = attach(id);

                        p[(choice % 8) * PAGE] = life;
                        if (choice & 1)
                                CHECK_OK(mprotect(p + PAGE, 2 * PAGE, PROT_READ));
                        if (choice & 2)
                                CHECK_OK(munmap(p + 4 * PAGE, PAGE));
                        if (choice & 4)
                                IN_CHILD { detach(p); }
                        if (choice & 8)
                                detach(p);
                        if (choice & 16)
                                raise(SIGKILL);
                }
                if (choice & 16)
                        JOIN_KILLED(pid, SIGKILL);
                else
                        JOIN(pid);
                CHECK_EQ(attaches(id), 0);
        }
        destroy(id);
}
