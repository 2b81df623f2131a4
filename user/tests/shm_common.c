/* Helpers of the shared memory tests; see shm.h for each contract. */
#include "shm.h"

#include <time.h>

int segment(size_t size, int mode)
{
        return CHECK_OK(shmget(IPC_PRIVATE, size, IPC_CREAT | mode));
}

char *attach(int id)
{
        return CHECK_PTR(shmat(id, NULL, 0));
}

char *attach_at(int id, const void *addr, int flags)
{
        char *p = CHECK_PTR(shmat(id, addr, flags));

        if (!(flags & SHM_RND))
                CHECK(p == addr);
        return p;
}

void detach(const void *p)
{
        CHECK_OK(shmdt(p));
}

struct shmid_ds stat_of(int id)
{
        struct shmid_ds ds;

        CHECK_OK(shmctl(id, IPC_STAT, &ds));
        return ds;
}

unsigned attaches(int id)
{
        return stat_of(id).shm_nattch;
}

void destroy(int id)
{
        CHECK_OK(shmctl(id, IPC_RMID, NULL));
}

struct shm_info totals(void)
{
        struct shm_info info;

        CHECK_OK(shmctl(0, SHM_INFO, (struct shmid_ds *)&info));
        return info;
}

key_t fresh_key(void)
{
        static int next;

        return 0x5e000000 + (getpid() & 0xffff) * 64 + ++next;
}

char *free_range(size_t size)
{
        char *p = CHECK_PTR(mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));

        CHECK_OK(munmap(p, size));
        return p;
}

void next_second(void)
{
        const struct timespec moment = { .tv_nsec = 20000000 };
        time_t start = time(NULL);

        while (time(NULL) == start)
                nanosleep(&moment, NULL);
}

static const char *setting_path(const char *name)
{
        static char path[64];

        snprintf(path, sizeof path, "/proc/sys/kernel/%s", name);
        return path;
}

long long setting(const char *name)
{
        char text[64];

        CHECK_OK(file_read(setting_path(name), text, sizeof text));
        return *text == '-' ? strtoll(text, NULL, 10) : (long long)strtoull(text, NULL, 10);
}

int setting_write(const char *name, long long value)
{
        char text[32];

        /* The limits of a 64-bit kernel are unsigned and near 2^64; nothing else is below -1. */
        snprintf(text, sizeof text, value < -1 ? "%llu\n" : "%lld\n", value);
        return file_write(setting_path(name), text);
}

void setting_put(const char *name, long long value)
{
        CHECK_OK(setting_write(name, value));
}

void setting_need(const char *name)
{
        if (access(setting_path(name), F_OK))
                SKIP("%s is not there", setting_path(name));
}
