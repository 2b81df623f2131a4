/*
 * The terminal, as termios(3) and Linux have it. The tests type with TIOCSTI, so the same program asks 32-bit Linux; what is echoed
 * is for tools/t/59-shell.t to see. Each test is a session of its own, with the serial port as its terminal.
 */
#include "test.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>

#define TERMINAL "/dev/ttyS0"
#define TTY_TEST(name) TEST_FLAGS(name, NOT_64 | NEEDS_ROOT)

/* Settings that every test begins with. */
static void settings_reset(int fd)
{
        struct termios t;

        CHECK_OK(tcgetattr(fd, &t));
        t.c_iflag = ICRNL;
        t.c_oflag = OPOST | ONLCR;
        t.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
        memcpy(t.c_cc, "\003\034\177\025\004\0\001\0\021\023\032\0\022\017\027\026\0", 17);
        CHECK_OK(tcsetattr(fd, TCSAFLUSH, &t));
}

/* Be a session's leader, with the terminal. */
static int session_begin(void)
{
        CHECK_OK(setsid());
        int fd = CHECK_OK(open(TERMINAL, O_RDWR));
        settings_reset(fd);
        return fd;
}

/* IN_SESSION(fd) { … }: in a child that leads a session and has opened its terminal as fd. */
#define IN_SESSION(fd) IN_CHILD for (int fd = session_begin(), once_ = 1; once_; settings_reset(fd), once_ = 0)

static void local_flags(int fd, tcflag_t set, tcflag_t clear)
{
        struct termios t;

        CHECK_OK(tcgetattr(fd, &t));
        t.c_lflag = (t.c_lflag | set) & ~clear;
        CHECK_OK(tcsetattr(fd, TCSANOW, &t));
}

static void raw_mode(int fd, int min, int time)
{
        struct termios t;

        CHECK_OK(tcgetattr(fd, &t));
        t.c_lflag &= ~(ICANON | ECHO);
        t.c_cc[VMIN] = min;
        t.c_cc[VTIME] = time;
        CHECK_OK(tcsetattr(fd, TCSANOW, &t));
}

static void type(int fd, const char *text)
{
        for (; *text; text++)
                CHECK_OK(ioctl(fd, TIOCSTI, text));
}

/* The next read(2) of n bytes gives this. */
static void check_read(int fd, size_t n, const char *want, int line)
{
        char buf[5000];
        ssize_t got = CHECK_OK(read(fd, buf, n));

        if (got != (ssize_t)strlen(want) || memcmp(buf, want, got))
                test_fail(__FILE__, line, "read \"%.*s\" (%zd bytes), not \"%s\"", (int)got, buf, got, want);
}
#define CHECK_READ(fd, want) check_read((fd), sizeof(char[5000]), (want), __LINE__)
#define CHECK_READ_N(fd, n, want) check_read((fd), (n), (want), __LINE__)

static int readable(int fd)
{
        struct pollfd ask = { .fd = fd, .events = POLLIN };

        return CHECK_OK(poll(&ask, 1, 0));
}

static int bytes_there(int fd)
{
        int n;

        CHECK_OK(ioctl(fd, FIONREAD, &n));
        return n;
}

