/* Demand paging as a process can see it: pagemap, minor faults, frame numbers, and what the kernel copies itself. */
#include "shm.h"

#include <sys/prctl.h>

#define PAGES 16

static unsigned present_pages(const char *p, unsigned pages)
{
        unsigned n = 0;

        for (unsigned i = 0; i < pages; i++)
                n += page_present(p + i * PAGE);
        return n;
}

static void touch(const volatile char *p, unsigned pages)
{
        for (unsigned i = 0; i < pages; i++)
                (void)p[i * PAGE];
}

/* How often the frame is shown, by /proc/kpagecount. */
static uint64_t times_shown(uint64_t frame)
{
        int fd = open("/proc/kpagecount", O_RDONLY);
        uint64_t count;

        if (fd < 0)
                SKIP("there is no /proc/kpagecount");
        CHECK_EQ(pread64(fd, &count, sizeof count, frame * sizeof count), sizeof count);
        close(fd);
        return count;
}

/* Verifies that shmat shows nothing and makes nothing, and that a touch makes exactly the page touched. */
TEST(paging_nothing_at_shmat)
{
        unsigned long resident = totals().shm_rss;
        int id = segment(PAGES * PAGE, 0600);
        char *p = attach(id);

        CHECK_EQ(present_pages(p, PAGES), 0);
        CHECK_EQ(totals().shm_rss, resident);
        p[5 * PAGE] = 1;
        CHECK_EQ(present_pages(p, PAGES), 1);
        CHECK(page_present(p + 5 * PAGE));
        CHECK_EQ(totals().shm_rss, resident + 1);
        (void)*(volatile char *)(p + 7 * PAGE);
        CHECK_EQ(present_pages(p, PAGES), 2);
        CHECK_EQ(totals().shm_rss, resident + 2);
        detach(p);
        CHECK_EQ(present_pages(p, PAGES), 0);
        CHECK_EQ(totals().shm_rss, resident + 2);
        destroy(id);
        CHECK_EQ(totals().shm_rss, resident);
}

/* Verifies that the first toucher takes exactly one minor fault a page, and none for touching again. */
TEST(paging_one_fault_a_page)
{
        int id = segment(PAGES * PAGE, 0600);
        volatile char *p = attach(id);

        minor_faults();
        long before = minor_faults();

        for (int i = 0; i < PAGES; i++)
                p[i * PAGE] = i;
        long first = minor_faults();

        for (int i = 0; i < PAGES; i++)
                p[i * PAGE + 100] = i;
        CHECK_EQ(first - before, PAGES);
        CHECK_EQ(minor_faults() - first, 0);
        detach((char *)p);
        destroy(id);
}

/* Verifies that another process's touch finds the same frame, at an address of its own, by one fault a page at most. */
TEST_FLAGS(paging_second_toucher_finds_the_frame, NEEDS_ROOT)
{
        int id = segment(PAGES * PAGE, 0600);
        unsigned long resident = totals().shm_rss;
        char *p = attach(id);
        uint64_t frames[PAGES];

        fill_pattern(p, PAGES * PAGE);
        for (int i = 0; i < PAGES; i++)
                CHECK((frames[i] = page_frame(p + i * PAGE)) != 0);
        IN_CHILD {
                char *q = attach(id);

                detach(p);
                CHECK(q != p);
                minor_faults();
                long before = minor_faults();

                touch(q, PAGES);
                CHECK(minor_faults() - before <= PAGES);
                for (int i = 0; i < PAGES; i++)
                        CHECK_EQ(page_frame(q + i * PAGE), frames[i]);
                CHECK_PATTERN(q, PAGES * PAGE);
        }
        CHECK_EQ(totals().shm_rss, resident + PAGES);
        for (int i = 0; i < PAGES; i++)
                CHECK_EQ(page_frame(p + i * PAGE), frames[i]);
        detach(p);
        destroy(id);
}

