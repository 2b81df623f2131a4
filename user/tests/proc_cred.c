/* Who a process is and what it may use: uids, gids, resource limits. */
#include "temp.h"

#include <grp.h>

static void check_uids(uid_t real, uid_t effective, uid_t saved)
{
        uid_t r, e, s;

        CHECK_OK(getresuid(&r, &e, &s));
        CHECK_EQ(r, real);
        CHECK_EQ(e, effective);
        CHECK_EQ(s, saved);
        CHECK_EQ(getuid(), real);
        CHECK_EQ(geteuid(), effective);
}

/* Verifies that root's setuid and setgid set all three ids for good, and that children inherit them. */
TEST_FLAGS(proc_setuid_drops_root, NEEDS_ROOT)
{
        CHECK_OK(setgid(200));
        CHECK_OK(setuid(1000));
        check_uids(1000, 1000, 1000);
        CHECK_EQ(getgid(), 200);
        CHECK_EQ(getegid(), 200);
        CHECK_ERR(EPERM, setuid(0));
        CHECK_ERR(EPERM, seteuid(0));
        CHECK_ERR(EPERM, setgid(0));
        CHECK_ERR(EPERM, setresuid(1000, 1000, 1001));
        CHECK_ERR(EPERM, setgroups(0, NULL));
        CHECK_OK(setuid(1000));
        IN_CHILD { check_uids(1000, 1000, 1000); }
}

/* Verifies that a saved id of 0 lets a process go back to being root. */
TEST_FLAGS(proc_seteuid_and_back, NEEDS_ROOT)
{
        CHECK_OK(seteuid(1000));
        check_uids(0, 1000, 0);
        CHECK_ERR(EPERM, seteuid(2000));
        CHECK_OK(seteuid(0));
        CHECK_OK(setresuid(1000, 2000, 3000));
        check_uids(1000, 2000, 3000);
        CHECK_OK(setuid(3000));         /* not root: the effective one only */
        check_uids(1000, 3000, 3000);
        CHECK_OK(setresuid(-1, 1000, -1));
        check_uids(1000, 1000, 3000);
        CHECK_ERR(EPERM, setresuid(-1, 2000, -1));
}

/* Verifies that setreuid also moves the saved id, when it changes the real one or sets another effective one. */
TEST_FLAGS(proc_setreuid, NEEDS_ROOT)
{
        CHECK_OK(setreuid(-1, -1));
        check_uids(0, 0, 0);
        CHECK_OK(setreuid(1000, 2000));
        check_uids(1000, 2000, 2000);
        CHECK_OK(setreuid(2000, 1000));
        check_uids(2000, 1000, 1000);
        CHECK_ERR(EPERM, setreuid(0, -1));
        CHECK_ERR(EPERM, setreuid(-1, 0));
}

/* Verifies the same rules for groups: gids follow the privilege of the uid. */
TEST_FLAGS(proc_setgid_rules, NEEDS_ROOT)
{
        gid_t r, e, s;

        CHECK_OK(setresgid(10, 20, 30));
        CHECK_OK(setresuid(1000, 1000, 1000));
        CHECK_OK(setgid(30));
        CHECK_OK(getresgid(&r, &e, &s));
        CHECK(r == 10 && e == 30 && s == 30);
        CHECK_ERR(EPERM, setgid(20));
        CHECK_OK(setregid(30, 10));
        CHECK_ERR(EPERM, setresgid(40, -1, -1));
}

/* Verifies that supplementary groups are kept, counted and inherited. */
TEST_FLAGS(proc_groups_list, NEEDS_ROOT)
{
        gid_t groups[] = { 7, 5, 70000 }, got[8];

        CHECK_OK(setgroups(3, groups));
        CHECK_EQ(getgroups(0, NULL), 3);
        CHECK_ERR(EINVAL, getgroups(2, got));
        IN_CHILD {
                CHECK_EQ(getgroups(8, got), 3);
                CHECK_EQ(got[0] + got[1] + got[2], 70012);
        }
        CHECK_ERR(EINVAL, setgroups(70000, groups));
        CHECK_OK(setgroups(0, NULL));
        CHECK_EQ(getgroups(8, got), 0);
}

