/* execve: what is handed over, what is kept, what is lost, and its errors. */
#include "temp.h"

#include <sys/auxv.h>
#include <time.h>

/* Execute this ELF as the program, and give its exit status. */
#define RUN(...) \
        ({ \
                pid_t pid_ = test_fork(__FILE__, __LINE__); \
                int status_; \
                if (pid_ == 0) { \
                        program_exec(__VA_ARGS__, NULL); \
                        _exit(111); \
                } \
                CHECK_EQ(waitpid(pid_, &status_, 0), pid_); \
                CHECK(WIFEXITED(status_)); \
                WEXITSTATUS(status_); \
        })

PROGRAM(check_arguments)
{
        CHECK_EQ(argc, 6);
        CHECK(!strcmp(argv[0], PROGRAM_PREFIX "check_arguments"));
        CHECK(!strcmp(argv[1], "two words") && !strcmp(argv[2], "") && !strcmp(argv[3], "a\nb\t'\"\\$"));
        CHECK(!strcmp(argv[4], "\xff\x01"));
        CHECK_EQ(strlen(argv[5]), 100000);
        CHECK(argv[6] == NULL);
        return 5;
}

/* Verifies that arguments arrive byte for byte: empty, with blanks and quotes, and long. */
TEST(proc_exec_arguments)
{
        static char big[100001];

        memset(big, 'x', 100000);
        CHECK_EQ(RUN("check_arguments", "two words", "", "a\nb\t'\"\\$", "\xff\x01", big), 5);
}

PROGRAM(check_environment)
{
        CHECK(!strcmp(environ[0], "A=1") && !strcmp(environ[1], "EMPTY=") && !strcmp(environ[2], "odd") && !environ[3]);
        CHECK(!strcmp(getenv("EMPTY"), ""));
        return 0;
}

/* Verifies that the environment is exactly the one given. */
TEST(proc_exec_environment)
{
        IN_CHILD {
                char *args[] = { PROGRAM_PREFIX "check_environment", NULL }, *env[] = { "A=1", "EMPTY=", "odd", NULL };

                execve(program_path(), args, env);
                FAIL("execve: %s", strerror(errno));
        }
}

static unsigned char zeroed[64 * 1024];
static int initialised = 42;

PROGRAM(check_image)
{
        CHECK_ZERO(zeroed, sizeof zeroed);
        CHECK_EQ(initialised, 42);
        CHECK_EQ(getauxval(AT_PAGESZ), PAGE);
        CHECK_EQ(getauxval(AT_UID), getuid());
        CHECK_EQ(getauxval(AT_EGID), getegid());
        CHECK(getauxval(AT_ENTRY) && getauxval(AT_PHDR) && getauxval(AT_RANDOM));
        CHECK_EQ(getauxval(AT_PHENT), 32);
        CHECK_EQ(getauxval(AT_CLKTCK), sysconf(_SC_CLK_TCK));
        CHECK(!strcmp((char *)getauxval(AT_EXECFN), argv[1]));
        return 0;
}

/* Verifies that data and bss are as in the file whatever was in them before, and that the auxiliary vector is right. */
TEST(proc_exec_image)
{
        memset(zeroed, 1, sizeof zeroed);
        initialised = 0;
        CHECK_EQ(RUN("check_image", program_path()), 0);
}

PROGRAM(check_descriptors)
{
        CHECK_ERR(EBADF, fcntl(atoi(argv[1]), F_GETFD));
        CHECK_OK(fcntl(atoi(argv[2]), F_GETFD));
        CHECK_EQ(write(atoi(argv[2]), "y", 1), 1);
        CHECK_EQ(lseek(atoi(argv[2]), 0, SEEK_CUR), 2);
        return 0;
}

/* Verifies that descriptors marked close-on-exec are closed, and the others stay open where they were. */
TEST(proc_exec_descriptors)
{
        char closing[12], staying[12];
        int keep = temp_file();

        CHECK_EQ(write(keep, "x", 1), 1);
        snprintf(staying, sizeof staying, "%d", keep);
        snprintf(closing, sizeof closing, "%d", (int)CHECK_OK(open("/dev/null", O_RDONLY | O_CLOEXEC)));
        CHECK_EQ(RUN("check_descriptors", closing, staying), 0);
}

PROGRAM(check_signals)
{
        struct sigaction action;
        sigset_t set;

        CHECK_OK(sigaction(SIGUSR1, NULL, &action));
        CHECK(action.sa_handler == SIG_DFL);
        CHECK_OK(sigaction(SIGUSR2, NULL, &action));
        CHECK(action.sa_handler == SIG_IGN);
        CHECK_OK(sigprocmask(SIG_BLOCK, NULL, &set));
        CHECK(sigismember(&set, SIGHUP) && !sigismember(&set, SIGTERM));
        CHECK_OK(sigpending(&set));
        CHECK(sigismember(&set, SIGHUP));
        CHECK(alarm(0) > 0);
        return getpid() == atoi(argv[1]) ? 0 : 2;
}

static void ignore(int sig)
{
        (void)sig;
}

