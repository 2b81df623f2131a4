/* What is counted and shown: minor faults, /proc/PID/pagemap and /proc/kpagecount. */
#include "temp.h"

#define RW (PROT_READ | PROT_WRITE)

static char *map(unsigned pages, int flags)
{
        char *p = CHECK_PTR(mmap(NULL, pages * PAGE, RW, MAP_ANONYMOUS | flags, -1, 0));

        minor_faults();         /* whatever it needs is there from now on */
        return p;
}

/* The faults that a statement takes. */
#define FAULTS(statement) \
        ({ \
                long before_ = minor_faults(); \
                statement; \
                minor_faults() - before_; \
        })

static void write_pages(volatile char *p, unsigned pages)
{
        for (unsigned i = 0; i < pages; i++)
                p[i * PAGE] = 1;
}

static int read_pages(volatile char *p, unsigned pages)
{
        int sum = 0;

        for (unsigned i = 0; i < pages; i++)
                sum += p[i * PAGE];
        return sum;
}

static uint64_t page_count(const char *p)
{
        int fd = CHECK_OK(open("/proc/kpagecount", O_RDONLY));
        uint64_t count;

        CHECK_EQ(pread64(fd, &count, sizeof count, (off64_t)page_frame(p) * 8), 8);
        close(fd);
        return count;
}

/* Verifies that each first touch of a private page is one fault, and that the first write after a read is one more. */
TEST(mem_faults_private)
{
        char *p = map(20, MAP_PRIVATE);

        CHECK_EQ(FAULTS(write_pages(p, 8)), 8);
        CHECK_EQ(FAULTS(write_pages(p, 8)), 0);
        CHECK_EQ(FAULTS(read_pages(p + 8 * PAGE, 8)), 8);
        CHECK_EQ(FAULTS(read_pages(p + 8 * PAGE, 8)), 0);
        CHECK_EQ(FAULTS(write_pages(p + 8 * PAGE, 8)), 8);
        CHECK_EQ(FAULTS(read_pages(p, 16)), 0);
}

/*
 * Verifies that after a fork each page written is one fault, in the child and then in the parent. A child's first read
 * is one too where fork does not fill its page tables.
 */
TEST(mem_faults_copy_on_write)
{
        char *p = map(8, MAP_PRIVATE);

        write_pages(p, 8);
        IN_CHILD {
                minor_faults();
                CHECK(FAULTS(read_pages(p, 8)) <= 8);
                CHECK_EQ(FAULTS(read_pages(p, 8)), 0);
                CHECK_EQ(FAULTS(write_pages(p, 4)), 4);
        }
        CHECK_EQ(FAULTS(read_pages(p, 8)), 0);
        CHECK_EQ(FAULTS(write_pages(p, 8)), 8);
        CHECK_EQ(FAULTS(write_pages(p, 8)), 0);
}

/* Verifies that a page unmapped and mapped again faults once more, and its neighbours do not. */
TEST(mem_faults_after_unmap)
{
        char *p = map(4, MAP_PRIVATE);

        write_pages(p, 4);
        CHECK_OK(munmap(p + PAGE, PAGE));
        CHECK_AT(mmap(p + PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), p + PAGE);
        CHECK_EQ(FAULTS(write_pages(p, 4)), 1);
}

/* Verifies that a fault of the kernel on the program's behalf counts as the program's. */
TEST(mem_faults_by_kernel)
{
        char *p = map(2, MAP_PRIVATE);
        int fd = CHECK_OK(open("/dev/zero", O_RDONLY));

        CHECK_EQ(read(fd, p + PAGE, 1), 1);
        CHECK_EQ(FAULTS(CHECK_EQ(read(fd, p, 1), 1)), 1);
}

/* Verifies that RUSAGE_CHILDREN gathers the faults of children that were waited for. */
TEST(mem_faults_of_children)
{
        struct rusage usage;
        char *p = map(100, MAP_PRIVATE);

        IN_CHILD { write_pages(p, 100); }
        CHECK_OK(getrusage(RUSAGE_CHILDREN, &usage));
        CHECK(usage.ru_minflt >= 100 && usage.ru_minflt < 1000);
}

