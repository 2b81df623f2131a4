/* Futexes: sleeping and waking, deadlines, signals, moving from word to word. */
#include "futex.h"

/* Verifies that a word that has changed is EAGAIN, and that wrong words and operations are told apart. */
TEST(futex_errors)
{
        word *w = shared_word();
        word *odd = (word *)((char *)w + 2), *nowhere = (word *)0x1000;

        CHECK_EQ(futex_wait(w, 1), -EAGAIN);
        CHECK_EQ(futex_wait(odd, 0), -EINVAL);
        CHECK_EQ(futex_wait(nowhere, 0), -EFAULT);
        CHECK_EQ(futex(w, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0), -EINVAL);
        CHECK_EQ(futex(w, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0), -EINVAL);
        CHECK_EQ(futex(odd, FUTEX_WAKE, 1, NULL, NULL, 0), -EINVAL);
        CHECK_EQ(futex(nowhere, FUTEX_WAKE, 1, NULL, NULL, 0), -EFAULT);
        CHECK_EQ(futex(nowhere, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0);
        CHECK_EQ(futex(w, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
        CHECK_EQ(futex(w, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0), -ENOSYS);
        CHECK_EQ(futex(w, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, NULL, NULL, 0), -ENOSYS);
        CHECK_EQ(futex(w, 99, 0, NULL, NULL, 0), -ENOSYS);
        CHECK_EQ(futex(w, FUTEX_REQUEUE, (unsigned)-1, NULL, w, 0), -EINVAL);
        CHECK_EQ(futex(w, FUTEX_REQUEUE, 0, (void *)-1, w, 0), -EINVAL);
        CHECK_EQ(futex(w, FUTEX_REQUEUE, 0, (void *)1, nowhere, 0), -EFAULT);
        CHECK_EQ(futex(w, FUTEX_REQUEUE, 0, (void *)1, odd, 0), -EINVAL);
        CHECK_EQ(futex(w, FUTEX_CMP_REQUEUE, 0, (void *)1, w + 1, 5), -EAGAIN);
}

/* Verifies that a word that nobody can ever change, in read-only private memory, is none. */
TEST(futex_read_only)
{
        word *w = CHECK_PTR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

        CHECK_EQ(futex(w, FUTEX_WAIT, 0, NULL, NULL, 0), -EFAULT);
        CHECK_EQ(futex(w, FUTEX_WAKE, 1, NULL, NULL, 0), -EFAULT);
        CHECK_EQ(futex(w, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0);
}

/* Verifies that a private word, which need not be there, has to lie in user space all the same. */
TEST_FLAGS(futex_beyond_user_space, NOT_64)
{
        CHECK_EQ(futex((word *)0xfffff000, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), -EFAULT);
}

/* Verifies that a wake ends as many sleeps as it says, first come first served, and one at least. */
TEST(futex_wake_counts)
{
        word *w = shared_word();
        pid_t pids[4];

        for (int i = 0; i < 4; i++) {
                SPAWN(pids[i]) {
                        CHECK_EQ(futex_wait(w, 0), 0);
                        w[i + 1] = 1;
                }
                let_sleep(pids[i]);
        }
        CHECK_EQ(futex(w, FUTEX_WAKE, 0, NULL, NULL, 0), 1);
        JOIN(pids[0]);
        CHECK_EQ(futex(w, FUTEX_WAKE, 2, NULL, NULL, 0), 2);
        JOIN(pids[1]);
        JOIN(pids[2]);
        CHECK(w[1] && w[2] && w[3] && !w[4]);
        CHECK_EQ(futex(w, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0), 1);
        JOIN(pids[3]);
}

/* Verifies that a bit that both name wakes, and no other. */
TEST(futex_bitset)
{
        word *w = shared_word();
        pid_t one, two;

        SPAWN(one) { CHECK_EQ(futex(w, FUTEX_WAIT_BITSET, 0, NULL, NULL, 1), 0); }
        SPAWN(two) { CHECK_EQ(futex(w, FUTEX_WAIT_BITSET, 0, NULL, NULL, 6), 0); }
        let_sleep(one);
        let_sleep(two);
        CHECK_EQ(futex(w, FUTEX_WAKE_BITSET, 9, NULL, NULL, 8), 0);
        CHECK_EQ(futex(w, FUTEX_WAKE_BITSET, 9, NULL, NULL, 4), 1);
        JOIN(two);
        CHECK_EQ(futex(w, FUTEX_WAKE, 9, NULL, NULL, 0), 1);
        JOIN(one);
}

/* Verifies that sleepers are moved to another word without being woken, and counted with those that are. */
TEST(futex_requeue)
{
        word *w = shared_word(), *other = shared_word();
        pid_t pids[4];

        *w = 7;
        for (int i = 0; i < 4; i++) {
                SPAWN(pids[i]) { CHECK_EQ(futex_wait(w, 7), 0); }
                let_sleep(pids[i]);
        }
        CHECK_EQ(futex(w, FUTEX_CMP_REQUEUE, 1, (void *)2, other, 8), -EAGAIN);
        CHECK_EQ(futex(w, FUTEX_CMP_REQUEUE, 1, (void *)2, other, 7), 3);
        JOIN(pids[0]);
        CHECK_EQ(futex(w, FUTEX_WAKE, 9, NULL, NULL, 0), 1);
        JOIN(pids[3]);
        CHECK_EQ(futex(other, FUTEX_REQUEUE, 0, (void *)9, other, 0), 2);
        CHECK_EQ(futex(other, FUTEX_WAKE, 9, NULL, NULL, 0), 2);
        JOIN(pids[1]);
        JOIN(pids[2]);
}

static struct timespec in_ms(clockid_t clock, long ms)
{
        struct timespec t;

        CHECK_OK(clock_gettime(clock, &t));
        t.tv_nsec += ms * 1000000;
        t.tv_sec += t.tv_nsec / 1000000000;
        t.tv_nsec %= 1000000000;
        return t;
}

/* Verifies that a sleep ends at its deadline: relative or not, by either clock, in 32 bits or 64, and at once when it has passed. */
TEST(futex_timeouts)
{
        struct timespec relative = { 0, 30000000 }, before = in_ms(CLOCK_MONOTONIC, 30), late = { 1, 0 }, bad = { 0, 1000000000 };
        struct timespec real = in_ms(CLOCK_REALTIME, 60), monotonic = in_ms(CLOCK_MONOTONIC, 90), after;
        const int64_t wide[2] = { 0, 30000000 }, wide_bad[2] = { -1, 0 };
        word *w = shared_word();

        CHECK_EQ(futex(w, FUTEX_WAIT, 0, &relative, NULL, 0), -ETIMEDOUT);
        after = in_ms(CLOCK_MONOTONIC, 0);
        CHECK(after.tv_sec > before.tv_sec || (after.tv_sec == before.tv_sec && after.tv_nsec >= before.tv_nsec));
        CHECK_EQ(futex(w, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &real, NULL, 1), -ETIMEDOUT);
        CHECK_EQ(futex(w, FUTEX_WAIT_BITSET, 0, &monotonic, NULL, 1), -ETIMEDOUT);
        CHECK_EQ(futex(w, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &late, NULL, 1), -ETIMEDOUT);
        CHECK_EQ(futex(w, FUTEX_WAIT_BITSET, 5, &late, NULL, 1), -EAGAIN);
        CHECK_EQ(futex(w, FUTEX_WAIT, 0, &bad, NULL, 0), -EINVAL);
        CHECK_EQ(futex(w, 99, 0, &bad, NULL, 0), -ENOSYS);
        CHECK_EQ(futex(w, FUTEX_WAIT, 0, (void *)16, NULL, 0), -EFAULT);
        CHECK_EQ(raw(NR_FUTEX_TIME64, (long)w, FUTEX_WAIT, 0, (long)wide, 0, 0), -ETIMEDOUT);
        CHECK_EQ(raw(NR_FUTEX_TIME64, (long)w, FUTEX_WAIT, 0, (long)wide_bad, 0, 0), -EINVAL);
}

static void nothing(int sig)
{
        (void)sig;
}

/* What a sleep with that timeout, in a child that catches SIGUSR1 with these flags, answers when that signal comes. */
static void signal_in_sleep(const struct timespec *timeout, int flags, long expected)
{
        struct sigaction action = { .sa_handler = nothing, .sa_flags = flags };
        word *w = shared_word();
        pid_t pid;

        SPAWN(pid) {
                CHECK_OK(sigaction(SIGUSR1, &action, NULL));
                w[1] = 1;
                CHECK_EQ(futex(w, FUTEX_WAIT, 0, timeout, NULL, 0), expected);
        }
        while (!w[1])
                usleep(1000);
        let_sleep(pid);
        CHECK_OK(kill(pid, SIGUSR1));
        if (expected == 0)
                wake_all_of(w, FUTEX_WAKE, 1, 0);
        JOIN(pid);
        CHECK_EQ(futex(w, FUTEX_WAKE, 9, NULL, NULL, 0), 0);
}

/* Verifies that a handler ends a sleep, that SA_RESTART makes one without a deadline go on, and that nobody stays queued. */
TEST(futex_signals)
{
        const struct timespec long_time = { 100, 0 };

        signal_in_sleep(NULL, 0, -EINTR);
        signal_in_sleep(NULL, SA_RESTART, 0);
        signal_in_sleep(&long_time, 0, -EINTR);
        signal_in_sleep(&long_time, SA_RESTART, -EINTR);
}

/* Verifies that a process that is stopped in a sleep with a deadline goes on with the same deadline, and that one killed leaves no trace. */
TEST(futex_stopped)
{
        const struct timespec time = { 0, 300000000 };
        word *w = shared_word();
        pid_t timed, killed;

        SPAWN(timed) { CHECK_EQ(futex(w, FUTEX_WAIT, 0, &time, NULL, 0), -ETIMEDOUT); }
        SPAWN(killed) { futex_wait(w, 0); }
        let_sleep(timed);
        let_sleep(killed);
        CHECK_OK(kill(timed, SIGSTOP));
        CHECK_OK(kill(killed, SIGKILL));
        JOIN_KILLED(killed, SIGKILL);
        usleep(20000);
        CHECK_OK(kill(timed, SIGCONT));
        JOIN(timed);
        CHECK_EQ(futex(w, FUTEX_WAKE, 9, NULL, NULL, 0), 0);
}
