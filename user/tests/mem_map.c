/* Changing what is mapped: holes, fixed places, protection, mremap. */
#include "temp.h"

#define RW (PROT_READ | PROT_WRITE)

static char *map_pages(unsigned pages)
{
        return CHECK_PTR(mmap(NULL, pages * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

/* As many pages with a pattern in them, and nothing mapped for "room" pages behind them. */
static char *map_with_room(unsigned pages, unsigned room)
{
        char *p = map_pages(pages + room);

        CHECK_OK(munmap(p + pages * PAGE, room * PAGE));
        fill_pattern(p, pages * PAGE);
        return p;
}

static char *at(char *p, unsigned page)
{
        return p + page * PAGE;
}

static volatile char sink;
#define TOUCH(p) (sink = *(volatile char *)(p))

/* Verifies that a hole faults, its neighbours keep their contents, and a range with a hole can be unmapped. */
TEST(mem_munmap_hole)
{
        char *p = map_pages(5);

        fill_pattern(p, 5 * PAGE);
        CHECK_OK(munmap(at(p, 2), PAGE));
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, at(p, 2)) { TOUCH(at(p, 2)); }
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, at(p, 2) + 17) { at(p, 2)[17] = 1; }
        CHECK_PATTERN(p, 2 * PAGE);
        at(p, 3)[0] = at(p, 4)[0] = 1;
        CHECK_OK(munmap(p, 5 * PAGE));
        for (unsigned i = 0; i < 5; i++)
                EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, at(p, i)) { TOUCH(at(p, i)); }
}

/* Verifies the errors of munmap, and that unmapping nothing is fine. */
TEST(mem_munmap_errors)
{
        char *p = map_pages(1);

        CHECK_ERR(EINVAL, munmap(p + 1, PAGE));
        CHECK_ERR(EINVAL, munmap(p, 0));
        CHECK_ERR(EINVAL, munmap(p, 0xfffff000));
        CHECK_ERR(EINVAL, munmap((void *)0xfffff000, PAGE));
        CHECK_OK(munmap(p, PAGE));
        CHECK_OK(munmap(p, PAGE));
}

/* Verifies that a hole filled again is zeroed and joins its neighbours. */
TEST(mem_hole_filled_again)
{
        char *p = map_pages(3);

        fill_pattern(p, 3 * PAGE);
        CHECK_OK(munmap(at(p, 1), PAGE));
        CHECK_AT(mmap(at(p, 1), PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), at(p, 1));
        CHECK_ZERO(at(p, 1), PAGE);
        fill_pattern(p, 3 * PAGE);
        CHECK_PATTERN(p, 3 * PAGE);
}

/* Verifies that MAP_FIXED replaces what is there, across two areas of different kinds, and nothing beside it. */
TEST(mem_fixed_replaces)
{
        char *p = map_pages(6);

        memset(p, 1, 6 * PAGE);
        CHECK_OK(mprotect(at(p, 3), 3 * PAGE, PROT_READ));
        CHECK_AT(mmap(at(p, 2), 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0), at(p, 2));
        CHECK_ALL(p, 2 * PAGE, 1);
        CHECK_ZERO(at(p, 2), 2 * PAGE);
        CHECK_ALL(at(p, 4), 2 * PAGE, 1);
        IN_CHILD { at(p, 3)[0] = 7; }
        CHECK_EQ(at(p, 3)[0], 7);
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, at(p, 4)) { at(p, 4)[0] = 1; }
}

/* Verifies that MAP_FIXED_NOREPLACE maps free room, and refuses any overlap with EEXIST. */
TEST(mem_fixed_noreplace)
{
        char *p = map_with_room(2, 3);
        const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;

        CHECK_ERR(EEXIST, mmap(p, PAGE, RW, flags, -1, 0));
        CHECK_ERR(EEXIST, mmap(at(p, 1), 2 * PAGE, RW, flags, -1, 0));
        CHECK_AT(mmap(at(p, 2), PAGE, RW, flags, -1, 0), at(p, 2));
        CHECK_PATTERN(p, 2 * PAGE);
}