/* Verifies that handlers are forgotten, while ignored, blocked and pending signals, alarms and the pid are kept. */
TEST(proc_exec_keeps)
{
        IN_CHILD {
                char pid[12];
                sigset_t set;

                signal(SIGUSR1, ignore);
                signal(SIGUSR2, SIG_IGN);
                sigemptyset(&set);
                sigaddset(&set, SIGHUP);
                CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
                CHECK_OK(kill(getpid(), SIGHUP));
                alarm(100);
                snprintf(pid, sizeof pid, "%d", getpid());
                program_exec("check_signals", pid, NULL);
                FAIL("execve: %s", strerror(errno));
        }
}

PROGRAM(check_memory_gone)
{
        void *old = (void *)strtoul(argv[1], NULL, 16);
        int fds[2];

        CHECK_OK(pipe(fds));
        CHECK_ERR(EFAULT, write(fds[1], old, 1));
        return 0;
}

/* Verifies that nothing mapped before is mapped after. */
TEST(proc_exec_drops_memory)
{
        char address[20];
        void *p = CHECK_PTR(mmap((void *)0x60000000, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0));

        snprintf(address, sizeof address, "%lx", (long)p);
        CHECK_EQ(RUN("check_memory_gone", address), 0);
}

static __attribute__((noinline)) int try_exec(const char *path)
{
        char *args[] = { "x", NULL }, *environment[] = { NULL };

        return execve(path, args, environment);
}

/* Verifies the error for each kind of file that is not a program. */
TEST(proc_exec_errors)
{
        char dir[64], name[300], longer[5000];

        enter_dir(dir);
        make_file("text", 0755, "no program\n");
        make_file("empty", 0755, "");
        make_file("plain", 0644, "\177ELF");
        make_file("short", 0755, "\177ELF");
        CHECK_OK(symlink("loop", "loop"));
        CHECK_ERR(ENOENT, try_exec("missing"));
        CHECK_ERR(ENOENT, try_exec(""));
        CHECK_ERR(ENOEXEC, try_exec("text"));
        CHECK_ERR(ENOEXEC, try_exec("empty"));
        CHECK_ERR(ENOEXEC, try_exec("short"));
        CHECK_ERR(EACCES, try_exec("plain"));
        CHECK_ERR(EACCES, try_exec(dir));
        CHECK_ERR(EACCES, try_exec("/dev/null"));
        CHECK_ERR(ENOTDIR, try_exec("text/x"));
        CHECK_ERR(ELOOP, try_exec("loop"));
        memset(name, 'n', sizeof name - 1);
        name[sizeof name - 1] = 0;
        CHECK_ERR(ENAMETOOLONG, try_exec(name));
        memset(longer, '/', sizeof longer - 1);
        longer[sizeof longer - 1] = 0;
        CHECK_ERR(ENAMETOOLONG, try_exec(longer));
        CHECK_ERR(EFAULT, try_exec((void *)16));
        CHECK_OK(unlink("text") | unlink("empty") | unlink("plain") | unlink("short") | unlink("loop"));
        leave_dir(dir);
}

/* Verifies that argument vectors that are too large, or that lie in no memory, are refused. */
TEST(proc_exec_bad_vectors)
{
        static char *many[300], big[128 * 1024 + 1];
        char *args[] = { "x", big, NULL }, *bad[] = { "x", (char *)16, NULL };

        memset(big, 'x', sizeof big - 1);
        CHECK_ERR(E2BIG, execve(program_path(), args, args + 2));
        big[sizeof big - 10] = 0;
        for (size_t i = 0; i < ARRAY_SIZE(many) - 1; i++)
                many[i] = big;
        CHECK_ERR(E2BIG, execve(program_path(), many, args + 2));
        CHECK_ERR(E2BIG, execve(program_path(), args + 2, many));
        CHECK_ERR(EFAULT, execve(program_path(), bad, bad + 2));
        CHECK_ERR(EFAULT, execve(program_path(), args, bad + 1));
        CHECK_ERR(EFAULT, execve(program_path(), (char **)0xfffff000, args + 2));
}

PROGRAM(exec_again)
{
        char left[12];

        if (atoi(argv[1]) == 0)
                return 77;
        snprintf(left, sizeof left, "%d", atoi(argv[1]) - 1);
        execl("/proc/self/exe", argv[0], left, NULL);
        return 1;
}

/* Verifies that a process can execute itself over and over, by /proc/self/exe too. */
TEST(proc_exec_repeatedly)
{
        CHECK_EQ(RUN("exec_again", "50"), 77);
}

/* Verifies that /proc/self names a program by the file it was executed from. */
TEST(proc_exec_comm)
{
        char comm[64], link[256];
        ssize_t n = CHECK_OK(readlink("/proc/self/exe", link, sizeof link - 1));

        link[n] = 0;
        CHECK_OK(file_read("/proc/self/stat", comm, sizeof comm));
        const char *base = strrchr(link, '/') + 1;
        char want[32];

        snprintf(want, sizeof want, "(%.15s)", base);
        CHECK(strstr(comm, want) != NULL);
}