static long long now_ms(void)
{
        struct timespec t;

        CHECK_OK(clock_gettime(CLOCK_MONOTONIC, &t));
        return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

/* ---- Lines -------------------------------------------------------------------------------------------------------- */

/* Verifies that a line can be read when it is complete, one at a time, in parts if need be. */
TTY_TEST(tty_lines)
{
        IN_SESSION(fd) {
                type(fd, "one");
                CHECK(!readable(fd) && bytes_there(fd) == 0);
                type(fd, "\ntwo\n");
                CHECK(readable(fd) && bytes_there(fd) == 8);
                CHECK_READ(fd, "one\n");
                CHECK_READ_N(fd, 2, "tw");
                CHECK_READ_N(fd, 2, "o\n");
                CHECK(!readable(fd));
                CHECK_OK(fcntl(fd, F_SETFL, O_NONBLOCK));
                CHECK_ERR(EAGAIN, read(fd, &(char){ 0 }, 1));
        }
}

/* Verifies that a byte, a word and a whole line that are being typed can be taken back, and no line before. */
TTY_TEST(tty_erase)
{
        IN_SESSION(fd) {
                type(fd, "ab\177c\n");
                CHECK_READ(fd, "ac\n");
                type(fd, "kept\n\177\177\027\025x\n");
                CHECK_READ(fd, "kept\n");
                CHECK_READ(fd, "x\n");
                type(fd, "foo.bar  baz_1 - \027\n");
                CHECK_READ(fd, "foo.bar  \n");
                type(fd, "a.b\027\027c\n");
                CHECK_READ(fd, "c\n");
                type(fd, "all of it\025but this\n");
                CHECK_READ(fd, "but this\n");
                local_flags(fd, 0, IEXTEN);
                type(fd, "a\027\n");
                CHECK_READ(fd, "a\027\n");
        }
}

/* Verifies that ^D gives what is typed so far, the end of the file when that is nothing, in its place among lines typed ahead. */
TTY_TEST(tty_end_of_file)
{
        IN_SESSION(fd) {
                type(fd, "ab\004");
                CHECK_EQ(bytes_there(fd), 2);
                CHECK_READ(fd, "ab");
                type(fd, "x\n\004y\n");
                CHECK_EQ(bytes_there(fd), 4);
                CHECK_READ(fd, "x\n");
                CHECK(readable(fd));
                CHECK_READ(fd, "");
                CHECK_READ(fd, "y\n");
                CHECK(!readable(fd));
        }
}

/* Verifies that carriage returns are turned into newlines as asked, and that a further character may end lines. */
TTY_TEST(tty_line_ends)
{
        struct termios t;

        IN_SESSION(fd) {
                type(fd, "a\rb\n");
                CHECK_READ(fd, "a\n");
                CHECK_READ(fd, "b\n");
                CHECK_OK(tcgetattr(fd, &t));
                t.c_iflag = 0;
                t.c_cc[VEOL] = ';';
                CHECK_OK(tcsetattr(fd, TCSANOW, &t));
                type(fd, "a\rb;c\n");
                CHECK_READ(fd, "a\rb;");
                CHECK_READ(fd, "c\n");
        }
}

/* Verifies that of a line that is too long the end is lost but for its newline, and that typing goes on after it. */
TTY_TEST(tty_long_line)
{
        char buf[5000];

        IN_SESSION(fd) {
                local_flags(fd, 0, ECHO);
                for (int i = 0; i < 4200; i++)
                        type(fd, i < 4090 ? "a" : "b");
                type(fd, "\n");
                CHECK_EQ(read(fd, buf, sizeof buf), 4096);
                CHECK_ALL(buf, 4090, 'a');
                CHECK_EQ(buf[4095], '\n');
                type(fd, "next\n");
                CHECK_READ(fd, "next\n");
        }
}

/* Verifies that what is being typed becomes readable when the terminal becomes raw, and TCSAFLUSH and TCFLSH discard it. */
TTY_TEST(tty_change_of_mode)
{
        IN_SESSION(fd) {
                type(fd, "abc");
                raw_mode(fd, 1, 0);
                CHECK_READ(fd, "abc");
                type(fd, "d");
                local_flags(fd, ICANON, 0);
                type(fd, "e\n");
                CHECK_READ(fd, "d");
                CHECK_READ(fd, "e\n");
                type(fd, "gone\nand this");
                CHECK_OK(tcflush(fd, TCOFLUSH));
                CHECK_EQ(bytes_there(fd), 5);
                CHECK_OK(tcflush(fd, TCIFLUSH));
                CHECK(!readable(fd));
                CHECK_ERR(EINVAL, ioctl(fd, TCFLSH, 3));
                type(fd, "gone\n");
                settings_reset(fd);
                CHECK(!readable(fd));
        }
}

/* ---- Raw mode ----------------------------------------------------------------------------------------------------- */

/* Verifies that in raw mode bytes come as they are, ^D, erase and newlines included. */
TTY_TEST(tty_raw_bytes)
{
        IN_SESSION(fd) {
                raw_mode(fd, 1, 0);
                type(fd, "a\177\025\004\027\n\r");
                CHECK_EQ(bytes_there(fd), 7);
                CHECK_READ(fd, "a\177\025\004\027\n\n");
        }
}

/* Verifies the four combinations of VMIN and VTIME. */
TTY_TEST(tty_raw_min_and_time)
{
        long long start;
        pid_t pid;

        IN_SESSION(fd) {
                raw_mode(fd, 0, 0);
                CHECK_READ(fd, "");
                type(fd, "ab");
                CHECK_READ(fd, "ab");
                raw_mode(fd, 0, 2);
                start = now_ms();
                CHECK_READ(fd, "");
                CHECK(now_ms() - start >= 190);
                type(fd, "c");
                CHECK_READ(fd, "c");
                raw_mode(fd, 3, 2);
                type(fd, "d");
                start = now_ms();
                CHECK_READ(fd, "d");
                CHECK(now_ms() - start >= 190);
                raw_mode(fd, 3, 0);
                type(fd, "ef");
                CHECK(!readable(fd));
                CHECK_READ_N(fd, 2, "ef");
                SPAWN(pid) { CHECK_READ(fd, "ghi"); }
                type(fd, "ghi");
                JOIN(pid);
        }
}

/* ---- Signals from the keys ---------------------------------------------------------------------------------------- */

/* Put a group into the foreground, from wherever we are. */
static void foreground(int fd, pid_t pgid)
{
        signal(SIGTTOU, SIG_IGN);
        CHECK_OK(tcsetpgrp(fd, pgid));
        signal(SIGTTOU, SIG_DFL);
}

/* Spawn a job in a group of its own, in the foreground, that waits for signals. */
static pid_t foreground_job(int fd)
{
        pid_t pid;

        SPAWN(pid) {
                for (;;)
                        pause();
        }
        CHECK_OK(setpgid(pid, pid));
        foreground(fd, pid);
        return pid;
}

/* Verifies that ^C, ^\ and ^Z signal the foreground's group, whether it sleeps or runs, and nobody else. */
TTY_TEST(tty_signals)
{
        int status;
        pid_t pid;

        IN_SESSION(fd) {
                pid = foreground_job(fd);
                type(fd, "\003");
                JOIN_KILLED(pid, SIGINT);
                pid = foreground_job(fd);
                type(fd, "\034");
                CHECK_EQ(waitpid(pid, &status, 0), pid);
                CHECK_EQ(WTERMSIG(status), SIGQUIT);
                pid = foreground_job(fd);
                type(fd, "\032");
                CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
                CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
                CHECK_OK(kill(pid, SIGCONT));
                type(fd, "\003");
                JOIN_KILLED(pid, SIGINT);
                SPAWN(pid) {
                        for (;;)
                                ;
                }
                CHECK_OK(setpgid(pid, pid));
                foreground(fd, pid);
                type(fd, "\003");
                JOIN_KILLED(pid, SIGINT);
                foreground(fd, getpgrp());
        }
}

/* Verifies that a signal's key discards what was typed unless NOFLSH is set, and is a byte without ISIG or when it is disabled. */
TTY_TEST(tty_signals_flush)
{
        struct termios t;

        IN_SESSION(fd) {
                signal(SIGINT, SIG_IGN);
                type(fd, "line\nrest\003new\n");
                CHECK_READ(fd, "new\n");
                local_flags(fd, NOFLSH, 0);
                type(fd, "kept\003\n");
                CHECK_READ(fd, "kept\n");
                local_flags(fd, 0, ISIG);
                type(fd, "a\003\n");
                CHECK_READ(fd, "a\003\n");
                local_flags(fd, ISIG, 0);
                CHECK_OK(tcgetattr(fd, &t));
                t.c_cc[VINTR] = 0;
                CHECK_OK(tcsetattr(fd, TCSANOW, &t));
                type(fd, "b\003\n");
                CHECK_READ(fd, "b\003\n");
        }
}

static void on_interrupt(int sig)
{
        (void)sig;
}

/* Verifies that ^C ends a read of the terminal itself. */
TTY_TEST(tty_signal_ends_read)
{
        const struct timespec moment = { .tv_nsec = 60000000 };
        pid_t pid;

        IN_SESSION(fd) {
                SPAWN(pid) {
                        struct sigaction action = { .sa_handler = on_interrupt };

                        CHECK_OK(sigaction(SIGINT, &action, NULL));
                        CHECK_ERR(EINTR, read(fd, &action, 1));
                }
                signal(SIGINT, SIG_IGN);
                CHECK_OK(nanosleep(&moment, NULL));
                type(fd, "\003");
                JOIN(pid);
        }
}

/* ---- The controlling terminal ------------------------------------------------------------------------------------- */

/* Verifies how a session gets its terminal, and who cannot have it. */
TTY_TEST(tty_controlling)
{
        pid_t pid;
        int fd;

        IN_CHILD {
                CHECK_OK(setsid());
                CHECK_ERR(ENXIO, open("/dev/tty", O_RDWR));
                fd = CHECK_OK(open(TERMINAL, O_RDWR | O_NOCTTY));
                CHECK_EQ(CHECK_OK(fcntl(fd, F_GETFL)) & O_NOCTTY, 0);
                CHECK_ERR(ENXIO, open("/dev/tty", O_RDWR));
                CHECK_ERR(ENOTTY, tcgetpgrp(fd));
                CHECK_ERR(ENOTTY, tcsetpgrp(fd, getpgrp()));
                CHECK_ERR(ENOTTY, tcgetsid(fd));
                IN_CHILD {
                        CHECK_ERR(EPERM, ioctl(fd, TIOCSCTTY, 0));
                        CHECK_OK(open(TERMINAL, O_RDWR));
                        CHECK_ERR(ENXIO, open("/dev/tty", O_RDWR));
                }
                CHECK_OK(open("/dev/console", O_RDWR));
                CHECK_ERR(ENXIO, open("/dev/tty", O_RDWR));
                CHECK_OK(ioctl(fd, TIOCSCTTY, 0));
                CHECK_OK(ioctl(fd, TIOCSCTTY, 0));
                CHECK_EQ(tcgetsid(fd), getpid());
                CHECK_EQ(tcgetpgrp(CHECK_OK(open("/dev/tty", O_RDWR))), getpgrp());
                SPAWN(pid) {
                        CHECK_OK(setsid());
                        CHECK_ERR(ENXIO, open("/dev/tty", O_RDWR));
                        CHECK_OK(open(TERMINAL, O_RDWR));
                        CHECK_ERR(ENXIO, open("/dev/tty", O_RDWR));
                        CHECK_ERR(EPERM, ioctl(fd, TIOCSCTTY, 0));
                        CHECK_OK(ioctl(fd, TIOCSCTTY, 1));
                        CHECK_EQ(tcgetsid(fd), getpid());
                }
                JOIN(pid);
        }
}

/* The device and the foreground of process PID's terminal, as /proc/PID/stat has them. */
static void stat_terminal(pid_t pid, int *device, int *group)
{
        char path[32], text[1024];

        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        CHECK_OK(file_read(path, text, sizeof text));
        CHECK_EQ(sscanf(strrchr(text, ')'), ") %*c %*d %*d %*d %d %d", device, group), 2);
}

/* Verifies that a process's stat tells its terminal and the foreground there, without one 0 and -1. */
TTY_TEST(tty_in_stat)
{
        int device, group;
        struct stat st;

        IN_CHILD {
                CHECK_OK(setsid());
                stat_terminal(getpid(), &device, &group);
                CHECK_EQ(device, 0);
                CHECK_EQ(group, -1);
        }
        IN_SESSION(fd) {
                CHECK_OK(fstat(fd, &st));
                stat_terminal(getpid(), &device, &group);
                CHECK_EQ(device, st.st_rdev);
                CHECK_EQ(group, tcgetpgrp(fd));
        }
}

/* Verifies which groups can be put into the foreground. */
TTY_TEST(tty_foreground_rules)
{
        int fds[2];
        pid_t other;

        IN_SESSION(fd) {
                CHECK_ERR(EINVAL, tcsetpgrp(fd, -1));
                CHECK_ERR(ESRCH, tcsetpgrp(fd, 0));
                CHECK_ERR(ESRCH, tcsetpgrp(fd, 0x7ffffff0));
                CHECK_ERR(EPERM, tcsetpgrp(fd, getpgid(getppid())));
                SPAWN(other) { pause(); }
                foreground(fd, other);                  /* not a group yet */
                CHECK_EQ(tcgetpgrp(fd), other);
                foreground(fd, getpgrp());
                CHECK_OK(kill(other, SIGKILL));
                CHECK_OK(waitpid(other, NULL, 0));
                CHECK_ERR(EFAULT, ioctl(fd, TIOCSPGRP, 16));
                CHECK_ERR(EFAULT, ioctl(fd, TIOCGPGRP, 16));
                CHECK_OK(pipe(fds));
                CHECK_ERR(ENOTTY, tcgetpgrp(fds[0]));
                CHECK_EQ(tcgetpgrp(fd), getpgrp());
        }
}

/* Verifies that the foreground gets SIGHUP when the session's leader ends, and that the terminal is free then. */
TTY_TEST(tty_hangup)
{
        struct gate ready = gate_create(), hung_up = gate_create();
        pid_t pid;

        IN_SESSION(fd) {
                SPAWN(pid) {
                        sigset_t set;
                        int sig;

                        sigemptyset(&set);
                        sigaddset(&set, SIGHUP);
                        CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
                        gate_open(&ready);
                        CHECK_EQ(sigwait(&set, &sig), 0);
                        CHECK_ERR(ENXIO, open("/dev/tty", O_RDWR));
                        gate_open(&hung_up);
                }
                CHECK_OK(setpgid(pid, pid));
                CHECK_OK(tcsetpgrp(fd, pid));
                gate_wait(&ready);
                _exit(0);
        }
        gate_wait(&hung_up);
        IN_SESSION(fd) { CHECK_EQ(tcgetsid(fd), getpid()); }
}

/* Verifies that a new size is told to the foreground, once. */
TTY_TEST(tty_size)
{
        const struct timespec none = { 0, 0 };
        struct winsize size = { 33, 99, 1, 2 }, old, seen;
        sigset_t set;

        IN_SESSION(fd) {
                CHECK_OK(ioctl(fd, TIOCGWINSZ, &old));
                sigemptyset(&set);
                sigaddset(&set, SIGWINCH);
                CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
                CHECK_OK(ioctl(fd, TIOCSWINSZ, &size));
                CHECK_EQ(sigtimedwait(&set, NULL, &none), SIGWINCH);
                CHECK_OK(ioctl(fd, TIOCSWINSZ, &size));
                CHECK_ERR(EAGAIN, sigtimedwait(&set, NULL, &none));
                CHECK_OK(ioctl(fd, TIOCGWINSZ, &seen));
                CHECK(!memcmp(&seen, &size, sizeof size));
                CHECK_ERR(EFAULT, ioctl(fd, TIOCSWINSZ, 16));
                CHECK_OK(ioctl(fd, TIOCSWINSZ, &old));
        }
}

/* ---- The background ----------------------------------------------------------------------------------------------- */

#define CHECK_STOPPED(pid, sig)                                                                                        \
        do {                                                                                                           \
                int status_;                                                                                           \
                CHECK_EQ(waitpid((pid), &status_, WUNTRACED), (pid));                                                  \
                CHECK_EQ(status_, (sig) << 8 | 0x7f);                                                                  \
        } while (0)

/* BACKGROUND(pid) { … }: beside us, in a group of its own. */
#define BACKGROUND(pid) SPAWN(pid) for (int once_ = setpgid(0, 0) == 0; once_; once_ = 0)

/* Verifies that reading stops a background group until it is in the foreground. */
TTY_TEST(tty_background_read)
{
        pid_t pid;

        IN_SESSION(fd) {
                type(fd, "line\n");
                BACKGROUND(pid) { CHECK_READ(fd, "line\n"); }
                CHECK_STOPPED(pid, SIGTTIN);
                CHECK_OK(kill(pid, SIGCONT));
                CHECK_STOPPED(pid, SIGTTIN);
                CHECK_OK(tcsetpgrp(fd, pid));
                CHECK_OK(kill(-pid, SIGCONT));
                JOIN(pid);
                foreground(fd, getpgrp());
        }
}

/* Verifies that reading in the background is EIO for who ignores or blocks SIGTTIN, and for orphans; by the console's name it is allowed. */
TTY_TEST(tty_background_read_refused)
{
        char byte;
        pid_t pid;

        IN_SESSION(fd) {
                BACKGROUND(pid) {
                        signal(SIGTTIN, SIG_IGN);
                        CHECK_ERR(EIO, read(fd, &byte, 1));
                }
                JOIN(pid);
                BACKGROUND(pid) {
                        sigset_t set;

                        sigemptyset(&set);
                        sigaddset(&set, SIGTTIN);
                        CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
                        CHECK_ERR(EIO, read(fd, &byte, 1));
                }
                JOIN(pid);
                pid = foreground_job(fd);
                CHECK_ERR(EIO, read(fd, &byte, 1));     /* our parent is of another session: nobody could continue us */
                CHECK_OK(kill(pid, SIGKILL));
                JOIN_KILLED(pid, SIGKILL);
                foreground(fd, getpgrp());
                type(fd, "line\n");
                BACKGROUND(pid) {
                        int console = CHECK_OK(open("/dev/console", O_RDWR));

                        CHECK_READ(console, "line\n");
                }
                JOIN(pid);
        }
}

/* Verifies that writing stops a background group only if the terminal says so, and changing the terminal always does. */
TTY_TEST(tty_background_write)
{
        pid_t pid;

        IN_SESSION(fd) {
                BACKGROUND(pid) { CHECK_EQ(write(fd, "\n", 1), 1); }
                JOIN(pid);
                local_flags(fd, TOSTOP, 0);
                BACKGROUND(pid) { CHECK_EQ(write(fd, "\n", 1), 1); }
                CHECK_STOPPED(pid, SIGTTOU);
                local_flags(fd, 0, TOSTOP);
                CHECK_OK(kill(pid, SIGCONT));
                JOIN(pid);
                for (int call = 0; call < 3; call++) {
                        BACKGROUND(pid) {
                                if (call == 0)
                                        settings_reset(fd);
                                else if (call == 1)
                                        CHECK_OK(tcflush(fd, TCIFLUSH));
                                else
                                        CHECK_OK(tcsetpgrp(fd, getpgrp()));
                        }
                        CHECK_STOPPED(pid, SIGTTOU);
                        CHECK_OK(kill(pid, SIGKILL));
                        JOIN_KILLED(pid, SIGKILL);
                        BACKGROUND(pid) {
                                signal(SIGTTOU, SIG_IGN);
                                settings_reset(fd);
                                CHECK_OK(tcsetpgrp(fd, getpgrp()));
                        }
                        JOIN(pid);
                        foreground(fd, getpgrp());
                }
        }
}
