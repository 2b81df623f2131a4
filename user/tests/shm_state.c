/* The life of a segment: what IPC_STAT says at every step, removal, and who shares what. */
#include "shm.h"

#include <time.h>

static bool recent(time_t t, time_t since)
{
        return t >= since && t <= time(NULL);
}

/* Verifies what a new segment looks like: ctime and cpid set, everything else that changes 0, size in bytes. */
TEST(shm_state_after_creation)
{
        time_t start = time(NULL);
        key_t key = fresh_key();
        int id = CHECK_OK(shmget(key, 5001, IPC_CREAT | 0751));
        struct shmid_ds ds = stat_of(id);

        CHECK_EQ(ds.shm_segsz, 5001);
        CHECK_EQ(ds.shm_perm.__key, key);
        CHECK_EQ(ds.shm_perm.mode, 0751);
        CHECK_EQ(ds.shm_perm.uid, geteuid());
        CHECK_EQ(ds.shm_perm.cuid, geteuid());
        CHECK_EQ(ds.shm_perm.gid, getegid());
        CHECK_EQ(ds.shm_perm.cgid, getegid());
        CHECK_EQ(ds.shm_atime, 0);
        CHECK_EQ(ds.shm_dtime, 0);
        CHECK(recent(ds.shm_ctime, start));
        CHECK_EQ(ds.shm_cpid, getpid());
        CHECK_EQ(ds.shm_lpid, 0);
        CHECK_EQ(ds.shm_nattch, 0);
        destroy(id);
}

/* Verifies that shmat sets nattch, atime and lpid, shmdt nattch, dtime and lpid, and neither touches ctime. */
TEST(shm_state_attach_and_detach)
{
        time_t start = time(NULL);
        int id = segment(PAGE, 0600);
        struct shmid_ds new = stat_of(id), ds;
        char *p = NULL;

        next_second();
        IN_CHILD {
                p = attach(id);
                ds = stat_of(id);
                CHECK_EQ(ds.shm_nattch, 1);
                CHECK(recent(ds.shm_atime, start + 1));
                CHECK_EQ(ds.shm_dtime, 0);
                CHECK_EQ(ds.shm_lpid, getpid());
                CHECK_EQ(ds.shm_cpid, getppid());
                detach(p);
                ds = stat_of(id);
                CHECK_EQ(ds.shm_nattch, 0);
                CHECK(recent(ds.shm_dtime, start + 1));
                CHECK_EQ(ds.shm_lpid, getpid());
        }
        p = attach(id);
        CHECK_EQ(stat_of(id).shm_lpid, getpid());
        CHECK_EQ(stat_of(id).shm_ctime, new.shm_ctime);
        detach(p);
        destroy(id);
}

/* Verifies that fork adds the attaches inherited with the parent as lpid, and exit takes them with the leaver. */
TEST(shm_state_fork_and_exit)
{
        int id = segment(PAGE, 0600);
        char *p = attach(id), *q = attach(id);
        struct gate ready = gate_create(), go = gate_create();
        pid_t pid;

        SPAWN(pid) {
                gate_open(&ready);
                gate_wait(&go);
        }
        gate_wait(&ready);
        CHECK_EQ(attaches(id), 4);
        CHECK_EQ(stat_of(id).shm_lpid, getpid());
        gate_open(&go);
        JOIN(pid);
        CHECK_EQ(attaches(id), 2);
        CHECK_EQ(stat_of(id).shm_lpid, pid);
        CHECK(stat_of(id).shm_dtime != 0);
        SPAWN(pid) { raise(SIGKILL); }
        JOIN_KILLED(pid, SIGKILL);
        CHECK_EQ(attaches(id), 2);
        CHECK_EQ(stat_of(id).shm_lpid, pid);
        detach(p);
        detach(q);
        destroy(id);
}

PROGRAM(attaches_are)
{
        int id = atoi(argv[1]);

        CHECK_EQ(argc, 4);
        CHECK_EQ(attaches(id), atoi(argv[2]));
        CHECK_EQ(stat_of(id).shm_lpid, getpid());
        CHECK(shmdt((void *)strtoul(argv[3], NULL, 16)) == -1 && errno == EINVAL);
        return 0;
}

/* Verifies that exec detaches all, with the leaver as lpid. */
TEST(shm_state_exec_detaches)
{
        int id = segment(PAGE, 0600);
        char *p = attach(id), *q = attach(id);
        char id_text[16], place[16];

        snprintf(id_text, sizeof id_text, "%d", id);
        snprintf(place, sizeof place, "%lx", (unsigned long)q);
        IN_CHILD {
                program_exec("attaches_are", id_text, "2", place, NULL);
                FAIL("execve: %s", strerror(errno));
        }
        CHECK_EQ(attaches(id), 2);
        destroy(id);
        detach(q);
        detach(p);
        CHECK_ERR(EINVAL, shmat(id, NULL, 0));
}

/* Verifies that a removed segment stays for those who have it, under its id, and is destroyed by the last detach. */
TEST(shm_rmid_while_attached)
{
        key_t key = fresh_key();
        int id = CHECK_OK(shmget(key, 2 * PAGE, IPC_CREAT | 0640));
        char *p = attach(id);

        fill_pattern(p, 2 * PAGE);
        destroy(id);
        CHECK_EQ(stat_of(id).shm_perm.mode, 0640 | SHM_DEST_BIT);
        CHECK_EQ(stat_of(id).shm_perm.__key, 0);
        CHECK_ERR(ENOENT, shmget(key, 0, 0));
        char *q = attach(id);

        CHECK_EQ(attaches(id), 2);
        CHECK_PATTERN(q, 2 * PAGE);
        detach(p);
        IN_CHILD { CHECK_PATTERN(q, 2 * PAGE); }
        CHECK_EQ(attaches(id), 1);
        detach(q);
        CHECK_ERR(EINVAL, shmat(id, NULL, 0));
        CHECK_ERR(EINVAL, shmctl(id, IPC_STAT, &(struct shmid_ds){ 0 }));
}

