/* Signals: delivery, masks, pending, handlers and who may send them. */
#include "temp.h"

#include <time.h>

static volatile sig_atomic_t count, last, in_handler;
static volatile siginfo_t info_seen;

static void on_signal(int sig)
{
        count++;
        last = sig;
}

static void on_info(int sig, siginfo_t *info, void *context)
{
        (void)context;
        count++;
        last = sig;
        info_seen = *info;
}

static void catch_with(int sig, void *handler, int flags)
{
        struct sigaction action = { .sa_flags = flags };

        if (flags & SA_SIGINFO)
                action.sa_sigaction = handler;
        else
                action.sa_handler = handler;
        CHECK_OK(sigaction(sig, &action, NULL));
}

static sigset_t set_of(int sig)
{
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, sig);
        return set;
}

static void block(int sig)
{
        sigset_t set = set_of(sig);

        CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
}

static void unblock(int sig)
{
        sigset_t set = set_of(sig);

        CHECK_OK(sigprocmask(SIG_UNBLOCK, &set, NULL));
}

static bool pending(int sig)
{
        sigset_t set;

        CHECK_OK(sigpending(&set));
        return sigismember(&set, sig);
}

/* Verifies that a signal to oneself has been handled when kill returns. */
TEST(signal_to_oneself)
{
        catch_with(SIGUSR1, on_signal, 0);
        for (int i = 1; i <= 100; i++) {
                CHECK_OK(kill(getpid(), SIGUSR1));
                CHECK_EQ(count, i);
        }
        CHECK_EQ(last, SIGUSR1);
}

/* Verifies that a blocked signal waits, once however often it was sent, until it is unblocked. */
TEST(signal_blocked_waits)
{
        catch_with(SIGUSR1, on_signal, 0);
        block(SIGUSR1);
        CHECK_OK(kill(getpid(), SIGUSR1));
        CHECK_OK(kill(getpid(), SIGUSR1));
        CHECK_EQ(count, 0);
        CHECK(pending(SIGUSR1) && !pending(SIGUSR2));
        unblock(SIGUSR1);
        CHECK_EQ(count, 1);
        CHECK(!pending(SIGUSR1));
}

/* Verifies that fork inherits mask and handlers, and no pending signal. */
TEST(signal_across_fork)
{
        catch_with(SIGUSR1, on_signal, 0);
        block(SIGUSR1);
        CHECK_OK(kill(getpid(), SIGUSR1));
        IN_CHILD {
                CHECK(!pending(SIGUSR1));
                CHECK_OK(kill(getpid(), SIGUSR1));
                CHECK(pending(SIGUSR1));
                unblock(SIGUSR1);
                CHECK_EQ(count, 1);
        }
        unblock(SIGUSR1);
        CHECK_EQ(count, 1);
}

/* Verifies that the mask cannot hold SIGKILL and SIGSTOP, nor their actions be changed. */
TEST(signal_unblockable)
{
        struct sigaction action = { .sa_handler = SIG_IGN };
        sigset_t set;
        pid_t pid;

        sigfillset(&set);
        CHECK_OK(sigprocmask(SIG_SETMASK, &set, NULL));
        CHECK_OK(sigprocmask(SIG_SETMASK, NULL, &set));
        CHECK(!sigismember(&set, SIGKILL) && !sigismember(&set, SIGSTOP) && sigismember(&set, SIGTERM));
        CHECK_ERR(EINVAL, sigaction(SIGKILL, &action, NULL));
        CHECK_ERR(EINVAL, sigaction(SIGSTOP, &action, NULL));
        CHECK_ERR(EINVAL, sigaction(0, &action, NULL));
        CHECK_ERR(EINVAL, sigaction(65, &action, NULL));
        CHECK_ERR(EINVAL, sigprocmask(7, &set, NULL));
        SPAWN(pid) {
                for (;;)
                        pause();
        }
        CHECK_OK(kill(pid, SIGTERM));
        CHECK_OK(kill(pid, SIGKILL));
        JOIN_KILLED(pid, SIGKILL);
}

