/*
 * The test framework: many small tests in one static ELF that is an ordinary Linux program and speaks TAP.
 *
 *      // Verifies that a removed segment keeps its contents until its last detach.
 *      TEST(shm_rmid_while_attached)
 *      {
 *              int id = CHECK_OK(shmget(IPC_PRIVATE, PAGE, 0600));
 *              char *p = CHECK_PTR(shmat(id, NULL, 0));
 *
 *              fill_pattern(p, PAGE);
 *              CHECK_OK(shmctl(id, IPC_RMID, NULL));
 *              IN_CHILD { CHECK_PATTERN(p, PAGE); }
 *              CHECK_OK(shmdt(p));
 *              CHECK_ERR(EINVAL, shmat(id, NULL, 0));
 *      }
 *
 * Each test runs in a process (and process group) of its own. A check that fails prints one "# file:line: …" line and
 * ends its process with status 1; a failed child fails its parent. After every test the runner looks for segments left
 * behind, and on Commons also asks /proc/mm_check and compares the free memory with what it was before: a test must
 * put back everything it changed outside its own processes (segments, settings, files).
 */
#ifndef USER_TESTS_TEST_H
#define USER_TESTS_TEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096u
#define MIB (1024u * 1024)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* ---- Registration ------------------------------------------------------------------------------------------------ */

enum test_flags {
        NOT_64 = 1,             /* a 64-bit kernel answers differently: skipped with --host64 */
        COMMONS_ONLY = 2,       /* needs what only Commons has: skipped with --linux and --host64 */
        LINUX_ONLY = 4,         /* skipped on Commons */
        NEEDS_ROOT = 8,         /* skipped unless the runner is root */
};

struct test {
        const char *name;
        const char *file;
        int line;
        unsigned flags;
        void (*run)(void);
};

#define TEST(name_) TEST_FLAGS(name_, 0)
#define TEST_FLAGS(name_, flags_)                                                                                      \
        static void test_##name_(void);                                                                                \
        static const struct test info_##name_ = { #name_, __FILE__, __LINE__, (flags_), test_##name_ };                \
        static const struct test *const entry_##name_ __attribute__((used, section("test_table"))) = &info_##name_;    \
        static void test_##name_(void)

/*
 * A program to execute: a second main inside this ELF, its result the exit status. program_exec("name", args…, NULL)
 * replaces this process by it (argv[0] is "program:name"); it returns only when execve fails.
 * program_path() is the ELF's own path, for tests that call execve themselves.
 */
struct program {
        const char *name;
        int (*main)(int argc, char **argv);
};

#define PROGRAM(name_)                                                                                                 \
        static int program_##name_(int argc, char **argv);                                                             \
        static const struct program program_info_##name_ = { #name_, program_##name_ };                                \
        static const struct program *const program_entry_##name_                                                       \
                __attribute__((used, section("program_table"))) = &program_info_##name_;                               \
        static int program_##name_(int argc __attribute__((unused)), char **argv __attribute__((unused)))

#define PROGRAM_PREFIX "program:"
void program_exec(const char *name, ...) __attribute__((sentinel));
const char *program_path(void);

/* ---- Checks ------------------------------------------------------------------------------------------------------ */

/* Print the message with its place and end this process as failed. */
void test_fail(const char *file, int line, const char *format, ...) __attribute__((noreturn, format(printf, 3, 4)));
/* End the test as skipped; the reason is shown in the TAP line. Only from the test's own process. */
void test_skip(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* Print one "# …" line. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)
#define SKIP(...) test_skip(__VA_ARGS__)

