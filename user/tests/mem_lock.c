/* mlock and munlock: pages come in and are counted against RLIMIT_MEMLOCK, whatever is then done to the range. */
#include "shm.h"

static long locked_kib(void)
{
        char text[4096], *line;

        CHECK(file_read("/proc/self/status", text, sizeof text) > 0);
        line = strstr(text, "VmLck:");
        CHECK(line);
        return atol(line + 6);
}

static char *pages_of(unsigned n, int prot)
{
        return CHECK_PTR(mmap(NULL, n * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

/* Verifies that mlock brings every page in, and that VmLck follows what is locked, unlocked, cut and unmapped. */
TEST(mem_lock_counts)
{
        char *p = pages_of(8, PROT_READ | PROT_WRITE);

        CHECK_EQ(locked_kib(), 0);
        CHECK(!page_present(p));
        CHECK_OK(mlock(p + 1, 8 * PAGE - 2));
        for (unsigned i = 0; i < 8; i++)
                CHECK(page_present(p + i * PAGE));
        CHECK_EQ(locked_kib(), 32);
        CHECK_OK(mlock(p, 2 * PAGE));
        CHECK_EQ(locked_kib(), 32);
        CHECK_OK(munlock(p + 2 * PAGE, PAGE));
        CHECK_EQ(locked_kib(), 28);
        CHECK_OK(mprotect(p + 4 * PAGE, PAGE, PROT_READ));
        CHECK_OK(munmap(p + 5 * PAGE, PAGE));
        CHECK_EQ(locked_kib(), 24);
        IN_CHILD CHECK_EQ(locked_kib(), 0);
        CHECK_ERR(EINVAL, madvise(p, PAGE, MADV_DONTNEED));
        CHECK_ERR(EINVAL, madvise(p, PAGE, 8 /* MADV_FREE */));
        CHECK_ERR(EINVAL, madvise(p, PAGE, 21 /* MADV_PAGEOUT */));
        CHECK_OK(munlock(p, 2 * PAGE));
        CHECK_OK(munlock(p, 2 * PAGE));
        CHECK_EQ(locked_kib(), 16);
        CHECK_OK(munmap(p, 8 * PAGE));
        CHECK_EQ(locked_kib(), 0);
}

/* Verifies that a locked range keeps its lock when it moves, and that what it grows by is brought in. */
TEST(mem_lock_moves)
{
        char *p = pages_of(4, PROT_READ | PROT_WRITE);

        pages_of(1, PROT_NONE);
        p[0] = 5;
        CHECK_OK(mlock(p, 4 * PAGE));
        char *q = CHECK_PTR(mremap(p, 4 * PAGE, 16 * PAGE, MREMAP_MAYMOVE));
        CHECK_EQ(q[0], 5);
        CHECK_EQ(locked_kib(), 64);
        for (unsigned i = 4; i < 16; i++)
                CHECK(page_present(q + i * PAGE));
        CHECK_OK(munmap(q, 16 * PAGE));
        CHECK_EQ(locked_kib(), 0);
}

/* Verifies that a second window on a locked one is locked, too, and has its pages. */
TEST(mem_lock_second_window)
{
        char *p = CHECK_PTR(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));

        CHECK_OK(mlock(p, 2 * PAGE));
        char *q = CHECK_PTR(mremap(p, 0, 2 * PAGE, MREMAP_MAYMOVE));
        CHECK(q != p && page_present(q) && page_present(q + PAGE));
        CHECK_EQ(locked_kib(), 16);
        CHECK_OK(munmap(p, 2 * PAGE) | munmap(q, 2 * PAGE));
        CHECK_EQ(locked_kib(), 0);
}

/* Verifies what is refused: holes, what may not be accessed, nothing at all is fine. */
TEST(mem_lock_refuses)
{
        char *p = pages_of(4, PROT_READ | PROT_WRITE), *none = pages_of(1, PROT_NONE);

        CHECK_OK(munmap(p + 2 * PAGE, PAGE));
        CHECK_ERR(ENOMEM, mlock(p, 4 * PAGE));
        CHECK_EQ(locked_kib(), 8);
        CHECK_ERR(ENOMEM, munlock(p, 4 * PAGE));
        CHECK_EQ(locked_kib(), 0);
        CHECK_ERR(ENOMEM, mlock(none, PAGE));
        CHECK_OK(mlock(p, 0));
}

/* Verifies that a range must not end beyond the last address. */
TEST_FLAGS(mem_lock_wraps, NOT_64)
{
        CHECK_ERR(EINVAL, mlock((void *)-4096l, 4096 - 1));
        CHECK_ERR(EINVAL, munlock(pages_of(1, PROT_READ), (size_t)-2 * PAGE));
}

/* Verifies RLIMIT_MEMLOCK: 0 is EPERM, more than it is ENOMEM, what is locked already counts once, unlocking is always allowed. */
TEST_FLAGS(mem_lock_limit, NEEDS_ROOT)
{
        struct rlimit limit = { 4 * PAGE, 4 * PAGE };
        char *p = pages_of(8, PROT_READ | PROT_WRITE);

        CHECK_OK(setrlimit(RLIMIT_MEMLOCK, &limit));
        CHECK_OK(mlock(p, 8 * PAGE));
        CHECK_OK(munlock(p, 8 * PAGE));
        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_ERR(ENOMEM, mlock(p, 5 * PAGE));
                CHECK_OK(mlock(p, 4 * PAGE));
                CHECK_OK(mlock(p, 4 * PAGE));
                CHECK_ERR(ENOMEM, mlock(p + 4 * PAGE, PAGE));
                CHECK_ERR(ENOMEM, mlock(p, (size_t)-PAGE));     /* a range that wraps is looked at later */
                limit = (struct rlimit){ 0, 0 };
                CHECK_OK(setrlimit(RLIMIT_MEMLOCK, &limit));
                CHECK_ERR(EPERM, mlock(p, PAGE));
                CHECK_OK(munlock(p, 4 * PAGE));
        }
}

/* Verifies that a segment's window can be locked, by table or not, and that detaching gives it back. */
TEST(mem_lock_segment)
{
        int id = segment(4 * MIB, 0600);
        char *p = attach_at(id, (void *)0x58000000, 0);

        p[0] = 1;
        CHECK_OK(mlock(p, 16 * PAGE));
        for (unsigned i = 0; i < 16; i++)
                CHECK(page_present(p + i * PAGE));
        CHECK_EQ(p[15 * PAGE], 0);
        p[15 * PAGE] = 3;
        CHECK_EQ(locked_kib(), 64);
        detach(p);
        CHECK_EQ(locked_kib(), 0);
        p = attach(id);
        CHECK_EQ(p[15 * PAGE], 3);
        detach(p);
        destroy(id);
}
