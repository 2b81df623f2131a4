/* Private and shared anonymous memory: brk, mmap, fork and copy-on-write. */
#include "temp.h"

static char *map(size_t size, int prot, int flags)
{
        return CHECK_PTR(mmap(NULL, size, prot, MAP_ANONYMOUS | flags, -1, 0));
}

static char *map_private(unsigned pages)
{
        return map(pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

/* Verifies that brk grows by zeroed memory, shrinks, and that what was given back comes again as zeroes. */
TEST(mem_brk_grow_shrink)
{
        char *start = CHECK_PTR(sbrk(0));

        CHECK_PTR(sbrk(10 * PAGE));
        CHECK_ZERO(start, 10 * PAGE);
        fill_pattern(start, 10 * PAGE);
        CHECK_PTR(sbrk(-6 * (int)PAGE));
        CHECK_PATTERN(start, 4 * PAGE);
        CHECK_PTR(sbrk(6 * PAGE));
        CHECK_PATTERN(start, 4 * PAGE);
        CHECK_ZERO(start + 5 * PAGE, 5 * PAGE);
        CHECK_OK(brk(start));
}

/* Verifies that the raw call answers the present end for every address it does not accept. */
TEST(mem_brk_refused)
{
        long now = raw(SYS_brk, 0, 0, 0, 0, 0, 0);

        CHECK_EQ(raw(SYS_brk, 1, 0, 0, 0, 0, 0), now);
        CHECK_EQ(raw(SYS_brk, (long)0xfffffff0, 0, 0, 0, 0, 0), now);
        CHECK_EQ(raw(SYS_brk, now + 100, 0, 0, 0, 0, 0), now + 100);
        CHECK_EQ(raw(SYS_brk, now, 0, 0, 0, 0, 0), now);
}

/* Verifies that brk does not run into another mapping. */
TEST(mem_brk_meets_mapping)
{
        char *start = CHECK_PTR(sbrk(0));
        char *wall = (char *)(((uintptr_t)start + 20 * PAGE) & ~(PAGE - 1));

        CHECK_AT(mmap(wall, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0), wall);
        CHECK_ERR(ENOMEM, sbrk(40 * PAGE));
        CHECK_AT(sbrk(0), start);
        CHECK_OK(munmap(wall, PAGE));
}

/* Verifies that RLIMIT_DATA bounds brk. */
TEST(mem_brk_limit)
{
        struct rlimit limit = { 8 * MIB, 8 * MIB };

        CHECK_OK(setrlimit(RLIMIT_DATA, &limit));
        CHECK_PTR(sbrk(2 * MIB));
        CHECK_ERR(ENOMEM, sbrk(8 * MIB));
}

/* Verifies that the wrong arguments of mmap are refused each with its own error. */
TEST(mem_mmap_errors)
{
        const int rw = PROT_READ | PROT_WRITE, anon = MAP_PRIVATE | MAP_ANONYMOUS;

        CHECK_ERR(EINVAL, mmap(NULL, 0, rw, anon, -1, 0));
        CHECK_ERR(EINVAL, mmap(NULL, PAGE, rw, MAP_ANONYMOUS, -1, 0));
        CHECK_ERR(EINVAL, mmap((void *)0x50000001, PAGE, rw, anon | MAP_FIXED, -1, 0));
        CHECK_ERR(EBADF, mmap(NULL, PAGE, rw, MAP_PRIVATE, -1, 0));
        CHECK_ERR(EBADF, mmap(NULL, PAGE, rw, MAP_PRIVATE, 1000, 0));
        CHECK_ERR(ENOMEM, mmap(NULL, 0xffffffff, rw, anon, -1, 0));
        CHECK_ERR(ENOMEM, mmap(NULL, 0xfffff000, PROT_NONE, anon, -1, 0));
        CHECK_ERR(ENOMEM, mmap((void *)0xfffff000, PAGE, rw, anon | MAP_FIXED, -1, 0));
        CHECK_ERR(ENOMEM, mmap((void *)0x50000000, 0xfff00000, PROT_NONE, anon | MAP_FIXED, -1, 0));
}

/* Verifies that a length is rounded up to whole pages, zeroed, and usable to the last byte. */
TEST(mem_mmap_length_rounds_up)
{
        char *p = map(PAGE + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE);

        CHECK_EQ((uintptr_t)p % PAGE, 0);
        CHECK_ZERO(p, 2 * PAGE);
        p[2 * PAGE - 1] = 1;
        CHECK_OK(munmap(p, PAGE + 1));
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, p + PAGE) { *(volatile char *)(p + PAGE); }
}

/* Verifies that memory given back and asked for again holds nothing of what was in it. */
TEST(mem_pages_come_zeroed)
{
        for (int round = 0; round < 8; round++) {
                char *p = map_private(64);

                CHECK_ZERO(p, 64 * PAGE);
                memset(p, 0xA5, 64 * PAGE);
                CHECK_OK(munmap(p, 64 * PAGE));
        }
}

/* Verifies that reads of untouched private pages show one zero frame, and a write gives a page one of its own. */
TEST_FLAGS(mem_zero_frame, NEEDS_ROOT)
{
        volatile char *p = map_private(3);

        CHECK_EQ(p[0] + p[PAGE], 0);
        CHECK(page_present((char *)p) && page_present((char *)p + PAGE));
        CHECK_EQ(page_frame((char *)p), page_frame((char *)p + PAGE));
        CHECK(!page_present((char *)p + 2 * PAGE));
        p[0] = 1;
        CHECK(page_frame((char *)p) != page_frame((char *)p + PAGE));
        CHECK_EQ(p[PAGE], 0);
        CHECK_EQ(p[2 * PAGE], 0);
}

/* Verifies that both sides of a fork keep their own private memory, whoever writes first. */
TEST(mem_fork_copies_both_ways)
{
        char *p = map_private(4);
        struct gate to_child = gate_create(), to_parent = gate_create();
        pid_t pid;

        fill_pattern(p, 4 * PAGE);
        SPAWN(pid) {
                memset(p, 0x11, PAGE);
                gate_open(&to_parent);
                gate_wait(&to_child);
                CHECK_ALL(p, PAGE, 0x11);
                fill_pattern(p, PAGE);
                CHECK_PATTERN(p, 4 * PAGE);
        }
        gate_wait(&to_parent);
        CHECK_PATTERN(p, 4 * PAGE);
        memset(p + PAGE, 0x22, PAGE);
        gate_open(&to_child);
        JOIN(pid);
        CHECK_PATTERN(p, PAGE);
        CHECK_ALL(p + PAGE, PAGE, 0x22);
}

/* Verifies that four generations of a process each see what they wrote and what they inherited, and nothing else. */
TEST(mem_fork_generations)
{
        unsigned char *p = (unsigned char *)map_private(5);

        memset(p, 1, 5 * PAGE);
        IN_CHILD {
                memset(p + PAGE, 2, PAGE);
                IN_CHILD {
                        memset(p + 2 * PAGE, 3, PAGE);
                        IN_CHILD {
                                memset(p + 3 * PAGE, 4, PAGE);
                                CHECK_ALL(p, PAGE, 1);
                                CHECK_ALL(p + PAGE, PAGE, 2);
                                CHECK_ALL(p + 2 * PAGE, PAGE, 3);
                                memset(p, 9, 5 * PAGE);
                        }
                        CHECK_ALL(p + 3 * PAGE, 2 * PAGE, 1);
                        CHECK_ALL(p + 2 * PAGE, PAGE, 3);
                }
                CHECK_ALL(p + PAGE, PAGE, 2);
                CHECK_ALL(p + 2 * PAGE, 3 * PAGE, 1);
        }
        CHECK_ALL(p, 5 * PAGE, 1);
}

/* Verifies that grandchildren keep an inherited page when the one between has ended. */
TEST(mem_fork_middle_ends_first)
{
        char *p = map_private(2);
        struct gate go = gate_create(), done = gate_create();
        pid_t pid;

        fill_pattern(p, 2 * PAGE);
        SPAWN(pid) {
                fill_pattern_seed(p + PAGE, PAGE, 5);
                if (fork() == 0) {
                        gate_wait(&go);
                        CHECK_PATTERN(p, PAGE);
                        CHECK_PATTERN_SEED(p + PAGE, PAGE, 5);
                        p[0] = 1;
                        gate_open(&done);
                        _exit(0);
                }
        }
        JOIN(pid);
        memset(p, 0, 2 * PAGE);
        gate_open(&go);
        gate_wait(&done);
        CHECK_ZERO(p, 2 * PAGE);
}

/* Verifies that shared anonymous memory is one memory for parent, child and grandchild, touched before the fork or not. */
TEST(mem_shared_anonymous)
{
        volatile int *p = (int *)map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);

        p[0] = 1;
        IN_CHILD {
                CHECK_EQ(p[0], 1);
                p[PAGE / 4] = 2;
                IN_CHILD {
                        CHECK_EQ(p[PAGE / 4], 2);
                        p[2 * PAGE / 4] = 3;
                        p[0] = 4;
                }
        }
        CHECK_EQ(p[0], 4);
        CHECK_EQ(p[PAGE / 4], 2);
        CHECK_EQ(p[2 * PAGE / 4], 3);
        CHECK_EQ(p[3 * PAGE / 4], 0);
}

