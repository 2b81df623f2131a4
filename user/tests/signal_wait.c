/* Signals and calls that wait: EINTR or a new try. */
#include "test.h"

#include <time.h>

static volatile sig_atomic_t count;
static int pipe_fds[2];
static bool feed;

static void on_alarm(int sig)
{
        (void)sig;
        count++;
        if (feed && write(pipe_fds[1], "abc", 3) != 3)
                _exit(1);
}

static void alarm_with(int flags)
{
        struct sigaction action = { .sa_handler = on_alarm, .sa_flags = flags };

        CHECK_OK(pipe(pipe_fds));
        CHECK_OK(sigaction(SIGALRM, &action, NULL));
        alarm(1);
}

/* Verifies that a read that waits is interrupted with EINTR. */
TEST(signal_interrupts_read)
{
        char buf[8];

        alarm_with(0);
        CHECK_ERR(EINTR, read(pipe_fds[0], buf, sizeof buf));
        CHECK_EQ(count, 1);
}

/* Verifies that with SA_RESTART the read goes on after the handler, and gets what the handler wrote. */
TEST(signal_restarts_read)
{
        char buf[8];

        feed = true;
        alarm_with(SA_RESTART);
        CHECK_EQ(read(pipe_fds[0], buf, sizeof buf), 3);
        CHECK_EQ(count, 1);
}

/* Verifies that a write into a full pipe is interrupted, or tells how much went in. */
TEST(signal_interrupts_write)
{
        static char big[256 * 1024];

        alarm_with(0);
        CHECK_EQ(write(pipe_fds[1], big, sizeof big), 65536);
        CHECK_EQ(count, 1);
        alarm(1);
        CHECK_ERR(EINTR, write(pipe_fds[1], big, 1));
        CHECK_EQ(count, 2);
}

/* Verifies that nanosleep is interrupted, SA_RESTART or not, and tells what is left. */
TEST(signal_interrupts_nanosleep)
{
        struct timespec t = { 30, 0 }, left = { 0, 0 };

        alarm_with(SA_RESTART);
        CHECK_ERR(EINTR, nanosleep(&t, &left));
        CHECK_EQ(count, 1);
        CHECK(left.tv_sec >= 20 && left.tv_sec <= 29);
        alarm(1);
        t = (struct timespec){ 30, 0 };
        CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &left), EINTR);
        CHECK(left.tv_sec >= 20 && left.tv_sec <= 29);
}

/* Verifies that waiting for a child is interrupted, and restarted when so wished. */
TEST(signal_interrupts_wait)
{
        struct timespec t = { 1, 500000000 };
        pid_t pid;

        alarm_with(0);
        SPAWN(pid) {
                signal(SIGALRM, SIG_DFL);
                pause();
        }
        CHECK_ERR(EINTR, waitpid(pid, NULL, 0));
        CHECK_OK(kill(pid, SIGKILL));
        CHECK_EQ(waitpid(pid, NULL, 0), pid);
        alarm_with(SA_RESTART);
        SPAWN(pid) { nanosleep(&t, NULL); }
        CHECK_EQ(waitpid(pid, NULL, 0), pid);
        CHECK_EQ(count, 2);
}

/* Verifies that an ignored or default-ignored signal disturbs no sleep. */
TEST(signal_ignored_does_not_interrupt)
{
        struct timespec t = { 0, 100000000 };
        pid_t me = getpid(), pid;

        signal(SIGUSR1, SIG_IGN);
        SPAWN(pid) {
                CHECK_OK(kill(me, SIGUSR1));
                CHECK_OK(kill(me, SIGWINCH));
        }
        CHECK_OK(nanosleep(&t, NULL));
        JOIN(pid);
}

/* Verifies that a stopped and continued sleep goes on to its end without a word. */
TEST(signal_stopped_sleep_goes_on)
{
        struct timespec pause_time = { 0, 50000000 };
        pid_t pid;

        SPAWN(pid) {
                struct timespec t = { 0, 300000000 }, before, after;

                CHECK_OK(clock_gettime(CLOCK_MONOTONIC, &before));
                CHECK_OK(nanosleep(&t, NULL));
                CHECK_OK(clock_gettime(CLOCK_MONOTONIC, &after));
                CHECK((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >= 299);
        }
        CHECK_OK(nanosleep(&pause_time, NULL));
        CHECK_OK(kill(pid, SIGSTOP));
        CHECK_OK(nanosleep(&pause_time, NULL));
        CHECK_OK(kill(pid, SIGCONT));
        JOIN(pid);
}

/* Verifies that SIGKILL ends a process in each kind of wait. */
TEST(signal_kills_waiting)
{
        int fds[2];
        char byte;

        CHECK_OK(pipe(fds));
        for (int kind = 0; kind < 4; kind++) {
                struct timespec t = { 0, 20000000 };
                pid_t pid;

                SPAWN(pid) {
                        if (kind == 0)
                                pause();
                        else if (kind == 1)
                                CHECK_EQ(read(fds[0], &byte, 1), 1);
                        else if (kind == 2)
                                sleep(100);
                        else if (fork() == 0)
                                sleep(3);       /* outlives its parent a little */
                        else
                                wait(NULL);
                }
                CHECK_OK(nanosleep(&t, NULL));
                CHECK_OK(kill(pid, SIGKILL));
                JOIN_KILLED(pid, SIGKILL);
        }
}

/* Verifies that sigtimedwait takes a blocked signal, or gives up in time. */
TEST(signal_timed_wait)
{
        struct timespec t = { 0, 20000000 };
        siginfo_t info;
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
        CHECK_ERR(EAGAIN, sigtimedwait(&set, &info, &t));
        CHECK_OK(kill(getpid(), SIGUSR1));
        CHECK_EQ(sigtimedwait(&set, &info, &t), SIGUSR1);
        CHECK_EQ(info.si_pid, getpid());
        CHECK_ERR(EAGAIN, sigtimedwait(&set, &info, &t));
}
