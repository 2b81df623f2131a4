/* Processes: fork and its relatives, exit, wait, orphans and zombies. */
#include "test.h"

#include <poll.h>
#include <sched.h>
#include <sys/times.h>
#include <time.h>

static void sleep_ms(unsigned ms)
{
        struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

        while (nanosleep(&t, &t) < 0)
                ;
}

/* The state letter of a process in /proc/PID/stat, 0 when there is no such process. */
static char state_of(pid_t pid)
{
        char path[32], buf[512], *p;

        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        if (file_read(path, buf, sizeof buf) <= 0)
                return 0;
        p = strrchr(buf, ')');
        CHECK(p != NULL);
        return p[2];
}

static void wait_until_zombie(pid_t pid)
{
        for (int i = 0; i < 5000 && state_of(pid) != 'Z'; i++)
                sleep_ms(1);
        CHECK_EQ(state_of(pid), 'Z');
}

/* Verifies that fork answers the child's pid to the parent and 0 to the child, whose parent is the caller. */
TEST(proc_fork_answers)
{
        pid_t me = getpid(), pid;
        int fds[2], said;

        CHECK_OK(pipe(fds));
        SPAWN(pid) {
                said = getpid();
                CHECK_EQ(getppid(), me);
                CHECK_EQ(write(fds[1], &said, sizeof said), sizeof said);
        }
        CHECK_EQ(read(fds[0], &said, sizeof said), sizeof said);
        CHECK_EQ(said, pid);
        CHECK(pid != me);
        JOIN(pid);
}

/* Verifies that the low eight bits of an exit status reach the parent, whichever way the process ends. */
TEST(proc_exit_status)
{
        static const int codes[] = { 0, 1, 2, 127, 128, 255, 256, 300, -1 };
        int status;

        for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
                if (fork() == 0) {
                        if (i % 2)
                                _exit(codes[i]);
                        raw(SYS_exit, codes[i], 0, 0, 0, 0, 0);
                }
                CHECK_OK(wait(&status));
                CHECK(WIFEXITED(status));
                CHECK_EQ(WEXITSTATUS(status), codes[i] & 0xff);
                CHECK_EQ(status, (codes[i] & 0xff) << 8);
        }
}

/* Verifies that death by a signal is told with its number. */
TEST(proc_killed_status)
{
        static const int signals[] = { SIGKILL, SIGTERM, SIGUSR1, SIGALRM, SIGPIPE, SIGHUP };

        for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
                pid_t pid;

                signal(signals[i], SIG_DFL);
                SPAWN(pid) { pause(); }
                CHECK_OK(kill(pid, signals[i]));
                JOIN_KILLED(pid, signals[i]);
        }
}

/* Verifies that WNOHANG answers 0 while children run, and that no child at all is ECHILD. */
TEST(proc_wait_nohang)
{
        struct gate gate = gate_create();
        int status = 0x1234;
        pid_t pid;

        CHECK_ERR(ECHILD, waitpid(-1, &status, 0));
        CHECK_ERR(ECHILD, waitpid(-1, &status, WNOHANG));
        SPAWN(pid) { gate_wait(&gate); }
        CHECK_EQ(waitpid(-1, &status, WNOHANG), 0);
        CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
        CHECK_ERR(ECHILD, waitpid(getppid(), &status, WNOHANG));
        CHECK_ERR(ECHILD, waitpid(pid + 10000, &status, 0));
        CHECK_EQ(status, 0x1234);
        gate_open(&gate);
        CHECK_EQ(waitpid(pid, NULL, 0), pid);
        CHECK_ERR(ECHILD, waitpid(pid, NULL, 0));
}

/* Verifies that wait4 refuses wrong options, and an address it cannot write to. */
TEST(proc_wait_errors)
{
        pid_t pid;

        CHECK_ERR(EINVAL, waitpid(-1, NULL, 0x100));
        SPAWN(pid) { }
        CHECK_ERR(EFAULT, syscall(SYS_wait4, pid, (void *)8, 0, NULL));
        CHECK_ERR(ECHILD, waitpid(pid, NULL, 0));       /* it was reaped all the same, as on Linux */
}

/* Verifies that waiting by process group sees only the children of that group. */
TEST(proc_wait_by_group)
{
        pid_t ours, other;

        SPAWN(ours) { }
        SPAWN(other) {
                CHECK_OK(setpgid(0, 0));
                sleep_ms(20);
        }
        setpgid(other, other);
        CHECK_EQ(waitpid(-other, NULL, 0), other);
        CHECK_EQ(waitpid(0, NULL, 0), ours);
        CHECK_ERR(ECHILD, waitpid(0, NULL, 0));
}