/* Verifies that two pages of a segment have two frames, and that two attaches in one process show the same one. */
TEST_FLAGS(paging_two_addresses_one_frame, NEEDS_ROOT)
{
        int id = segment(2 * PAGE, 0600);
        volatile char *p = attach(id), *q = attach(id);
        const volatile char *r = CHECK_PTR(shmat(id, NULL, SHM_RDONLY));

        CHECK_EQ(r[0], 0);
        p[0] = 1;
        q[PAGE] = 2;
        CHECK_EQ(q[0] + p[PAGE] + r[0] + r[PAGE], 1 + 2 + 1 + 2);
        CHECK_EQ(page_frame((char *)p), page_frame((char *)q));
        CHECK_EQ(page_frame((char *)p), page_frame((char *)r));
        CHECK_EQ(page_frame((char *)p + PAGE), page_frame((char *)q + PAGE));
        CHECK(page_frame((char *)p) != page_frame((char *)p + PAGE));
        detach((char *)p);
        detach((char *)q);
        detach((char *)r);
        destroy(id);
}

/* Verifies that a page first read and then written, by two processes in either order, stays one frame. */
TEST_FLAGS(paging_read_first_then_write, NEEDS_ROOT)
{
        int id = segment(2 * PAGE, 0600);
        volatile char *p = attach(id);

        CHECK_EQ(p[0], 0);
        uint64_t frame = page_frame((char *)p);

        IN_CHILD {
                p[0] = 5;
                CHECK_EQ(p[PAGE], 0);
                CHECK_EQ(page_frame((char *)p), frame);
        }
        CHECK_EQ(p[0], 5);
        p[PAGE] = 6;
        CHECK_EQ(page_frame((char *)p), frame);
        IN_CHILD { CHECK_EQ(p[PAGE], 6); }
        detach((char *)p);
        destroy(id);
}

/* Verifies that a frame is counted once for each place that shows it, in one process and in two. */
TEST_FLAGS(paging_kpagecount, NEEDS_ROOT)
{
        int id = segment(PAGE, 0600);
        volatile char *p = attach(id), *q = attach(id);
        struct gate touched = gate_create(), go = gate_create();
        pid_t pid;

        p[0] = 1;
        uint64_t frame = page_frame((char *)p);

        CHECK_EQ(times_shown(frame), 1);
        (void)q[0];
        CHECK_EQ(times_shown(frame), 2);
        SPAWN(pid) {
                (void)p[0];
                (void)q[0];
                gate_open(&touched);
                gate_wait(&go);
        }
        gate_wait(&touched);
        CHECK_EQ(times_shown(frame), 4);
        gate_open(&go);
        JOIN(pid);
        CHECK_EQ(times_shown(frame), 2);
        detach((char *)q);
        CHECK_EQ(times_shown(frame), 1);
        detach((char *)p);
        CHECK_EQ(times_shown(frame), 0);
        destroy(id);
}

/* Verifies that pagemap shows frame numbers to root only, and tells others whether a page is present. */
TEST_FLAGS(paging_pagemap_hides_frames, NEEDS_ROOT)
{
        int id = segment(2 * PAGE, 0666);
        char *p = attach(id);

        p[0] = 1;
        CHECK(page_frame(p) != 0);
        detach(p);
        IN_CHILD {
                become(ALICE, STAFF);
                char *q = attach(id);

                q[0] = 1;
                CHECK_OK(prctl(PR_SET_DUMPABLE, 1));    /* or /proc/self belongs to root since the change of uid */
                CHECK(page_present(q));
                CHECK(!page_present(q + PAGE));
                CHECK_EQ(page_frame(q), 0);
        }
        destroy(id);
}

/* Verifies that the kernel's own reads and writes bring pages in: pipes from and to untouched pages. */
TEST(paging_kernel_copies)
{
        int id = segment(4 * PAGE, 0600), fds[2];
        char *p = attach(id);

        CHECK_OK(pipe(fds));
        CHECK_EQ(write(fds[1], p + PAGE - 8, 16), 16);
        CHECK_EQ(present_pages(p, 4), 2);
        CHECK_EQ(read(fds[0], p + 3 * PAGE - 8, 16), 16);
        CHECK_EQ(present_pages(p, 4), 4);
        CHECK_ZERO(p, 4 * PAGE);
        memset(p, 'x', PAGE);
        CHECK_EQ(write(fds[1], p, PAGE), PAGE);
        detach(p);
        p = CHECK_PTR(shmat(id, NULL, SHM_RDONLY));
        CHECK_ERR(EFAULT, read(fds[0], p, PAGE));
        CHECK_EQ(write(fds[1], p, 1), 1);
        detach(p);
        CHECK_ERR(EFAULT, write(fds[1], p, 1));
        destroy(id);
}

