/* The framework tested by itself: what must fail does fail, and says so. */
#include "test.h"

/* Verifies that a failed check in a child ends that child with status 1 and nothing else. */
TEST(framework_failure_is_seen)
{
        int status;
        pid_t pid;

        SPAWN(pid) {
                close(1);
                open("/dev/null", O_WRONLY);
                CHECK(!"this");
        }
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

/* Verifies that an expected signal that does not come is a failure. */
TEST(framework_missing_signal_is_seen)
{
        int status;
        pid_t pid;

        SPAWN(pid) {
                close(1);
                open("/dev/null", O_WRONLY);
                EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, ANY_ADDR) { }
        }
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

/* Verifies that the expected signal with its address is accepted. */
TEST(framework_expected_signal)
{
        volatile char *volatile low = (volatile char *)16;

        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, (void *)16) { *low = 1; }
}

/* Verifies that a gate opened by the child lets the parent pass, and that a changed byte is noticed. */
TEST(framework_gate_and_pattern)
{
        struct gate gate = gate_create();
        char page[PAGE];
        pid_t pid;

        SPAWN(pid) { gate_open(&gate); }
        gate_wait(&gate);
        JOIN(pid);
        fill_pattern(page, sizeof page);
        CHECK_PATTERN(page, sizeof page);
}

PROGRAM(count_args)
{
        return argc * 10 + (argc == 3 && !strcmp(argv[2], "two words"));
}

/* Verifies that a program of this ELF can be executed and gets its arguments. */
TEST(framework_program)
{
        int status;
        pid_t pid;

        SPAWN(pid) {
                program_exec("count_args", "one", "two words", NULL);
                FAIL("execve: %s", strerror(errno));
        }
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK(WIFEXITED(status));
        CHECK_EQ(WEXITSTATUS(status), 31);
}
