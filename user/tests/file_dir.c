/* Names: folders, links, renaming, and paths that lead nowhere. */
#include "temp.h"

#include <dirent.h>
#include <limits.h>

/* The names in a folder, sorted, each followed by a blank. */
static const char *names_in(const char *path)
{
        static char all[4096];
        struct dirent **entries;
        int n = (int)CHECK_OK(scandir(path, &entries, NULL, alphasort));

        all[0] = 0;
        for (int i = 0; i < n; i++) {
                strcat(all, entries[i]->d_name);
                strcat(all, " ");
        }
        return all;
}

/* Verifies that mkdir and rmdir make and remove empty folders, with two links each. */
TEST(file_mkdir_rmdir)
{
        char dir[64];
        struct stat st;

        enter_dir(dir);
        CHECK_OK(mkdir("a", 0755));
        CHECK_OK(mkdir("a/b", 0700));
        CHECK_ERR(EEXIST, mkdir("a", 0755));
        CHECK_ERR(EEXIST, mkdir("/", 0755));
        CHECK_ERR(ENOENT, mkdir("x/y", 0755));
        CHECK_OK(stat("a", &st));
        CHECK(S_ISDIR(st.st_mode));
        CHECK_ERR(ENOTEMPTY, rmdir("a"));
        CHECK_ERR(EISDIR, unlink("a/b"));
        CHECK_ERR(EINVAL, rmdir("a/b/."));
        CHECK_ERR(ENOTEMPTY, rmdir("a/b/.."));
        CHECK_OK(rmdir("a/b/"));
        CHECK_OK(rmdir("a"));
        CHECK_ERR(ENOENT, rmdir("a"));
        make_file("f", 0600, "");
        CHECK_ERR(ENOTDIR, rmdir("f"));
        CHECK_ERR(ENOTDIR, mkdir("f/g", 0700));
        CHECK_OK(unlink("f"));
        CHECK_ERR(ENOENT, unlink("f"));
        leave_dir(dir);
}

/* Verifies that a folder lists what is in it, with dots, types and inode numbers. */
TEST(file_getdents)
{
        char dir[64];
        struct dirent *entry;
        struct stat st;
        int seen = 0;

        enter_dir(dir);
        make_file("file", 0600, "");
        CHECK_OK(mkdir("folder", 0700));
        CHECK_OK(symlink("file", "link"));
        CHECK(!strcmp(names_in("."), ". .. file folder link "));
        DIR *d = opendir(".");

        while ((entry = readdir(d))) {
                CHECK_OK(lstat(entry->d_name, &st));
                if (strcmp(entry->d_name, ".."))
                        CHECK_EQ(entry->d_ino, st.st_ino);
                CHECK_EQ(entry->d_type, IFTODT(st.st_mode));
                seen++;
        }
        CHECK_EQ(seen, 5);
        rewinddir(d);
        CHECK(readdir(d) != NULL);
        closedir(d);
        CHECK_OK(unlink("file") | unlink("link") | rmdir("folder"));
        CHECK(!strcmp(names_in("."), ". .. "));
        leave_dir(dir);
}

/* Verifies that two hundred names are each listed once, even with a small buffer. */
TEST(file_getdents_many)
{
        char dir[64], name[32], buf[200];
        int fd, total = 0;
        long n;

        enter_dir(dir);
        for (int i = 0; i < 200; i++) {
                snprintf(name, sizeof name, "name%d", i);
                make_file(name, 0600, "");
        }
        fd = CHECK_OK(open(".", O_RDONLY | O_DIRECTORY));
        while ((n = CHECK_OK(syscall(SYS_getdents64, fd, buf, sizeof buf))) > 0)
                for (long at = 0; at < n; at += *(uint16_t *)(buf + at + 16))
                        total++;
        CHECK_EQ(total, 202);
        CHECK_ERR(EINVAL, syscall(SYS_getdents64, CHECK_OK(open(".", O_RDONLY)), buf, 4));
        CHECK_ERR(ENOTDIR, syscall(SYS_getdents64, CHECK_OK(open("/dev/null", O_RDONLY)), buf, sizeof buf));
        for (int i = 0; i < 200; i++) {
                snprintf(name, sizeof name, "name%d", i);
                CHECK_OK(unlink(name));
        }
        leave_dir(dir);
}

/* Verifies that rename moves, and replaces a file by a file and an empty folder by a folder. */
TEST(file_rename)
{
        char dir[64], buf[8];

        enter_dir(dir);
        make_file("a", 0600, "A");
        make_file("b", 0600, "B");
        CHECK_OK(rename("a", "b"));
        CHECK(!strcmp(names_in("."), ". .. b "));
        CHECK_EQ(file_read("b", buf, sizeof buf), 1);
        CHECK_EQ(buf[0], 'A');
        CHECK_OK(rename("b", "b"));
        CHECK_OK(mkdir("d", 0700));
        CHECK_OK(mkdir("e", 0700));
        CHECK_OK(rename("b", "d/b"));
        CHECK_OK(rename("d", "e"));
        CHECK(!strcmp(names_in("e"), ". .. b "));
        CHECK_OK(unlink("e/b"));
        CHECK_OK(rmdir("e"));
        leave_dir(dir);
}

