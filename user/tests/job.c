/* Process groups, sessions, and stopping and continuing, as setpgid(2), setsid(2), wait(2) and Linux have them. */
#include "test.h"

#include <time.h>

static void wait_a_little(void)
{
        const struct timespec moment = { .tv_nsec = 60000000 };

        nanosleep(&moment, NULL);
}

static void sleep_for_good(void)
{
        for (;;)
                pause();
}

static void ignore_it(int sig)
{
        (void)sig;
}

/* waitpid tells this, and only once. */
#define CHECK_TOLD(pid, options, status_)                                                                              \
        do {                                                                                                           \
                int told_;                                                                                             \
                CHECK_EQ(waitpid((pid), &told_, (options)), (pid));                                                    \
                CHECK_EQ(told_, (status_));                                                                            \
                CHECK_EQ(waitpid((pid), &told_, (options) | WNOHANG), 0);                                              \
        } while (0)
#define STOPPED(sig) ((sig) << 8 | 0x7f)
#define CONTINUED 0xffff

/* Verifies the rules of setpgid: a process moves itself and children that have not executed a program, within its session. */
TEST(job_setpgid_rules)
{
        pid_t child, other, leader;

        CHECK_ERR(EINVAL, setpgid(0, -1));
        CHECK_ERR(EINVAL, setpgid(-5, 0));
        CHECK_ERR(ESRCH, setpgid(-5, 1));
        CHECK_ERR(ESRCH, setpgid(0x7ffffff0, 0));
        CHECK_ERR(ESRCH, setpgid(getppid(), 0));
        SPAWN(child) { sleep_for_good(); }
        SPAWN(other) { sleep_for_good(); }
        SPAWN(leader) {
                CHECK_OK(setsid());
                CHECK_ERR(EPERM, setpgid(0, 0));
                sleep_for_good();
        }
        wait_a_little();
        CHECK_ERR(EPERM, setpgid(child, 0x7ffffff0));
        CHECK_ERR(EPERM, setpgid(child, other));
        CHECK_ERR(EPERM, setpgid(child, leader));
        CHECK_ERR(EPERM, setpgid(leader, 0));
        CHECK_OK(setpgid(child, 0));
        CHECK_EQ(getpgid(child), child);
        CHECK_OK(setpgid(other, child));
        CHECK_EQ(getpgid(other), child);
        CHECK_EQ(getsid(other), getsid(0));
        IN_CHILD { CHECK_ERR(ESRCH, setpgid(getppid(), 0)); }
        CHECK_OK(kill(-child, SIGKILL));
        JOIN_KILLED(other, SIGKILL);
        CHECK_OK(setpgid(child, getpgrp()));    /* dead, and still a child */
        JOIN_KILLED(child, SIGKILL);
        CHECK_OK(kill(leader, SIGKILL));
        JOIN_KILLED(leader, SIGKILL);
}

PROGRAM(sleeper)
{
        sleep_for_good();
        return 0;
}

/* Verifies that a parent cannot move a child that has executed a program. */
TEST(job_setpgid_after_exec)
{
        pid_t pid;

        SPAWN(pid) { program_exec("sleeper", NULL); }
        wait_a_little();
        CHECK_ERR(EACCES, setpgid(pid, 0));
        CHECK_OK(kill(pid, SIGKILL));
        JOIN_KILLED(pid, SIGKILL);
}

/* Verifies that setsid is refused to the leader of a group, also when only others are left in the group. */
TEST(job_setsid_rules)
{
        pid_t pid, member;

        CHECK_ERR(EPERM, setsid());
        CHECK_ERR(ESRCH, getsid(0x7ffffff0));
        CHECK_ERR(ESRCH, getsid(-1));
        SPAWN(pid) {
                CHECK_OK(setpgid(0, 0));
                SPAWN(member) { sleep_for_good(); }
                CHECK_OK(setpgid(0, getpgid(getppid())));
                CHECK_ERR(EPERM, setsid());
                CHECK_OK(kill(member, SIGKILL));
                CHECK_OK(waitpid(member, NULL, 0));
                CHECK_EQ(CHECK_OK(setsid()), getpid());
                CHECK_EQ(getpgrp(), getpid());
        }
        JOIN(pid);
}