/* Verifies that a spinning process is ended by SIGKILL and by a default action. */
TEST(signal_ends_spinning)
{
        static const int signals[] = { SIGKILL, SIGUSR2 };

        for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
                pid_t pid;

                SPAWN(pid) {
                        for (;;)
                                __asm__ volatile("");
                }
                CHECK_OK(kill(pid, signals[i]));
                JOIN_KILLED(pid, signals[i]);
        }
}

/* Verifies which signals do nothing by default. */
TEST(signal_default_ignored)
{
        CHECK_OK(kill(getpid(), SIGCHLD));
        CHECK_OK(kill(getpid(), SIGWINCH));
        CHECK_OK(kill(getpid(), SIGURG));
        CHECK_OK(kill(getpid(), SIGCONT));
        signal(SIGTERM, SIG_IGN);
        CHECK_OK(kill(getpid(), SIGTERM));
}

/* Verifies that ignoring a pending signal throws it away. */
TEST(signal_ignoring_discards)
{
        block(SIGUSR1);
        CHECK_OK(kill(getpid(), SIGUSR1));
        signal(SIGUSR1, SIG_IGN);
        CHECK(!pending(SIGUSR1));
        signal(SIGUSR1, SIG_DFL);
        unblock(SIGUSR1);
}

static void check_masked(int sig)
{
        sigset_t set;

        sigprocmask(SIG_BLOCK, NULL, &set);
        in_handler = sigismember(&set, sig) + 2 * sigismember(&set, SIGUSR2);
}

/* Verifies that a handler runs with its own signal and sa_mask blocked, and that both are free again afterwards. */
TEST(signal_mask_in_handler)
{
        struct sigaction action = { .sa_handler = check_masked };
        sigset_t set;

        sigaddset(&action.sa_mask, SIGUSR2);
        CHECK_OK(sigaction(SIGUSR1, &action, NULL));
        CHECK_OK(raise(SIGUSR1));
        CHECK_EQ(in_handler, 3);
        CHECK_OK(sigprocmask(SIG_BLOCK, NULL, &set));
        CHECK(!sigismember(&set, SIGUSR1) && !sigismember(&set, SIGUSR2));
        action.sa_flags = SA_NODEFER;
        sigemptyset(&action.sa_mask);
        CHECK_OK(sigaction(SIGUSR1, &action, NULL));
        CHECK_OK(raise(SIGUSR1));
        CHECK_EQ(in_handler, 0);
}

/* Verifies that SA_RESETHAND puts the default back when the handler is entered. */
TEST(signal_reset_handler)
{
        struct sigaction action;

        catch_with(SIGUSR1, on_signal, SA_RESETHAND);
        CHECK_OK(raise(SIGUSR1));
        CHECK_EQ(count, 1);
        CHECK_OK(sigaction(SIGUSR1, NULL, &action));
        CHECK(action.sa_handler == SIG_DFL);
}

static void nest(int sig)
{
        in_handler++;
        if (sig == SIGUSR1)
                kill(getpid(), SIGUSR2);
        count = count * 10 + (sig == SIGUSR1 ? 1 : 2);
}

/* Verifies that a signal is handled inside the handler of another, and the outer one goes on after it. */
TEST(signal_nested)
{
        catch_with(SIGUSR1, nest, 0);
        catch_with(SIGUSR2, nest, 0);
        CHECK_OK(raise(SIGUSR1));
        CHECK_EQ(in_handler, 2);
        CHECK_EQ(count, 21);
}

static void recurse(int sig)
{
        if (++count < 50)
                kill(getpid(), sig);
}

/* Verifies that a handler may be interrupted by itself fifty levels deep. */
TEST(signal_nested_deeply)
{
        catch_with(SIGUSR1, recurse, SA_NODEFER);
        CHECK_OK(raise(SIGUSR1));
        CHECK_EQ(count, 50);
}

