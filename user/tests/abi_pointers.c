/* Bad pointers, in every call that takes one: EFAULT, nothing done, nobody hurt. */
#include "temp.h"

#include <poll.h>
#include <sys/time.h>
#include <time.h>

static char *readable;          /* one page that can be read and not written, nothing mapped behind it */

/* Addresses that no call can write to, the last four straddling or just missing something. */
static long bad_addresses[8];

static void prepare(void)
{
        char *p = CHECK_PTR(mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

        CHECK_OK(munmap(p + PAGE, PAGE));
        CHECK_OK(mprotect(p, PAGE, PROT_READ));
        readable = p;
        bad_addresses[0] = 0x10;
        bad_addresses[1] = (long)0xfffff000;
        bad_addresses[2] = (long)0xfffffffd;
        bad_addresses[3] = (long)(p + PAGE);
        bad_addresses[4] = (long)p;                     /* read-only */
        bad_addresses[5] = (long)(p + PAGE - 2);        /* read-only, then nothing */
        bad_addresses[6] = (long)(p + 2 * PAGE - 3);    /* nothing, then writable */
        bad_addresses[7] = (long)0xffffffff;
}

#define EACH_BAD(address) for (size_t i_ = 0; i_ < ARRAY_SIZE(bad_addresses) && ((address) = bad_addresses[i_], true); i_++)

/* The call with this bad address in this place must answer -EFAULT. */
static void check_fault(const char *name, long nr, int place, long address, long *args)
{
        long kept = args[place];

        args[place] = address;
        long result = raw(nr, args[0], args[1], args[2], args[3], args[4], args[5]);

        if (result != -EFAULT)
                FAIL("%s with argument %d %#lx is %ld, not -EFAULT", name, place + 1, address, result);
        args[place] = kept;
}

/* Verifies that calls that store a result refuse every address that cannot be written. */
TEST(abi_bad_results)
{
        static char buf[4096];
        int fd = temp_file(), fds[2];
        long address;

        prepare();
        CHECK_OK(pipe(fds));
        CHECK_EQ(write(fd, buf, sizeof buf), sizeof buf);
        CHECK_EQ(write(fds[1], buf, sizeof buf), sizeof buf);

        const struct {
                const char *name;
                long nr;
                int place;
                long args[6];
        } calls[] = {
                { "pread64", SYS_pread64, 1, { fd, 0, 16, 0, 0, 0 } },
                { "read of a pipe", SYS_read, 1, { fds[0], 0, 16 } },
                { "pipe", SYS_pipe, 0, { 0 } },
                { "fstat64", SYS_fstat64, 1, { fd } },
                { "stat64", SYS_stat64, 1, { (long)"/tmp" } },
                { "statx", SYS_statx, 4, { AT_FDCWD, (long)"/tmp", 0, 0x7ff } },
                { "uname", SYS_uname, 0, { 0 } },
                { "getrlimit", SYS_ugetrlimit, 1, { RLIMIT_NOFILE } },
                { "getrusage", SYS_getrusage, 1, { RUSAGE_SELF } },
                { "times", SYS_times, 0, { 0 } },
                { "time", SYS_time, 0, { 0 } },
                { "gettimeofday", SYS_gettimeofday, 0, { 0 } },
                { "clock_gettime", SYS_clock_gettime, 1, { CLOCK_MONOTONIC } },
                { "clock_getres", SYS_clock_getres, 1, { CLOCK_MONOTONIC } },
                { "getitimer", SYS_getitimer, 1, { ITIMER_REAL } },
                { "getcwd", SYS_getcwd, 0, { 0, 4096 } },
                { "readlink", SYS_readlink, 1, { (long)"/proc/self", 0, 64 } },
                { "getdents64", SYS_getdents64, 1, { CHECK_OK(open("/", O_RDONLY)), 0, 4096 } },
                { "getresuid32", SYS_getresuid32, 0, { 0, (long)buf, (long)buf } },
                { "getresuid32", SYS_getresuid32, 2, { (long)buf, (long)buf, 0 } },
                { "rt_sigprocmask", SYS_rt_sigprocmask, 2, { SIG_BLOCK, 0, 0, 8 } },
                { "rt_sigpending", SYS_rt_sigpending, 0, { 0, 8 } },
                { "rt_sigaction", SYS_rt_sigaction, 2, { SIGUSR1, 0, 0, 8 } },
                { "sigaltstack", SYS_sigaltstack, 1, { 0 } },
                { "getrandom", SYS_getrandom, 0, { 0, 16, 0 } },
                { "_llseek", SYS__llseek, 3, { fd, 0, 0, 0, SEEK_SET } },
                { "prlimit64", SYS_prlimit64, 3, { 0, RLIMIT_NOFILE, 0, 0 } },
        };

        for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
                EACH_BAD(address) {
                        long args[6];

                        memcpy(args, calls[i].args, sizeof args);
                        check_fault(calls[i].name, calls[i].nr, calls[i].place, address, args);
                }
}

/* Verifies that calls that read something refuse every address that cannot be read. */
TEST(abi_bad_arguments)
{
        static char buf[64];
        char *hole;
        int fd = temp_file(), fds[2];

        prepare();
        CHECK_OK(pipe(fds));
        hole = readable + PAGE;

        const long bad[] = { 0x10, (long)0xfffff000, (long)0xfffffffd, (long)hole, (long)(hole + PAGE - 3) };
        const struct {
                const char *name;
                long nr;
                int place;
                long args[6];
        } calls[] = {
                { "pwrite64", SYS_pwrite64, 1, { fd, 0, 16, 0, 0, 0 } },
                { "write to a pipe", SYS_write, 1, { fds[1], 0, 16 } },
                { "writev", SYS_writev, 1, { fd, 0, 1 } },
                { "open", SYS_open, 0, { 0, O_RDONLY } },
                { "openat", SYS_openat, 1, { AT_FDCWD, 0, O_RDONLY } },
                { "stat64", SYS_stat64, 0, { 0, (long)buf } },
                { "access", SYS_access, 0, { 0, 0 } },
                { "unlink", SYS_unlink, 0, { 0 } },
                { "mkdir", SYS_mkdir, 0, { 0, 0700 } },
                { "rmdir", SYS_rmdir, 0, { 0 } },
                { "rename", SYS_rename, 0, { 0, (long)"/tmp/x" } },
                { "rename", SYS_rename, 1, { (long)"/tmp", 0 } },
                { "link", SYS_link, 0, { 0, (long)"/tmp/x" } },
                { "symlink", SYS_symlink, 0, { 0, (long)"/tmp/x" } },
                { "chdir", SYS_chdir, 0, { 0 } },
                { "chmod", SYS_chmod, 0, { 0, 0700 } },
                { "truncate64", SYS_truncate64, 0, { 0, 0, 0 } },
                { "readlink", SYS_readlink, 0, { 0, (long)buf, 16 } },
                { "execve", SYS_execve, 0, { 0, 0, 0 } },
                { "nanosleep", SYS_nanosleep, 0, { 0, 0 } },
                { "setitimer", SYS_setitimer, 1, { ITIMER_REAL, 0, 0 } },
                { "rt_sigaction", SYS_rt_sigaction, 1, { SIGUSR1, 0, 0, 8 } },
                { "rt_sigprocmask", SYS_rt_sigprocmask, 1, { SIG_BLOCK, 0, 0, 8 } },
                { "sigaltstack", SYS_sigaltstack, 0, { 0 } },
                { "setrlimit", SYS_setrlimit, 1, { RLIMIT_NOFILE, 0 } },
                { "setgroups32", SYS_setgroups32, 1, { 3, 0 } },
                { "poll", SYS_poll, 0, { 0, 1, 0 } },
        };

        for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
                for (size_t j = 0; j < ARRAY_SIZE(bad); j++) {
                        long args[6];

                        if (calls[i].nr == SYS_setgroups32 && geteuid() != 0)
                                continue;
                        memcpy(args, calls[i].args, sizeof args);
                        check_fault(calls[i].name, calls[i].nr, calls[i].place, bad[j], args);
                }
}

/* Verifies that a read or write that begins well and ends badly is cut short, or EFAULT, and loses nothing. */
TEST(abi_partly_bad_buffer)
{
        char *p = CHECK_PTR(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        static char buf[2 * PAGE];
        int fd = temp_file();
        ssize_t n;

        CHECK_OK(munmap(p + PAGE, PAGE));
        fill_pattern(buf, sizeof buf);
        CHECK_EQ(write(fd, buf, sizeof buf), sizeof buf);
        n = pread(fd, p, sizeof buf, 0);
        CHECK(n == PAGE || (n == -1 && errno == EFAULT));
        if (n > 0)
                CHECK_PATTERN(p, (size_t)n);
        memset(p, 1, PAGE);
        n = pwrite(fd, p, 2 * PAGE, 0);
        CHECK(n == PAGE || (n == -1 && errno == EFAULT));
        CHECK_EQ(pread(fd, buf, PAGE, PAGE), PAGE);
        CHECK(buf[0] != 1);
}

/* Verifies that a name that ends at the very end of a mapping is read, and no byte further. */
TEST(abi_string_at_the_edge)
{
        char *p = CHECK_PTR(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

        CHECK_OK(munmap(p + PAGE, PAGE));
        memcpy(p + PAGE - 10, "/dev/null", 10);
        CHECK_OK(open(p + PAGE - 10, O_RDONLY));
        memcpy(p + PAGE - 9, "/dev/null", 9);
        CHECK_ERR(EFAULT, open(p + PAGE - 9, O_RDONLY));
}

/* Verifies that buffers may lie in pages that are not there yet, cross them, and be of any alignment. */
TEST(abi_untouched_buffers)
{
        char *p = CHECK_PTR(mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        static char buf[10 * PAGE];
        int fd = temp_file();

        fill_pattern(buf, sizeof buf);
        CHECK_EQ(write(fd, buf, sizeof buf), sizeof buf);
        CHECK_EQ(pread(fd, p + 123, sizeof buf, 0), sizeof buf);
        CHECK_PATTERN(p + 123, sizeof buf);
        CHECK_EQ(pwrite(fd, p + 12 * PAGE, PAGE, 0), PAGE);
        CHECK_EQ(pread(fd, buf, PAGE, 0), PAGE);
        CHECK_ZERO(buf, PAGE);
}

/* Verifies that a size that reaches over the end of memory is EFAULT, or cut, and never a crash. */
TEST(abi_enormous_sizes)
{
        static char byte;
        int zero = CHECK_OK(open("/dev/zero", O_RDONLY)), null = CHECK_OK(open("/dev/null", O_WRONLY)), fd = temp_file();
        pid_t pid;

        CHECK_ERR(EFAULT, syscall(SYS_read, zero, 0xfffff000, 0x7fffffff));
        SPAWN(pid) {
                long n = syscall(SYS_pread64, fd, &byte, 0x7fffffff, 0, 0);

                CHECK(n == 0);
        }
        JOIN(pid);
        CHECK(syscall(SYS_write, fd, &byte, 0x7ffff000) >= -1);
        CHECK_ERR(EINVAL, syscall(SYS_pwrite64, fd, &byte, 1, 0, 0x80000000));
        CHECK(syscall(SYS_write, null, &byte, 0x7fffffff) >= -1);
        CHECK_OK(ftruncate(fd, 0));
}
