/* The files of /proc, in Linux's formats. */
#include "temp.h"

#include <dirent.h>

static char text[65536];

static const char *read_proc(const char *path)
{
        CHECK_OK(file_read(path, text, sizeof text));
        return text;
}

/* The file that this program was executed from. */
static const char *own_file(void)
{
        static char path[256];

        path[CHECK_OK(readlink("/proc/self/exe", path, sizeof path - 1))] = 0;
        return path;
}

/* Verifies that meminfo has the usual lines, in kB, aligned, and that they make sense. */
TEST(file_proc_meminfo)
{
        static const char *const names[] = { "MemTotal", "MemFree", "MemAvailable", "Shmem", "PageTables", "SwapTotal",
                                             "SwapFree", "CommitLimit", "Committed_AS" };

        read_proc("/proc/meminfo");
        CHECK(!strncmp(text, "MemTotal:  ", 11));
        CHECK(!memcmp(strchr(text, '\n') - 3, " kB", 3));
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (meminfo(names[i]) < 0)
                        FAIL("no line %s", names[i]);
        CHECK(meminfo("MemFree") > 0 && meminfo("MemFree") < meminfo("MemTotal"));
}

/* Verifies that MemFree falls by what is touched. (The host's own Linux has others to serve; some MiB that earlier tests
 * have freed may be in Linux's lists for the processor, which MemFree leaves out.) */
