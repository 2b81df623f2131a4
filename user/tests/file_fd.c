/* Descriptors, pipes and the devices. */
#include "temp.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>

/* Verifies that the lowest free number is given, and that dup2 closes what was there. */
TEST(file_dup)
{
        int fd = CHECK_OK(open("/dev/null", O_RDWR)), fds[2], copy;
        char byte;

        copy = CHECK_OK(dup(fd));
        CHECK(copy > fd);
        close(fd);
        CHECK_EQ(dup(copy), fd);
        CHECK_OK(pipe(fds));
        CHECK_EQ(dup2(fd, fds[1]), fds[1]);     /* the writing end is closed by that */
        CHECK_EQ(read(fds[0], &byte, 1), 0);
        CHECK_EQ(dup2(fd, fd), fd);
        CHECK_ERR(EBADF, dup2(999, fd));
        CHECK_ERR(EBADF, dup2(fd, -1));
        CHECK_ERR(EBADF, dup(999));
        CHECK_ERR(EINVAL, dup3(fd, fd, 0));
}

/* Verifies that close-on-exec belongs to the descriptor, and is set and told by each of the ways to do so. */
TEST(file_close_on_exec)
{
        int fd = CHECK_OK(open("/dev/null", O_RDWR | O_CLOEXEC)), fds[2];

        CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
        CHECK_EQ(fcntl(dup(fd), F_GETFD), 0);
        CHECK_EQ(fcntl(fcntl(fd, F_DUPFD_CLOEXEC, 100), F_GETFD), FD_CLOEXEC);
        CHECK_OK(fcntl(100, F_GETFD));
        CHECK_OK(fcntl(fd, F_SETFD, 0));
        CHECK_EQ(fcntl(fd, F_GETFD), 0);
        CHECK_OK(pipe2(fds, O_CLOEXEC));
        CHECK_EQ(fcntl(fds[0], F_GETFD) & fcntl(fds[1], F_GETFD), FD_CLOEXEC);
        CHECK_EQ(dup3(fd, fds[0], O_CLOEXEC), fds[0]);
        CHECK_EQ(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
        CHECK_EQ(fcntl(fd, F_DUPFD, 200), 200);
        CHECK_ERR(EINVAL, fcntl(fd, F_DUPFD, -1));
        CHECK_ERR(EINVAL, fcntl(fd, 9999));
        CHECK_ERR(EBADF, fcntl(999, F_GETFD));
}

/* Verifies that the status flags belong to the open file: set by one descriptor, seen by its copy. */
TEST(file_status_flags)
{
        int fd = temp_file(), copy = CHECK_OK(dup(fd));

        CHECK_OK(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
        CHECK_EQ(fcntl(copy, F_GETFL) & (O_APPEND | O_NONBLOCK | O_ACCMODE), O_APPEND | O_NONBLOCK | O_RDWR);
        CHECK_OK(fcntl(copy, F_SETFL, 0));
        CHECK_EQ(fcntl(fd, F_GETFL) & (O_APPEND | O_NONBLOCK), 0);
}

/* Verifies that a pipe hands on bytes in order, then end of file when no writer is left. */
TEST(file_pipe)
{
        static char buf[100000];
        size_t have = 0;
        ssize_t n;
        int fds[2];
        pid_t pid;

        CHECK_OK(pipe(fds));
        SPAWN(pid) {
                static char out[100000];

                close(fds[0]);
                fill_pattern(out, sizeof out);
                CHECK_EQ(write(fds[1], out, sizeof out), sizeof out);
        }
        close(fds[1]);
        while ((n = CHECK_OK(read(fds[0], buf + have, 7777 < sizeof buf - have ? 7777 : sizeof buf - have + 1))) > 0)
                have += (size_t)n;
        CHECK_EQ(have, sizeof buf);
        CHECK_PATTERN(buf, sizeof buf);
        JOIN(pid);
        CHECK_ERR(EBADF, write(fds[0], "x", 1));
}

/* Verifies that writing without a reader is SIGPIPE, or EPIPE when that is ignored. */
TEST(file_pipe_broken)
{
        int fds[2];
        pid_t pid;

        CHECK_OK(pipe(fds));
        close(fds[0]);
        SPAWN(pid) {
                signal(SIGPIPE, SIG_DFL);
                CHECK_OK(write(fds[1], "x", 1));
        }
        JOIN_KILLED(pid, SIGPIPE);
        signal(SIGPIPE, SIG_IGN);
        CHECK_ERR(EPIPE, write(fds[1], "x", 1));
}

/* Verifies that an empty or full pipe that must not wait says EAGAIN, at 64 KiB. */
TEST(file_pipe_nonblocking)
{
        static char buf[65536];
        int fds[2];

        CHECK_OK(pipe2(fds, O_NONBLOCK));
        CHECK_ERR(EAGAIN, read(fds[0], buf, 1));
        CHECK_EQ(write(fds[1], buf, sizeof buf), sizeof buf);
        CHECK_ERR(EAGAIN, write(fds[1], buf, 1));
        CHECK_EQ(read(fds[0], buf, PAGE), PAGE);
        CHECK_EQ(write(fds[1], buf, sizeof buf), PAGE);
        CHECK_ERR(EINVAL, pipe2(fds, 0x4));
        CHECK_EQ(read(fds[0], buf, 0), 0);
}

/* Verifies that writes of up to 4096 bytes by several processes never mix. */
TEST(file_pipe_atomic)
{
        unsigned char record[512];
        int fds[2], total = 0;
        pid_t pids[4];

        CHECK_OK(pipe(fds));
        for (int i = 0; i < 4; i++)
                SPAWN(pids[i]) {
                        memset(record, 'a' + i, sizeof record);
                        for (int n = 0; n < 200; n++)
                                CHECK_EQ(write(fds[1], record, sizeof record), sizeof record);
                }
        close(fds[1]);
        while (CHECK_OK(read(fds[0], record, 1)) == 1) {
                for (size_t have = 1; have < sizeof record;)
                        have += (size_t)CHECK_OK(read(fds[0], record + have, sizeof record - have));
                CHECK_ALL(record, sizeof record, record[0]);
                total++;
        }
        CHECK_EQ(total, 800);
        for (int i = 0; i < 4; i++)
                JOIN(pids[i]);
}

/* Verifies that a pipe is a pipe to fstat. */
TEST(file_pipe_stat)
{
        struct stat st;
        int fds[2];

        CHECK_OK(pipe(fds));
        CHECK_OK(fstat(fds[0], &st));
        CHECK(S_ISFIFO(st.st_mode));
        CHECK_ERR(EFAULT, syscall(SYS_pipe, 16));
        CHECK_ERR(EINVAL, ftruncate(fds[1], 0));
        CHECK_ERR(ESPIPE, pread(fds[0], &st, 1, 0));
}

/* Verifies that poll tells what can be read and written, and waits no longer than asked. */
TEST(file_poll)
{
        struct pollfd polled[2] = { { .events = POLLIN }, { .events = POLLOUT } };
        int fds[2];

        CHECK_OK(pipe(fds));
        polled[0].fd = fds[0];
        polled[1].fd = fds[1];
        CHECK_EQ(poll(polled, 1, 20), 0);
        CHECK_EQ(poll(polled, 2, -1), 1);
        CHECK_EQ(polled[1].revents, POLLOUT);
        CHECK_EQ(write(fds[1], "x", 1), 1);
        CHECK_EQ(poll(polled, 2, 0), 2);
        close(fds[1]);
        CHECK_EQ(poll(polled, 2, 0), 2);
        CHECK_EQ(polled[0].revents, POLLIN | POLLHUP);
        CHECK_EQ(polled[1].revents, POLLNVAL);
}

/* Verifies the four devices that every program takes for granted. */
TEST(file_devices)
{
        unsigned char buf[64], other[64];
        int fd = CHECK_OK(open("/dev/null", O_RDWR));

        CHECK_EQ(read(fd, buf, sizeof buf), 0);
        CHECK_EQ(write(fd, buf, sizeof buf), sizeof buf);
        fd = CHECK_OK(open("/dev/zero", O_RDWR));
        memset(buf, 1, sizeof buf);
        CHECK_EQ(read(fd, buf, sizeof buf), sizeof buf);
        CHECK_ZERO(buf, sizeof buf);
        CHECK_EQ(write(fd, buf, sizeof buf), sizeof buf);
        fd = CHECK_OK(open("/dev/urandom", O_RDONLY));
        CHECK_EQ(read(fd, buf, sizeof buf), sizeof buf);
        CHECK_EQ(read(fd, other, sizeof other), sizeof other);
        CHECK(memcmp(buf, other, sizeof buf));
        CHECK_EQ(CHECK_OK(raw(SYS_getrandom, (long)other, sizeof other, 0, 0, 0, 0)), sizeof other);
        CHECK_ERR(EBADF, write(fd, buf, 1));
}

/* Verifies that what is no terminal says so. */
TEST(file_not_a_terminal)
{
        int size;

        CHECK_ERR(ENOTTY, ioctl(temp_file(), TIOCGWINSZ, &size));
        CHECK_ERR(ENOTTY, ioctl(CHECK_OK(open("/dev/null", O_RDONLY)), TCGETS, &size));
        CHECK(!isatty(temp_file()));
        CHECK_ERR(EBADF, ioctl(999, TCGETS, &size));
}

/* Verifies that uname has all its fields, and the machine is an i686 to a program of 32 bits. */
TEST_FLAGS(file_uname, NOT_64)
{
        struct utsname name;

        CHECK_OK(uname(&name));
        CHECK(name.sysname[0] && name.nodename[0] && name.version[0]);
        CHECK(name.release[0] >= '3' && name.release[0] <= '9');
        CHECK(!strcmp(name.machine, "i686"));
}
