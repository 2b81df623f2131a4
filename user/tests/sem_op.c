/* semop and semtimedop: errors, lists, sleeping and waking, signals, timeouts, removal. */
#include "sem.h"

#include <sched.h>
#include <time.h>

static void *const nowhere = (void *)PAGE;

void await_sleepers(int id, int num, int command, int n)
{
        while (CHECK_OK(semctl(id, num, command)) != n)
                sched_yield();
}

/* Verifies the order of semop's errors. */
TEST_FLAGS(semop_order_of_errors, NEEDS_ROOT)
{
        static struct sembuf many[OPERATIONS_MAX + 1];
        int id = sems(2, 0644), stale = sems(1, 0600);
        const struct timespec bad = { .tv_nsec = 1000000000 };

        sems_destroy(stale);
        CHECK_ERR(E2BIG, semop(-1, nowhere, OPERATIONS_MAX + 1));
        CHECK_ERR(E2BIG, semop(id, many, OPERATIONS_MAX + 1));
        CHECK_ERR(EINVAL, semop(id, nowhere, 0));
        CHECK_ERR(EFAULT, semop(-1, nowhere, 1));
        CHECK_ERR(EFAULT, semop(id, nowhere, OPERATIONS_MAX));
        CHECK_ERR(EINVAL, semop(-1, many, 1));
        CHECK_ERR(EINVAL, OPERATE(stale, { 9, 1, 0 }));
        CHECK_OK(semop(id, many, OPERATIONS_MAX));
        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_ERR(EFBIG, OPERATE(id, { 2, 1, 0 }));
                CHECK_ERR(EACCES, OPERATE(id, { 0, 0, 0 }, { 1, HIGHEST_VALUE, SEM_UNDO }));
                OPERATE_OK(id, { 0, 0, 0 }, { 1, 0, SEM_UNDO });
        }
        CHECK_ERR(ERANGE, OPERATE(id, { 0, 1, 0 }, { 0, HIGHEST_VALUE, 0 }));
        CHECK_ERR(EAGAIN, OPERATE(id, { 0, -1, IPC_NOWAIT }, { 1, 1, 0 }));
        CHECK_ERR(EINVAL, semtimedop(id, many, 1, &bad));
        CHECK_EQ(syscall(SYS_ipc, OP_SEMTIMEDOP, -1, OPERATIONS_MAX + 1, 0, nowhere, nowhere), -1);
        CHECK_EQ(errno, EFAULT);
        CHECK_EQ(raw(NR_SEMTIMEDOP64, id, (long)many, 0, (long)nowhere, 0, 0), -EFAULT);
        CHECK_EQ(raw(NR_SEMTIMEDOP64, id, (long)nowhere, 1, (long)&(int64_t[2]){ -1, 0 }, 0, 0), -EFAULT);
        CHECK_EQ(raw(NR_SEMTIMEDOP64, id, (long)many, 1, (long)&(int64_t[2]){ -1, 0 }, 0, 0), -EINVAL);
        CHECK_EQ(raw(NR_SEMTIMEDOP64, id, (long)many, 1, (long)&(int64_t[2]){ 0, 0x7fff00000001 }, 0, 0), 0);
        sems_destroy(id);
}

/* Verifies that a list is done in order, whole or not at all, with one semaphore several times in it. */
TEST(semop_is_atomic)
{
        int id = sems(3, 0600);

        OPERATE_OK(id, { 0, 3, 0 }, { 1, 1, 0 }, { 0, -2, 0 });
        CHECK(value(id, 0) == 1 && value(id, 1) == 1 && last_pid(id, 0) == getpid() && last_pid(id, 2) == 0);
        CHECK_ERR(EAGAIN, OPERATE(id, { 0, -1, 0 }, { 1, 4, 0 }, { 2, -1, IPC_NOWAIT }));
        CHECK_ERR(EAGAIN, OPERATE(id, { 2, 0, 0 }, { 0, -1, IPC_NOWAIT }, { 0, -1, IPC_NOWAIT }));
        CHECK_ERR(ERANGE, OPERATE(id, { 0, -1, SEM_UNDO }, { 1, HIGHEST_VALUE, 0 }));
        CHECK(value(id, 0) == 1 && value(id, 1) == 1 && value(id, 2) == 0 && last_pid(id, 2) == 0);
        OPERATE_OK(id, { 2, 0, 0 });
        CHECK_EQ(last_pid(id, 2), getpid());
        OPERATE_OK(id, { 0, -1, 0 }, { 0, 0, 0 }, { 0, HIGHEST_VALUE, 0 });
        CHECK_ERR(ERANGE, OPERATE(id, { 0, 1, 0 }));
        CHECK_ERR(EAGAIN, OPERATE(id, { 1, -32768, IPC_NOWAIT }));
        sems_destroy(id);
}

