/* The stack: it grows as it is used, down to its limit. */
#include "test.h"

/* Use this much stack, one page after the other, downwards. */
static __attribute__((noinline)) unsigned use_stack(unsigned pages)
{
        volatile char frame[PAGE];

        frame[0] = (char)pages;
        frame[PAGE - 1] = 1;
        return pages ? use_stack(pages - 1) + (unsigned char)frame[PAGE - 1] : 0;
}

static void limit_stack(rlim_t size)
{
        struct rlimit limit;

        CHECK_OK(getrlimit(RLIMIT_STACK, &limit));
        limit.rlim_cur = size;
        CHECK_OK(setrlimit(RLIMIT_STACK, &limit));
}

/* Verifies that a stack grows to megabytes without being asked for, and comes back usable. */
TEST(mem_stack_grows)
{
        CHECK_EQ(use_stack(1000), 1000);
        CHECK_EQ(use_stack(1000), 1000);
}

/* Verifies that an access far below the stack pointer grows the stack as well, by zeroed pages. */
TEST(mem_stack_grows_by_leap)
{
        volatile char *sp = __builtin_frame_address(0);

        CHECK_EQ(sp[-(int)MIB], 0);
        sp[-(int)MIB] = 1;
        CHECK_EQ(sp[-(int)MIB / 2], 0);
}

/* Verifies that a stack without end dies of SIGSEGV. */
TEST(mem_stack_overflow_kills)
{
        pid_t pid;

        SPAWN(pid) {
                limit_stack(MIB);
                use_stack(1u << 24);
        }
        JOIN_KILLED(pid, SIGSEGV);
}

/* Verifies that the overflow can be caught on an alternative stack, with an address below the stack pointer. */
TEST(mem_stack_overflow_caught)
{
        limit_stack(MIB);
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, ANY_ADDR) { use_stack(1u << 24); }
}

/* Verifies that the limit is RLIMIT_STACK as it is when the stack grows. */
TEST(mem_stack_limit)
{
        pid_t pid;

        limit_stack(2 * MIB);
        IN_CHILD { CHECK_EQ(use_stack(384), 384); }
        limit_stack(MIB);
        SPAWN(pid) { use_stack(384); }
        JOIN_KILLED(pid, SIGSEGV);
        limit_stack(4 * MIB);
        CHECK_EQ(use_stack(768), 768);
}

/* Verifies that the kernel too grows the stack: a system call that writes far below the stack pointer succeeds. */
TEST(mem_stack_grows_for_kernel)
{
        char *sp = __builtin_frame_address(0);
        int fds[2];

        CHECK_OK(pipe(fds));
        CHECK_EQ(write(fds[1], "abc", 3), 3);
        CHECK_EQ(read(fds[0], sp - MIB, 3), 3);
}

/* Verifies that a grown stack is copied at fork. */
TEST(mem_stack_and_fork)
{
        volatile char big[256 * 1024];

        big[0] = 1;
        IN_CHILD {
                CHECK_EQ(big[0], 1);
                big[0] = 2;
                CHECK_EQ(use_stack(100), 100);
        }
        CHECK_EQ(big[0], 1);
}

/* Verifies that /proc/self/maps calls it [stack]. */
TEST(mem_stack_in_maps)
{
        char line[256] = "";

        CHECK(maps_line(line, line, sizeof line));
        CHECK(strstr(line, " rw-p ")); /* as PT_GNU_STACK of this program says */
        CHECK(!strcmp(strrchr(line, ' ') + 1, "[stack]"));
}
