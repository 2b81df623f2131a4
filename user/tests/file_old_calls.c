/* Calls of old for files: stat with 16-bit ids, getdents without the type beside the size, access mode 3. */
#include "temp.h"
#include "test.h"

#include <dirent.h>

enum { NR_STAT = 106, NR_LSTAT = 107, NR_FSTAT = 108, NR_GETDENTS = 141 };

struct old_stat {
        uint32_t dev, ino;
        uint16_t mode, nlink, uid, gid;
        uint32_t rdev, size, blksize, blocks, atime, atime_ns, mtime, mtime_ns, ctime, ctime_ns, unused[2];
};

static void check_same(const struct old_stat *old, const struct stat *new)
{
        CHECK_EQ(old->ino, new->st_ino);
        CHECK_EQ(old->mode, new->st_mode);
        CHECK_EQ(old->nlink, new->st_nlink);
        CHECK_EQ(old->uid, new->st_uid);
        CHECK_EQ(old->size, new->st_size);
        CHECK_EQ(old->blocks, new->st_blocks);
        CHECK_EQ(old->mtime, new->st_mtime);
        CHECK_EQ(old->unused[0], 0);
}

/* Verifies that stat, lstat and fstat of old say what their successors say. */
TEST(file_old_stat)
{
        const char *path = "/tmp/old_stat", *link = "/tmp/old_stat.link";
        struct old_stat old;
        struct stat new;
        int fd = CHECK_OK(open(path, O_CREAT | O_RDWR | O_TRUNC, 0640));

        CHECK_EQ(write(fd, "12345", 5), 5);
        CHECK_OK(symlink(path, link));
        CHECK_OK(fstat(fd, &new));
        memset(&old, 0xee, sizeof old);
        CHECK_EQ(raw(NR_FSTAT, fd, (long)&old, 0, 0, 0, 0), 0);
        check_same(&old, &new);
        CHECK_EQ(raw(NR_STAT, (long)link, (long)&old, 0, 0, 0, 0), 0);
        check_same(&old, &new);
        CHECK_EQ(raw(NR_LSTAT, (long)link, (long)&old, 0, 0, 0, 0), 0);
        CHECK(S_ISLNK(old.mode) && old.size == strlen(path));
        CHECK_EQ(raw(NR_STAT, (long)"/tmp/none", (long)&old, 0, 0, 0, 0), -ENOENT);
        CHECK_EQ(raw(NR_FSTAT, fd, 16, 0, 0, 0, 0), -EFAULT);
        CHECK_OK(unlink(link));
        CHECK_OK(unlink(path));
        close(fd);
}

/* Verifies that getdents of old lists each name once, with its type in the record's last byte. */
TEST(file_old_getdents)
{
        const char *folder = "/tmp/old_getdents";
        char buf[256], path[64];
        unsigned seen = 0, others = 0;
        long got;

        CHECK_OK(mkdir(folder, 0700));
        for (int i = 0; i < 20; i++) {
                snprintf(path, sizeof path, "%s/file%d", folder, i);
                CHECK_OK(close(CHECK_OK(open(path, O_CREAT | O_WRONLY, 0600))));
        }
        int fd = CHECK_OK(open(folder, O_RDONLY | O_DIRECTORY));

        while ((got = raw(NR_GETDENTS, fd, (long)buf, sizeof buf, 0, 0, 0)) > 0)
                for (long at = 0; at < got;) {
                        uint16_t size = *(uint16_t *)(buf + at + 8);
                        const char *name = buf + at + 10;

                        if (sscanf(name, "file%d", &(int){ 0 }) == 1) {
                                CHECK(!(seen & 1u << atoi(name + 4)));
                                seen |= 1u << atoi(name + 4);
                                CHECK_EQ(buf[at + size - 1], DT_REG);
                        } else {
                                others++;
                        }
                        at += size;
                }
        CHECK_EQ(got, 0);
        CHECK_EQ(seen, (1u << 20) - 1);
        CHECK_EQ(others, 2);
        CHECK_EQ(raw(NR_GETDENTS, fd, (long)buf, 4, 0, 0, 0), 0);
        close(fd);
        for (int i = 0; i < 20; i++) {
                snprintf(path, sizeof path, "%s/file%d", folder, i);
                CHECK_OK(unlink(path));
        }
        CHECK_OK(rmdir(folder));
}

/* Verifies that access mode 3 opens a file for neither reading nor writing, and not for mapping. */
TEST(file_access_mode_three)
{
        const char *path = "/tmp/mode_three";
        char byte = 1;
        int fd = CHECK_OK(open(path, O_CREAT | 3, 0600));

        CHECK_ERR(EBADF, read(fd, &byte, 1));
        CHECK_ERR(EBADF, write(fd, &byte, 1));
        CHECK_ERR(EINVAL, ftruncate(fd, 10));
        CHECK_ERR(EACCES, mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0));
        close(fd);
        CHECK_OK(unlink(path));
}

/* Verifies that ids of 16 bits name the owner of a file, and that 65535 leaves it as it is. */
TEST_FLAGS(file_old_chown, NEEDS_ROOT)
{
        const char *path = "/tmp/old_chown";
        int fd = CHECK_OK(open(path, O_CREAT | O_RDWR, 0600));
        struct stat st;

        CHECK_OK(syscall(SYS_chown, path, 10, 20));
        CHECK_OK(syscall(SYS_lchown, path, 0xffff, 30));
        CHECK_OK(syscall(SYS_fchown, fd, 40, 0xffff));
        CHECK_OK(fstat(fd, &st));
        CHECK_EQ(st.st_uid, 40);
        CHECK_EQ(st.st_gid, 30);
        CHECK_OK(syscall(SYS_lchown32, path, 65535, 100000));   /* the first call of today's, whose ids have 32 */
        CHECK_OK(fstat(fd, &st));
        CHECK_EQ(st.st_uid, 65535);
        CHECK_EQ(st.st_gid, 100000);
        close(fd);
        CHECK_OK(unlink(path));
}

/* Verifies that a file that was not opened for large sizes cannot be given one. */
TEST_FLAGS(file_not_large, NOT_64)
{
        const char *path = "/tmp/not_large";
        int fd = CHECK_OK(syscall(SYS_open, path, O_CREAT | O_RDWR, 0600));

        CHECK_ERR(EINVAL, syscall(SYS_ftruncate64, fd, 0x80000000u, 0));
        CHECK_OK(syscall(SYS_ftruncate64, fd, 0x7fffffff, 0));
        close(fd);
        CHECK_OK(unlink(path));
}