/* Verifies that siginfo tells who sent a signal, and how. */
TEST(signal_info_of_sender)
{
        pid_t pid, me = getpid();

        catch_with(SIGUSR1, on_info, SA_SIGINFO);
        block(SIGUSR1);
        SPAWN(pid) { CHECK_OK(kill(me, SIGUSR1)); }
        JOIN(pid);
        unblock(SIGUSR1);
        CHECK_EQ(info_seen.si_signo, SIGUSR1);
        CHECK_EQ(info_seen.si_code, SI_USER);
        CHECK_EQ(info_seen.si_pid, pid);
        CHECK_EQ(info_seen.si_uid, getuid());
        CHECK_OK(raise(SIGUSR1));
        CHECK_EQ(info_seen.si_code, SI_TKILL);
        CHECK_EQ(info_seen.si_pid, me);
}

/* Verifies that SIGCHLD comes with the child's pid and status when it ends. */
TEST(signal_child_ended)
{
        pid_t pid;

        catch_with(SIGCHLD, on_info, SA_SIGINFO);
        block(SIGCHLD);
        pid = CHECK_OK(fork());
        if (pid == 0)
                _exit(12);
        CHECK_EQ(waitpid(pid, NULL, 0), pid);
        unblock(SIGCHLD);
        CHECK_EQ(count, 1);
        CHECK_EQ(info_seen.si_pid, pid);
        CHECK_EQ(info_seen.si_code, CLD_EXITED);
        CHECK_EQ(info_seen.si_status, 12);
        block(SIGCHLD);
        SPAWN(pid) { pause(); }
        CHECK_OK(kill(pid, SIGKILL));
        CHECK_EQ(waitpid(pid, NULL, 0), pid);
        unblock(SIGCHLD);
        CHECK_EQ(info_seen.si_code, CLD_KILLED);
        CHECK_EQ(info_seen.si_status, SIGKILL);
}

/* Verifies that kill finds processes, groups and nobody, each with its own error. */
TEST(signal_kill_whom)
{
        struct gate ready = gate_create();
        pid_t group;

        CHECK_ERR(EINVAL, kill(getpid(), 65));
        CHECK_ERR(EINVAL, kill(getpid(), -1));
        CHECK_ERR(ESRCH, kill(0x7ffffff0, 0));
        CHECK_ERR(ESRCH, kill(-0x7ffffff0, SIGTERM));
        CHECK_OK(kill(getpid(), 0));
        SPAWN(group) {
                pid_t pid;

                CHECK_OK(setpgid(0, 0));
                SPAWN(pid) {
                        gate_open(&ready);
                        pause();
                }
                gate_open(&ready);
                JOIN_KILLED(pid, SIGUSR1);
                pause();
        }
        gate_wait(&ready);
        gate_wait(&ready);
        CHECK_OK(kill(-group, SIGUSR1));
        JOIN_KILLED(group, SIGUSR1);
}

/* Verifies that one may signal one's own processes only, by the real or the saved id, and that root may all. */
TEST_FLAGS(signal_kill_permission, NEEDS_ROOT)
{
        pid_t me = getpid(), pid;
        struct gate ready = gate_create();

        IN_CHILD {
                become(1000, 1000);
                CHECK_ERR(EPERM, kill(me, 0));
                CHECK_ERR(EPERM, kill(me, SIGKILL));
                CHECK_ERR(EPERM, kill(1, SIGTERM));
        }
        SPAWN(pid) {
                CHECK_OK(setresuid(1000, 0, 2000));
                gate_open(&ready);
                pause();
        }
        gate_wait(&ready);
        IN_CHILD {
                become(3000, 1000);
                CHECK_ERR(EPERM, kill(pid, 0));
        }
        IN_CHILD {
                become(2000, 1000);
                CHECK_OK(kill(pid, 0));
        }
        IN_CHILD {
                become(1000, 1000);
                CHECK_OK(kill(pid, SIGTERM));
        }
        JOIN_KILLED(pid, SIGTERM);
}