/* Verifies that shared anonymous memory shows the same frames in parent and child, at the same index. */
TEST_FLAGS(mem_shared_frames, NEEDS_ROOT)
{
        volatile uint64_t *p = (uint64_t *)map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);

        IN_CHILD {
                p[0] = 1;
                p[1] = page_frame((void *)p);
        }
        CHECK_EQ(p[0], 1);
        CHECK_EQ(page_frame((void *)p), p[1]);
}

/* Verifies that fork shares private frames until one side writes, and that the survivor then keeps the frame. */
TEST_FLAGS(mem_fork_frames, NEEDS_ROOT)
{
        char *p = map_private(1);
        uint64_t frame;

        p[0] = 1;
        frame = page_frame(p);
        IN_CHILD {
                CHECK_EQ(*(volatile char *)p, 1);
                CHECK_EQ(page_frame(p), frame);
                p[0] = 2;
                CHECK(page_frame(p) != frame);
        }
        CHECK_EQ(page_frame(p), frame);
        p[0] = 3;
        CHECK_EQ(page_frame(p), frame);
}

/* Verifies that address space that cannot be written, or is not to be reserved, costs nothing until it is touched. */
TEST(mem_large_untouched)
{
        char *none = map(512 * MIB, PROT_NONE, MAP_PRIVATE);
        char *sparse = map(512 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE);

        for (unsigned at = 0; at < 512 * MIB; at += 100 * MIB)
                sparse[at + 5] = 'x';
        for (unsigned at = 0; at < 512 * MIB; at += 100 * MIB)
                CHECK_EQ(sparse[at + 5] + sparse[at + 6], 'x');
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, none + MIB) { *(volatile char *)(none + MIB); }
        CHECK_OK(munmap(none, 512 * MIB));
        CHECK_OK(munmap(sparse, 512 * MIB));
}

/* Verifies that a thousand areas can be had, touched, and given back in any order. */
TEST(mem_thousand_areas)
{
        char *base = map(2000 * PAGE, PROT_NONE, MAP_PRIVATE);

        for (unsigned i = 0; i < 2000; i += 2)
                CHECK_OK(mprotect(base + i * PAGE, PAGE, PROT_READ | PROT_WRITE));
        for (unsigned i = 0; i < 2000; i += 2)
                *(unsigned *)(base + i * PAGE) = i;
        for (unsigned n = 0, i = 0; n < 1000; n++, i = (i + 2 * 337) % 2000) {
                CHECK_EQ(*(unsigned *)(base + i * PAGE), i);
                CHECK_OK(munmap(base + i * PAGE, PAGE));
        }
        CHECK_OK(munmap(base, 2000 * PAGE));
}