/* Verifies that an id of -1 cannot be taken. */
TEST_FLAGS(proc_invalid_ids, NEEDS_ROOT)
{
        CHECK_ERR(EINVAL, syscall(SYS_setuid32, -1));
        CHECK_ERR(EINVAL, syscall(SYS_setgid32, -1));
        check_uids(0, 0, 0);
}

/* Verifies that the calls of old, with ids of 16 bits, agree with the new ones. */
TEST_FLAGS(proc_ids_of_16_bits, NEEDS_ROOT)
{
        CHECK_OK(setresgid(4000, 4000, 4000));
        CHECK_OK(setresuid(3000, 70000, 70000));
        CHECK_EQ(raw(SYS_getuid, 0, 0, 0, 0, 0, 0), 3000);
        CHECK_EQ(raw(SYS_geteuid, 0, 0, 0, 0, 0, 0), 65534);    /* does not fit */
        CHECK_EQ(raw(SYS_getgid, 0, 0, 0, 0, 0, 0), 4000);
        CHECK_EQ(raw(SYS_setfsuid, 0xffff, 0, 0, 0, 0, 0), 70000);      /* the one that tells it whole */
}

/* Verifies that files ask owner, group and others, one class only, and that root passes. */
TEST_FLAGS(proc_file_permission, NEEDS_ROOT)
{
        char dir[64];

        enter_dir(dir);
        make_file("theirs", 0600, "x");
        make_file("group", 0640, "x");
        make_file("not_owner", 0077, "x");
        CHECK_OK(chown("group", 0, 200));
        CHECK_OK(chown("not_owner", 1000, 0));
        CHECK_OK(access("not_owner", R_OK | W_OK));
        IN_CHILD {
                gid_t groups[] = { 200 };

                CHECK_OK(setgroups(1, groups));
                CHECK_OK(setresgid(1000, 1000, 1000));
                CHECK_OK(setresuid(1000, 1000, 1000));
                CHECK_ERR(EACCES, open("theirs", O_RDONLY));
                CHECK_OK(open("group", O_RDONLY));
                CHECK_ERR(EACCES, open("group", O_RDWR));
                CHECK_ERR(EACCES, open("not_owner", O_RDONLY));
                CHECK_ERR(EACCES, access("not_owner", R_OK));
                CHECK_ERR(EACCES, open("new", O_WRONLY | O_CREAT, 0600));
                CHECK_ERR(EACCES, unlink("theirs"));
                CHECK_ERR(EACCES, mkdir("d", 0700));
                CHECK_ERR(EPERM, chmod("theirs", 0666));
                CHECK_ERR(EPERM, chown("not_owner", 0, 0));
                CHECK_ERR(EPERM, chown("theirs", -1, 1000));
                CHECK_OK(chown("theirs", -1, -1));      /* nothing is asked for */
                CHECK_OK(chmod("not_owner", 0600));
                CHECK_OK(open("not_owner", O_RDWR));
        }
        CHECK_OK(unlink("theirs") | unlink("group") | unlink("not_owner"));
        leave_dir(dir);
}

/* Verifies that in a sticky folder one can only remove what is one's own. */
TEST_FLAGS(proc_sticky_folder, NEEDS_ROOT)
{
        char dir[64];

        enter_dir(dir);
        CHECK_OK(chmod(".", 01777));
        make_file("root", 0666, "");
        IN_CHILD {
                become(1000, 1000);
                make_file("own", 0644, "");
                CHECK_ERR(EPERM, unlink("root"));
                CHECK_ERR(EPERM, rename("root", "other"));
                CHECK_OK(unlink("own"));
        }
        CHECK_OK(unlink("root"));
        leave_dir(dir);
}