/* Verifies that children can be waited for in another order than they ended in. */
TEST(proc_wait_in_any_order)
{
        pid_t pids[20];
        int status;

        for (unsigned i = 0; i < ARRAY_SIZE(pids); i++)
                if ((pids[i] = CHECK_OK(fork())) == 0)
                        _exit((int)i);
        for (unsigned n = 0, i = 7; n < ARRAY_SIZE(pids); n++, i = (i + 7) % ARRAY_SIZE(pids)) {
                CHECK_EQ(waitpid(pids[i], &status, 0), pids[i]);
                CHECK_EQ(WEXITSTATUS(status), i);
        }
}

/* Verifies that a child that ended stays, as a zombie that can be signalled, until it is waited for. */
TEST(proc_zombie)
{
        pid_t pid;

        SPAWN(pid) { }
        wait_until_zombie(pid);
        CHECK_OK(kill(pid, 0));
        CHECK_OK(kill(pid, SIGKILL));
        JOIN(pid);
        CHECK_EQ(state_of(pid), 0);
        CHECK_ERR(ESRCH, kill(pid, 0));
}

/* Verifies that with SIGCHLD ignored children leave no zombies, and wait answers ECHILD when the last has ended. */
TEST(proc_no_zombies_when_ignored)
{
        signal(SIGCHLD, SIG_IGN);
        for (int i = 0; i < 3; i++)
                if (CHECK_OK(fork()) == 0)
                        _exit(i);
        CHECK_ERR(ECHILD, wait(NULL));
        signal(SIGCHLD, SIG_DFL);
}

/* Verifies that an orphan gets another parent. */
TEST(proc_orphan)
{
        struct gate gate = gate_create();
        int fds[2], told[2];
        pid_t pid;

        CHECK_OK(pipe(fds));
        SPAWN(pid) {
                told[0] = getpid();
                if (fork() == 0) {
                        gate_wait(&gate);
                        told[1] = getppid();
                        _exit(write(fds[1], told, sizeof told) != sizeof told);
                }
        }
        JOIN(pid);
        gate_open(&gate);
        CHECK_EQ(read(fds[0], told, sizeof told), sizeof told);
        CHECK_EQ(told[0], pid);
        CHECK(told[1] != pid && told[1] > 0);
}

/* Verifies that vfork holds the parent until the child has ended. */
TEST(proc_vfork_waits)
{
        int fds[2], status;
        pid_t pid;

        CHECK_OK(pipe2(fds, O_NONBLOCK));
        pid = vfork();
        if (pid == 0) {
                const struct timespec t = { 0, 30000000 };

                syscall(SYS_nanosleep, &t, NULL);
                _exit(write(fds[1], "x", 1) == 1 ? 7 : 1);
        }
        char byte;

        CHECK_EQ(read(fds[0], &byte, 1), 1);
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK_EQ(WEXITSTATUS(status), 7);
}

PROGRAM(exit_nine)
{
        return 9;
}

/* Verifies that SIGKILL ends a process that waits for its vfork child, whatever that does. */
TEST(proc_vfork_killed)
{
        const struct timespec while_ = { 0, 50000000 };
        time_t start = time(NULL);
        pid_t pid;

        SPAWN(pid) {
                if (vfork() == 0) {
                        sleep(4);
                        _exit(0);
                }
        }
        CHECK_OK(nanosleep(&while_, NULL));
        CHECK_OK(kill(pid, SIGKILL));
        JOIN_KILLED(pid, SIGKILL);
        CHECK(time(NULL) - start < 3);
}

/* Verifies that vfork lets the parent go on when the child has executed a program. */
TEST(proc_vfork_exec)
{
        int status;
        pid_t pid = vfork();

        if (pid == 0) {
                execl(program_path(), PROGRAM_PREFIX "exit_nine", NULL);
                _exit(1);
        }
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK_EQ(WEXITSTATUS(status), 9);
}

/* Verifies that clone without sharing anything is fork, with the thread ids written where asked. */
TEST(proc_clone_as_fork)
{
        int *ids = CHECK_PTR(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)), status;
        long pid = raw(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0, (long)&ids[0], 0, (long)&ids[1], 0);

        if (pid == 0)
                raw(SYS_exit_group, ids[1] == getpid() ? 3 : 4, 0, 0, 0, 0, 0);
        CHECK(pid > 0);
        CHECK_EQ(ids[0], pid);
        CHECK_EQ(waitpid((pid_t)pid, &status, 0), pid);
        CHECK_EQ(ids[1], pid);
        CHECK_EQ(WEXITSTATUS(status), 3);
}

