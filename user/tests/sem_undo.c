/* SEM_UNDO: taken back at the end of the process, whatever end that is; who shares and who inherits; and the files in /proc. */
#include "sem.h"

#include <sched.h>

/* Verifies that exit, a signal and the end after exec take back what SEM_UNDO did, and only that. */
TEST(sem_undo_at_exit)
{
        int id = sems(2, 0600);
        pid_t pid;

        set_value(id, 0, 5);
        IN_CHILD {
                OPERATE_OK(id, { 0, -3, SEM_UNDO }, { 1, 2, SEM_UNDO });
                OPERATE_OK(id, { 0, -1, 0 }, { 1, 7, 0 });
                CHECK(value(id, 0) == 1 && value(id, 1) == 9);
                pid = getpid();
        }
        CHECK(value(id, 0) == 4 && value(id, 1) == 7 && last_pid(id, 0) != getpid());
        SPAWN(pid) {
                OPERATE_OK(id, { 0, -4, SEM_UNDO });
                OPERATE(id, { 1, -100, 0 });
        }
        await_sleepers(id, 1, GETNCNT, 1);
        CHECK_EQ(value(id, 0), 0);
        CHECK_OK(kill(pid, SIGKILL));
        JOIN_KILLED(pid, SIGKILL);
        CHECK(value(id, 0) == 4 && last_pid(id, 0) == pid);
        sems_destroy(id);
}

PROGRAM(sem_undo_holds)
{
        int id = atoi(argv[1]);

        return value(id, 0) == 1 && OPERATE(id, { 0, 1, SEM_UNDO }) == 0 && value(id, 0) == 2 ? 0 : 1;
}

/* Verifies that exec keeps what is to be undone, and fork does not pass it on. */
TEST(sem_undo_exec_and_fork)
{
        int id = sems(1, 0600);
        char text[16];

        snprintf(text, sizeof text, "%d", id);
        IN_CHILD {
                OPERATE_OK(id, { 0, 1, SEM_UNDO });
                IN_CHILD { CHECK_EQ(value(id, 0), 1); }
                CHECK_EQ(value(id, 0), 1);
                program_exec("sem_undo_holds", text, NULL);
        }
        CHECK_EQ(value(id, 0), 0);
        sems_destroy(id);
}

/* Verifies that undoing wakes those who wait for it, sets sem_otime, and stays within 0 and the highest value. */
TEST(sem_undo_wakes_and_clips)
{
        int id = sems(2, 0600);
        struct gate go = gate_create();
        pid_t holder, waiter;
        time_t before;

        set_value(id, 0, 1);
        SPAWN(holder) {
                OPERATE_OK(id, { 0, -1, SEM_UNDO }, { 1, 10, SEM_UNDO });
                gate_wait(&go);
        }
        while (value(id, 0))
                sched_yield();
        SPAWN(waiter) { OPERATE_OK(id, { 0, -1, 0 }); }
        await_sleepers(id, 0, GETNCNT, 1);
        OPERATE_OK(id, { 1, -7, 0 });
        before = sems_stat(id).sem_otime;
        next_second();
        gate_open(&go);
        JOIN(holder);
        JOIN(waiter);
        CHECK(value(id, 0) == 0 && value(id, 1) == 0 && sems_stat(id).sem_otime > before);
        SPAWN(holder) {
                set_value(id, 0, 10);
                OPERATE_OK(id, { 0, -10, SEM_UNDO });
                OPERATE_OK(id, { 0, HIGHEST_VALUE - 5, 0 });
        }
        JOIN(holder);
        CHECK_EQ(value(id, 0), HIGHEST_VALUE);
        sems_destroy(id);
}

/* Verifies that an adjustment out of range is ERANGE, that SETVAL and SETALL make adjustments void, and removal too. */
TEST(sem_undo_range_and_void)
{
        int id = sems(2, 0600), removed = sems(1, 0600);
        unsigned short all[2] = { 3, 3 };

        IN_CHILD {
                OPERATE_OK(id, { 0, HIGHEST_VALUE, SEM_UNDO });
                OPERATE_OK(id, { 0, -HIGHEST_VALUE, 0 });
                OPERATE_OK(id, { 0, 1, SEM_UNDO });             /* -32768: the lowest */
                CHECK_ERR(ERANGE, OPERATE(id, { 1, 1, SEM_UNDO }, { 0, 1, SEM_UNDO }));
                CHECK(value(id, 0) == 1 && value(id, 1) == 0);
                set_value(id, 0, 2);
                OPERATE_OK(id, { 0, 1, SEM_UNDO }, { 1, 1, SEM_UNDO });
                OPERATE_OK(removed, { 0, 1, SEM_UNDO });
                sems_destroy(removed);
        }
        CHECK(value(id, 0) == 2 && value(id, 1) == 0);
        IN_CHILD {
                OPERATE_OK(id, { 0, 4, SEM_UNDO }, { 1, 4, SEM_UNDO });
                CHECK_OK(semctl(id, 0, SETALL, all));
        }
        CHECK(value(id, 0) == 3 && value(id, 1) == 3);
        sems_destroy(id);
}

