/* Files shown in memory: shared and private, what lies beyond their end, and truncation under a mapping. */
#include "temp.h"

#define RW (PROT_READ | PROT_WRITE)

/* A nameless file of this many bytes, filled with the pattern. */
static int file_of(size_t size)
{
        static char buf[64 * 1024];
        int fd = temp_file();

        fill_pattern(buf, size);
        CHECK_EQ(write(fd, buf, size), size);
        return fd;
}

static char *map_file(int fd, size_t size, int prot, int flags)
{
        return CHECK_PTR(mmap(NULL, size, prot, flags, fd, 0));
}

/* Verifies that a shared mapping and read and write see one file, in both directions. */
TEST(mem_file_shared)
{
        int fd = file_of(3 * PAGE);
        char *p = map_file(fd, 3 * PAGE, RW, MAP_SHARED), buf[4];

        CHECK_PATTERN(p, 3 * PAGE);
        memcpy(p + PAGE - 2, "abcd", 4);
        CHECK_EQ(pread(fd, buf, 4, PAGE - 2), 4);
        CHECK(!memcmp(buf, "abcd", 4));
        CHECK_EQ(pwrite(fd, "wxyz", 4, 2 * PAGE), 4);
        CHECK(!memcmp(p + 2 * PAGE, "wxyz", 4));
}

/* Verifies that MAP_SHARED_VALIDATE maps like MAP_SHARED, and refuses flags that nobody can follow. */
TEST_FLAGS(mem_file_shared_validate, NOT_64)
{
        int fd = file_of(PAGE);

        CHECK_PATTERN(map_file(fd, PAGE, RW, MAP_SHARED_VALIDATE | MAP_NORESERVE | MAP_POPULATE), PAGE);
        CHECK_ERR(EOPNOTSUPP, mmap(NULL, PAGE, RW, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0));
        CHECK_ERR(EOPNOTSUPP, mmap(NULL, PAGE, RW, MAP_SHARED_VALIDATE | 0x80, fd, 0));
        CHECK_ERR(EINVAL, mmap(NULL, PAGE, RW, MAP_SHARED | MAP_HUGETLB, fd, 0));
        CHECK_ERR(EINVAL, mmap(NULL, PAGE, RW, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, 0));
        CHECK_ERR(EINVAL, mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_GROWSDOWN, fd, 0));
        map_file(fd, PAGE, RW, MAP_SHARED | MAP_SYNC);
}

/* Verifies that two processes that map a file each for itself share its pages. */
TEST_FLAGS(mem_file_shared_by_two, NEEDS_ROOT)
{
        int fd = file_of(PAGE);
        char *p = map_file(fd, PAGE, RW, MAP_SHARED);
        struct gate done = gate_create();
        uint64_t frame;
        pid_t pid;

        p[0] = 1;
        frame = page_frame(p);
        SPAWN(pid) {
                char *q = CHECK_PTR(mmap(p + 64 * PAGE, PAGE, RW, MAP_SHARED, fd, 0));

                CHECK_EQ(q[0], 1);
                CHECK_EQ(page_frame(q), frame);
                q[0] = 2;
                gate_open(&done);
        }
        gate_wait(&done);
        CHECK_EQ(p[0], 2);
        JOIN(pid);
}

/* Verifies that a private mapping shows the file until it is written, and that writing it never reaches the file. */
TEST(mem_file_private)
{
        int fd = file_of(2 * PAGE);
        char *p = map_file(fd, 2 * PAGE, RW, MAP_PRIVATE), buf[PAGE];

        CHECK_PATTERN(p, 2 * PAGE);
        memset(p, 1, PAGE);
        CHECK_EQ(pread(fd, buf, PAGE, 0), PAGE);
        CHECK_PATTERN(buf, PAGE);
        CHECK_EQ(pwrite(fd, "new", 3, 0), 3);
        CHECK_EQ(pwrite(fd, "new", 3, PAGE), 3);
        CHECK_ALL(p, PAGE, 1);
        CHECK(!memcmp(p + PAGE, "new", 3));
        IN_CHILD { memset(p, 2, 2 * PAGE); }
        CHECK_ALL(p, PAGE, 1);
}

/* Verifies that a mapping may start at any page of the file. */
TEST(mem_file_offset)
{
        int fd = file_of(4 * PAGE);
        char *all = map_file(fd, 4 * PAGE, PROT_READ, MAP_SHARED);
        char *p = CHECK_PTR(mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 2 * PAGE));

        CHECK(!memcmp(p, all + 2 * PAGE, 2 * PAGE));
        p[5] = 'q';
        CHECK_EQ(all[2 * PAGE + 5], 'q');
        CHECK_ERR(EINVAL, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 100));
}