/* Verifies that a hint is taken when it is free, and only a hint when it is not. */
TEST(mem_hint)
{
        char *p = map_with_room(2, 2);
        char *q = CHECK_PTR(mmap(p, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

        CHECK(q != p);
        CHECK_PATTERN(p, 2 * PAGE);
        CHECK_OK(munmap(q, PAGE));
        CHECK_AT(mmap(at(p, 2), PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), at(p, 2));
}

/* Verifies that each protection refuses what it must with SEGV_ACCERR, and that contents outlive all changes. */
TEST(mem_mprotect_kinds)
{
        char *p = map_pages(1);

        fill_pattern(p, PAGE);
        CHECK_OK(mprotect(p, PAGE, PROT_READ));
        CHECK_PATTERN(p, PAGE);
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, p + 5) { p[5] = 0; }
        CHECK_OK(mprotect(p, PAGE, PROT_NONE));
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, p + 6) { TOUCH(p + 6); }
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, p + 7) { p[7] = 1; }
        CHECK_OK(mprotect(p, PAGE, PROT_WRITE));        /* on x86 this can be read too */
        p[0] = p[0];
        CHECK_OK(mprotect(p, PAGE, RW));
        CHECK_PATTERN(p, PAGE);
}

/* Verifies that protecting the middle leaves both sides as they were. */
TEST(mem_mprotect_middle)
{
        char *p = map_pages(5);

        fill_pattern(p, 5 * PAGE);
        CHECK_OK(mprotect(at(p, 1), 3 * PAGE, PROT_READ));
        CHECK_OK(mprotect(at(p, 2), PAGE, PROT_NONE));
        at(p, 0)[0] = at(p, 0)[0];
        at(p, 4)[0] = at(p, 4)[0];
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, at(p, 1)) { at(p, 1)[0] = 1; }
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, at(p, 2)) { TOUCH(at(p, 2)); }
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, at(p, 3)) { at(p, 3)[0] = 1; }
        CHECK_OK(mprotect(p, 5 * PAGE, RW));
        CHECK_PATTERN(p, 5 * PAGE);
}

/* Verifies the errors of mprotect; over a hole it is ENOMEM and what lies before the hole has changed. */
TEST(mem_mprotect_errors)
{
        char *p = map_pages(3);

        CHECK_ERR(EINVAL, mprotect(p + 1, PAGE, PROT_READ));
        CHECK_ERR(EINVAL, mprotect(p, PAGE, 0x40));
        CHECK_OK(mprotect(p, 0, PROT_NONE));
        CHECK_OK(mprotect(p, 0, 0x40));
        p[0] = 1;
        CHECK_OK(munmap(at(p, 1), PAGE));
        CHECK_ERR(ENOMEM, mprotect(p, 3 * PAGE, PROT_READ));
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, p) { p[0] = 2; }
        at(p, 2)[0] = 1;
        CHECK_ERR(ENOMEM, mprotect(at(p, 1), PAGE, PROT_READ));
        CHECK_ERR(ENOMEM, mprotect(at(p, 1), PAGE, PROT_READ | PROT_GROWSDOWN));
        CHECK_ERR(ENOMEM, mprotect(at(p, 1), 2 * PAGE, PROT_READ | PROT_GROWSUP));
        CHECK_ERR(EINVAL, mprotect(at(p, 1), 2 * PAGE, PROT_READ | PROT_GROWSDOWN));
        CHECK_ERR(EINVAL, mprotect(p, PAGE, PROT_READ | PROT_GROWSUP));
        CHECK_ERR(EINVAL, mprotect(at(p, 1), PAGE, PROT_GROWSDOWN | PROT_GROWSUP));
}

