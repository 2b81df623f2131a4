/* Opening, reading, writing, and the properties of files. */
#include "temp.h"

#include <sys/statfs.h>
#include <sys/uio.h>
#include <time.h>

/* Verifies what each combination of O_CREAT, O_EXCL and O_TRUNC does with a file that is there and one that is not. */
TEST(file_open_flags)
{
        char dir[64], buf[8];
        int fd;

        enter_dir(dir);
        CHECK_ERR(ENOENT, open("f", O_RDWR));
        fd = CHECK_OK(open("f", O_RDWR | O_CREAT | O_EXCL, 0640));
        CHECK_EQ(write(fd, "hello", 5), 5);
        CHECK_ERR(EEXIST, open("f", O_RDWR | O_CREAT | O_EXCL, 0640));
        fd = CHECK_OK(open("f", O_RDWR | O_CREAT, 0));
        CHECK_EQ(read(fd, buf, sizeof buf), 5);
        fd = CHECK_OK(open("f", O_WRONLY | O_TRUNC));
        CHECK_EQ(lseek(fd, 0, SEEK_END), 0);
        CHECK_ERR(ENOTDIR, open("f", O_RDONLY | O_DIRECTORY));
        CHECK_ERR(EISDIR, open(dir, O_WRONLY));
        CHECK_ERR(EISDIR, open(dir, O_RDWR));
        CHECK_ERR(ENOENT, open("", O_RDONLY));
        CHECK_ERR(ENOENT, open("no/f", O_RDWR | O_CREAT, 0600));
        CHECK_ERR(ENOTDIR, open("f/g", O_RDONLY));
        CHECK_OK(unlink("f"));
        leave_dir(dir);
}

/* Verifies that a descriptor allows what it was opened for, and a number that is none is EBADF. */
TEST(file_access_mode)
{
        char path[64], buf[4];
        int r, w;

        snprintf(path, sizeof path, "/tmp/mode.%d", getpid());
        make_file(path, 0600, "abc");
        r = CHECK_OK(open(path, O_RDONLY));
        w = CHECK_OK(open(path, O_WRONLY));
        CHECK_ERR(EBADF, write(r, "x", 1));
        CHECK_ERR(EBADF, read(w, buf, 1));
        CHECK_ERR(EINVAL, ftruncate(r, 0));
        CHECK_ERR(EBADF, read(999, buf, 1));
        CHECK_ERR(EBADF, close(-1));
        CHECK_EQ(fcntl(w, F_GETFL) & O_ACCMODE, O_WRONLY);
        close(r);
        CHECK_ERR(EBADF, read(r, buf, 1));
        CHECK_ERR(EBADF, close(r));
        CHECK_OK(unlink(path));
}

/* Verifies that O_APPEND writes at the end, wherever the offset is and whoever else appends. */
TEST(file_append)
{
        char path[64], buf[16];
        int one, two;

        snprintf(path, sizeof path, "/tmp/append.%d", getpid());
        make_file(path, 0600, "abc");
        one = CHECK_OK(open(path, O_RDWR | O_APPEND));
        two = CHECK_OK(open(path, O_WRONLY | O_APPEND));
        CHECK_EQ(write(one, "de", 2), 2);
        CHECK_EQ(write(two, "fg", 2), 2);
        CHECK_EQ(lseek(one, 0, SEEK_SET), 0);
        CHECK_EQ(write(one, "h", 1), 1);
        CHECK_EQ(lseek(one, 0, SEEK_CUR), 8);
        CHECK_EQ(pread(one, buf, sizeof buf, 0), 8);
        CHECK(!memcmp(buf, "abcdefgh", 8));
        CHECK_OK(unlink(path));
}

/* Verifies that lseek counts from start, offset and end, may go beyond the end, and never before the start. */
TEST(file_lseek)
{
        int fd = temp_file(), fds[2];

        CHECK_EQ(write(fd, "0123456789", 10), 10);
        CHECK_EQ(lseek(fd, 3, SEEK_SET), 3);
        CHECK_EQ(lseek(fd, 2, SEEK_CUR), 5);
        CHECK_EQ(lseek(fd, -1, SEEK_END), 9);
        CHECK_EQ(lseek(fd, 100, SEEK_END), 110);
        CHECK_ERR(EINVAL, lseek(fd, -1, SEEK_SET));
        CHECK_ERR(EINVAL, lseek(fd, -200, SEEK_CUR));
        CHECK_ERR(EINVAL, lseek(fd, 0, 99));
        CHECK_EQ(lseek(fd, 0, SEEK_CUR), 110);
        CHECK_EQ(lseek64(fd, 0x100000000ll, SEEK_SET), 0x100000000ll);
        CHECK_OK(pipe(fds));
        CHECK_ERR(ESPIPE, lseek(fds[0], 0, SEEK_CUR));
        CHECK_ERR(EBADF, lseek(999, 0, SEEK_CUR));
}