/* Verifies the times: an operation that waits for zero sets sem_otime too, SETVAL and SETALL sem_ctime. */
TEST(semop_times)
{
        int id = sems(1, 0600);
        struct semid_ds before = sems_stat(id), after;

        next_second();
        OPERATE_OK(id, { 0, 0, 0 });
        after = sems_stat(id);
        CHECK(after.sem_otime > before.sem_ctime && after.sem_ctime == before.sem_ctime);
        next_second();
        set_value(id, 0, 1);
        CHECK(sems_stat(id).sem_ctime > after.sem_ctime && sems_stat(id).sem_otime == after.sem_otime);
        CHECK_ERR(EAGAIN, OPERATE(id, { 0, 0, IPC_NOWAIT }));
        CHECK_EQ(sems_stat(id).sem_otime, after.sem_otime);
        sems_destroy(id);
}

/* Verifies that whoever waits for growth or for zero goes on when it comes, whatever call brings it. */
TEST(semop_waits_and_wakes)
{
        int id = sems(2, 0600);
        unsigned short all[2] = { 4, 0 };
        pid_t grows, zero;

        for (int how = 0; how < 3; how++) {
                set_value(id, 0, 1);
                set_value(id, 1, 1);
                SPAWN(grows) { OPERATE_OK(id, { 0, -3, 0 }); }
                await_sleepers(id, 0, GETNCNT, 1);
                SPAWN(zero) { OPERATE_OK(id, { 1, 0, 0 }); }
                await_sleepers(id, 1, GETZCNT, 1);
                CHECK(semctl(id, 0, GETZCNT) == 0 && semctl(id, 1, GETNCNT) == 0);
                if (how == 0)
                        OPERATE_OK(id, { 0, 3, 0 }, { 1, -1, 0 });
                else if (how == 1)
                        CHECK_OK(semctl(id, 0, SETALL, all));
                else
                        CHECK(semctl(id, 0, SETVAL, 4) == 0 && semctl(id, 1, SETVAL, 0) == 0);
                CHECK(value(id, 0) == 1 && last_pid(id, 0) == grows && last_pid(id, 1) == zero);
                CHECK(semctl(id, 0, GETNCNT) == 0 && semctl(id, 1, GETZCNT) == 0);
                JOIN(grows);
                JOIN(zero);
        }
        sems_destroy(id);
}

/* Start a child that does the one operation and then notes its number in the order. */
static pid_t waiter(int id, volatile int *order, int number, int op)
{
        pid_t pid;

        SPAWN(pid) {
                OPERATE_OK(id, { 0, op, 0 });
                order[number] = __sync_add_and_fetch(order, 1);
        }
        return pid;
}