/* Verifies that the tail of the last page is zero, and that pages wholly beyond the end raise SIGBUS. */
TEST(mem_file_beyond_end)
{
        int fd = file_of(PAGE + 10);

        for (int flags = MAP_SHARED; flags <= MAP_PRIVATE; flags++) {
                char *p = map_file(fd, 4 * PAGE, RW, flags);

                CHECK_PATTERN(p, PAGE + 10);
                CHECK_ZERO(p + PAGE + 10, PAGE - 10);
                EXPECT_SIGNAL(SIGBUS, BUS_ADRERR, p + 2 * PAGE) { *(volatile char *)(p + 2 * PAGE); }
                EXPECT_SIGNAL(SIGBUS, BUS_ADRERR, p + 3 * PAGE + 7) { p[3 * PAGE + 7] = 1; }
                CHECK_ERR(EFAULT, pwrite(fd, p + 2 * PAGE, 1, 0));
        }
}

/* Verifies that what is cut off a file is gone from its mappings, and comes back as zeroes. */
TEST(mem_file_truncated)
{
        int fd = file_of(3 * PAGE);
        char *p = map_file(fd, 3 * PAGE, RW, MAP_SHARED);

        CHECK_PATTERN(p, 3 * PAGE);
        CHECK_OK(ftruncate(fd, PAGE + 100));
        CHECK_PATTERN(p, PAGE + 100);
        EXPECT_SIGNAL(SIGBUS, BUS_ADRERR, p + 2 * PAGE) { *(volatile char *)(p + 2 * PAGE); }
        CHECK_OK(ftruncate(fd, 3 * PAGE));
        CHECK_ZERO(p + PAGE + 100, 2 * PAGE - 100);
        CHECK_PATTERN(p, PAGE + 100);
}

/* Verifies that truncation to the size it has clears what a mapping wrote behind the end. */
TEST(mem_file_truncated_to_its_size)
{
        int fd = file_of(PAGE + 100);
        char *p = map_file(fd, 2 * PAGE, RW, MAP_SHARED);

        memset(p + PAGE + 100, 1, 50);
        CHECK_OK(ftruncate(fd, PAGE + 100));
        CHECK_PATTERN(p, PAGE + 100);
        CHECK_ZERO(p + PAGE + 100, PAGE - 100);
}

/* Verifies that truncation takes away the private copies of what is cut off, too. */
TEST(mem_file_truncated_private)
{
        int fd = file_of(2 * PAGE);
        char *p = map_file(fd, 2 * PAGE, RW, MAP_PRIVATE);

        p[0] = 5;
        p[PAGE] = 6;
        CHECK_OK(ftruncate(fd, PAGE));
        CHECK_EQ(p[0], 5);
        EXPECT_SIGNAL(SIGBUS, BUS_ADRERR, p + PAGE) { *(volatile char *)(p + PAGE); }
}

/* Verifies that a file that grows shows its new pages in mappings that were there before. */
TEST(mem_file_grows_under_mapping)
{
        int fd = temp_file();
        char *p = map_file(fd, 2 * PAGE, RW, MAP_SHARED);

        EXPECT_SIGNAL(SIGBUS, BUS_ADRERR, p) { p[0] = 1; }
        CHECK_EQ(pwrite(fd, "x", 1, PAGE), 1);
        CHECK_EQ(p[0], 0);
        CHECK_EQ(p[PAGE], 'x');
}

/* Verifies that a mapping outlives the descriptor and the name. */
TEST(mem_file_outlives_name)
{
        int fd = file_of(PAGE);
        char *p = map_file(fd, PAGE, RW, MAP_SHARED);

        close(fd);
        CHECK_PATTERN(p, PAGE);
        IN_CHILD { p[0] = 9; }
        CHECK_EQ(p[0], 9);
}

/* Verifies that a mapping asks of the descriptor what it lets a process do. */
TEST(mem_file_permissions)
{
        char path[64], *p;
        int fd;

        snprintf(path, sizeof path, "/tmp/mapped.%d", getpid());
        make_file(path, 0600, "contents");
        fd = CHECK_OK(open(path, O_RDONLY));
        CHECK_ERR(EACCES, mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0));
        p = map_file(fd, PAGE, PROT_READ, MAP_SHARED);
        CHECK_ERR(EACCES, mprotect(p, PAGE, RW));
        p = map_file(fd, PAGE, PROT_READ, MAP_PRIVATE);
        CHECK_OK(mprotect(p, PAGE, RW));
        p[0] = 'C';
        close(fd);
        fd = CHECK_OK(open(path, O_WRONLY));
        CHECK_ERR(EACCES, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0));
        CHECK_ERR(EACCES, mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0));
        CHECK_ERR(EACCES, mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0));
        close(fd);
        CHECK_OK(unlink(path));
}

