/* Futexes between processes: which words are the same, and what a process that ends leaves to the others. */
#include "futex.h"

#include <sched.h>

/* Wait for *w == 0 to be woken in a child that sees it at `child`, and check whether a wake here finds it. */
static void check_meets(word *here, int wake, word *child, int wait, int found)
{
        const struct timespec time = { 0, 200000000 };
        pid_t pid;

        SPAWN(pid) { CHECK_EQ(futex(child, wait, 0, &time, NULL, 0), found ? 0 : -ETIMEDOUT); }
        let_sleep(pid);
        CHECK_EQ(futex(here, wake, 9, NULL, NULL, 0), found);
        JOIN(pid);
}

/* Verifies that a word of a segment is one word at whatever address it is attached, read-only attaches included. */
TEST(futex_segment_addresses)
{
        int id = segment(8 * PAGE, 0600);
        char *a = attach(id), *b = attach(id), *c = CHECK_PTR(shmat(id, NULL, SHM_RDONLY));

        check_meets((word *)(a + 5 * PAGE + 8), FUTEX_WAKE, (word *)(b + 5 * PAGE + 8), FUTEX_WAIT, 1);
        check_meets((word *)(a + 5 * PAGE + 8), FUTEX_WAKE, (word *)(c + 5 * PAGE + 8), FUTEX_WAIT, 1);
        check_meets((word *)(a + 5 * PAGE + 8), FUTEX_WAKE, (word *)(b + 4 * PAGE + 8), FUTEX_WAIT, 0);
        check_meets((word *)(a + 5 * PAGE + 8), FUTEX_WAKE, (word *)(b + 5 * PAGE + 12), FUTEX_WAIT, 0);
        destroy(id);
        check_meets((word *)b, FUTEX_WAKE, (word *)a, FUTEX_WAIT, 1);
}