/* Verifies each error of rename, and that nothing has moved. */
TEST(file_rename_errors)
{
        char dir[64];

        enter_dir(dir);
        make_file("f", 0600, "");
        CHECK_OK(mkdir("d", 0700));
        CHECK_OK(mkdir("d/sub", 0700));
        CHECK_OK(mkdir("e", 0700));
        CHECK_ERR(ENOENT, rename("none", "x"));
        CHECK_ERR(ENOENT, rename("f", "none/x"));
        CHECK_ERR(ENOTDIR, rename("f", "f/x"));
        CHECK_ERR(ENOTDIR, rename("f", "f/"));
        CHECK_ERR(EISDIR, rename("f", "e"));
        CHECK_ERR(ENOTDIR, rename("e", "f"));
        CHECK_ERR(ENOTEMPTY, rename("e", "d"));
        CHECK_ERR(EINVAL, rename("d", "d/sub/x"));
        CHECK_ERR(EBUSY, rename("d/.", "x"));
        CHECK(!strcmp(names_in("."), ". .. d e f "));
        CHECK_OK(unlink("f") | rmdir("d/sub") | rmdir("d") | rmdir("e"));
        leave_dir(dir);
}

/* Verifies that a hard link is the same file under two names. */
TEST(file_hard_link)
{
        char dir[64];
        struct stat one, two;

        enter_dir(dir);
        make_file("a", 0600, "x");
        CHECK_OK(link("a", "b"));
        CHECK_OK(stat("a", &one));
        CHECK_OK(stat("b", &two));
        CHECK_EQ(one.st_ino, two.st_ino);
        CHECK_EQ(two.st_nlink, 2);
        CHECK_ERR(EEXIST, link("a", "b"));
        CHECK_ERR(ENOENT, link("none", "c"));
        CHECK_ERR(EPERM, link(dir, "c"));
        CHECK_OK(unlink("a"));
        CHECK_OK(stat("b", &two));
        CHECK_EQ(two.st_nlink, 1);
        CHECK_OK(unlink("b"));
        leave_dir(dir);
}

/* Verifies that symbolic links are followed, in the middle and at the end, and told from what they point to. */
TEST(file_symbolic_link)
{
        char dir[64], buf[64];
        struct stat st;

        enter_dir(dir);
        CHECK_OK(mkdir("d", 0700));
        make_file("d/f", 0600, "text");
        CHECK_OK(symlink("d", "to_d"));
        CHECK_OK(symlink("to_d/f", "to_f"));
        CHECK_OK(symlink("nowhere", "dangling"));
        CHECK_EQ(file_read("to_f", buf, sizeof buf), 4);
        CHECK_EQ(file_read("to_d/f", buf, sizeof buf), 4);
        CHECK_OK(lstat("to_f", &st));
        CHECK(S_ISLNK(st.st_mode));
        CHECK_EQ(st.st_size, 6);
        CHECK_OK(stat("to_d", &st));
        CHECK(S_ISDIR(st.st_mode));
        CHECK_EQ(readlink("to_f", buf, sizeof buf), 6);
        CHECK_EQ(readlink("to_f", buf, 3), 3);
        CHECK(!memcmp(buf, "to_d/f", 6));
        CHECK_ERR(EINVAL, readlink("d", buf, sizeof buf));
        CHECK_ERR(ENOENT, stat("dangling", &st));
        CHECK_OK(lstat("dangling", &st));
        CHECK_ERR(ELOOP, open("to_f", O_RDONLY | O_NOFOLLOW));
        CHECK_ERR(EEXIST, open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0600));
        CHECK_ERR(EEXIST, mkdir("dangling", 0700));
        CHECK_ERR(EEXIST, symlink("x", "to_f"));
        CHECK_OK(unlink("to_f") | unlink("to_d") | unlink("dangling") | unlink("d/f") | rmdir("d"));
        leave_dir(dir);
}

/* Verifies that links in a circle, and forty one after the other, are ELOOP. */
TEST(file_link_loops)
{
        char dir[64], name[16], target[16];
        struct stat st;

        enter_dir(dir);
        CHECK_OK(symlink("b", "a"));
        CHECK_OK(symlink("a", "b"));
        CHECK_ERR(ELOOP, stat("a", &st));
        CHECK_ERR(ELOOP, open("a/x", O_RDONLY));
        make_file("0", 0600, "");
        for (int i = 1; i <= 41; i++) {
                snprintf(name, sizeof name, "%d", i);
                snprintf(target, sizeof target, "%d", i - 1);
                CHECK_OK(symlink(target, name));
        }
        CHECK_OK(stat("40", &st));
        CHECK_ERR(ELOOP, stat("41", &st));
        CHECK_OK(unlink("a") | unlink("b"));
        for (int i = 0; i <= 41; i++) {
                snprintf(name, sizeof name, "%d", i);
                CHECK_OK(unlink(name));
        }
        leave_dir(dir);
}