/* Verifies that clone with CLONE_SYSVSEM shares what is to be undone: it is when the last one has ended. */
TEST(sem_undo_shared)
{
        int id = sems(1, 0600);
        struct gate go = gate_create(), done = gate_create();
        pid_t pid;

        IN_CHILD {
                pid = raw(SYS_clone, CLONE_SYSVSEM | SIGCHLD, 0, 0, 0, 0, 0);
                CHECK(pid >= 0);
                OPERATE_OK(id, { 0, pid ? 1 : 10, SEM_UNDO });
                if (!pid) {
                        gate_wait(&go);
                        CHECK_EQ(value(id, 0), 11);
                        gate_open(&done);
                }
        }
        CHECK(value(id, 0) >= 1);
        gate_open(&go);
        gate_wait(&done);
        while (value(id, 0))
                sched_yield();
        sems_destroy(id);
}

/* Verifies the line of /proc/sysvipc/sem. */
TEST_FLAGS(sem_proc_line, NEEDS_ROOT)
{
        static const char title[] = "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n";
        static char text[65536];
        char want[200];
        key_t key = fresh_key();
        int id = CHECK_OK(semget(key, 4, IPC_CREAT | 0640));
        struct semid_ds ds = sems_stat(id);

        CHECK_OK(file_read("/proc/sysvipc/sem", text, sizeof text));
        CHECK(!strncmp(text, title, strlen(title)));
        snprintf(want, sizeof want, "\n%10d %10d  %4o %10u %5u %5u %5u %5u %10u %10u\n", key, id, 0640, 4, 0, 0, 0, 0, 0,
                 (unsigned)ds.sem_ctime);
        CHECK(strstr(text, want));
        sems_destroy(id);
}

static void check_setting(const char *want)
{
        char text[100];

        CHECK_OK(file_read("/proc/sys/kernel/sem", text, sizeof text));
        if (strcmp(text, want))
                FAIL("it is %s", text);
}

/* One write(2), which may take less than it is given. */
static ssize_t write_some(const char *path, const char *text)
{
        int fd = CHECK_OK(open(path, O_WRONLY));
        ssize_t n = write(fd, text, strlen(text));

        CHECK_OK(close(fd));
        return n;
}

/* Verifies that the four limits are shown, set as far as they are given, checked as on Linux, and obeyed. */
TEST_FLAGS(sem_limits, NEEDS_ROOT)
{
        static const char path[] = "/proc/sys/kernel/sem", usual[] = "32000\t1024000000\t500\t32000\n";
        struct sembuf ops[3] = { 0 };
        int id = sems(3, 0600);
        struct seminfo info;

        check_setting(usual);
        CHECK_OK(semctl(0, 0, SEM_INFO, &info));
        CHECK_OK(file_write(path, "4"));
        check_setting("4\t1024000000\t500\t32000\n");
        CHECK_ERR(EINVAL, semget(IPC_PRIVATE, 5, 0600));
        CHECK_OK(file_write(path, " 0x10  010\t2 32768\n"));
        check_setting("16\t8\t2\t32768\n");
        CHECK_ERR(E2BIG, semop(id, ops, 3));
        CHECK_OK(semop(id, ops, 2));
        if (info.semaem == 3) {
                CHECK_ERR(ENOSPC, semget(IPC_PRIVATE, 6, 0600));
                sems_destroy(sems(5, 0600));
        }
        CHECK_ERR(ERANGE, file_write(path, "17 9 3 32769"));
        check_setting("17\t9\t3\t32768\n");
        CHECK_ERR(ERANGE, file_write(path, "17 9 3 -1"));
        CHECK_ERR(EINVAL, file_write(path, "18 x 4"));
        check_setting("18\t9\t3\t32768\n");
        CHECK_ERR(EINVAL, file_write(path, "99999999999"));
        CHECK_OK(file_write(path, ""));
        CHECK_ERR(EINVAL, file_write(path, " \n"));
        CHECK(write_some(path, "-1 -2 -3 32768 5 6") == strlen("-1 -2 -3 32768 "));
        CHECK_OK(file_write(path, "-1 -2 -3"));
        check_setting("-1\t-2\t-3\t32768\n");
        CHECK_ERR(EINVAL, semget(IPC_PRIVATE, 0, 0600));
        CHECK_OK(semop(id, ops, 3));
        CHECK_OK(file_write(path, "32000 1024000000 500 1"));
        if (info.semusz == 1)
                CHECK_ERR(ENOSPC, semget(IPC_PRIVATE, 1, 0600));
        CHECK_OK(file_write(path, usual));
        check_setting(usual);
        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_ERR(EACCES, file_write(path, usual));
        }
        sems_destroy(id);
}