/* Verifies that a range that wraps is refused before anything changes (with 64 bits it does not wrap), one that is merely too long is not. */
TEST_FLAGS(mem_mprotect_wraps, NOT_64)
{
        char *p = map_pages(1);
        char *low = CHECK_PTR(mmap((void *)0x60000000, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));

        CHECK_ERR(ENOMEM, mprotect(p, 0xfffff000, PROT_READ));
        CHECK_ERR(ENOMEM, mprotect(p, 0xfffff000, 0x40));
        CHECK_ERR(ENOMEM, mprotect(low, 0x90000000, PROT_READ)); /* ends in the kernel: what is there has changed */
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, low) { low[0] = 1; }
        CHECK_ERR(ENOMEM, madvise(low, 0x90000000, MADV_WILLNEED));
        CHECK_ERR(EINVAL, madvise(low, 0xc0000000, MADV_WILLNEED));
        CHECK_ERR(EINVAL, madvise(low, -1, MADV_WILLNEED));
        CHECK_ERR(EINVAL, munmap(low, 0x90000000));
        p[0] = 1;
}

/* Verifies that protection is each process's own, and is inherited by fork. */
TEST(mem_mprotect_and_fork)
{
        char *p = map_pages(2);

        fill_pattern(p, 2 * PAGE);
        CHECK_OK(mprotect(p, PAGE, PROT_READ));
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, p) { p[0] = 1; }
        IN_CHILD {
                CHECK_OK(mprotect(p, 2 * PAGE, RW));
                memset(p, 0, 2 * PAGE);
                CHECK_OK(mprotect(p, 2 * PAGE, PROT_NONE));
        }
        CHECK_PATTERN(p, 2 * PAGE);
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, p) { p[0] = 1; }
}

/* Verifies that mremap grows in place when there is room, by zeroes, and shrinks. */
TEST(mem_mremap_in_place)
{
        char *p = map_with_room(2, 4);

        CHECK_AT(mremap(p, 2 * PAGE, 4 * PAGE, 0), p);
        CHECK_PATTERN(p, 2 * PAGE);
        CHECK_ZERO(at(p, 2), 2 * PAGE);
        CHECK_AT(mremap(p, 4 * PAGE, PAGE, 0), p);
        CHECK_PATTERN(p, PAGE);
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, at(p, 1)) { TOUCH(at(p, 1)); }
        CHECK_AT(mremap(p, PAGE, PAGE, 0), p);
}

/* Verifies that without room mremap refuses, or moves when it may, taking contents along and leaving nothing. */
TEST(mem_mremap_moves)
{
        char *p = map_pages(4), *q;

        fill_pattern(p, 2 * PAGE);
        CHECK_OK(mprotect(at(p, 2), PAGE, PROT_READ));
        CHECK_ERR(ENOMEM, mremap(p, 2 * PAGE, 8 * PAGE, 0));
        q = CHECK_PTR(mremap(p, 2 * PAGE, 8 * PAGE, MREMAP_MAYMOVE));
        CHECK(q != p);
        CHECK_PATTERN(q, 2 * PAGE);
        CHECK_ZERO(at(q, 2), 6 * PAGE);
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, p) { TOUCH(p); }
        fill_pattern(q, 8 * PAGE);
        CHECK_PATTERN(q, 8 * PAGE);
}

/* Verifies that MREMAP_FIXED moves to the place asked for, and replaces what was there. */
TEST(mem_mremap_fixed)
{
        char *p = map_pages(2), *q = map_pages(4);

        fill_pattern(p, 2 * PAGE);
        memset(q, 0x33, 4 * PAGE);
        CHECK_AT(mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at(q, 1)), at(q, 1));
        CHECK_PATTERN(at(q, 1), 2 * PAGE);
        CHECK_ALL(q, PAGE, 0x33);
        CHECK_ALL(at(q, 3), PAGE, 0x33);
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, p) { TOUCH(p); }
}

