/*
 * A million random system calls. Workers of an unprivileged user make calls with random and half-plausible arguments
 * until one of them ends the worker or blocks it; the supervisor starts the next with the next seed. Nothing may come
 * of it but errors and dead workers. FUZZ_CALLS and FUZZ_SEED in the environment change the number and the first seed.
 */
#include "sem.h"

#include <ftw.h>
#include <sched.h>
#include <sys/prctl.h>
#include <time.h>

#define FOLDER "/tmp/fuzz.d"
#define ARENA_PAGES 16

enum { CALLS_PER_WORKER = 5000, WORKERS_PER_CLEANUP = 16, POLLS_PER_TICK = 20, HIGHEST_CALL = 460, REMEMBERED = 16 };

/* Shared with the workers, who may well spoil it: believed only within bounds. */
static volatile unsigned *progress;
static uint32_t state;
static char *arena;                     /* read-write pages, one read-only, then a hole */
static long remembered[REMEMBERED];     /* results of earlier calls: ids, addresses, descriptors */

static const char *const paths[] = {
        "", ".", "..", "a", "b", "a/b", "/", "/dev/null", "/dev/zero", "/proc/self/maps", "/proc/sysvipc/shm",
        "/proc/self/pagemap", "/proc/meminfo", FOLDER "/c", "/nonexistent/x", "/proc/self/fd", "/proc/1/maps",
};

/* Numbers that this test is about; they get half of all calls. */
static const short frequent[] = {
        3, 4, 5, 6, 7, 11, 19, 45, 54, 63, 75, 76, 85, 90, 91, 103, 108, 114, 117, 117, 117, 117, 125, 140, 141, 144,
        145, 146, 150, 151, 163, 163, 174, 175, 176, 180, 181, 186, 191, 192, 192, 192, 193, 195, 197, 219, 220, 221,
        295, 307, 340, 393, 394, 394, 420, 420, 395, 396, 396, 397, 397, 398, 398,
};

/* Calls that end or block the worker, or send signals: once in a long while only. */
static const short rare[] = {
        1, 2, 26, 29, 37, 72, 82, 120, 142, 162, 168, 173, 119, 177, 179, 190, 238, 240, 252, 256, 267, 268, 270, 308,
        309, 349, 407, 413, 414, 417, 421, 422, 435, 441, 449,
};

/* Calls never made: reboot, changes of folder (files would land elsewhere). */
static const short never[] = { 12, 61, 88, 133, 217, 442, 428, 429 };

static uint32_t next_random(void)
{
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        return state;
}

static uint32_t below(uint32_t n)
{
        return (next_random() >> 3) % n;
}

static bool contains(const short *list, unsigned n, int nr)
{
        for (unsigned i = 0; i < n; i++)
                if (list[i] == nr)
                        return true;
        return false;
}

/* ---- Arguments --------------------------------------------------------------------------------------------------- */

static long interesting(void)
{
        static const uint32_t values[] = {
                0, 1, 2, PAGE - 1, PAGE, PAGE + 1, 0x10000, 0x3ff000, 0x400000, 0x7fffffff, 0x80000000, 0xbffff000,
                0xbfffffff, 0xc0000000, 0xc0001000, 0xe0000000, 0xffc00000, 0xfffff000, 0xfffffffe, 0xffffffff,
        };

        return values[below(ARRAY_SIZE(values))];
}

static long some_pointer(void)
{
        switch (below(8)) {
        case 0: return (long)arena + ARENA_PAGES * PAGE - below(200);           /* straddles into read-only */
        case 1: return (long)arena + (ARENA_PAGES + 1) * PAGE - below(200);     /* straddles into the hole */
        case 2: return (long)paths[below(ARRAY_SIZE(paths))];
        case 3: return (long)arena + below(ARENA_PAGES) * PAGE;
        case 4: return remembered[below(REMEMBERED)] & -(long)PAGE;
        case 5: return (long)&state + (long)below(3) * PAGE;
        default: return (long)arena + below(ARENA_PAGES * PAGE);
        }
}

static long argument(void)
{
        switch (below(10)) {
        case 0: return next_random();
        case 1: return interesting();
        case 2: return below(16);
        case 3: return remembered[below(REMEMBERED)];
        case 4: return remembered[below(REMEMBERED)] + (long)below(3) - 1;
        case 5: return 1l << below(32) | 1l << below(16);
        case 6: return below(20) * PAGE;
        default: return some_pointer();
        }
}

static int call_number(void)
{
        for (;;) {
                int nr = below(2) ? frequent[below(ARRAY_SIZE(frequent))] : (int)below(HIGHEST_CALL);

                if (contains(never, ARRAY_SIZE(never), nr))
                        continue;
                if (contains(rare, ARRAY_SIZE(rare), nr) && below(512))
                        continue;
                return nr;
        }
}

/* The first argument of ipc is worth a better guess. */
static long first_argument(int nr)
{
        if (nr == NR_IPC && below(8))
                return below(2) ? OP_SHMAT + below(4) : OP_SEMOP + below(4);
        if (nr == SYS_ioctl && below(2))
                return 0;
        return argument();
}

/* So is what ioctl is to do to the terminal, which is descriptor 0. */
static long second_argument(int nr)
{
        return nr == SYS_ioctl && below(8) ? 0x5401 + (long)below(0x2c) : argument();
}

