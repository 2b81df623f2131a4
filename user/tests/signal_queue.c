/* Signals that queue, and timers that count a process's own time. */
#include "test.h"

#include <sys/time.h>
#include <time.h>

static void block(int first, int last)
{
        sigset_t set;

        sigemptyset(&set);
        for (int sig = first; sig <= last; sig++)
                sigaddset(&set, sig);
        CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
}

static int take(siginfo_t *info)
{
        const struct timespec none = { 0, 0 };
        sigset_t set;

        sigfillset(&set);
        return sigtimedwait(&set, info, &none);
}

/* Verifies that every real-time signal sent arrives, in order of number and then of sending, with its value. */
TEST(signal_queue_in_order)
{
        siginfo_t info;

        block(SIGRTMIN, SIGRTMAX);
        for (int i = 0; i < 10; i++)
                CHECK_OK(sigqueue(getpid(), SIGRTMIN + 1 - i % 2, (union sigval){ .sival_int = i }));
        for (int i = 0; i < 10; i++) {
                CHECK_EQ(take(&info), SIGRTMIN + (i >= 5));
                CHECK_EQ(info.si_value.sival_int, i < 5 ? 2 * i + 1 : 2 * (i - 5));
                CHECK_EQ(info.si_code, SI_QUEUE);
                CHECK_EQ(info.si_pid, getpid());
        }
        CHECK_ERR(EAGAIN, take(&info));
}

static volatile int values[8], value_count;

static void on_value(int sig, siginfo_t *info, void *context)
{
        (void)sig, (void)context;
        values[value_count++] = info->si_value.sival_int;
}

/* Verifies that a handler runs once for each queued signal. */
TEST(signal_queue_handled_one_by_one)
{
        struct sigaction action = { .sa_sigaction = on_value, .sa_flags = SA_SIGINFO };
        sigset_t none;

        block(SIGRTMIN, SIGRTMIN);
        CHECK_OK(sigaction(SIGRTMIN, &action, NULL));
        for (int i = 0; i < 5; i++)
                CHECK_OK(sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = i }));
        CHECK_EQ(value_count, 0);
        sigemptyset(&none);
        CHECK_OK(sigprocmask(SIG_SETMASK, &none, NULL));
        CHECK_EQ(value_count, 5);
        for (int i = 0; i < 5; i++)
                CHECK_EQ(values[i], i);
}

/* Verifies that RLIMIT_SIGPENDING bounds what may queue, and that nothing is left of it by a process that ends. */
TEST(signal_queue_limit)
{
        struct rlimit few = { 5, 5 };
        int sent = 0;

        CHECK_OK(setrlimit(RLIMIT_SIGPENDING, &few));
        block(SIGRTMIN, SIGRTMAX);
        while (sent < 100 && sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 0 }) == 0)
                sent++;
        CHECK_EQ(errno, EAGAIN);
        CHECK(sent <= 5);
        CHECK_OK(kill(getpid(), SIGRTMIN + 1));
}

/* Verifies who may send what by sigqueue and tgkill. */
TEST(signal_queue_errors)
{
        siginfo_t info = { .si_code = SI_USER };

        CHECK_ERR(EPERM, syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info));
        info.si_code = SI_TKILL;
        CHECK_ERR(EPERM, syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info));
        info.si_code = SI_QUEUE;
        CHECK_OK(syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info));
        CHECK_ERR(EINVAL, syscall(SYS_rt_sigqueueinfo, getpid(), 65, &info));
        CHECK_ERR(EFAULT, syscall(SYS_rt_sigqueueinfo, getpid(), SIGCHLD, (void *)16));
        CHECK_ERR(EINVAL, syscall(SYS_tgkill, getpid(), 0, 0));
        CHECK_ERR(EINVAL, syscall(SYS_tgkill, -1, getpid(), 0));
        CHECK_ERR(ESRCH, syscall(SYS_tgkill, getppid(), getpid(), 0));
        CHECK_OK(syscall(SYS_tgkill, getpid(), getpid(), 0));
        CHECK_ERR(EINVAL, kill(getpid(), 65));
        CHECK_ERR(EINVAL, kill(getpid(), -1));
        CHECK_ERR(ESRCH, kill(99999, SIGTERM));
        CHECK_ERR(ESRCH, syscall(SYS_kill, 0x80000000, 0));
}

static volatile sig_atomic_t rings;

static void on_ring(int sig)
{
        (void)sig;
        rings++;
}

static void check_own_time(int which, int sig)
{
        struct itimerval timer = { .it_interval = { 0, 20000 }, .it_value = { 0, 20000 } }, left;

        signal(sig, on_ring);
        rings = 0;
        CHECK_OK(setitimer(which, &timer, NULL));
        while (rings < 3)
                __asm__ volatile("");
        CHECK_OK(getitimer(which, &left));
        CHECK_EQ(left.it_interval.tv_usec, 20000);
        CHECK(left.it_value.tv_sec == 0);
        timer.it_value.tv_usec = 0;
        CHECK_OK(setitimer(which, &timer, NULL));
        CHECK_OK(getitimer(which, &left));
        CHECK(left.it_value.tv_sec == 0 && left.it_value.tv_usec == 0);
}

/* Verifies that ITIMER_VIRTUAL and ITIMER_PROF ring again and again while the process works. */
TEST(signal_own_time)
{
        check_own_time(ITIMER_VIRTUAL, SIGVTALRM);
        check_own_time(ITIMER_PROF, SIGPROF);
        CHECK_ERR(EINVAL, syscall(SYS_setitimer, 3, NULL, NULL));
        CHECK_ERR(EINVAL, syscall(SYS_getitimer, 3, &(struct itimerval){ 0 }));
        CHECK_ERR(EINVAL, setitimer(0, &(struct itimerval){ .it_value = { 0, 1000000 } }, NULL));
        CHECK_ERR(EINVAL, setitimer(0, &(struct itimerval){ .it_interval = { -1, 0 } }, NULL));
}