/* Verifies that a gap reads as zeroes, and that reading at or beyond the end is end of file. */
TEST(file_sparse)
{
        char buf[PAGE];
        int fd = temp_file();

        CHECK_EQ(pwrite(fd, "end", 3, 100000), 3);
        CHECK_EQ(pread(fd, buf, sizeof buf, 50000), sizeof buf);
        CHECK_ZERO(buf, sizeof buf);
        CHECK_EQ(pread(fd, buf, sizeof buf, 100000), 3);
        CHECK(!memcmp(buf, "end", 3));
        CHECK_EQ(pread(fd, buf, sizeof buf, 100003), 0);
        CHECK_EQ(pread(fd, buf, sizeof buf, 200000), 0);
        CHECK_ERR(EINVAL, pread(fd, buf, 1, -1));
        CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
}

/* Verifies that data of odd sizes at odd places is read back as written, across pages. */
TEST(file_odd_sizes)
{
        static char out[70000], in[70000];
        int fd = temp_file();

        fill_pattern(out, sizeof out);
        for (size_t at = 0, n = 1; at < sizeof out; at += n, n = n * 3 % 5003) {
                if (n > sizeof out - at)
                        n = sizeof out - at;
                CHECK_EQ(write(fd, out + at, n), n);
        }
        CHECK_OK(lseek(fd, 0, SEEK_SET));
        for (size_t at = 0, n = 7; at < sizeof in; at += n, n = n * 5 % 8009) {
                if (n > sizeof in - at)
                        n = sizeof in - at;
                CHECK_EQ(read(fd, in + at, n), n);
        }
        CHECK_PATTERN(in, sizeof in);
        CHECK_EQ(read(fd, in, 1), 0);
}

/* Verifies that ftruncate cuts and grows, that what grows is zero, and that the offset stays. */
TEST(file_truncate)
{
        char buf[100];
        struct stat st;
        int fd = temp_file();

        CHECK_EQ(write(fd, "0123456789", 10), 10);
        CHECK_OK(ftruncate(fd, 4));
        CHECK_OK(ftruncate(fd, 8));
        CHECK_EQ(pread(fd, buf, sizeof buf, 0), 8);
        CHECK(!memcmp(buf, "0123\0\0\0\0", 8));
        CHECK_EQ(lseek(fd, 0, SEEK_CUR), 10);
        CHECK_ERR(EINVAL, ftruncate(fd, -1));
        CHECK_OK(ftruncate(fd, 1000000));
        CHECK_OK(fstat(fd, &st));
        CHECK_EQ(st.st_size, 1000000);
        CHECK_ERR(EINVAL, truncate("/tmp", -1));
        CHECK_ERR(EISDIR, truncate("/tmp", 0));
        CHECK_ERR(ENOENT, truncate("/tmp/nothing.there", 0));
}

/* Verifies that stat tells type, mode, links, owner, size and times. */
TEST(file_stat)
{
        char path[64];
        struct stat st, again;
        time_t before = time(NULL);

        snprintf(path, sizeof path, "/tmp/stat.%d", getpid());
        make_file(path, 0640, "12345");
        CHECK_OK(stat(path, &st));
        CHECK_EQ(st.st_mode, S_IFREG | 0640);
        CHECK_EQ(st.st_nlink, 1);
        CHECK_EQ(st.st_uid, getuid());
        CHECK_EQ(st.st_gid, getgid());
        CHECK_EQ(st.st_size, 5);
        CHECK(st.st_mtime >= before - 1 && st.st_mtime <= time(NULL) + 1);
        CHECK_OK(chmod(path, 0400));
        CHECK_OK(stat(path, &again));
        CHECK_EQ(again.st_mode, S_IFREG | 0400);
        CHECK(again.st_ino == st.st_ino && again.st_dev == st.st_dev);
        CHECK_ERR(ENOENT, stat("/tmp/nothing.there", &st));
        CHECK_ERR(EBADF, fstat(999, &st));
        CHECK_OK(stat("/tmp", &st));
        CHECK(S_ISDIR(st.st_mode) && (st.st_mode & 07777) == 01777);
        CHECK_OK(stat("/dev/null", &st));
        CHECK(S_ISCHR(st.st_mode));
        CHECK_EQ(st.st_rdev, 0x103);
        CHECK_OK(unlink(path));
}