/* Verifies that umask takes bits off what is created, and is inherited. */
TEST(proc_umask)
{
        char dir[64];
        struct stat st;

        enter_dir(dir);
        umask(027);
        IN_CHILD {
                CHECK_OK(open("f", O_WRONLY | O_CREAT, 0666));
                CHECK_OK(mkdir("d", 0777));
        }
        CHECK_OK(stat("f", &st));
        CHECK_EQ(st.st_mode, S_IFREG | 0640);
        CHECK_OK(stat("d", &st));
        CHECK_EQ(st.st_mode, S_IFDIR | 0750);
        CHECK_EQ(umask(0), 027);
        CHECK_OK(unlink("f") | rmdir("d"));
        leave_dir(dir);
}

/* Verifies that limits can be lowered by anyone, the hard ones not raised again, never soft above hard, and are inherited. */
TEST_FLAGS(proc_limits, NEEDS_ROOT)
{
        struct rlimit limit = { 100, 50 }, got;

        CHECK_ERR(EINVAL, setrlimit(RLIMIT_NOFILE, &limit));
        CHECK_ERR(EINVAL, getrlimit((enum __rlimit_resource)99, &got));
        limit.rlim_cur = 40;
        CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
        IN_CHILD {
                become(1000, 1000);
                CHECK_OK(getrlimit(RLIMIT_NOFILE, &got));
                CHECK(got.rlim_cur == 40 && got.rlim_max == 50);
                limit.rlim_cur = 50;
                CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
                limit.rlim_max = 51;
                CHECK_ERR(EPERM, setrlimit(RLIMIT_NOFILE, &limit));
        }
}

/* Verifies that root may raise a hard limit. */
TEST_FLAGS(proc_limits_raised_by_root, NEEDS_ROOT)
{
        struct rlimit limit = { 40, 50 };

        CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
        limit.rlim_max = 60;
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0 && errno == EPERM && access("/proc/mm_check", F_OK) < 0)
                SKIP("this root lacks CAP_SYS_RESOURCE");
        CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
        limit.rlim_max = (1 << 20) + 1;         /* fs.nr_open bounds even root */
        CHECK_ERR(EPERM, setrlimit(RLIMIT_NOFILE, &limit));
}

/* Verifies that a process's limits can be read and set by root and by who has its ids, and by nobody else. */
TEST_FLAGS(proc_limits_of_another, NEEDS_ROOT)
{
        struct rlimit limit = { 30, 40 }, got;
        struct gate gate = gate_create();
        pid_t pid;

        SPAWN(pid) {
                gate_wait(&gate);
                CHECK_OK(getrlimit(RLIMIT_NOFILE, &got));
                CHECK_EQ(got.rlim_cur, 30);
        }
        CHECK_OK(prlimit(pid, RLIMIT_NOFILE, &limit, NULL));
        IN_CHILD {
                CHECK_OK(setresgid(1000, 1000, 1000) | setresuid(1000, 1000, 1000));
                CHECK_ERR(EPERM, prlimit(pid, RLIMIT_NOFILE, NULL, &got));
                CHECK_OK(prlimit(getpid(), RLIMIT_NOFILE, NULL, &got));
                CHECK_ERR(ESRCH, prlimit(0x7ffffff0, RLIMIT_NOFILE, NULL, &got));
        }
        gate_open(&gate);
        JOIN(pid);
}

/* Verifies that RLIMIT_NOFILE bounds descriptors, with EMFILE. */
TEST(proc_limit_of_descriptors)
{
        struct rlimit limit = { 16, 16 };
        int fds[2], last = 0;

        CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
        while (last < 15)
                last = (int)CHECK_OK(open("/dev/null", O_RDONLY));
        CHECK_ERR(EMFILE, open("/dev/null", O_RDONLY));
        CHECK_ERR(EMFILE, dup(0));
        CHECK_ERR(EMFILE, pipe(fds));
        CHECK_ERR(EBADF, dup2(0, 16));
        CHECK_ERR(EINVAL, fcntl(0, F_DUPFD, 16));
        close(last);
        CHECK_EQ(dup(0), 15);
}