/* ---- Workers ----------------------------------------------------------------------------------------------------- */

static void worker_prepare(uint32_t seed)
{
        const struct rlimit small = { 4 * MIB, 4 * MIB };

        state = seed * 2654435761u | 1;
        CHECK_OK(chdir(FOLDER));
        setrlimit(RLIMIT_FSIZE, &small);
        for (int fd = 0; fd < 16; fd++)
                close(fd);
        setsid();
        open("/dev/ttyS0", O_RDWR | O_NONBLOCK);
        become(ALICE, STAFF);
        open("/dev/null", O_RDWR);
        open("/dev/zero", O_RDWR);
        CHECK_OK(pipe2((int[2]){ 0 }, O_NONBLOCK));
        arena = CHECK_PTR(mmap(NULL, (ARENA_PAGES + 2) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                               0));
        for (unsigned i = 0; i < ARENA_PAGES * PAGE / 4; i++)
                ((uint32_t *)arena)[i] = below(3) ? below(64) : next_random();
        CHECK_OK(mprotect(arena + ARENA_PAGES * PAGE, PAGE, PROT_READ));
        CHECK_OK(munmap(arena + (ARENA_PAGES + 1) * PAGE, PAGE));
}

static void worker(uint32_t seed)
{
        worker_prepare(seed);
        long self = raw(SYS_getpid, 0, 0, 0, 0, 0, 0);

        for (unsigned i = 0; i < CALLS_PER_WORKER; i++) {
                int nr = call_number();
                long a = first_argument(nr), b = second_argument(nr), c = argument(), d = argument();

                *progress = i + 1;
                long result = raw(nr, a, b, c, d, argument(), argument());

                if (result >= 0 || result < -4095)
                        remembered[i % REMEMBERED] = result;
                if (raw(SYS_getpid, 0, 0, 0, 0, 0, 0) != self)
                        raw(SYS_exit_group, 0, 0, 0, 0, 0, 0);
        }
        raw(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}

/* Wait for the worker's end; one that makes no progress for a while is blocked and gets killed. */
static void supervise(pid_t pid)
{
        const struct timespec moment = { .tv_nsec = 5000000 };
        unsigned last = 0;
        int status;

        for (unsigned poll = 1;; poll++) {
                pid_t got = waitpid(pid, &status, WNOHANG);

                if (got < 0 || (got == pid && (WIFEXITED(status) || WIFSIGNALED(status))))
                        return;
                if (got == 0 && poll % POLLS_PER_TICK) {
                        nanosleep(&moment, NULL);
                        continue;
                }
                if (got == pid || *progress == last)
                        kill(pid, SIGKILL);
                last = *progress;
        }
}

/* ---- Cleaning up after them -------------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        (void)st, (void)type, (void)ftw;
        return remove(path);
}

static void remove_what_they_made(void)
{
        struct shm_info info;
        struct shmid_ds ds;
        struct seminfo sets;
        struct semid_ds set;
        pid_t pid;

        SPAWN(pid) {
                become(ALICE, STAFF);
                kill(-1, SIGKILL);
        }
        waitpid(pid, NULL, 0);
        int highest = CHECK_OK(shmctl(0, SHM_INFO, (struct shmid_ds *)&info));

        for (int i = 0; i <= highest; i++) {
                int id = shmctl(i, SHM_STAT, &ds);

                if (id >= 0 && ds.shm_perm.cuid == ALICE)
                        destroy(id);
        }
        highest = CHECK_OK(semctl(0, 0, SEM_INFO, &sets));
        for (int i = 0; i <= highest; i++) {
                int id = semctl(i, 0, SEM_STAT, &set);

                if (id >= 0 && set.sem_perm.cuid == ALICE)
                        sems_destroy(id);
        }
        nftw(FOLDER, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* A clean start: what earlier workers have left would in time take all memory, and later ones would do nothing. */
static void make_room(void)
{
        remove_what_they_made();
        CHECK_OK(mkdir(FOLDER, 0700));
        CHECK_OK(chown(FOLDER, ALICE, STAFF));
}

static unsigned from_environment(const char *name, unsigned otherwise)
{
        const char *text = getenv(name);

        return text ? strtoul(text, NULL, 0) : otherwise;
}

/* Verifies that a million random system calls with random and half-plausible arguments harm nobody but their maker. */
TEST_FLAGS(fuzz_random_calls, COMMONS_ONLY | NEEDS_ROOT)
{
        unsigned total = from_environment("FUZZ_CALLS", 1000000), seed = from_environment("FUZZ_SEED", 1);
        unsigned done = 0, workers = 0;

        progress = CHECK_PTR(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
        for (; done < total; workers++) {
                pid_t pid;

                if (workers % WORKERS_PER_CLEANUP == 0)
                        make_room();
                *progress = 0;
                SPAWN(pid) { worker(seed + workers); }
                supervise(pid);
                done += *progress <= CALLS_PER_WORKER ? *progress : 1;
                CHECK(done || workers < 100);
        }
        note("%u calls by %u workers", done, workers);
        remove_what_they_made();
        CHECK(access(FOLDER, F_OK) && errno == ENOENT);
}
