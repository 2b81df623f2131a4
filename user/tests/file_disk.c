/* A disk as a file: what DISK=/dev/… names in the environment is overwritten; without it there is nothing to test. */
#include "test.h"

#include <sys/ioctl.h>
#include <sys/mount.h>

#define AREA (160 * PAGE)

static int disk_open(uint64_t *size)
{
        const char *path = getenv("DISK");
        int fd;

        if (!path)
                SKIP("DISK names none");
        fd = CHECK_OK(open(path, O_RDWR));
        CHECK_OK(ioctl(fd, BLKGETSIZE64, size));
        return fd;
}

/* Verifies that a disk tells its size in every way there is, and is sought in no further than its end. */
TEST(disk_size)
{
        unsigned long sectors = 0;
        int sector = 0;
        uint64_t size;
        struct stat st;
        int fd = disk_open(&size);

        CHECK_OK(fstat(fd, &st));
        CHECK(S_ISBLK(st.st_mode) && st.st_rdev);
        CHECK_EQ(st.st_size, 0);
        CHECK_OK(ioctl(fd, BLKGETSIZE, &sectors));
        CHECK_OK(ioctl(fd, BLKSSZGET, &sector));
        CHECK_EQ(sector, 512);
        CHECK_EQ((uint64_t)sectors * 512, size);
        CHECK_ERR(EFAULT, ioctl(fd, BLKGETSIZE64, (void *)16));
        CHECK_ERR(ENOTTY, ioctl(fd, 0x5401, &st));
        CHECK_EQ(lseek64(fd, 0, SEEK_END), size);
        CHECK_EQ(lseek64(fd, -512, SEEK_CUR), size - 512);
        CHECK_ERR(EINVAL, lseek64(fd, size + 1, SEEK_SET));
        CHECK_ERR(EINVAL, lseek64(fd, -1, SEEK_SET));
        close(fd);
}

/* Verifies that any piece of a disk can be written, whole blocks and parts of them, and that nothing beside it changes. */
TEST(disk_pieces)
{
        static const unsigned pieces[][2] = {
                { 0, 512 }, { 0, PAGE }, { 1, 1 }, { 511, 2 }, { 1024, 3072 }, { PAGE - 1, 2 }, { 7 * PAGE, 32 * PAGE },
                { 8 * PAGE, 33 * PAGE }, { 100, 64 * PAGE }, { 3 * PAGE + 5, 100 * PAGE + 77 }, { 0, AREA },
        };
        uint64_t size;
        int fd = disk_open(&size);
        char *want = malloc(AREA), *got = malloc(AREA);

        fill_pattern(want, AREA);
        CHECK_EQ(pwrite(fd, want, AREA, 0), AREA);
        for (unsigned i = 0; i < ARRAY_SIZE(pieces); i++) {
                unsigned at = pieces[i][0], n = pieces[i][1];

                fill_pattern_seed(want + at, n, i + 1);
                CHECK_EQ(pwrite(fd, want + at, n, at), n);
                CHECK_EQ(pread(fd, got, AREA, 0), AREA);
                CHECK(memcmp(want, got, AREA) == 0);
                memset(got, 0, n);
                CHECK_EQ(pread(fd, got, n, at), n);
                CHECK(memcmp(want + at, got, n) == 0);
        }
        close(fd);
}

/* Verifies that a transfer stops at the end of the disk, where reading gives nothing and writing is ENOSPC. */
TEST(disk_end)
{
        static char bytes[2 * PAGE];
        uint64_t size;
        int fd = disk_open(&size);

        CHECK_EQ(pread64(fd, bytes, sizeof bytes, size), 0);
        CHECK_ERR(ENOSPC, pwrite64(fd, bytes, 1, size));
        CHECK_EQ(pwrite64(fd, bytes, 0, size), 0);
        CHECK_EQ(pread64(fd, bytes, sizeof bytes, size + 12345), 0);
        CHECK_ERR(ENOSPC, pwrite64(fd, bytes, 1, size + PAGE));
        CHECK_EQ(pwrite64(fd, bytes, sizeof bytes, size - PAGE), PAGE);
        CHECK_EQ(pread64(fd, bytes, sizeof bytes, size - 100), 100);
        CHECK_EQ(lseek64(fd, -10, SEEK_END), size - 10);
        CHECK_EQ(write(fd, bytes, 20), 10);
        CHECK_ERR(ENOSPC, write(fd, bytes, 20));
        CHECK_EQ(lseek64(fd, 0, SEEK_CUR), size);
        close(fd);
}

/* Verifies that wrong addresses are EFAULT, a part that can be moved being moved, and wrong modes EBADF. */
TEST(disk_faults)
{
        uint64_t size;
        int fd = disk_open(&size), reader;
        char *page = CHECK_PTR(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

        CHECK_OK(munmap(page + PAGE, PAGE));
        CHECK_ERR(EFAULT, pread(fd, page + PAGE, PAGE, 0));
        CHECK_ERR(EFAULT, pwrite(fd, page + PAGE, PAGE, 0));
        CHECK_ERR(EFAULT, pwrite(fd, page + PAGE, 100, 0));
        reader = CHECK_OK(open(getenv("DISK"), O_RDONLY));
        CHECK_ERR(EBADF, pwrite(reader, page, PAGE, 0));
        CHECK_EQ(pread(reader, page, PAGE, 0), PAGE);
        close(reader);
        close(fd);
}

/* Verifies that several processes at once each find what they wrote. */
TEST(disk_shared_by_processes)
{
        enum { PROCESSES = 4, ROUNDS = 8, PART = 40 * PAGE };
        uint64_t size;
        int fd = disk_open(&size);
        pid_t pids[PROCESSES];

        for (unsigned i = 0; i < PROCESSES; i++)
                SPAWN(pids[i]) {
                        static char bytes[PART];

                        for (unsigned round = 0; round < ROUNDS; round++) {
                                fill_pattern_seed(bytes, PART, i * ROUNDS + round);
                                CHECK_EQ(pwrite(fd, bytes, PART, i * PART), PART);
                                memset(bytes, 0, PART);
                                CHECK_EQ(pread(fd, bytes, PART, i * PART), PART);
                                test_check_pattern(bytes, PART, i * ROUNDS + round, __FILE__, __LINE__);
                        }
                }
        for (unsigned i = 0; i < PROCESSES; i++)
                JOIN(pids[i]);
        close(fd);
}
