/* What a test is written with: failing, children, signals, gates and patterns. See test.h for each contract. */
#include "test.h"

#include <grp.h>
#include <stdarg.h>

static void print_line(const char *prefix, const char *format, va_list args)
{
        char line[512];
        int n = snprintf(line, sizeof line, "# %s", prefix);

        n += vsnprintf(line + n, sizeof line - n - 1, format, args);
        if (n > (int)sizeof line - 2)
                n = sizeof line - 2;
        line[n++] = '\n';
        if (write(1, line, n) != n)
                _exit(2);
}

void note(const char *format, ...)
{
        va_list args;

        va_start(args, format);
        print_line("", format, args);
        va_end(args);
}

void test_fail(const char *file, int line, const char *format, ...)
{
        char prefix[128];
        va_list args;

        snprintf(prefix, sizeof prefix, "%s:%d: ", file, line);
        va_start(args, format);
        print_line(prefix, format, args);
        va_end(args);
        _exit(1);
}

/* ---- Children ---------------------------------------------------------------------------------------------------- */

pid_t test_fork(const char *file, int line)
{
        pid_t pid = fork();

        if (pid < 0)
                test_fail(file, line, "fork: %s", strerror(errno));
        return pid;
}

void test_leave(void)
{
        _exit(0);
}

static int wait_for(pid_t pid, const char *file, int line)
{
        int status;
        pid_t got;

        while ((got = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
                ;
        if (got != pid)
                test_fail(file, line, "waitpid(%d) is %d: %s", pid, got, strerror(errno));
        return status;
}

void test_join(pid_t pid, const char *file, int line)
{
        int status = wait_for(pid, file, line);

        if (WIFSIGNALED(status))
                test_fail(file, line, "the child died of signal %d", WTERMSIG(status));
        if (WEXITSTATUS(status))
                test_fail(file, line, "the child failed with status %d", WEXITSTATUS(status));
}

bool test_in_child(pid_t pid, const char *file, int line)
{
        if (pid == 0)
                return true;
        test_join(pid, file, line);
        return false;
}

void test_expect_death(pid_t pid, int sig, const char *file, int line)
{
        int status = wait_for(pid, file, line);

        if (!WIFSIGNALED(status))
                test_fail(file, line, "the child exited with %d, not by signal %d", WEXITSTATUS(status), sig);
        if (WTERMSIG(status) != sig)
                test_fail(file, line, "the child died of signal %d, not %d", WTERMSIG(status), sig);
}

/* What the child of EXPECT_SIGNAL waits for. */
static struct {
        int sig, code, line;
        const void *addr;
        const char *file;
} expected;

static void on_signal(int sig, siginfo_t *info, void *context)
{
        (void)context;
        if (expected.code != ANY_CODE && info->si_code != expected.code)
                test_fail(expected.file, expected.line, "signal %d with code %d, not %d", sig, info->si_code,
                          expected.code);
        if (expected.addr != ANY_ADDR && info->si_addr != expected.addr)
                test_fail(expected.file, expected.line, "signal %d at %p, not %p", sig, info->si_addr, expected.addr);
        _exit(0);
}

bool test_expects(pid_t pid, int sig, int code, const void *addr, const char *file, int line)
{
        static char stack[16384];
        const stack_t alternative = { .ss_sp = stack, .ss_size = sizeof stack };
        struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK };

        if (pid != 0) {
                test_join(pid, file, line);
                return false;
        }
        expected.sig = sig;
        expected.code = code;
        expected.addr = addr;
        expected.file = file;
        expected.line = line;
        if (sigaltstack(&alternative, NULL) || sigaction(sig, &action, NULL))
                test_fail(file, line, "cannot catch signal %d: %s", sig, strerror(errno));
        return true;
}

void test_unsignalled(int sig, const char *file, int line)
{
        test_fail(file, line, "signal %d did not come", sig);
}

void become(uid_t uid, gid_t gid)
{
        CHECK_OK(setgroups(0, NULL));
        CHECK_OK(setresgid(gid, gid, gid));
        CHECK_OK(setresuid(uid, uid, uid));
}

/* ---- Gates ------------------------------------------------------------------------------------------------------- */

struct gate gate_create(void)
{
        struct gate gate;

        CHECK_OK(pipe(gate.fds));
        return gate;
}

void gate_open(const struct gate *gate)
{
        CHECK_EQ(write(gate->fds[1], "", 1), 1);
}

void gate_wait(const struct gate *gate)
{
        char byte;
        ssize_t n;

        while ((n = read(gate->fds[0], &byte, 1)) < 0 && errno == EINTR)
                ;
        CHECK_EQ(n, 1);
}

/* ---- Contents ---------------------------------------------------------------------------------------------------- */

static unsigned char pattern_byte(size_t i, unsigned seed)
{
        return ((i * 2654435761u) >> 13) + i / PAGE + seed * 37 + 1;
}

void fill_pattern_seed(void *p, size_t size, unsigned seed)
{
        for (size_t i = 0; i < size; i++)
                ((volatile unsigned char *)p)[i] = pattern_byte(i, seed);
}

void test_check_pattern(const void *p, size_t size, unsigned seed, const char *file, int line)
{
        const volatile unsigned char *bytes = p;

        for (size_t i = 0; i < size; i++)
                if (bytes[i] != pattern_byte(i, seed))
                        test_fail(file, line, "byte %zu is %#x, not %#x", i, bytes[i], pattern_byte(i, seed));
}

void test_check_all(const void *p, size_t size, unsigned char value, const char *file, int line)
{
        const volatile unsigned char *bytes = p;

        for (size_t i = 0; i < size; i++)
                if (bytes[i] != value)
                        test_fail(file, line, "byte %zu is %#x, not %#x", i, bytes[i], value);
}