/* Verifies that the old getrlimit call shows infinity as the largest positive number. */
TEST(proc_limits_old_call)
{
        unsigned limit[2];

        CHECK_EQ(raw(SYS_getrlimit, RLIMIT_CPU, (long)limit, 0, 0, 0, 0), 0);
        CHECK(limit[0] <= 0x7fffffff && limit[1] <= 0x7fffffff);
        CHECK_EQ(raw(SYS_ugetrlimit, RLIMIT_CPU, (long)limit, 0, 0, 0, 0), 0);
        CHECK_EQ(limit[1], 0xffffffff);
}

/* Verifies that supplementary groups are kept in order. */
TEST_FLAGS(proc_groups_in_order, NEEDS_ROOT)
{
        gid_t groups[] = { 5, 3, 9, 3 }, got[4] = { 0 };

        CHECK_OK(setgroups(4, groups));
        CHECK_EQ(getgroups(4, got), 4);
        CHECK(got[0] == 3 && got[1] == 3 && got[2] == 5 && got[3] == 9);
}

/* What capget answers for this version: the effective and the permitted capabilities of this process, high words first. */
static void check_capabilities(uint32_t version, int words, uint64_t effective, uint64_t permitted)
{
        uint32_t header[2] = { version, 0 }, data[2][3];

        memset(data, 0xaa, sizeof data);
        CHECK_EQ(raw(SYS_capget, (long)header, (long)data, 0, 0, 0, 0), 0);
        CHECK_EQ(data[0][0], (uint32_t)effective);
        CHECK_EQ(data[0][1], (uint32_t)permitted);
        CHECK_EQ(data[0][2], 0);
        CHECK_EQ(data[1][0], words == 2 ? effective >> 32 : 0xaaaaaaaa);
        CHECK_EQ(data[1][1], words == 2 ? permitted >> 32 : 0xaaaaaaaa);
}

/* Verifies that root has every capability, who was root can have it again, and nobody has none; and what wrong questions are answered. */
TEST_FLAGS(proc_capget, NOT_64 | NEEDS_ROOT)
{
        const uint64_t all = (1ull << 41) - 1;
        uint32_t header[2] = { 0x12345678, 0 }, data[2][3];

        CHECK_EQ(raw(SYS_capget, (long)header, 0, 0, 0, 0, 0), 0);
        CHECK_EQ(header[0], 0x20080522);
        header[0]++;
        CHECK_EQ(raw(SYS_capget, (long)header, (long)data, 0, 0, 0, 0), -EINVAL);
        CHECK_EQ(header[0], 0x20080522);
        CHECK_EQ(raw(SYS_capget, (long)header, 0, 0, 0, 0, 0), 0);
        CHECK_EQ(raw(SYS_capget, (long)header, 16, 0, 0, 0, 0), -EFAULT);
        CHECK_EQ(raw(SYS_capget, 16, (long)data, 0, 0, 0, 0), -EFAULT);
        header[1] = (uint32_t)-1;
        CHECK_EQ(raw(SYS_capget, (long)header, (long)data, 0, 0, 0, 0), -EINVAL);
        header[1] = 0x7ffffff0;
        CHECK_EQ(raw(SYS_capget, (long)header, (long)data, 0, 0, 0, 0), -ESRCH);
        check_capabilities(0x20080522, 2, all, all);
        check_capabilities(0x20071026, 2, all, all);
        IN_CHILD {
                CHECK_OK(setresuid(1001, 1001, 0));
                check_capabilities(0x20080522, 2, 0, all);
                CHECK_OK(setresuid(0, 0, 0));
                check_capabilities(0x20080522, 2, all, all);
                CHECK_OK(setresuid(1001, 1001, 1001));
                check_capabilities(0x20080522, 2, 0, 0);
                check_capabilities(0x19980330, 1, 0, 0);
        }
}