/* Verifies that waitpid tells of each stop and each continuation once, to those who ask for it. */
TEST(job_stop_and_continue_told)
{
        static const int stops[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
        int status;
        pid_t pid;

        SPAWN(pid) { sleep_for_good(); }
        for (unsigned i = 0; i < ARRAY_SIZE(stops); i++) {
                CHECK_OK(kill(pid, stops[i]));
                CHECK_TOLD(pid, WUNTRACED, STOPPED(stops[i]));
                CHECK_EQ(waitpid(pid, &status, WNOHANG | WCONTINUED), 0);
                CHECK_OK(kill(pid, SIGCONT));
                CHECK_EQ(waitpid(pid, &status, WNOHANG | WUNTRACED), 0);
                CHECK_TOLD(pid, WCONTINUED, CONTINUED);
        }
        CHECK_OK(kill(pid, SIGKILL));
        JOIN_KILLED(pid, SIGKILL);
}

/* Verifies that SIGCONT takes back stops that have not happened yet, and a stop takes back SIGCONT. */
TEST(job_stop_and_continue_cancel)
{
        struct gate gate = gate_create();
        sigset_t set;
        pid_t pid;

        SPAWN(pid) {
                gate_wait(&gate);       /* both have been sent while it slept here */
                signal(SIGCONT, ignore_it);
                sigfillset(&set);
                CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
                CHECK_OK(raise(SIGTSTP));
                CHECK_OK(raise(SIGCONT));
                CHECK_OK(sigpending(&set));
                CHECK(sigismember(&set, SIGCONT) && !sigismember(&set, SIGTSTP));
                CHECK_OK(raise(SIGTTIN));
                CHECK_OK(sigpending(&set));
                CHECK(!sigismember(&set, SIGCONT) && sigismember(&set, SIGTTIN));
                CHECK_OK(raise(SIGCONT));
        }
        wait_a_little();
        CHECK_OK(kill(pid, SIGTSTP));
        CHECK_OK(kill(pid, SIGCONT));
        gate_open(&gate);
        JOIN(pid);
}

static volatile int told_code, told_status, told_count;

static void on_child(int sig, siginfo_t *info, void *context)
{
        (void)sig, (void)context;
        told_code = info->si_code;
        told_status = info->si_status;
        told_count++;
}

/* Verifies that SIGCHLD tells the parent of stops and continuations, unless it has said SA_NOCLDSTOP. */
TEST(job_sigchld_on_stop)
{
        struct sigaction action = { .sa_sigaction = on_child, .sa_flags = SA_SIGINFO | SA_RESTART };
        int status;
        pid_t pid;

        SPAWN(pid) { sleep_for_good(); }
        CHECK_OK(sigaction(SIGCHLD, &action, NULL));
        CHECK_OK(kill(pid, SIGSTOP));
        CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
        CHECK(told_count == 1 && told_code == CLD_STOPPED && told_status == SIGSTOP);
        CHECK_OK(kill(pid, SIGCONT));
        CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
        for (int i = 0; i < 50 && told_count < 2; i++)
                wait_a_little();        /* on Linux wait can be told before the signal comes */
        CHECK(told_count == 2 && told_code == CLD_CONTINUED && told_status == SIGCONT);
        action.sa_flags |= SA_NOCLDSTOP;
        CHECK_OK(sigaction(SIGCHLD, &action, NULL));
        CHECK_OK(kill(pid, SIGSTOP));
        CHECK_TOLD(pid, WUNTRACED, STOPPED(SIGSTOP));
        CHECK_EQ(told_count, 2);
        CHECK_OK(kill(pid, SIGKILL));
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK(told_count == 3 && told_code == CLD_KILLED && told_status == SIGKILL);
}

/* Verifies that a stopped process takes signals only when it goes on, SIGCONT's own handler among them. */
TEST(job_signals_wait_while_stopped)
{
        struct gate ready = gate_create();
        sigset_t set, none;
        int status;
        pid_t pid;

        SPAWN(pid) {
                sigemptyset(&none);
                sigemptyset(&set);
                sigaddset(&set, SIGCONT);
                CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
                signal(SIGCONT, ignore_it);
                gate_open(&ready);
                CHECK_ERR(EINTR, sigsuspend(&none));
        }
        gate_wait(&ready);
        CHECK_OK(kill(pid, SIGSTOP));
        CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
        CHECK_OK(kill(pid, SIGCONT));
        JOIN(pid);
}

/* Verifies that terminal stops do nothing to an orphaned group, and SIGSTOP still stops it. */
TEST(job_orphans_do_not_stop)
{
        static const int stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };
        int status;
        pid_t pid;

        SPAWN(pid) {
                CHECK_OK(setsid());
                for (unsigned i = 0; i < ARRAY_SIZE(stops); i++)
                        CHECK_OK(raise(stops[i]));
                CHECK_OK(raise(SIGSTOP));
        }
        CHECK_TOLD(pid, WUNTRACED, STOPPED(SIGSTOP));
        CHECK_OK(kill(pid, SIGCONT));
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK_EQ(status, 0);
}

/* Verifies that a group with a stopped member gets SIGHUP and SIGCONT when its last tie to its session ends. */
TEST(job_orphaned_while_stopped)
{
        struct gate ready = gate_create(), hung_up = gate_create();
        pid_t shell;

        SPAWN(shell) {
                pid_t job;
                int status;

                CHECK_OK(setsid());
                SPAWN(job) {
                        sigset_t set;
                        int sig;

                        CHECK_OK(setpgid(0, 0));
                        sigemptyset(&set);
                        sigaddset(&set, SIGHUP);
                        CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
                        gate_open(&ready);
                        CHECK_EQ(sigwait(&set, &sig), 0);
                        gate_open(&hung_up);
                }
                gate_wait(&ready);
                CHECK_OK(kill(job, SIGTSTP));
                CHECK_EQ(waitpid(job, &status, WUNTRACED), job);
                CHECK_EQ(status, STOPPED(SIGTSTP));
        }
        JOIN(shell);
        gate_wait(&hung_up);
}

/* Verifies that wait for a group takes its members alone. */
TEST(job_wait_for_group)
{
        pid_t one, two, three;
        int status;

        SPAWN(one) { sleep_for_good(); }
        SPAWN(two) { sleep_for_good(); }
        SPAWN(three) { sleep_for_good(); }
        CHECK_OK(setpgid(one, 0));
        CHECK_OK(setpgid(two, one));
        CHECK_EQ(waitpid(-one, NULL, WNOHANG), 0);
        CHECK_OK(kill(-one, SIGSTOP));
        CHECK_EQ(waitpid(0, &status, WUNTRACED | WNOHANG), 0);
        CHECK(waitpid(-one, &status, WUNTRACED) > 0 && status == STOPPED(SIGSTOP));
        CHECK(waitpid(-one, &status, WUNTRACED) > 0 && status == STOPPED(SIGSTOP));
        CHECK_OK(kill(-one, SIGKILL));
        CHECK(waitpid(-one, &status, 0) > 0 && waitpid(-one, &status, 0) > 0);
        CHECK_ERR(ECHILD, waitpid(-one, &status, 0));
        CHECK_OK(kill(three, SIGKILL));
        CHECK_EQ(waitpid(0, &status, 0), three);
}