/* Verifies that clone without a signal makes a child that ends silently, found by __WALL or __WCLONE only. */
TEST(proc_clone_without_signal)
{
        long pid = raw(SYS_clone, 0, 0, 0, 0, 0, 0);

        if (pid == 0)
                raw(SYS_exit_group, 0, 0, 0, 0, 0, 0);
        CHECK(pid > 0);
        CHECK_ERR(ECHILD, waitpid((pid_t)pid, NULL, 0));
        CHECK_EQ(waitpid((pid_t)pid, NULL, __WALL), pid);
}

/* Verifies that a thousand processes one after the other leave nothing behind, and that pids are not reused at once. */
TEST(proc_thousand_forks)
{
        pid_t last = 0;

        for (int i = 0; i < 1000; i++) {
                pid_t pid = CHECK_OK(fork());

                if (pid == 0)
                        _exit(i & 0x7f);
                int status;

                CHECK_EQ(waitpid(-1, &status, 0), pid);
                CHECK_EQ(WEXITSTATUS(status), i & 0x7f);
                CHECK(pid != last);
                last = pid;
        }
}

/* Verifies that twenty processes can live at once. */
TEST(proc_many_at_once)
{
        struct gate gate = gate_create();
        pid_t pids[20];

        for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
                SPAWN(pids[i]) { gate_wait(&gate); }
        for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
                gate_open(&gate);
        for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
                JOIN(pids[i]);
}

/* Verifies that wait4 gives the usage of the child it reaps, and RUSAGE_CHILDREN the sum of all. */
TEST(proc_wait_rusage)
{
        struct rusage child, all;
        pid_t pid;

        SPAWN(pid) {
                volatile char *p = CHECK_PTR(mmap(NULL, 200 * PAGE, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

                for (int i = 0; i < 200; i++)
                        p[i * (int)PAGE] = 1;
                while (clock() < CLOCKS_PER_SEC / 20)
                        ;
        }
        CHECK_EQ(wait4(pid, NULL, 0, &child), pid);
        CHECK(child.ru_minflt >= 200);
        CHECK(child.ru_utime.tv_sec * 1000000 + child.ru_utime.tv_usec + child.ru_stime.tv_usec >= 20000);
        CHECK_OK(getrusage(RUSAGE_CHILDREN, &all));
        CHECK_EQ(all.ru_minflt, child.ru_minflt);
        CHECK_ERR(EINVAL, getrusage((enum __rusage_who)17, &all));
}

/* Verifies that process groups and sessions can be asked for and made. */
TEST(proc_groups_and_sessions)
{
        CHECK_EQ(getpgid(0), getpgrp());
        CHECK_EQ(getpgid(getpid()), getpgrp());
        CHECK_ERR(ESRCH, getpgid(0x7ffffff0));
        CHECK_ERR(EINVAL, setpgid(0, -1));
        IN_CHILD {
                CHECK_EQ(getpgrp(), getppid());
                CHECK_EQ(CHECK_OK(setsid()), getpid());
                CHECK_EQ(getsid(0), getpid());
                CHECK_EQ(getpgrp(), getpid());
                CHECK_ERR(EPERM, setsid());
        }
}

/* Verifies that gettid of a process with one thread is its pid. */
TEST(proc_thread_id)
{
        CHECK_EQ(raw(SYS_gettid, 0, 0, 0, 0, 0, 0), getpid());
        IN_CHILD { CHECK_EQ(raw(SYS_gettid, 0, 0, 0, 0, 0, 0), getpid()); }
}

/* Verifies that a signal to a group leaves nobody of it: what is being forked meanwhile gets it, too. */
TEST(proc_fork_while_group_is_killed)
{
        struct pollfd pipe_end = { .events = POLLIN };
        struct gate ready = gate_create();
        int alive[2];
        pid_t leader;

        for (int i = 0; i < 40; i++) {
                CHECK_OK(pipe(alive));
                SPAWN(leader) {
                        CHECK_OK(setpgid(0, 0));
                        gate_open(&ready);
                        for (int n = 0; n < 60 && fork() > 0; n++)
                                ;
                        pause();
                }
                gate_wait(&ready);
                for (int n = 0; n < i; n++)
                        sched_yield();
                CHECK_OK(kill(-leader, SIGKILL));
                JOIN_KILLED(leader, SIGKILL);
                close(alive[1]);
                pipe_end.fd = alive[0];
                CHECK_EQ(poll(&pipe_end, 1, 60000), 1);
                close(alive[0]);
        }
}