/* Verifies that a page moved out of the middle leaves a hole, and both halves as they were. */
TEST(mem_mremap_middle)
{
        char *p = map_pages(3), *q = map_pages(1);

        fill_pattern(p, 3 * PAGE);
        CHECK_AT(mremap(at(p, 1), PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q), q);
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, at(p, 1)) { TOUCH(at(p, 1)); }
        CHECK_AT(mremap(q, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at(p, 1)), at(p, 1));
        CHECK_PATTERN(p, 3 * PAGE);
}

/* Verifies the errors of mremap. */
TEST(mem_mremap_errors)
{
        char *p = map_pages(4);

        CHECK_ERR(EINVAL, mremap(p + 1, PAGE, PAGE, 0));
        CHECK_ERR(EINVAL, mremap(p, PAGE, 0, 0));
        CHECK_ERR(EINVAL, mremap(p, PAGE, PAGE, 0x100));
        CHECK_ERR(EINVAL, mremap(p, PAGE, PAGE, MREMAP_FIXED, at(p, 2)));
        CHECK_ERR(EINVAL, mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at(p, 1)));
        CHECK_ERR(EINVAL, mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + 5));
        CHECK_OK(mprotect(at(p, 1), PAGE, PROT_READ));
        CHECK_ERR(EFAULT, mremap(p, 2 * PAGE, 8 * PAGE, MREMAP_MAYMOVE));
        CHECK_OK(munmap(at(p, 3), PAGE));
        CHECK_ERR(EFAULT, mremap(at(p, 3), PAGE, 2 * PAGE, MREMAP_MAYMOVE));
}

/* Verifies that a fixed place is freed even when the old range then proves to be in two areas; without the old range it stays. */
TEST_FLAGS(mem_mremap_frees_the_place_first, NOT_64)
{
        char *p = map_pages(2), *place = map_pages(2);

        CHECK_ERR(EFAULT, mremap((void *)PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place));
        TOUCH(place);
        CHECK_OK(mprotect(at(p, 1), PAGE, PROT_READ));
        CHECK_ERR(EFAULT, mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place));
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, place) { TOUCH(place); }
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, at(place, 1)) { TOUCH(at(place, 1)); }
        TOUCH(p);
}

/* Verifies the errors of mremap for lengths that no space has: a fixed place is freed before the old one is seen to wrap. */
TEST_FLAGS(mem_mremap_wraps, NOT_64)
{
        char *p = map_pages(2), *place = map_pages(1);

        CHECK_ERR(EINVAL, mremap(p, (size_t)-PAGE, PAGE, 0));
        CHECK_ERR(EFAULT, mremap(p, (size_t)-2 * PAGE, (size_t)-PAGE, 0));
        CHECK_ERR(ENOMEM, mremap(p, PAGE, (size_t)-PAGE, MREMAP_MAYMOVE));
        CHECK_ERR(EINVAL, mremap(p, PAGE, (size_t)-PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place));
        TOUCH(place);
        CHECK_ERR(EINVAL, mremap(p, 0xe0000000, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place));
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, place) { TOUCH(place); }
        TOUCH(p);
}

/* Verifies that MADV_DONTNEED drops what is private and keeps what is shared. */
TEST(mem_madvise_dontneed)
{
        char *p = map_pages(3), *shared = CHECK_PTR(mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0));

        fill_pattern(p, 3 * PAGE);
        fill_pattern(shared, PAGE);
        CHECK_OK(madvise(at(p, 1), PAGE, MADV_DONTNEED));
        CHECK_OK(madvise(shared, PAGE, MADV_DONTNEED));
        CHECK_PATTERN(p, PAGE);
        CHECK_ZERO(at(p, 1), PAGE);
        CHECK_PATTERN(shared, PAGE);
}