/* Verifies that the key of a removed segment is free for a new one while the old is still attached. */
TEST(shm_rmid_frees_the_key)
{
        key_t key = fresh_key();
        int old = CHECK_OK(shmget(key, PAGE, IPC_CREAT | 0600));
        char *p = attach(old);

        memset(p, 5, PAGE);
        destroy(old);
        int id = CHECK_OK(shmget(key, 3 * PAGE, IPC_CREAT | IPC_EXCL | 0600));
        char *q = attach(id);

        CHECK(id != old);
        CHECK_ZERO(q, 3 * PAGE);
        memset(q, 6, PAGE);
        CHECK_ALL(p, PAGE, 5);
        CHECK_OK(shmctl(old, IPC_RMID, NULL));
        detach(p);
        CHECK_EQ(shmget(key, 0, 0), id);
        detach(q);
        destroy(id);
}

/* Verifies that IPC_SET on a removed segment works and keeps SHM_DEST. */
TEST(shm_rmid_then_ipc_set)
{
        int id = segment(PAGE, 0600);
        char *p = attach(id);
        struct shmid_ds ds = stat_of(id);

        destroy(id);
        ds.shm_perm.mode = 0444;
        CHECK_OK(shmctl(id, IPC_SET, &ds));
        CHECK_EQ(stat_of(id).shm_perm.mode, 0444 | SHM_DEST_BIT);
        detach(p);
        CHECK_ERR(EINVAL, shmctl(id, IPC_SET, &ds));
}

/* Verifies that a segment that nobody has attached is destroyed at once by IPC_RMID, with its pages. */
TEST(shm_rmid_of_a_detached_segment)
{
        unsigned long resident = totals().shm_rss;
        int id = segment(4 * PAGE, 0600);
        char *p = attach(id);

        fill_pattern(p, 4 * PAGE);
        detach(p);
        CHECK_EQ(totals().shm_rss, resident + 4);
        destroy(id);
        CHECK_EQ(totals().shm_rss, resident);
        CHECK_ERR(EINVAL, shmat(id, NULL, 0));
}

/* Verifies that the last exit, by a signal, destroys a removed segment like the last shmdt. */
TEST(shm_rmid_destroyed_by_exit)
{
        int id = segment(PAGE, 0600);
        struct gate ready = gate_create();
        pid_t pid;

        SPAWN(pid) {
                attach(id)[0] = 1;
                gate_open(&ready);
                pause();
        }
        gate_wait(&ready);
        destroy(id);
        CHECK_EQ(attaches(id), 1);
        CHECK_OK(kill(pid, SIGKILL));
        JOIN_KILLED(pid, SIGKILL);
        CHECK_ERR(EINVAL, shmctl(id, IPC_STAT, &(struct shmid_ds){ 0 }));
}

/* Verifies that a segment detached by all but never removed stays, with its contents. */
TEST(shm_state_stays_without_attaches)
{
        key_t key = fresh_key();
        int id = -1;

        IN_CHILD {
                char *p = attach(CHECK_OK(shmget(key, 3 * PAGE, IPC_CREAT | 0600)));

                fill_pattern(p, 3 * PAGE);
        }
        id = CHECK_OK(shmget(key, 0, 0));
        CHECK_EQ(attaches(id), 0);
        for (int i = 0; i < 3; i++)
                IN_CHILD { CHECK_PATTERN(attach(id), 3 * PAGE); }
        destroy(id);
}

/* Verifies that the tail of the last page beyond the size in bytes can be used and is shared, and no page beyond it. */
TEST(shm_state_tail_of_the_last_page)
{
        int id = segment(PAGE + 1, 0600);
        char *p = attach(id), *q = attach(id);

        CHECK_ZERO(p, 2 * PAGE);
        p[2 * PAGE - 1] = 9;
        CHECK_EQ(q[2 * PAGE - 1], 9);
        detach(q);
        CHECK_OK(munmap(p + 2 * PAGE, PAGE));
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, p + 2 * PAGE) { p[2 * PAGE] = 1; }
        detach(p);
        destroy(id);
}

/* Verifies that parent and child see each other's writes to pages touched before and after the fork. */
TEST(shm_state_shared_across_fork)
{
        int id = segment(2 * PAGE, 0600);
        volatile char *p = attach(id);
        struct gate to_child = gate_create(), to_parent = gate_create();
        pid_t pid;

        p[0] = 1;
        SPAWN(pid) {
                CHECK_EQ(p[0], 1);
                p[0] = 2;
                p[PAGE] = 3;
                gate_open(&to_parent);
                gate_wait(&to_child);
                CHECK_EQ(p[0], 4);
                CHECK_EQ(p[PAGE + 1], 5);
                p[1] = 6;
        }
        gate_wait(&to_parent);
        CHECK_EQ(p[0], 2);
        CHECK_EQ(p[PAGE], 3);
        p[0] = 4;
        p[PAGE + 1] = 5;
        gate_open(&to_child);
        JOIN(pid);
        CHECK_EQ(p[1], 6);
        detach((char *)p);
        destroy(id);
}
