/* What a process can see of itself and the system: small files, /proc/meminfo, pagemap, maps and fault counts. */
#include "test.h"

ssize_t file_read(const char *path, char *buf, size_t size)
{
        int fd = open(path, O_RDONLY);
        size_t have = 0;
        ssize_t n;

        if (fd < 0)
                return -1;
        while (have < size - 1 && (n = read(fd, buf + have, size - 1 - have)) > 0)
                have += n;
        buf[have] = '\0';
        close(fd);
        return have;
}

int file_write(const char *path, const char *content)
{
        int fd = open(path, O_WRONLY);
        ssize_t size = strlen(content);

        if (fd < 0)
                return -1;
        ssize_t n = write(fd, content, size);
        int error = errno;

        close(fd);
        errno = error;
        return n == size ? 0 : -1;
}

long meminfo(const char *field)
{
        static char buf[8192];
        size_t length = strlen(field);

        if (file_read("/proc/meminfo", buf, sizeof buf) < 0)
                return -1;
        for (char *line = buf; line; line = strchr(line, '\n')) {
                line += *line == '\n';
                if (!strncmp(line, field, length) && line[length] == ':')
                        return strtol(line + length + 1, NULL, 10);
        }
        return -1;
}

/* A kernel keeps a part of the RAM for itself before it counts MemTotal: an eighth is allowed for. */
long memory_unused(void)
{
        long slots = meminfo("SwapTotal"), used = slots - meminfo("SwapFree") - meminfo("SwapCached");

        return meminfo("MemFree") + (slots > 0 ? meminfo("PageTables") - used : 0);
}

void need_memory(unsigned mib)
{
        long total = meminfo("MemTotal") / 1024;

        if (total < (long)(mib - mib / 8))
                SKIP("needs a machine with %u MiB of RAM, this one has %ld MiB", mib, total);
}

uint64_t pagemap(const void *p)
{
        int fd = CHECK_OK(open("/proc/self/pagemap", O_RDONLY));
        uint64_t entry;

        CHECK_EQ(pread64(fd, &entry, sizeof entry, (uint64_t)((uintptr_t)p / PAGE) * sizeof entry), sizeof entry);
        close(fd);
        return entry;
}

bool page_present(const void *p)
{
        return pagemap(p) >> 63;
}

uint64_t page_frame(const void *p)
{
        return pagemap(p) & ((1ull << 55) - 1);
}

long minor_faults(void)
{
        struct rusage usage;

        CHECK_OK(getrusage(RUSAGE_SELF, &usage));
        return usage.ru_minflt;
}

bool maps_line(const void *p, char *line, size_t size)
{
        FILE *maps = fopen("/proc/self/maps", "r");
        unsigned long start, end;
        bool found = false;

        CHECK(maps != NULL);
        while (!found && fgets(line, size, maps))
                found = sscanf(line, "%lx-%lx", &start, &end) == 2 && (uintptr_t)p >= start && (uintptr_t)p < end;
        fclose(maps);
        if (found)
                line[strcspn(line, "\n")] = '\0';
        return found;
}
