/* Time: clocks, sleeping, alarms, and the turns that processes take. */
#include "test.h"

#include <sched.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

#define MS 1000000ll

static long long now(clockid_t clock)
{
        struct timespec t;

        CHECK_OK(clock_gettime(clock, &t));
        return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
        (void)sig;
        alarms++;
}

static void catch_alarms(void)
{
        struct sigaction action = { .sa_handler = on_alarm };

        CHECK_OK(sigaction(SIGALRM, &action, NULL));
}

/* Verifies that nanosleep sleeps at least as long as asked, and not absurdly longer. */
TEST(proc_nanosleep)
{
        static const long times[] = { 1, 1000000, 30000000 };

        for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
                struct timespec t = { 0, times[i] };
                long long start = now(CLOCK_MONOTONIC), took;

                CHECK_OK(nanosleep(&t, NULL));
                took = now(CLOCK_MONOTONIC) - start;
                CHECK(took >= times[i] && took < times[i] + 20000 * MS);
        }
}

/* Verifies that times that are none are refused. */
TEST(proc_nanosleep_errors)
{
        const struct timespec bad[] = { { 0, 1000000000 }, { 0, -1 }, { -1, 0 } };
        struct timespec t = { 0, 1 };

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                CHECK_ERR(EINVAL, nanosleep(&bad[i], NULL));
                CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &bad[i], NULL), EINVAL);
        }
        CHECK_ERR(EFAULT, syscall(SYS_nanosleep, 16, NULL));
        CHECK_EQ(clock_nanosleep(77, 0, &t, NULL), EINVAL);
        CHECK_ERR(EOPNOTSUPP, syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &t, NULL)); /* the C library says EINVAL itself */
}

/* Verifies that the clock cannot be set to before the machine was started in 1970. */
TEST_FLAGS(proc_clock_settime_early, NEEDS_ROOT)
{
        struct timespec t = { 0, 0 };

        CHECK_ERR(EINVAL, clock_settime(CLOCK_REALTIME, &t));
        CHECK_ERR(EINVAL, clock_settime(CLOCK_MONOTONIC, &t));
}

/* Verifies that a sleep until a point in time ends then, and at once when it is past. */
TEST(proc_clock_nanosleep_until)
{
        static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME };

        for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
                long long until = now(clocks[i]) + 20 * MS;
                struct timespec t = { (time_t)(until / 1000000000), (long)(until % 1000000000) };

                CHECK_EQ(clock_nanosleep(clocks[i], TIMER_ABSTIME, &t, NULL), 0);
                CHECK(now(clocks[i]) >= until);
                CHECK_EQ(clock_nanosleep(clocks[i], TIMER_ABSTIME, &t, NULL), 0);
        }
}

/* Verifies that the monotonic clock never goes back. */
TEST(proc_clock_monotonic)
{
        long long last = now(CLOCK_MONOTONIC);

        for (int i = 0; i < 20000; i++) {
                long long t = now(CLOCK_MONOTONIC);

                CHECK(t >= last);
                last = t;
        }
}

/* Verifies that all ways to ask for the time of day agree, and that it is a date of today. */
TEST(proc_clock_realtime)
{
        struct timeval tv;
        long long before = now(CLOCK_REALTIME);
        time_t seconds = (time_t)raw(SYS_time, 0, 0, 0, 0, 0, 0);

        CHECK_OK(gettimeofday(&tv, NULL));
        CHECK(seconds >= before / 1000000000 - 1 && seconds <= before / 1000000000 + 2);
        CHECK(tv.tv_sec >= seconds - 1 && tv.tv_sec <= seconds + 2);
        CHECK(seconds > 1577836800);    /* 2020 */
}

/* Verifies that a clock has a resolution, and that there are no others. */
TEST(proc_clock_ids)
{
        struct timespec t;

        CHECK_OK(clock_getres(CLOCK_REALTIME, &t));
        CHECK(t.tv_sec == 0 && t.tv_nsec > 0 && t.tv_nsec <= 20 * MS);
        CHECK_OK(clock_getres(CLOCK_MONOTONIC, NULL));
        CHECK_OK(clock_gettime(CLOCK_MONOTONIC_COARSE, &t));
        CHECK_ERR(EINVAL, clock_gettime(99, &t));
        CHECK_ERR(EINVAL, clock_getres(99, &t));
        CHECK_ERR(EFAULT, syscall(SYS_clock_gettime, CLOCK_REALTIME, 16));
}

static void burn(long long ns)
{
        long long start = now(CLOCK_PROCESS_CPUTIME_ID);

        while (now(CLOCK_PROCESS_CPUTIME_ID) - start < ns)
                ;
}