#define CHECK(cond)                                                                                                    \
        do {                                                                                                           \
                if (!(cond))                                                                                           \
                        FAIL("not true: %s", #cond);                                                                   \
        } while (0)

/* Both as 64-bit signed integers; the message shows the two values. */
#define CHECK_EQ(got, want)                                                                                            \
        do {                                                                                                           \
                long long got_ = (long long)(got), want_ = (long long)(want);                                          \
                if (got_ != want_)                                                                                     \
                        FAIL("%s is %lld (%#llx), not %lld (%#llx)", #got, got_, got_, want_, want_);                  \
        } while (0)

/* A call that answers -1 and errno on failure; its value is the result. */
#define CHECK_OK(expr)                                                                                                 \
        ({                                                                                                             \
                errno = 0;                                                                                             \
                long r_ = (long)(expr);                                                                                \
                if (r_ < 0)                                                                                            \
                        FAIL("%s is %ld: %s", #expr, r_, strerror(errno));                                             \
                r_;                                                                                                    \
        })

/* A call that answers (void *)-1 and errno on failure. */
#define CHECK_PTR(expr)                                                                                                \
        ({                                                                                                             \
                errno = 0;                                                                                             \
                void *p_ = (void *)(expr);                                                                             \
                if (p_ == (void *)-1)                                                                                  \
                        FAIL("%s failed: %s", #expr, strerror(errno));                                                 \
                p_;                                                                                                    \
        })

/* The call answers -1 (or (void *)-1) and sets errno to exactly this. */
#define CHECK_ERR(error, expr)                                                                                         \
        do {                                                                                                           \
                errno = 0;                                                                                             \
                long r_ = (long)(expr);                                                                                \
                if (r_ != -1)                                                                                          \
                        FAIL("%s is %#lx, not the error %s", #expr, r_, #error);                                       \
                if (errno != (error))                                                                                  \
                        FAIL("%s: errno is %d (%s), not %s", #expr, errno, strerror(errno), #error);                   \
        } while (0)

/* ---- Children ---------------------------------------------------------------------------------------------------- */

pid_t test_fork(const char *file, int line);
void test_leave(void) __attribute__((noreturn));
void test_join(pid_t pid, const char *file, int line);
bool test_in_child(pid_t pid, const char *file, int line);
bool test_expects(pid_t pid, int sig, int code, const void *addr, const char *file, int line);
void test_unsignalled(int sig, const char *file, int line) __attribute__((noreturn));
void test_expect_death(pid_t pid, int sig, const char *file, int line);

/* IN_CHILD { … }: run the block in a forked child and wait; its failure is ours. */
#define IN_CHILD                                                                                                       \
        for (pid_t child_ = test_fork(__FILE__, __LINE__); test_in_child(child_, __FILE__, __LINE__); test_leave())

/* SPAWN(pid) { … }: run the block in a forked child beside us; JOIN(pid) waits for it, its failure is ours. */
#define SPAWN(pid) for ((pid) = test_fork(__FILE__, __LINE__); (pid) == 0; test_leave())
#define JOIN(pid) test_join((pid), __FILE__, __LINE__)

/* JOIN_KILLED(pid, sig): wait for a child that must die of that signal. */
#define JOIN_KILLED(pid, sig) test_expect_death((pid), (sig), __FILE__, __LINE__)

/* EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, p) { *p = 1; }: the block, in a child, must raise that signal with that code and
 * fault address. */
#define ANY_CODE (-1000)
#define ANY_ADDR ((const void *)-1)
#define EXPECT_SIGNAL(sig, code, addr)                                                                                 \
        for (pid_t child_ = test_fork(__FILE__, __LINE__);                                                             \
             test_expects(child_, (sig), (code), (addr), __FILE__, __LINE__);                                          \
             test_unsignalled((sig), __FILE__, __LINE__))

/* Become another user for good: no supplementary groups, gid, then uid. */
void become(uid_t uid, gid_t gid);

/* A gate is a pipe that processes wait at: each gate_open lets one gate_wait pass. Make it before the fork. */
struct gate {
        int fds[2];
};
struct gate gate_create(void);
void gate_open(const struct gate *gate);
void gate_wait(const struct gate *gate);

/* ---- Memory contents --------------------------------------------------------------------------------------------- */

/* Bytes that depend on their offset from p (never on the address) and on a seed. */
void fill_pattern_seed(void *p, size_t size, unsigned seed);
void test_check_pattern(const void *p, size_t size, unsigned seed, const char *file, int line);
void test_check_all(const void *p, size_t size, unsigned char value, const char *file, int line);

#define fill_pattern(p, size) fill_pattern_seed((p), (size), 0)
#define CHECK_PATTERN(p, size) test_check_pattern((p), (size), 0, __FILE__, __LINE__)
#define CHECK_PATTERN_SEED(p, size, seed) test_check_pattern((p), (size), (seed), __FILE__, __LINE__)
#define CHECK_ALL(p, size, value) test_check_all((p), (size), (value), __FILE__, __LINE__)
#define CHECK_ZERO(p, size) CHECK_ALL(p, size, 0)

/* ---- What the system says ---------------------------------------------------------------------------------------- */

/* Read a whole small file into buf, NUL-terminated; its length, or -1 with errno. */
ssize_t file_read(const char *path, char *buf, size_t size);
/* Write a string to an existing file; 0, or -1 with errno. */
int file_write(const char *path, const char *text);
/* A field of /proc/meminfo in KiB, such as "MemFree"; -1 when it is not there. */
long meminfo(const char *field);
/* Free memory in KiB, less what the swap disk holds, so that pages may come and go. (What has a frame and a slot counts once; where there
 * is a disk, tables of processes, which pressure drops, count as free.) */
long memory_unused(void);
/* Skip the test unless the machine has this many MiB of RAM (less a few for the kernel). */
void need_memory(unsigned mib);
/* The page's entry in /proc/self/pagemap: bit 63 present, bit 62 swapped, low 55 bits frame number (0 unless root). */
uint64_t pagemap(const void *p);
bool page_present(const void *p);
uint64_t page_frame(const void *p);
/* Minor faults of this process so far. */
long minor_faults(void);
/* The line of /proc/self/maps whose area contains p, without its newline; false when there is none. */
bool maps_line(const void *p, char *line, size_t size);

/* System call by int 0x80: the result is the value or -errno. */
static inline long raw(long nr, long a, long b, long c, long d, long e, long f)
{
        long result;

        /* the sixth may lie relative to esp, so it is pushed before anything else is */
        __asm__ volatile("pushl %7; push %%ebp; mov 4(%%esp), %%ebp; int $0x80; pop %%ebp; lea 4(%%esp), %%esp"
                         : "=a"(result)
                         : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), "m"(*(const long *)&f)
                         : "memory", "cc");
        return result;
}

#endif