/* Verifies that sigsuspend waits with another mask, and gives the old one back. */
TEST(signal_suspend)
{
        sigset_t none, now;

        catch_with(SIGUSR1, on_signal, 0);
        block(SIGUSR1);
        CHECK_OK(kill(getpid(), SIGUSR1));
        CHECK_EQ(count, 0);
        sigemptyset(&none);
        CHECK_ERR(EINTR, sigsuspend(&none));
        CHECK_EQ(count, 1);
        CHECK_OK(sigprocmask(SIG_BLOCK, NULL, &now));
        CHECK(sigismember(&now, SIGUSR1));
}

/* Verifies that of several pending signals all are delivered, each once. */
TEST(signal_several_pending)
{
        sigset_t all;

        for (int sig = SIGHUP; sig <= SIGTERM; sig++)
                if (sig != SIGKILL)
                        catch_with(sig, on_signal, 0);
        sigfillset(&all);
        CHECK_OK(sigprocmask(SIG_BLOCK, &all, NULL));
        for (int sig = SIGHUP; sig <= SIGTERM; sig++)
                if (sig != SIGKILL)
                        CHECK_OK(kill(getpid(), sig));
        sigemptyset(&all);
        CHECK_OK(sigprocmask(SIG_SETMASK, &all, NULL));
        CHECK_EQ(count, SIGTERM - 1);
}

/* Verifies that SIGSTOP holds a process until SIGCONT, and that waitpid can tell. */
TEST(signal_stop_and_continue)
{
        int status;
        pid_t pid;

        SPAWN(pid) {
                for (;;)
                        pause();
        }
        CHECK_OK(kill(pid, SIGSTOP));
        CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
        CHECK(WIFSTOPPED(status));
        CHECK_EQ(WSTOPSIG(status), SIGSTOP);
        CHECK_EQ(waitpid(pid, &status, WNOHANG | WUNTRACED), 0);
        CHECK_OK(kill(pid, SIGTERM));
        CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
        CHECK_OK(kill(pid, SIGCONT));
        JOIN_KILLED(pid, SIGTERM);
}

/* Verifies that real-time signals wait, are taken by number, and run handlers like the others. */
TEST(signal_realtime)
{
        const struct timespec none = { 0, 0 };
        sigset_t all;

        sigfillset(&all);
        block(SIGRTMIN);
        block(SIGRTMAX);
        CHECK_OK(kill(getpid(), SIGRTMAX));
        CHECK_OK(kill(getpid(), SIGRTMIN));
        CHECK_EQ(sigtimedwait(&all, NULL, &none), SIGRTMIN);
        CHECK(pending(SIGRTMAX) && !pending(SIGRTMIN));
        catch_with(SIGRTMAX, on_info, SA_SIGINFO);
        unblock(SIGRTMAX);
        CHECK_EQ(count, 1);
        CHECK_EQ(info_seen.si_pid, getpid());
        CHECK_ERR(EAGAIN, sigtimedwait(&all, NULL, &none));
}

/* Verifies the errors of kill and tgkill. */
TEST(signal_kill_errors)
{
        CHECK_ERR(EINVAL, syscall(SYS_tgkill, getpid(), 0, 0));
        CHECK_ERR(EINVAL, syscall(SYS_tgkill, -1, getpid(), 0));
        CHECK_ERR(ESRCH, syscall(SYS_tgkill, getppid(), getpid(), 0));
        CHECK_OK(syscall(SYS_tgkill, getpid(), getpid(), 0));
        CHECK_ERR(EINVAL, kill(getpid(), 65));
        CHECK_ERR(EINVAL, kill(getpid(), -1));
        CHECK_ERR(ESRCH, kill(99999, SIGTERM));
        CHECK_ERR(ESRCH, syscall(SYS_kill, 0x80000000, 0));
}