TEST_FLAGS(file_proc_meminfo_follows, NOT_64)
{
        long before = meminfo("MemFree"), after;
        char *p;

        need_memory(64);
        p = CHECK_PTR(mmap(NULL, 40 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        memset(p, 1, 40 * MIB);
        after = meminfo("MemFree");
        CHECK(after <= before - 30 * 1024);
}

/* Verifies that stat has its 52 fields, those that are known being right. */
TEST(file_proc_stat)
{
        char state, *p;
        int pid, ppid, pgrp, fields = 3;
        unsigned long minflt, vsize;
        long rss;

        for (volatile int i = 0; i < 1000; i++)
                ;
        read_proc("/proc/self/stat");
        p = strrchr(text, ')');
        CHECK_EQ(sscanf(text, "%d (", &pid), 1);
        CHECK_EQ(pid, getpid());
        CHECK_EQ(sscanf(p, ") %c %d %d %*d %*d %*d %*u %lu %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %*u %lu %ld", &state,
                        &ppid, &pgrp, &minflt, &vsize, &rss), 6);
        CHECK_EQ(state, 'R');
        CHECK_EQ(ppid, getppid());
        CHECK_EQ(pgrp, getpgrp());
        CHECK(minflt > 0 && (long)minflt <= minor_faults());
        CHECK(vsize > 100 * PAGE && vsize < 0xc0000000 && vsize % PAGE == 0);
        CHECK(rss > 2 && rss < 100000);
        for (p += 2; (p = strchr(p + 1, ' '));)
                fields++;
        CHECK(fields >= 52 - 3);
        CHECK_EQ(text[strlen(text) - 1], '\n');
}

/* Verifies that status has the lines that programs look for. */
TEST(file_proc_status)
{
        char want[64];

        read_proc("/proc/self/status");
        snprintf(want, sizeof want, "Name:\t%.15s\n", strrchr(own_file(), '/') + 1);
        CHECK(!strncmp(text, want, strlen(want)));
        snprintf(want, sizeof want, "\nPid:\t%d\nPPid:\t%d\n", getpid(), getppid());
        CHECK(strstr(text, want) != NULL);
        snprintf(want, sizeof want, "\nUid:\t%d\t%d\t%d\t%d\n", getuid(), geteuid(), geteuid(), geteuid());
        CHECK(strstr(text, want) != NULL);
        CHECK(strstr(text, "\nState:\tR (running)\n") && strstr(text, "\nVmRSS:\t") && strstr(text, "\nVmSize:\t"));
}

/* Verifies that maps lists areas in order of address, each in Linux's form, with the heap, the stack and the program. */
TEST(file_proc_maps)
{
        unsigned long start, end, last = 0, offset, inode;
        char prot[8], dev[8];
        int lines = 0;

        CHECK_PTR(sbrk(PAGE));
        read_proc("/proc/self/maps");
        for (char *line = text; *line; line = strchr(line, '\n') + 1) {
                CHECK_EQ(sscanf(line, "%lx-%lx %4s %lx %5s %lu", &start, &end, prot, &offset, dev, &inode), 6);
                CHECK(start >= last && end > start && start % PAGE == 0 && end % PAGE == 0);
                CHECK_EQ(line[8], '-');
                CHECK_EQ(line[17], ' ');
                CHECK(strspn(prot, "rwxps-") == 4);
                last = end;
                lines++;
        }
        CHECK(lines >= 4);
        CHECK(strstr(text, "[heap]\n") && strstr(text, "[stack]\n"));
}

/* Verifies that maps shows a protection change as two more lines, and a name for what has one. */
TEST(file_proc_maps_split)
{
        char line[256], *p = CHECK_PTR(mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
        char want[64];

        CHECK_OK(mprotect(p + PAGE, PAGE, PROT_READ | PROT_WRITE));
        CHECK(maps_line(p + PAGE, line, sizeof line));
        snprintf(want, sizeof want, "%08lx-%08lx rw-s 00001000", (long)p + (long)PAGE, (long)p + 2 * (long)PAGE);
        CHECK(!strncmp(line, want, strlen(want)));
        CHECK(maps_line(p, line, sizeof line));
        CHECK(strstr(line, " r--s 00000000") && strstr(line, "/dev/zero (deleted)"));
}

/* Verifies that /proc lists processes by number while they live. */
TEST(file_proc_lists_processes)
{
        struct dirent *entry;
        bool self = false, child = false;
        struct gate gate = gate_create();
        char path[32];
        pid_t pid;

        SPAWN(pid) { gate_wait(&gate); }
        DIR *d = opendir("/proc");

        CHECK(d != NULL);
        while ((entry = readdir(d))) {
                self |= atoi(entry->d_name) == getpid();
                child |= atoi(entry->d_name) == pid;
        }
        closedir(d);
        CHECK(self && child);
        gate_open(&gate);
        JOIN(pid);
        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        CHECK_ERR(ENOENT, open(path, O_RDONLY));
}

/* Verifies that /proc/self is a link to the one who asks, and exe to its program. */
TEST(file_proc_self)
{
        char link[64], want[16];
        ssize_t n = CHECK_OK(readlink("/proc/self", link, sizeof link - 1));
        struct stat one, two;

        link[n] = 0;
        snprintf(want, sizeof want, "%d", getpid());
        CHECK(!strcmp(link, want));
        CHECK_OK(stat("/proc/self/exe", &one));
        CHECK_OK(stat(own_file(), &two));
        CHECK_EQ(one.st_ino, two.st_ino);
}

/* Verifies that an open file of /proc about a process that has ended reads as nothing or ESRCH, no more. */
TEST(file_proc_of_ended)
{
        static const char *const names[] = { "stat", "maps", "status", "pagemap" };
        struct gate gate = gate_create();
        int fds[ARRAY_SIZE(names)];
        char path[32], buf[64];
        pid_t pid;

        SPAWN(pid) { gate_wait(&gate); }
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                snprintf(path, sizeof path, "/proc/%d/%s", pid, names[i]);
                fds[i] = CHECK_OK(open(path, O_RDONLY));
        }
        gate_open(&gate);
        JOIN(pid);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                CHECK(read(fds[i], buf, sizeof buf) <= 0);
}

/* Verifies that a file of /proc read in small pieces is the same as in one. */
TEST(file_proc_in_pieces)
{
        char whole[4096], pieces[4096];
        int fd = CHECK_OK(open("/proc/self/maps", O_RDONLY));
        ssize_t n, have = 0;

        CHECK_OK(file_read("/proc/self/maps", whole, 2000));
        while (have < 1000 && (n = CHECK_OK(read(fd, pieces + have, 7))) > 0)
                have += n;
        CHECK(have >= 300);
        have -= have % 100;
        CHECK(!memcmp(whole, pieces, 300));
}

/* Verifies that what is not meant to be changed in /proc cannot be. */
TEST(file_proc_read_only)
{
        CHECK_EQ(file_write("/proc/self/stat", "x"), -1);
        CHECK(unlink("/proc/meminfo") == -1 && (errno == EPERM || errno == EACCES));
        CHECK(mkdir("/proc/new", 0700) == -1);
        CHECK_ERR(ENOENT, open("/proc/none", O_RDONLY));
        CHECK_ERR(ENOENT, open("/proc/0", O_RDONLY));
}

/* Verifies that pagemap and kpagecount are read by whole words only, and end where memory ends. */
TEST_FLAGS(file_proc_words, NEEDS_ROOT)
{
        int pagemap_fd = CHECK_OK(open("/proc/self/pagemap", O_RDONLY)), count = CHECK_OK(open("/proc/kpagecount", O_RDONLY));
        uint64_t words[4];

        CHECK_EQ(pread(pagemap_fd, words, sizeof words, 0), sizeof words);
        CHECK_EQ(words[0] >> 63, 0);
        CHECK_ERR(EINVAL, pread(pagemap_fd, words, 8, 4));
        CHECK_ERR(EINVAL, pread(pagemap_fd, words, 7, 0));
        CHECK_EQ(pread64(pagemap_fd, words, 8, 8ll << 20), 0);
        CHECK_EQ(pread(count, words, sizeof words, 8 * 256), sizeof words);
        CHECK_ERR(EINVAL, pread(count, words, 8, 1));
        CHECK_ERR(EINVAL, pread(count, words, 12, 0));
}

/* Verifies that frame numbers are shown to root only. */
TEST_FLAGS(file_proc_pagemap_of_others, NEEDS_ROOT)
{
        static volatile char touched;

        touched = 1;
        CHECK(page_frame((void *)&touched) != 0);
        IN_CHILD {
                become(1000, 1000);
                CHECK_ERR(EACCES, open("/proc/kpagecount", O_RDONLY));
                CHECK_ERR(EACCES, open("/proc/1/pagemap", O_RDONLY));
        }
}

/* Verifies that root may ask for huge pages, and gets none where there are none. */
TEST_FLAGS(file_proc_no_huge_pages, NEEDS_ROOT)
{
        const char *path = "/proc/sys/vm/nr_hugepages";

        CHECK_OK(file_write(path, "0\n"));
        CHECK(!strcmp(read_proc(path), "0\n"));
}