/* Verifies that writing renews the time of change, and reading does not. */
TEST(file_times)
{
        struct timespec t = { 1, 100000000 };
        struct stat before, after;
        char byte;
        int fd = temp_file();

        CHECK_EQ(write(fd, "x", 1), 1);
        CHECK_OK(fstat(fd, &before));
        CHECK_OK(nanosleep(&t, NULL));
        CHECK_EQ(pread(fd, &byte, 1, 0), 1);
        CHECK_OK(fstat(fd, &after));
        CHECK_EQ(after.st_mtime, before.st_mtime);
        CHECK_EQ(write(fd, "y", 1), 1);
        CHECK_OK(fstat(fd, &after));
        CHECK(after.st_mtime > before.st_mtime);
}

/* Verifies that a file without a name lives on in its descriptors. */
TEST(file_unlinked_while_open)
{
        char path[64], buf[4];
        struct stat st;
        int fd;

        snprintf(path, sizeof path, "/tmp/open.%d", getpid());
        make_file(path, 0600, "abc");
        fd = CHECK_OK(open(path, O_RDWR));
        CHECK_OK(unlink(path));
        CHECK_ERR(ENOENT, open(path, O_RDONLY));
        CHECK_EQ(read(fd, buf, 4), 3);
        CHECK_EQ(write(fd, "d", 1), 1);
        CHECK_OK(fstat(fd, &st));
        CHECK_EQ(st.st_nlink, 0);
        CHECK_EQ(st.st_size, 4);
        IN_CHILD { CHECK_EQ(pread(fd, buf, 4, 0), 4); }
}

/* Verifies that readv and writev take their parts in order, and refuse what readv and writev must. */
TEST(file_vectors)
{
        char a[3] = "", b[6] = "";
        struct iovec out[] = { { "ab", 2 }, { NULL, 0 }, { "cdefg", 5 } }, in[] = { { a, 2 }, { b, 5 } };
        int fd = temp_file();

        CHECK_EQ(writev(fd, out, 3), 7);
        CHECK_OK(lseek(fd, 0, SEEK_SET));
        CHECK_EQ(readv(fd, in, 2), 7);
        CHECK(!strcmp(a, "ab") && !strcmp(b, "cdefg"));
        CHECK_EQ(readv(fd, in, 2), 0);
        CHECK_ERR(EINVAL, syscall(SYS_writev, fd, out, -1));
        CHECK_ERR(EINVAL, syscall(SYS_writev, fd, out, 1025));
        CHECK_EQ(writev(fd, out, 0), 0);
        out[0].iov_len = (size_t)-1;
        CHECK_ERR(EINVAL, writev(fd, out, 2));
}

/* Verifies that reading a folder as a file is EISDIR. */
TEST(file_read_of_folder)
{
        char buf[8];
        int fd = CHECK_OK(open("/tmp", O_RDONLY));

        CHECK_ERR(EISDIR, read(fd, buf, sizeof buf));
        CHECK_ERR(EBADF, write(fd, buf, sizeof buf));
}

/* Verifies that two opens have two offsets, while fork and dup share one. */
TEST(file_shared_offset)
{
        char path[64], buf[4];
        int one, two, same;

        snprintf(path, sizeof path, "/tmp/offset.%d", getpid());
        make_file(path, 0600, "0123456789");
        one = CHECK_OK(open(path, O_RDONLY));
        two = CHECK_OK(open(path, O_RDONLY));
        same = CHECK_OK(dup(one));
        CHECK_EQ(read(one, buf, 3), 3);
        IN_CHILD { CHECK_EQ(read(same, buf, 2), 2); }
        CHECK_EQ(lseek(one, 0, SEEK_CUR), 5);
        CHECK_EQ(lseek(two, 0, SEEK_CUR), 0);
        CHECK_OK(unlink(path));
}