/* Verifies that the frames of a removed segment come back as zeroes, whoever gets them. */
TEST(paging_new_pages_are_zero)
{
        for (int round = 0; round < 20; round++) {
                int id = segment(PAGES * PAGE, 0600);
                char *p = attach(id);

                CHECK_ZERO(p, PAGES * PAGE);
                memset(p, 0xa5, PAGES * PAGE);
                detach(p);
                destroy(id);
                char *private = CHECK_PTR(mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
                                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

                CHECK_ZERO(private, PAGES * PAGE);
                memset(private, 0x5a, PAGES * PAGE);
                CHECK_OK(munmap(private, PAGES * PAGE));
        }
}

/* Verifies that after a detach no stale translation is left: the same address shows the next segment. */
TEST(paging_no_stale_translation)
{
        int a = segment(PAGE, 0600), b = segment(PAGE, 0600);
        char *p = free_range(PAGE);

        for (int round = 0; round < 200; round++) {
                volatile char *q = attach_at(round & 1 ? b : a, p, 0);

                CHECK_EQ(*q, round < 2 ? 0 : round & 1 ? 'b' : 'a');
                *q = round & 1 ? 'b' : 'a';
                detach((char *)q);
        }
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, p) { *p = 1; }
        destroy(a);
        destroy(b);
}

/* Verifies that a child sees pages that either makes after the fork, through inherited and through new attaches. */
TEST(paging_after_fork)
{
        int id = segment(PAGES * PAGE, 0600);
        char *p = attach(id);

        for (int i = 0; i < PAGES; i += 2)
                p[i * PAGE] = i + 1;
        IN_CHILD {
                char *q = attach(id);

                for (int i = 0; i < PAGES; i++) {
                        CHECK_EQ(p[i * PAGE], i % 2 ? 0 : i + 1);
                        q[i * PAGE + 1] = i + 50;
                }
        }
        for (int i = 0; i < PAGES; i++)
                CHECK_EQ(p[i * PAGE + 1], i + 50);
        detach(p);
        destroy(id);
}

/* Verifies that a large attach congruent to 4 MiB and one that is not show the same, whole and after a split. */
TEST(paging_across_table_boundaries)
{
        enum { SIZE = 6 * MIB, SPAN = 4 * MIB };
        int id = segment(SIZE, 0600);
        char *room = free_range(10 * SPAN);
        volatile char *aligned = attach_at(id, (char *)(((uintptr_t)room + SPAN - 1) / SPAN * SPAN), 0);
        volatile char *odd = attach_at(id, (char *)aligned + 3 * SPAN + 5 * PAGE, 0);

        for (unsigned at = 0; at < SIZE; at += 64 * PAGE)
                *(volatile unsigned *)(aligned + at) = at + 1;
        for (unsigned at = 0; at < SIZE; at += 64 * PAGE)
                CHECK_EQ(*(volatile unsigned *)(odd + at), at + 1);
        CHECK_OK(mprotect((char *)aligned + 64 * PAGE, PAGE, PROT_READ));
        CHECK_OK(munmap((char *)odd + SPAN, PAGE));
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, (char *)aligned + 64 * PAGE) { aligned[64 * PAGE] = 1; }
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, (char *)odd + SPAN) { odd[SPAN] = 1; }
        odd[64 * PAGE + 4] = 77;
        CHECK_EQ(aligned[64 * PAGE + 4], 77);
        CHECK_EQ(*(volatile unsigned *)(aligned + SPAN), SPAN + 1);
        CHECK_EQ(attaches(id), 3 + 2);
        detach((char *)aligned);
        CHECK_EQ(odd[64 * PAGE + 4], 77);
        detach((char *)odd);
        CHECK_EQ(attaches(id), 0);
        destroy(id);
}