/* Verifies that what has no pages cannot be mapped. */
TEST(mem_file_not_mappable)
{
        int fds[2], dir = CHECK_OK(open("/tmp", O_RDONLY | O_DIRECTORY));

        CHECK_OK(pipe(fds));
        CHECK_ERR(ENODEV, mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, dir, 0));
        CHECK_ERR(ENODEV, mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fds[0], 0));
}

/* Verifies that /dev/zero shows zeroes that can be written, privately. */
TEST(mem_dev_zero)
{
        int fd = CHECK_OK(open("/dev/zero", O_RDWR));
        char *p = map_file(fd, 2 * PAGE, RW, MAP_PRIVATE);

        CHECK_ZERO(p, 2 * PAGE);
        fill_pattern(p, 2 * PAGE);
        IN_CHILD { memset(p, 0, 2 * PAGE); }
        CHECK_PATTERN(p, 2 * PAGE);
}

/* Verifies that shm_open, ftruncate, mmap and fork make POSIX shared memory. */
TEST(mem_posix_shared_memory)
{
        char name[64];
        volatile char *p;
        int fd;

        snprintf(name, sizeof name, "/posix.%d", getpid());
        fd = CHECK_OK(shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
        CHECK_OK(ftruncate(fd, 4 * PAGE));
        p = map_file(fd, 4 * PAGE, RW, MAP_SHARED);
        IN_CHILD {
                int again = CHECK_OK(shm_open(name, O_RDWR, 0));
                char *q = map_file(again, 4 * PAGE, RW, MAP_SHARED);

                CHECK_EQ(q[0], 0);
                q[0] = 1;
                p[PAGE] = 2;
        }
        CHECK_EQ(p[0], 1);
        CHECK_EQ(p[PAGE], 2);
        CHECK_OK(shm_unlink(name));
        CHECK_ERR(ENOENT, shm_open(name, O_RDWR, 0));
        CHECK_EQ(p[PAGE], 2);
}

/* Verifies that a large file costs only the pages that are touched. */
TEST(mem_file_sparse)
{
        char name[64], *p;
        int fd;

        snprintf(name, sizeof name, "/sparse.%d", getpid());
        fd = CHECK_OK(shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
        CHECK_OK(shm_unlink(name));
        CHECK_OK(ftruncate(fd, 512 * MIB));
        p = map_file(fd, 512 * MIB, RW, MAP_SHARED);
        for (unsigned at = 0; at < 512 * MIB; at += 64 * MIB)
                p[at + 1] = 'x';
        for (unsigned at = 0; at < 512 * MIB; at += 64 * MIB)
                CHECK_EQ(p[at] + p[at + 1], 'x');
        struct stat st;

        CHECK_OK(fstat(fd, &st));
        CHECK_EQ(st.st_size, 512 * MIB);
        CHECK_EQ(st.st_blocks, 8 * PAGE / 512);
}

/* Verifies that the kernel reads from and writes into mapped pages that are not there yet. */
TEST(mem_file_into_mapping)
{
        int fd = file_of(2 * PAGE), from = file_of(2 * PAGE);
        char *anon = CHECK_PTR(mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        char *p = map_file(fd, 2 * PAGE, RW, MAP_SHARED);

        CHECK_EQ(pread(from, anon, 2 * PAGE, 0), 2 * PAGE);
        CHECK_PATTERN(anon, 2 * PAGE);
        CHECK_EQ(pwrite(from, p, PAGE, PAGE), PAGE);
        CHECK_EQ(pread(from, p + PAGE, PAGE, PAGE), PAGE);
        CHECK(!memcmp(p, p + PAGE, PAGE));
        CHECK_EQ(pwrite(fd, p, PAGE, PAGE), PAGE);      /* a file from itself */
        CHECK_EQ(pwrite(fd, p, PAGE, 2 * PAGE), PAGE);
}

/* Verifies that /proc/self/maps tells range, protection, offset and name of a mapped file. */
TEST(mem_file_in_maps)
{
        char path[64], line[256], want[64], *p;
        int fd;

        snprintf(path, sizeof path, "/tmp/maps.%d", getpid());
        make_file(path, 0600, "text");
        fd = CHECK_OK(open(path, O_RDWR));
        CHECK_OK(ftruncate(fd, 4 * PAGE));
        p = CHECK_PTR(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, PAGE));
        CHECK(maps_line(p, line, sizeof line));
        snprintf(want, sizeof want, "%08lx-%08lx r--s 00001000 ", (long)p, (long)p + 2 * (long)PAGE);
        CHECK(!strncmp(line, want, strlen(want)));
        CHECK(strlen(line) > strlen(path) && !strcmp(line + strlen(line) - strlen(path), path));
        CHECK_OK(unlink(path));
}