/* Verifies that advice must be known, and about whole pages that are all mapped. */
TEST(mem_madvise_errors)
{
        char *p = map_pages(3);

        CHECK_OK(munmap(at(p, 1), PAGE));
        CHECK_OK(madvise(p, PAGE, MADV_WILLNEED));
        CHECK_OK(madvise(at(p, 1), 0, MADV_WILLNEED));
        CHECK_ERR(ENOMEM, madvise(p, 3 * PAGE, MADV_NORMAL));
        CHECK_ERR(ENOMEM, madvise(p, 3 * PAGE, MADV_WILLNEED));
        CHECK_ERR(ENOMEM, madvise(p, 3 * PAGE, MADV_DONTNEED));
        CHECK_ERR(EINVAL, madvise(p + 1, PAGE, MADV_NORMAL));
        CHECK_ERR(EINVAL, madvise(p, PAGE, -1));
        CHECK_ERR(EINVAL, madvise(p, PAGE, 5));
        CHECK_ERR(EINVAL, madvise(p, PAGE, MADV_REMOVE));
}

/* Verifies the errors of msync, and that a length that wraps when it is rounded up is none. */
TEST_FLAGS(mem_msync_errors, NOT_64)
{
        char *p = map_pages(2);

        CHECK_OK(munmap(at(p, 1), PAGE));
        CHECK_OK(msync(p, PAGE, MS_SYNC));
        CHECK_OK(msync(p, -1u, MS_SYNC));
        CHECK_OK(msync(at(p, 1), 0, MS_ASYNC));
        CHECK_ERR(ENOMEM, msync(p, 2 * PAGE, MS_SYNC));
        CHECK_ERR(ENOMEM, msync(p, -PAGE, MS_SYNC));
        CHECK_ERR(EINVAL, msync(p, PAGE, MS_SYNC | MS_ASYNC));
        CHECK_ERR(EINVAL, msync(p, PAGE, 8));
        CHECK_ERR(EINVAL, msync(p + 1, PAGE, MS_SYNC));
}

/* Verifies that moved private memory is still copied on write after a fork, at its new place. */
TEST(mem_mremap_and_fork)
{
        char *p = map_pages(3);

        fill_pattern(p, 3 * PAGE);
        IN_CHILD {
                char *q = CHECK_PTR(mremap(p, 3 * PAGE, 6 * PAGE, MREMAP_MAYMOVE));

                CHECK_PATTERN(q, 3 * PAGE);
                memset(q, 0, 2 * PAGE);
                IN_CHILD {
                        CHECK_ZERO(q, 2 * PAGE);
                        memset(q, 1, 6 * PAGE);
                }
                CHECK_ZERO(at(q, 3), 3 * PAGE);
        }
        CHECK_PATTERN(p, 3 * PAGE);
}

/* Verifies that moved shared memory stays shared with those who have it elsewhere. */
TEST(mem_mremap_shared)
{
        char *p = CHECK_PTR(mmap(NULL, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0)), *place = map_pages(2);

        p[0] = 1;
        IN_CHILD {
                char *q = CHECK_PTR(mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place));

                CHECK_EQ(q[0], 1);
                q[0] = 2;
                at(q, 1)[0] = 3;
        }
        CHECK_EQ(p[0], 2);
        CHECK_EQ(at(p, 1)[0], 3);
}

static const int constant = 5;

/* Verifies that text and constants cannot be written, and that null and the kernel's addresses are not there. */
TEST(mem_protected_places)
{
        int *volatile null = NULL, *volatile kernel = (int *)0xfffff000;

        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, (void *)(uintptr_t)map_pages) { *(volatile char *)(uintptr_t)map_pages = 0; }
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, &constant) { *(volatile int *)(uintptr_t)&constant = 6; }
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, NULL) { TOUCH(null); }
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, (void *)0xfffff000) { TOUCH(kernel); }
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, (void *)0xfffff000) { *kernel = 1; }
}

/* Verifies that a call to an address where nothing is raises SIGSEGV at that address. */
TEST(mem_jump_nowhere)
{
        void (*volatile nowhere)(void) = (void (*)(void))0x10;

        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, (void *)0x10) { nowhere(); }
}