/* Verifies the longest name and the longest path that there can be, and one more. */
TEST(file_long_names)
{
        char dir[64], name[NAME_MAX + 2], path[PATH_MAX + 10];
        struct stat st;

        enter_dir(dir);
        memset(name, 'n', NAME_MAX);
        name[NAME_MAX] = 0;
        make_file(name, 0600, "");
        CHECK_OK(stat(name, &st));
        CHECK_OK(unlink(name));
        strcat(name, "n");
        CHECK_ERR(ENAMETOOLONG, open(name, O_WRONLY | O_CREAT, 0600));
        CHECK_ERR(ENAMETOOLONG, mkdir(name, 0700));
        CHECK_ERR(ENAMETOOLONG, stat(name, &st));
        memset(path, '/', sizeof path);
        path[PATH_MAX - 1] = 0;
        CHECK_OK(stat(path, &st));
        path[PATH_MAX - 1] = '/';
        path[PATH_MAX] = 0;
        CHECK_ERR(ENAMETOOLONG, stat(path, &st));
        leave_dir(dir);
}

/* Verifies that dots, doubled and trailing slashes lead where they should. */
TEST(file_path_forms)
{
        char dir[64];
        struct stat st, other;

        enter_dir(dir);
        CHECK_OK(mkdir("d", 0700));
        make_file("f", 0600, "");
        CHECK_OK(stat("d/..//./d///", &st));
        CHECK_OK(stat("d", &other));
        CHECK_EQ(st.st_ino, other.st_ino);
        CHECK_ERR(ENOTDIR, stat("f/", &st));
        CHECK_ERR(ENOTDIR, stat("f/.", &st));
        CHECK_ERR(ENOENT, stat("none/../f", &st));
        CHECK_OK(stat("/../../..", &st));
        CHECK_OK(stat("/", &other));
        CHECK_EQ(st.st_ino, other.st_ino);
        CHECK_OK(unlink("f") | rmdir("d"));
        leave_dir(dir);
}

/* Verifies that the working folder can be changed, told and inherited. */
TEST(file_working_folder)
{
        char dir[64], buf[128], want[80];

        enter_dir(dir);
        CHECK_OK(mkdir("sub", 0700));
        CHECK_OK(chdir("sub"));
        snprintf(want, sizeof want, "%s/sub", dir);
        CHECK(getcwd(buf, sizeof buf) && !strcmp(buf, want));
        IN_CHILD {
                CHECK_OK(chdir(".."));
                CHECK(getcwd(buf, sizeof buf) && !strcmp(buf, dir));
        }
        CHECK(getcwd(buf, sizeof buf) && !strcmp(buf, want));
        CHECK_EQ(raw(SYS_getcwd, (long)buf, 3, 0, 0, 0, 0), -ERANGE);
        CHECK_ERR(ENOENT, chdir("none"));
        CHECK_ERR(ENOTDIR, chdir("/dev/null"));
        int fd = CHECK_OK(open(dir, O_RDONLY | O_DIRECTORY));

        CHECK_OK(fchdir(fd));
        CHECK_OK(rmdir("sub"));
        leave_dir(dir);
}

/* Verifies that the *at calls start from the folder they are given. */
TEST(file_relative_to_folder)
{
        char dir[64];
        struct stat st;
        int fd;

        enter_dir(dir);
        fd = CHECK_OK(open(dir, O_RDONLY | O_DIRECTORY));
        CHECK_OK(chdir("/"));
        CHECK_OK(mkdirat(fd, "d", 0700));
        CHECK_OK(openat(fd, "d/f", O_WRONLY | O_CREAT, 0600));
        CHECK_OK(fstatat(fd, "d/f", &st, 0));
        CHECK_OK(renameat(fd, "d/f", fd, "g"));
        CHECK_OK(faccessat(fd, "g", R_OK, 0));
        CHECK_ERR(EBADF, openat(999, "g", O_RDONLY));
        CHECK_OK(openat(999, "/dev/null", O_RDONLY));
        CHECK_ERR(ENOTDIR, openat(CHECK_OK(open("/dev/null", O_RDONLY)), "g", O_RDONLY));
        CHECK_OK(unlinkat(fd, "g", 0));
        CHECK_ERR(EISDIR, unlinkat(fd, "d", 0));
        CHECK_OK(unlinkat(fd, "d", AT_REMOVEDIR));
        CHECK_OK(fstatat(fd, "", &st, AT_EMPTY_PATH));
        leave_dir(dir);
}
