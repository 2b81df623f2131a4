/* Many and large: attaches by the ten thousand, 32,768 segments, 512 MiB touched here and there, many processes. */
#include "shm.h"

/* Verifies that 40,000 attaches in one process work and are counted, and that all can be detached again. */
TEST(scale_40000_attaches)
{
        enum { COUNT = 40000 };
        static char *at[COUNT];

        need_memory(64);
        int id = segment(PAGE, 0600);

        for (int i = 0; i < COUNT; i++)
                at[i] = attach(id);
        CHECK_EQ(attaches(id), COUNT);
        *at[0] = 42;
        for (int i = 0; i < COUNT; i += 997)
                CHECK_EQ(*(volatile char *)at[i], 42);
        for (int i = 1; i < COUNT; i += 2)
                detach(at[i]);
        CHECK_EQ(attaches(id), COUNT / 2);
        for (int i = 0; i < COUNT; i += 2)
                detach(at[i]);
        CHECK_EQ(attaches(id), 0);
        destroy(id);
}

/* Verifies that a process with 40,000 attaches can fork and exit, and that nattch holds more than 16 bits. */
TEST(scale_80000_attaches_by_fork)
{
        enum { COUNT = 40000 };

        need_memory(64);
        int id = segment(PAGE, 0600);

        IN_CHILD {
                for (int i = 0; i < COUNT; i++)
                        attach(id);
                IN_CHILD { CHECK_EQ(attaches(id), 2 * COUNT); }
                CHECK_EQ(attaches(id), COUNT);
        }
        CHECK_EQ(attaches(id), 0);
        destroy(id);
}

/* Verifies that attaching goes on until the process is full, which is ENOMEM, and that all are gone with it. */
TEST(scale_attach_until_full)
{
        need_memory(256);
        int id = segment(PAGE, 0600);

        IN_CHILD {
                unsigned n = 0;

                while (shmat(id, NULL, 0) != (void *)-1)
                        n++;
                CHECK_EQ(errno, ENOMEM);
                CHECK(n >= 40000);
                CHECK_EQ(attaches(id), n);
        }
        CHECK_EQ(attaches(id), 0);
        destroy(id);
}

/* Verifies that 32,768 segments exist at once, each with its own id and page, and one more is ENOSPC. */
TEST_FLAGS(scale_32768_segments, NEEDS_ROOT)
{
        enum { COUNT = 32768 };
        static int ids[COUNT];
        long long before = setting("shmmni");
        unsigned used = totals().used_ids;
        int count = COUNT - used;

        need_memory(256);
        setting_put("shmmni", COUNT);
        for (int i = 0; i < count; i++)
                ids[i] = segment(PAGE, 0600);
        CHECK_ERR(ENOSPC, shmget(IPC_PRIVATE, PAGE, 0600));
        CHECK_EQ(totals().used_ids, COUNT);
        for (int i = 0; i < count; i++) {
                int *p = CHECK_PTR(shmat(ids[i], NULL, 0));

                CHECK_EQ(*p, 0);
                *p = i + 1;
                detach(p);
        }
        for (int i = 0; i < count; i++) {
                int *p = CHECK_PTR(shmat(ids[i], NULL, SHM_RDONLY));

                CHECK_EQ(*p, i + 1);
                detach(p);
                destroy(ids[i]);
        }
        CHECK_EQ(totals().used_ids, used);
        setting_put("shmmni", before);
}

/* Verifies that 1,000 keys are told apart, found in any order, and absent once removed. */
TEST(scale_1000_keys)
{
        enum { COUNT = 1000 };
        int ids[COUNT];
        key_t first = 0x61000000;

        for (int i = 0; i < COUNT; i++)
                ids[i] = CHECK_OK(shmget(first + i * 4096, PAGE, IPC_CREAT | IPC_EXCL | 0600));
        for (int i = COUNT - 1; i >= 0; i--)
                CHECK_EQ(shmget(first + i * 4096, 0, 0), ids[i]);
        for (int i = 0; i < COUNT; i += 2)
                destroy(ids[i]);
        for (int i = 0; i < COUNT; i++)
                CHECK_EQ(shmget(first + i * 4096, 0, 0), i % 2 ? ids[i] : -1);
        for (int i = 1; i < COUNT; i += 2)
                destroy(ids[i]);
}

/* Verifies that a segment of 512 MiB made with SHM_NORESERVE costs what is touched of it, on any machine. */
TEST(scale_512_mib_touched_sparsely)
{
        unsigned size = 512 * MIB;
        unsigned long resident = totals().shm_rss;
        int id = CHECK_OK(shmget(IPC_PRIVATE, size, SHM_NORESERVE | 0600));
        char *p = attach(id);
        unsigned touched = 0;

        for (unsigned at = 0; at < size; at += 32 * MIB + PAGE, touched++)
                *(unsigned *)(p + at) = at + 1;
        p[size - 1] = 7;
        CHECK_EQ(totals().shm_rss, resident + touched + 1);
        IN_CHILD {
                const char *q = CHECK_PTR(shmat(id, NULL, SHM_RDONLY));

                for (unsigned at = 0; at < size; at += 32 * MIB + PAGE)
                        CHECK_EQ(*(const unsigned *)(q + at), at + 1);
                CHECK_EQ(q[size - 1], 7);
                CHECK_EQ(q[size / 2 + 12345], 0);
        }
        detach(p);
        destroy(id);
        CHECK_EQ(totals().shm_rss, resident);
}

/* Verifies that 30 processes that add to one page at addresses of their own lose nothing. */
TEST(scale_many_processes)
{
        enum { COUNT = 30, ROUNDS = 1000 };
        need_memory(128); /* each process is granted what this program may write */
        int id = segment(PAGE, 0600);
        pid_t pids[COUNT];

        for (int i = 0; i < COUNT; i++)
                SPAWN(pids[i]) {
                        for (int skip = 0; skip < i; skip++)
                                attach(id);
                        int *p = (int *)attach(id);

                        for (int round = 0; round < ROUNDS; round++)
                                __atomic_fetch_add(p, 1, __ATOMIC_SEQ_CST);
                }
        for (int i = 0; i < COUNT; i++)
                JOIN(pids[i]);
        CHECK_EQ(attaches(id), 0);
        int *p = (int *)attach(id);

        CHECK_EQ(*p, COUNT * ROUNDS);
        detach(p);
        destroy(id);
}

/* Verifies that creating, filling and removing over and over takes no memory with it. */
TEST(scale_create_and_remove_many_times)
{
        int used = totals().used_ids;

        for (int i = 0; i < 2000; i++) {
                int id = segment(3 * PAGE, 0600);
                char *p = attach(id);

                p[0] = p[2 * PAGE] = 1;
                destroy(id);
                detach(p);
        }
        CHECK_EQ(totals().used_ids, used);
}