/* Verifies that private memory is a word of each process, and that what is said to be private is one, too. */
TEST(futex_private)
{
        word *shared = shared_word();
        word *private = CHECK_PTR(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

        check_meets(private, FUTEX_WAKE, private, FUTEX_WAIT, 0);
        check_meets(shared, FUTEX_WAKE_PRIVATE, shared, FUTEX_WAIT_PRIVATE, 0);
        check_meets(shared, FUTEX_WAKE_PRIVATE, shared, FUTEX_WAIT, 0);
        check_meets(shared, FUTEX_WAKE, shared, FUTEX_WAIT, 1);
}

/* Verifies that a word of a file is found through windows that begin at different pages. */
TEST(futex_file_windows)
{
        int fd = CHECK_OK(open("/dev/shm/futex", O_RDWR | O_CREAT | O_EXCL, 0600));

        CHECK_OK(unlink("/dev/shm/futex"));
        CHECK_OK(ftruncate(fd, 4 * PAGE));
        char *all = CHECK_PTR(mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
        char *end = CHECK_PTR(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 2 * PAGE));

        check_meets((word *)(all + 3 * PAGE), FUTEX_WAKE, (word *)(end + PAGE), FUTEX_WAIT, 1);
        check_meets((word *)(all + PAGE), FUTEX_WAKE, (word *)(end + PAGE), FUTEX_WAIT, 0);
}

/* Verifies that who is moved to a word of a segment that then goes is not found in the segment that comes after it. */
TEST(futex_requeued_to_removed)
{
        word *w = shared_word();
        pid_t pid;

        SPAWN(pid) { futex_wait(w, 0); }
        let_sleep(pid);
        int id = segment(PAGE, 0600);
        word *segment_word = (word *)attach(id);

        CHECK_EQ(futex(w, FUTEX_REQUEUE, 0, (void *)1, segment_word, 0), 1);
        destroy(id);
        detach((void *)segment_word);
        for (int i = 0; i < 8; i++) {
                id = segment(PAGE, 0600);
                segment_word = (word *)attach(id);
                CHECK_EQ(futex(segment_word, FUTEX_WAKE, 9, NULL, NULL, 0), 0);
                detach((void *)segment_word);
                destroy(id);
        }
        CHECK_OK(kill(pid, SIGKILL));
        JOIN_KILLED(pid, SIGKILL);
}

/* A mutex of three states: 0 free, 1 taken, 2 taken and somebody may sleep. */
static void lock(word *m)
{
        uint32_t free = 0;

        if (__atomic_compare_exchange_n(m, &free, 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
                return;
        while (__atomic_exchange_n(m, 2, __ATOMIC_SEQ_CST))
                futex_wait(m, 2);
}

static void unlock(word *m)
{
        if (__atomic_exchange_n(m, 0, __ATOMIC_SEQ_CST) == 2)
                CHECK_OK(futex(m, FUTEX_WAKE, 1, NULL, NULL, 0));
}

/* Verifies that a mutex in a segment keeps four processes apart that have it at four addresses, and that no wake is lost. */
TEST(futex_mutex)
{
        enum { PROCESSES = 4, ROUNDS = 500 };
        int id = segment(PAGE, 0600);
        pid_t pids[PROCESSES];

        for (int i = 0; i < PROCESSES; i++) {
                word *m = (word *)attach(id);

                SPAWN(pids[i]) {
                        for (int round = 0; round < ROUNDS; round++) {
                                lock(m);
                                uint32_t seen = m[1];

                                if (round % 4 == 0)
                                        sched_yield();
                                m[1] = seen + 1;
                                unlock(m);
                        }
                }
        }
        for (int i = 0; i < PROCESSES; i++)
                JOIN(pids[i]);
        CHECK_EQ(((word *)attach(id))[1], PROCESSES * ROUNDS);
        destroy(id);
}

PROGRAM(futex_nothing)
{
        return 0;
}

/* Verifies that robust mutexes of a process that ends or executes are marked, and that who waits for them is woken. */
TEST(futex_robust)
{
        struct robust {
                struct robust *next;
                word value;
        } *m = (struct robust *)shared_word();

        for (int way = 0; way < 3; way++) {
                pid_t owner, waiter;

                memset(m, 0, PAGE);
                SPAWN(owner) {
                        struct robust_list_head head = { { (struct robust_list *)&m[0] }, sizeof m->next, NULL };

                        m[0] = (struct robust){ &m[1], (uint32_t)getpid() | FUTEX_WAITERS };
                        m[1] = (struct robust){ &m[2], 1 };
                        m[2] = (struct robust){ (struct robust *)&head, (uint32_t)getpid() };
                        m[3].value = (uint32_t)getpid() | FUTEX_WAITERS;
                        head.list_op_pending = (struct robust_list *)&m[3];
                        CHECK_OK(syscall(SYS_set_robust_list, &head, sizeof head));
                        m[4].value = 1;
                        while (m[4].value != 2)
                                usleep(1000);
                        if (way == 0)
                                raise(SIGKILL);
                        if (way == 1)
                                program_exec("futex_nothing", NULL);
                        _exit(0);
                }
                while (!m[4].value)
                        usleep(1000);
                SPAWN(waiter) {
                        CHECK_EQ(futex_wait(&m[0].value, (uint32_t)owner | FUTEX_WAITERS), 0);
                        CHECK_EQ(m[0].value, FUTEX_OWNER_DIED | FUTEX_WAITERS);
                }
                let_sleep(waiter);
                m[4].value = 2;
                JOIN(waiter);
                CHECK_EQ(waitpid(owner, NULL, 0), owner);
                CHECK_EQ(m[1].value, 1);
                CHECK_EQ(m[2].value, FUTEX_OWNER_DIED);
                CHECK_EQ(m[3].value, FUTEX_OWNER_DIED | FUTEX_WAITERS);
        }
}

/* Verifies that a robust list that is nonsense, or a ring, harms nobody. */
TEST(futex_robust_nonsense)
{
        static void *ring[4] = { ring + 1, ring, NULL, NULL };
        static const void *const heads[] = { (void *)16, (void *)0xfffffff0, ring, (char *)ring + 3 };

        for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
                IN_CHILD { CHECK_OK(syscall(SYS_set_robust_list, heads[i], 12)); }
        CHECK_EQ(raw(SYS_set_robust_list, (long)ring, 11, 0, 0, 0, 0), -EINVAL);
}

/* Verifies that a process's robust list can be asked for, by itself and by root. */
TEST_FLAGS(futex_robust_list_told, NEEDS_ROOT)
{
        struct { void *next; long offset, pending; } head = { &head, 0, 0 };
        void *told = NULL;
        size_t size = 0;
        pid_t parent = getpid();

        CHECK_OK(syscall(SYS_set_robust_list, &head, sizeof head));
        CHECK_OK(syscall(SYS_get_robust_list, 0, &told, &size));
        CHECK(told == &head && size == sizeof head);
        CHECK_ERR(ESRCH, syscall(SYS_get_robust_list, 0x7ffffff0, &told, &size));
        IN_CHILD {
                CHECK_OK(syscall(SYS_get_robust_list, parent, &told, &size));
                CHECK(told == &head);
                CHECK_OK(setresuid(1000, 1000, 1000));
                CHECK_ERR(EPERM, syscall(SYS_get_robust_list, parent, &told, &size));
                CHECK_ERR(EFAULT, syscall(SYS_get_robust_list, 0, &told, 16));
        }
        CHECK_OK(syscall(SYS_set_robust_list, NULL, sizeof head));
}

/* Verifies that CLONE_CHILD_CLEARTID clears its word at the end of a child that shares the space, and wakes who waits there. */
TEST(futex_child_cleartid)
{
        static char stack[16 * PAGE] __attribute__((aligned(16)));
        word *tid = shared_word();
        pid_t waiter;

        SPAWN(waiter) {
                while (!*tid)
                        usleep(1000);
                futex_wait(tid, *tid);
                CHECK_EQ(*tid, 0);
        }
        int flags = CLONE_VM | CLONE_VFORK | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD;
        pid_t pid = CHECK_OK(clone((int (*)(void *))(void *)usleep, stack + sizeof stack, flags, (void *)100000, NULL, NULL, (pid_t *)tid));

        CHECK_EQ(*tid, 0);
        CHECK_EQ(waitpid(pid, NULL, 0), pid);
        JOIN(waiter);
}