/* Verifies that the time a process uses is counted, and its sleep is not. */
TEST(proc_cpu_time)
{
        struct timespec t = { 0, 100 * MS };
        struct rusage usage;
        struct tms ticks;

        burn(60 * MS);
        CHECK_OK(nanosleep(&t, NULL));
        CHECK_OK(getrusage(RUSAGE_SELF, &usage));
        long long used = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
                         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;

        CHECK(used >= 40 && used < 2000);
        CHECK_OK(times(&ticks));
        CHECK(ticks.tms_utime + ticks.tms_stime >= 3);
        CHECK_EQ(ticks.tms_cutime, 0);
}

/* Verifies that times counts the time that passes, a hundred ticks a second. */
TEST(proc_times_passes)
{
        struct timespec t = { 0, 200 * MS };
        struct tms ticks;
        clock_t start = times(&ticks), took;

        CHECK_OK(nanosleep(&t, NULL));
        took = times(&ticks) - start;
        CHECK(took >= 19 && took < 2000);
        CHECK_EQ(sysconf(_SC_CLK_TCK), 100);
}

/* Verifies that alarm sends SIGALRM, that it can be taken back, and that the rest is told in whole seconds. */
TEST(proc_alarm)
{
        long long start = now(CLOCK_MONOTONIC);

        catch_alarms();
        CHECK_EQ(alarm(100), 0);
        CHECK_EQ(alarm(1), 100);
        CHECK_ERR(EINTR, pause());
        CHECK_EQ(alarms, 1);
        CHECK(now(CLOCK_MONOTONIC) - start >= 1000 * MS);
        alarm(1);
        CHECK_EQ(alarm(0), 1);
        CHECK_EQ(alarm(0), 0);
}

/* Verifies that an interval timer fires again and again, tells its rest, and shares its clock with alarm. */
TEST(proc_setitimer)
{
        struct itimerval timer = { { 0, 20000 }, { 0, 20000 } }, old, none = { 0 };

        catch_alarms();
        CHECK_OK(setitimer(ITIMER_REAL, &timer, NULL));
        while (alarms < 3)
                pause();
        CHECK_OK(getitimer(ITIMER_REAL, &old));
        CHECK_EQ(old.it_interval.tv_usec, 20000);
        CHECK(old.it_value.tv_sec == 0 && old.it_value.tv_usec <= 24000);
        CHECK_EQ(alarm(0), 1);
        CHECK_OK(setitimer(ITIMER_REAL, &none, &old));
        CHECK_EQ(old.it_value.tv_usec + old.it_value.tv_sec, 0);
        timer.it_value.tv_usec = 1000000;
        CHECK_ERR(EINVAL, setitimer(ITIMER_REAL, &timer, NULL));
        CHECK_ERR(EINVAL, setitimer((enum __itimer_which)9, &none, NULL));
}

/* Verifies that fork does not inherit timers. */
TEST(proc_fork_without_alarm)
{
        alarm(100);
        IN_CHILD { CHECK_EQ(alarm(0), 0); }
        CHECK(alarm(0) > 0);
}

/* Verifies that a process that spins does not keep another from running. */
TEST(proc_preemption)
{
        pid_t pid;

        SPAWN(pid) {
                for (;;)
                        __asm__ volatile("");
        }
        for (volatile unsigned i = 0; i < 3000000; i++)
                ;
        CHECK_OK(kill(pid, SIGKILL));
        JOIN_KILLED(pid, SIGKILL);
}

/* Verifies that three spinning processes all advance while a fourth waits for them. (How fast is a matter of the machine.) */
TEST(proc_round_robin)
{
        volatile unsigned *counts = CHECK_PTR(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
        struct timespec t = { 0, 50 * MS };
        pid_t pids[3];

        for (int i = 0; i < 3; i++)
                SPAWN(pids[i]) {
                        for (;;)
                                counts[i]++;
                }
        while (counts[0] < 1000 || counts[1] < 1000 || counts[2] < 1000)
                CHECK_OK(nanosleep(&t, NULL));
        for (int i = 0; i < 3; i++)
                CHECK_OK(kill(pids[i], SIGKILL));
        for (int i = 0; i < 3; i++)
                JOIN_KILLED(pids[i], SIGKILL);
}

/* Verifies that two processes pass a number to and fro with sched_yield alone. */
TEST(proc_sched_yield)
{
        volatile int *turn = CHECK_PTR(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
        pid_t pid;

        SPAWN(pid) {
                for (int i = 0; i < 200; i++) {
                        while (*turn != 2 * i + 1)
                                CHECK_OK(sched_yield());
                        *turn = 2 * i + 2;
                }
        }
        for (int i = 0; i < 200; i++) {
                *turn = 2 * i + 1;
                while (*turn != 2 * i + 2)
                        CHECK_OK(sched_yield());
        }
        JOIN(pid);
}