/* Verifies that the first to come is served first, but who can be served now does not wait for who cannot. */
TEST(semop_first_come_first_served)
{
        volatile int *order = CHECK_PTR(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
        static const int wants[] = { -2, -5, -1, -2 };
        int id = sems(1, 0600);
        pid_t pids[4];

        for (int i = 0; i < 4; i++) {
                pids[i] = waiter(id, order, i + 1, wants[i]);
                await_sleepers(id, 0, GETNCNT, i + 1);
        }
        OPERATE_OK(id, { 0, 1, 0 });            /* the third alone can go on */
        JOIN(pids[2]);
        OPERATE_OK(id, { 0, 2, 0 });            /* the first */
        JOIN(pids[0]);
        OPERATE_OK(id, { 0, 6, 0 });            /* the second, who came before the fourth */
        JOIN(pids[1]);
        CHECK(value(id, 0) == 1 && semctl(id, 0, GETNCNT) == 1);
        OPERATE_OK(id, { 0, 1, 0 });
        JOIN(pids[3]);
        CHECK(order[3] == 1 && order[1] == 2 && order[2] == 3 && order[4] == 4);
        sems_destroy(id);
}

/* Verifies that one step may set off the next: zero lets one go on whose operation lets another go on. */
TEST(semop_chain)
{
        int id = sems(3, 0600);
        pid_t list, zero, last;

        set_value(id, 0, 2);
        SPAWN(zero) { OPERATE_OK(id, { 0, 0, 0 }, { 1, 5, 0 }); }       /* alters: served like those that do */
        await_sleepers(id, 0, GETZCNT, 1);
        SPAWN(list) { OPERATE_OK(id, { 1, -5, 0 }, { 2, 1, 0 }); }
        await_sleepers(id, 1, GETNCNT, 1);
        SPAWN(last) { OPERATE_OK(id, { 2, -1, 0 }); }
        await_sleepers(id, 2, GETNCNT, 1);
        OPERATE_OK(id, { 0, -2, 0 });
        CHECK(value(id, 0) == 0 && value(id, 1) == 0 && value(id, 2) == 0);
        CHECK(last_pid(id, 0) == zero && last_pid(id, 1) == list && last_pid(id, 2) == last);
        JOIN(zero);
        JOIN(list);
        JOIN(last);
        sems_destroy(id);
}

/* Verifies that who waits with a list is counted at the semaphore that stops it, and that it moves on. */
TEST(semop_list_is_counted_where_it_waits)
{
        int id = sems(2, 0600);
        pid_t pid;

        set_value(id, 0, 1);
        set_value(id, 1, 1);
        SPAWN(pid) { OPERATE_OK(id, { 0, -2, 0 }, { 1, 0, 0 }); }
        await_sleepers(id, 0, GETNCNT, 1);
        CHECK_EQ(semctl(id, 1, GETZCNT), 0);
        OPERATE_OK(id, { 0, 1, 0 });
        CHECK(semctl(id, 0, GETNCNT) == 0 && semctl(id, 1, GETZCNT) == 1 && value(id, 0) == 2);
        OPERATE_OK(id, { 1, -1, 0 });
        CHECK(value(id, 0) == 0 && semctl(id, 1, GETZCNT) == 0);
        JOIN(pid);
        sems_destroy(id);
}

/* Verifies that who awaits several zeros is looked at again when an operation has left a zero, not by one that changes nothing. */
TEST(semop_of_zeros_alone_moves_nobody)
{
        int id = sems(3, 0600);
        pid_t pid;

        set_value(id, 1, 1);
        SPAWN(pid) { OPERATE_OK(id, { 0, 0, 0 }, { 1, 0, 0 }); }
        await_sleepers(id, 1, GETZCNT, 1);
        OPERATE_OK(id, { 0, 1, 0 });
        OPERATE_OK(id, { 2, 0, 0 });
        CHECK(semctl(id, 0, GETZCNT) == 0 && semctl(id, 1, GETZCNT) == 1);
        OPERATE_OK(id, { 2, 1, 0 }, { 2, -1, 0 });
        CHECK(semctl(id, 0, GETZCNT) == 1 && semctl(id, 1, GETZCNT) == 0);
        OPERATE_OK(id, { 0, -1, 0 }, { 1, -1, 0 });
        JOIN(pid);
        sems_destroy(id);
}

/* Verifies that a waiting list that would now exceed the highest value ends with ERANGE, and nothing of it is done. */
TEST(semop_waiter_out_of_range)
{
        int id = sems(2, 0600);
        pid_t pid;

        SPAWN(pid) { CHECK_ERR(ERANGE, OPERATE(id, { 0, 2, 0 }, { 1, -1, 0 })); }
        await_sleepers(id, 1, GETNCNT, 1);
        set_value(id, 0, HIGHEST_VALUE);
        JOIN(pid);
        CHECK(value(id, 0) == HIGHEST_VALUE && value(id, 1) == 0 && semctl(id, 1, GETNCNT) == 0);
        sems_destroy(id);
}

/* Verifies that removal wakes every sleeper with EIDRM. */
TEST(semop_removed_meanwhile)
{
        int id = sems(600, 0600);
        pid_t pids[4];

        set_value(id, 1, 1);
        SPAWN(pids[0]) { CHECK_ERR(EIDRM, OPERATE(id, { 0, -1, SEM_UNDO })); }
        SPAWN(pids[1]) { CHECK_ERR(EIDRM, OPERATE(id, { 1, 0, 0 })); }
        SPAWN(pids[2]) { CHECK_ERR(EIDRM, OPERATE(id, { 599, -1, 0 }, { 0, 1, SEM_UNDO })); }
        SPAWN(pids[3]) { CHECK_ERR(EIDRM, OPERATE(id, { 1, 0, 0 }, { 2, 0, 0 })); }
        await_sleepers(id, 0, GETNCNT, 1);
        await_sleepers(id, 1, GETZCNT, 2);
        await_sleepers(id, 599, GETNCNT, 1);
        sems_destroy(id);
        for (int i = 0; i < 4; i++)
                JOIN(pids[i]);
}

static volatile sig_atomic_t signalled;

static void on_signal(int sig)
{
        signalled = sig;
}

/* Verifies that a handler ends the wait with EINTR, SA_RESTART or not, that nothing is done, and that SIGKILL leaves no trace. */
TEST(semop_signals)
{
        const struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
        const struct timespec hour = { .tv_sec = 3600 };
        int id = sems(2, 0600);
        pid_t pid, timed;

        CHECK_OK(sigaction(SIGUSR1, &action, NULL));
        SPAWN(pid) {
                CHECK_ERR(EINTR, OPERATE(id, { 0, 1, SEM_UNDO }, { 1, -1, 0 }));
                CHECK_EQ(signalled, SIGUSR1);
        }
        SPAWN(timed) { CHECK_ERR(EINTR, semtimedop(id, &(struct sembuf){ 1, -2, 0 }, 1, &hour)); }
        await_sleepers(id, 1, GETNCNT, 2);
        CHECK_OK(kill(pid, SIGUSR1));
        CHECK_OK(kill(timed, SIGUSR1));
        JOIN(pid);
        JOIN(timed);
        CHECK(semctl(id, 1, GETNCNT) == 0 && value(id, 0) == 0);
        SPAWN(pid) { OPERATE(id, { 0, -1, 0 }); }
        await_sleepers(id, 0, GETNCNT, 1);
        CHECK_OK(kill(pid, SIGKILL));
        JOIN_KILLED(pid, SIGKILL);
        CHECK_EQ(semctl(id, 0, GETNCNT), 0);
        OPERATE_OK(id, { 0, 1, 0 });
        CHECK_EQ(value(id, 0), 1);
        sems_destroy(id);
}

/* Verifies that semtimedop gives up with EAGAIN in time, at once for a timeout of zero, and that nobody waits afterwards. */
TEST(semop_timeout)
{
        int id = sems(2, 0600);
        const struct timespec none = { 0 }, some = { .tv_nsec = 50000000 };
        struct timespec begin, end;

        CHECK_OK(clock_gettime(CLOCK_MONOTONIC, &begin));
        CHECK_ERR(EAGAIN, semtimedop(id, &(struct sembuf){ 0, -1, 0 }, 1, &some));
        CHECK_OK(clock_gettime(CLOCK_MONOTONIC, &end));
        CHECK((end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000 >= 49);
        CHECK_ERR(EAGAIN, semtimedop(id, &(struct sembuf){ 0, -1, 0 }, 1, &none));
        CHECK_EQ(syscall(SYS_ipc, OP_SEMTIMEDOP, id, 1, 0, &(struct sembuf){ 0, -1, 0 }, &(int32_t[2]){ 0, 1000 }), -1);
        CHECK_EQ(errno, EAGAIN);
        CHECK_EQ(raw(NR_SEMTIMEDOP64, id, (long)&(struct sembuf){ 0, -1, 0 }, 1, (long)&(int64_t[2]){ 0, 1000 }, 0, 0), -EAGAIN);
        CHECK_EQ(semctl(id, 0, GETNCNT), 0);
        CHECK_OK(semtimedop(id, &(struct sembuf){ 0, 1, 0 }, 1, &none));
        CHECK_OK(semtimedop(id, &(struct sembuf){ 0, -1, 0 }, 1, &some));
        sems_destroy(id);
}

/* Verifies that no wake-up is lost when many processes hand few units around. */
TEST(semop_many_processes)
{
        enum { PROCESSES = 8, ROUNDS = 500 };
        int id = sems(2, 0600);
        volatile int *held = CHECK_PTR(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
        pid_t pids[PROCESSES];

        set_value(id, 0, 1);
        for (int i = 0; i < PROCESSES; i++)
                SPAWN(pids[i])
                        for (int round = 0; round < ROUNDS; round++) {
                                OPERATE_OK(id, { 0, -1, SEM_UNDO });
                                CHECK_EQ(++*held, 1);
                                if (round % 16 == 0)
                                        sched_yield();
                                CHECK_EQ(--*held, 0);
                                OPERATE_OK(id, { 0, 1, SEM_UNDO }, { 1, 1, 0 });
                        }
        for (int i = 0; i < PROCESSES; i++)
                JOIN(pids[i]);
        CHECK(value(id, 0) == 1 && value(id, 1) == PROCESSES * ROUNDS);
        sems_destroy(id);
}