/* Verifies that pagemap shows a page from its first touch until it is unmapped. */
TEST(mem_pagemap_presence)
{
        char *p = map(3, MAP_PRIVATE);

        CHECK(!page_present(p) && !page_present(p + PAGE));
        p[PAGE] = 1;
        CHECK(!page_present(p) && page_present(p + PAGE) && !page_present(p + 2 * PAGE));
        CHECK_OK(munmap(p + PAGE, PAGE));
        CHECK(!page_present(p + PAGE));
        CHECK(!page_present(NULL));
}

/* Verifies that a page of shared memory has an entry only in those who touched it. */
TEST(mem_pagemap_is_per_process)
{
        char *p = map(1, MAP_SHARED);

        IN_CHILD {
                p[0] = 1;
                CHECK(page_present(p));
        }
        CHECK(!page_present(p));
        CHECK_EQ(p[0], 1);
        CHECK(page_present(p));
}

/* Verifies that another process's pagemap shows its pages, at its addresses. */
TEST_FLAGS(mem_pagemap_of_another, NEEDS_ROOT)
{
        char *p = map(2, MAP_SHARED), path[64];
        struct gate ready = gate_create(), go = gate_create();
        uint64_t entries[2];
        pid_t pid;
        int fd;

        p[0] = 1;
        SPAWN(pid) {
                char *q = CHECK_PTR(mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)0x60001000));

                CHECK_EQ(q[0], 1);
                gate_open(&ready);
                gate_wait(&go);
        }
        gate_wait(&ready);
        snprintf(path, sizeof path, "/proc/%d/pagemap", pid);
        fd = CHECK_OK(open(path, O_RDONLY));
        CHECK_EQ(pread64(fd, entries, sizeof entries, 0x60001 * 8), sizeof entries);
        CHECK_EQ(entries[0] & ((1ull << 55) - 1), page_frame(p));
        CHECK_EQ(entries[1] >> 63, 0);
        close(fd);
        gate_open(&go);
        JOIN(pid);
}

/* Verifies that kpagecount counts the mappings of a frame: one more with each sharer, one fewer when it goes. */
TEST_FLAGS(mem_kpagecount, NEEDS_ROOT)
{
        char *p = map(1, MAP_PRIVATE), *q = map(1, MAP_SHARED);

        p[0] = q[0] = 1;
        CHECK_EQ(page_count(p), 1);
        CHECK_EQ(page_count(q), 1);
        IN_CHILD {
                CHECK_EQ(p[0] + q[0], 2);
                CHECK_EQ(page_count(p), 2);
                CHECK_EQ(page_count(q), 2);
                p[0] = 2;
                CHECK_EQ(page_count(p), 1);
        }
        CHECK_EQ(page_count(p), 1);
        CHECK_EQ(page_count(q), 1);
}

/* Verifies that a frame shown twice in one process is counted twice. */
TEST_FLAGS(mem_kpagecount_twice_in_one, NEEDS_ROOT)
{
        int fd = temp_file();
        char *p, *q;

        CHECK_OK(ftruncate(fd, PAGE));
        p = CHECK_PTR(mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0));
        q = CHECK_PTR(mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0));
        p[0] = 1;
        CHECK_EQ(page_count(p), 1);
        CHECK_EQ(q[0], 1);
        CHECK_EQ(page_frame(p), page_frame(q));
        CHECK_EQ(page_count(p), 2);
        CHECK_OK(munmap(q, PAGE));
        CHECK_EQ(page_count(p), 1);
}

/* Verifies that MAP_POPULATE brings the pages in, so that touching them faults no more. */
TEST(mem_populate)
{
        char *p = CHECK_PTR(mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0));
        long before = minor_faults();

        for (unsigned i = 0; i < 8; i++)
                p[i * PAGE] = 1;
        CHECK_EQ(minor_faults() - before, 0);
}
