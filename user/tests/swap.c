/*
 * More memory than RAM: pages of segments, private memory and files go to the swap disk and come back. The tests size themselves by the disk
 * and are skipped where there is none. (tools/t/33-swap.t gives them one.)
 */
#include "shm.h"

#include <sched.h>
#include <setjmp.h>
#include <sys/swap.h>
#include <time.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

static char *const by_table = (char *)0x58000000, *const by_entry = (char *)0x58001000;

/* Bytes that fill RAM and most of the disk, in whole MiB. */
static size_t more_than_memory(void)
{
        long size = meminfo("SwapFree") / 1024 * 3 / 4;

        if (size < 32)
                SKIP("needs a swap disk");
        return (size_t)(size > 512 ? 512 : size) * MIB;
}

static void need_swap(void)
{
        more_than_memory();
}

static unsigned word_of(size_t page, unsigned i, unsigned seed)
{
        return (unsigned)page * 2654435761u + i * 40503u + seed;
}

static void write_pages(char *p, size_t first, size_t end, size_t step, unsigned seed)
{
        for (size_t page = first; page < end; page += step)
                for (unsigned i = 0; i < PAGE / 4; i += 16)
                        ((unsigned *)(p + page * PAGE))[i] = word_of(page, i, seed);
}

static void check_pages(const char *p, size_t first, size_t end, size_t step, unsigned seed)
{
        for (size_t page = first; page < end; page += step)
                for (unsigned i = 0; i < PAGE / 4; i += 16)
                        if (((const unsigned *)(p + page * PAGE))[i] != word_of(page, i, seed))
                                FAIL("page %zu, word %u: %#x, not %#x", page, i, ((const unsigned *)(p + page * PAGE))[i],
                                     word_of(page, i, seed));
}

/* Ask for the page to go; true when it went. (Linux may keep one that it has just seen used.) */
static bool page_out(char *p)
{
        for (int i = 0; i < 20 && page_present(p); i++)
                CHECK_OK(madvise(p, PAGE, MADV_PAGEOUT));
        return !page_present(p);
}

/* Use so much memory that everything else has to go. */
static void press(void)
{
        size_t size = (size_t)meminfo("MemTotal") * 1024 + 4 * MIB;

        IN_CHILD {
                char *p = CHECK_PTR(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

                write_pages(p, 0, size / PAGE, 1, 5);
                check_pages(p, 0, size / PAGE, 1, 5);
        }
}

static void four_processes(char *where)
{
        size_t size = more_than_memory(), pages = size / PAGE;
        int id = segment(size, 0600);
        pid_t pids[4];

        attach_at(id, where, 0);
        for (unsigned i = 0; i < 4; i++)
                SPAWN(pids[i]) write_pages(where, i, pages, 4, 1);
        for (unsigned i = 0; i < 4; i++)
                JOIN(pids[i]);
        CHECK(totals().shm_swp > 0);
        for (unsigned i = 0; i < 4; i++)
                SPAWN(pids[i]) check_pages(where, (i + 1) % 4, pages, 4, 1);
        for (unsigned i = 0; i < 4; i++)
                JOIN(pids[i]);
        detach(where);
        destroy(id);
}

/* Verifies that four processes can fill a segment larger than memory and find every byte again, shown by table. */
TEST(swap_segment_larger_than_memory_by_table)
{
        four_processes(by_table);
}

/* Verifies the same, by entry. */
TEST(swap_segment_larger_than_memory_by_entry)
{
        four_processes(by_entry);
}

/* ---- One page ---------------------------------------------------------------------------------------------------- */

/* Verifies that a page that was read in clean and then written is written out again, though its writer has gone. */
TEST_FLAGS(swap_page_written_after_it_came_back, NEEDS_ROOT)
{
        need_swap();
        for (unsigned i = 0; i < 2; i++) {
                char *where = i ? by_entry : by_table;
                int id = segment(4 * MIB, 0600);

                attach_at(id, where, 0);
                where[PAGE] = 1;
                CHECK(page_out(where + PAGE));
                CHECK_EQ(where[PAGE], 1);
                IN_CHILD where[PAGE] = 2;
                CHECK(page_out(where + PAGE));
                CHECK_EQ(where[PAGE], 2);
                CHECK(page_out(where + PAGE));
                CHECK_EQ(where[PAGE], 2);
                detach(where);
                destroy(id);
        }
}

/* Verifies that every count shows a page that has gone: SHM_INFO, /proc/sysvipc/shm, pagemap. */
TEST_FLAGS(swap_is_shown, NEEDS_ROOT | COMMONS_ONLY)
{
        char text[4096], *line;
        unsigned long rss = 1, swp = 0;

        need_swap();
        int id = segment(4 * PAGE, 0600);
        char *p = attach(id);
        struct shm_info before = totals();

        memset(p, 1, 4 * PAGE);
        CHECK_OK(madvise(p, 4 * PAGE, MADV_PAGEOUT));
        CHECK_EQ(totals().shm_swp, before.shm_swp + 4);
        CHECK_EQ(totals().shm_rss, before.shm_rss);
        CHECK(totals().swap_attempts >= before.swap_attempts + 4 && totals().swap_successes >= before.swap_successes + 4);
        CHECK(file_read("/proc/sysvipc/shm", text, sizeof text) > 0);
        line = strrchr(text, '\n');
        CHECK(line);
        *line = '\0';
        CHECK(sscanf(strrchr(text, '\n'), "%*d %*d %*o %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %lu %lu", &rss, &swp) == 2);
        CHECK_EQ(rss, 0);
        CHECK_EQ(swp, 4 * PAGE);
        CHECK_EQ(pagemap(p) >> 62, 1);
        CHECK(pagemap(p) & ((1ull << 55) - 1));
        CHECK_EQ(p[PAGE], 1);
        CHECK_EQ(pagemap(p + PAGE) >> 62, 2);
        detach(p);
        destroy(id);
}

static int __attribute__((noinline, aligned(4096))) far_code(int n)
{
        return n * 3 + 1;
}

/* Verifies that the text of a running program goes and comes back. */
TEST_FLAGS(swap_text_goes_too, NEEDS_ROOT)
{
        char *page = (char *)((uintptr_t)far_code & ~(PAGE - 1));

        need_swap();
        CHECK_EQ(far_code(1), 4);
        CHECK_OK(madvise(page, PAGE, MADV_PAGEOUT));
        CHECK_EQ(far_code(2), 7);
        press();
        CHECK_EQ(far_code(3), 10);
}

/* ---- Private memory ---------------------------------------------------------------------------------------------- */

/* Verifies that parent and child each find their own after a fork, whichever of them wrote while the rest was away. */
TEST(swap_families)
{
        enum { PAGES = 2048 };

        need_swap();
        char *p = CHECK_PTR(mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        struct gate go = gate_create();
        pid_t pid, grandchild;

        write_pages(p, 0, PAGES, 1, 1);
        press();
        SPAWN(pid) {
                write_pages(p, 0, PAGES, 3, 2);
                SPAWN(grandchild) {
                        write_pages(p, 1, PAGES, 3, 3);
                        press();
                        check_pages(p, 0, PAGES, 3, 2);
                        check_pages(p, 1, PAGES, 3, 3);
                        check_pages(p, 2, PAGES, 3, 1);
                }
                gate_wait(&go);
                check_pages(p, 0, PAGES, 3, 2);
                check_pages(p, 1, PAGES, 3, 1);
                JOIN(grandchild);
                check_pages(p, 2, PAGES, 3, 1);
        }
        write_pages(p, 2, PAGES, 3, 4);
        press();
        gate_open(&go);
        check_pages(p, 0, PAGES, 3, 1);
        check_pages(p, 1, PAGES, 3, 1);
        check_pages(p, 2, PAGES, 3, 4);
        JOIN(pid);
}

/* Verifies that private memory that was split and moved while it was away comes back where it is now. */
TEST(swap_split_and_moved)
{
        enum { PAGES = 64 };

        need_swap();
        char *p = CHECK_PTR(mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

        write_pages(p, 0, PAGES, 1, 1);
        press();
        CHECK_OK(mprotect(p + 16 * PAGE, 16 * PAGE, PROT_READ));
        CHECK_OK(munmap(p + 40 * PAGE, 4 * PAGE));
        char *moved = CHECK_PTR(mremap(p + 44 * PAGE, 20 * PAGE, 40 * PAGE, MREMAP_MAYMOVE));
        check_pages(p, 0, 40, 1, 1);
        check_pages(moved - 44 * PAGE, 44, PAGES, 1, 1);
        CHECK_ZERO(moved + 20 * PAGE, 20 * PAGE);
        press();
        CHECK_OK(mprotect(p + 16 * PAGE, 16 * PAGE, PROT_READ | PROT_WRITE));
        write_pages(p, 10, 30, 1, 2);
        press();
        check_pages(p, 10, 30, 1, 2);
        check_pages(p, 30, 40, 1, 1);
        check_pages(moved - 44 * PAGE, 44, PAGES, 1, 1);
}

static long swapped_kib(void)
{
        char text[4096], *line;

        CHECK(file_read("/proc/self/status", text, sizeof text) > 0);
        line = strstr(text, "VmSwap:");
        CHECK(line);
        return atol(line + 7);
}

/* Verifies that VmSwap counts what a process has of its own on the disk. */
TEST_FLAGS(swap_of_a_process, NEEDS_ROOT)
{
        need_swap();
        char *p = CHECK_PTR(mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        long before;

        write_pages(p, 0, 8, 1, 1);
        before = swapped_kib();
        for (unsigned i = 0; i < 8; i++)
                CHECK(page_out(p + i * PAGE));
        CHECK(swapped_kib() >= before + 32);
        check_pages(p, 0, 8, 1, 1);
}

/* ---- Locking ----------------------------------------------------------------------------------------------------- */

/* Verifies that what a locked segment has in memory stays there, that locking brings nothing in, and that unlocking lets it go. */
TEST_FLAGS(swap_locked_segment_stays, NEEDS_ROOT)
{
        need_swap();
        int id = segment(64 * PAGE, 0600);
        char *p = attach(id);

        write_pages(p, 0, 64, 1, 1);
        CHECK_OK(shmctl(id, SHM_LOCK, NULL));
        press();
        CHECK_OK(madvise(p, 64 * PAGE, MADV_PAGEOUT));
        for (unsigned i = 0; i < 64; i++)
                CHECK(page_present(p + i * PAGE));
        CHECK_OK(shmctl(id, SHM_UNLOCK, NULL));
        CHECK(page_out(p + 3 * PAGE));
        CHECK_OK(shmctl(id, SHM_LOCK, NULL));
        CHECK(!page_present(p + 3 * PAGE));
        check_pages(p, 0, 64, 1, 1);
        detach(p);
        destroy(id);
}

/* Verifies that locked private memory and a locked window stay, with or without a copy of their own, and go when unlocked. */
TEST_FLAGS(swap_locked_areas_stay, NEEDS_ROOT)
{
        need_swap();
        int id = segment(8 * PAGE, 0600);
        char *p = CHECK_PTR(mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)), *q = attach(id);

        write_pages(p, 0, 8, 1, 1);
        write_pages(q, 0, 8, 1, 2);
        press();
        CHECK_OK(mlock(p, 8 * PAGE));
        CHECK_OK(mlock(q, 8 * PAGE));
        press();
        for (unsigned i = 0; i < 8; i++)
                CHECK(page_present(p + i * PAGE) && page_present(q + i * PAGE));
        CHECK_OK(munlock(p, 8 * PAGE));
        CHECK_OK(munlock(q, 8 * PAGE));
        CHECK(page_out(p) && page_out(q));
        check_pages(p, 0, 8, 1, 1);
        check_pages(q, 0, 8, 1, 2);
        detach(q);
        destroy(id);
}

/* ---- Many segments ----------------------------------------------------------------------------------------------- */

enum { MODEL_SEGMENTS = 200, MODEL_STEPS = 1500, MODEL_PAGES_MOST = 160 };

struct model {
        int id;
        unsigned pages;
        unsigned char seeds[MODEL_PAGES_MOST];     /* 0: zeroes */
        char *at;                                  /* NULL: not attached here */
};

static unsigned model_state;

static unsigned below(unsigned n)
{
        model_state = model_state * 1103515245u + 12345u;
        return (model_state >> 8) % n;
}

static void model_check(const struct model *m, unsigned page)
{
        if (m->seeds[page])
                check_pages(m->at, page, page + 1, 1, m->seeds[page]);
        else
                CHECK_ZERO(m->at + page * PAGE, PAGE);
}

static void model_step(struct model *m)
{
        if (!m->pages) {
                m->pages = 1 + below(MODEL_PAGES_MOST);
                m->id = segment(m->pages * PAGE, 0600);
                memset(m->seeds, 0, sizeof m->seeds);
                m->at = attach(m->id);
        }
        if (!m->at)
                m->at = attach(m->id);
        unsigned page = below(m->pages);
        switch (below(8)) {
        case 0:
                detach(m->at);
                m->at = NULL;
                break;
        case 1:
                destroy(m->id);
                detach(m->at);
                m->at = NULL;
                m->pages = 0;
                break;
        case 2:
                m->seeds[page] = 1 + below(250);
                IN_CHILD write_pages(m->at, page, page + 1, 1, m->seeds[page]);
                break;
        case 3:
                for (unsigned i = 0; i < m->pages; i++) {
                        m->seeds[i] = 1 + below(250);
                        write_pages(m->at, i, i + 1, 1, m->seeds[i]);
                }
                break;
        default:
                model_check(m, page);
        }
}

/* Verifies that 200 segments under pressure hold, byte for byte, what a model says, whatever is done to them. */
TEST(swap_many_segments)
{
        static struct model models[MODEL_SEGMENTS];

        need_swap();
        model_state = 1;
        for (unsigned step = 0; step < MODEL_STEPS; step++) {
                model_step(&models[below(MODEL_SEGMENTS)]);
                if (step % 500 == 499)
                        press();
        }
        for (unsigned i = 0; i < MODEL_SEGMENTS; i++) {
                struct model *m = &models[i];

                if (!m->pages)
                        continue;
                if (!m->at)
                        m->at = attach(m->id);
                for (unsigned page = 0; page < m->pages; page++)
                        model_check(m, page);
                detach(m->at);
                destroy(m->id);
        }
}

/* ---- The disk ---------------------------------------------------------------------------------------------------- */

static const char *swap_disk(void)
{
        static char path[64], text[512];

        if (file_read("/proc/swaps", text, sizeof text) < 0 || !strchr(text, '/') || sscanf(strchr(text, '/'), "%63s", path) != 1)
                SKIP("needs a swap disk");
        return path;
}

/* Pages of a segment that leave room, without the disk, for what some processes like this one are promised. */
static size_t fits_without_disk(void)
{
        long room = meminfo("MemTotal") - meminfo("Committed_AS") - 4096;

        if (meminfo("MemTotal") < 24 * 1024 || room < 1024)
                SKIP("needs more memory");
        return (size_t)room / 4 / 4;
}

/* Verifies that swapoff brings every page home, and that the disk can be used again. */
TEST_FLAGS(swap_off_and_on, NEEDS_ROOT)
{
        const char *disk = swap_disk();
        size_t pages = fits_without_disk();
        int id = segment(pages * PAGE, 0600);
        char *p = attach(id);

        write_pages(p, 0, pages, 1, 1);
        press();
        CHECK_OK(swapoff(disk));
        CHECK_EQ(totals().shm_swp, 0);
        CHECK_ERR(EINVAL, swapoff(disk));
        check_pages(p, 0, pages, 1, 1);
        CHECK_OK(swapon(disk, 0));
        CHECK_ERR(EBUSY, swapon(disk, 0));
        press();
        check_pages(p, 0, pages, 1, 1);
        detach(p);
        destroy(id);
}

/* Verifies that swapoff is refused while what was promised needs the disk, and loses nothing. */
TEST_FLAGS(swap_off_refused, NEEDS_ROOT | COMMONS_ONLY)
{
        const char *disk = swap_disk();
        size_t pages = more_than_memory() / PAGE;
        int id = segment(pages * PAGE, 0600);
        char *p = attach(id);

        write_pages(p, 0, pages, 1, 1);
        CHECK_ERR(ENOMEM, swapoff(disk));
        check_pages(p, 0, pages, 1, 1);
        detach(p);
        destroy(id);
}

/* Verifies what swapon and swapoff refuse. */
TEST_FLAGS(swap_on_refuses, NEEDS_ROOT)
{
        need_swap();
        CHECK_ERR(ENOENT, swapon("/dev/no-such-disk", 0));
        CHECK_ERR(EINVAL, swapon("/dev/null", 0));
        CHECK_ERR(EISDIR, swapon("/dev", 0));
        CHECK_ERR(EFAULT, swapon((const char *)8, 0));
        CHECK_ERR(EINVAL, swapon(swap_disk(), 0x40000000));
        CHECK_ERR(EINVAL, swapoff("/dev/null"));
        CHECK_ERR(ENOENT, swapoff("/dev/no-such-disk"));
        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_ERR(EPERM, swapon("/dev/no-such-disk", 0));
                CHECK_ERR(EPERM, swapoff("/dev/no-such-disk"));
        }
}

/* Verifies that the disk can be taken away and given back while processes work on what is on it. */
TEST_FLAGS(swap_off_under_load, NEEDS_ROOT)
{
        const char *disk = swap_disk();
        size_t pages = fits_without_disk() / 2;
        int id = segment(pages * PAGE, 0600);
        char *p = attach(id);
        pid_t pids[2];

        write_pages(p, 0, pages, 1, 1);
        press();
        for (unsigned i = 0; i < 2; i++) {
                SPAWN(pids[i]) {
                        for (unsigned round = 2; round < 8; round++) {
                                write_pages(p, i, pages, 2, round);
                                sched_yield();
                                check_pages(p, i, pages, 2, round);
                        }
                }
        }
        for (unsigned round = 0; round < 6; round++) {
                CHECK_OK(swapoff(disk));
                sched_yield();
                CHECK_OK(swapon(disk, 0));
                CHECK_OK(madvise(p, pages * PAGE, MADV_PAGEOUT));
        }
        for (unsigned i = 0; i < 2; i++)
                JOIN(pids[i]);
        for (unsigned i = 0; i < 2; i++)
                check_pages(p, i, pages, 2, 7);
        detach(p);
        destroy(id);
}

/* What the processor was busy, in hundredths of a second: under the instruction clock, 10 million instructions each. */
static long busy(void)
{
        char text[4096];
        long user, nice, system;

        CHECK(file_read("/proc/stat", text, sizeof text) > 0);
        CHECK_EQ(sscanf(text, "cpu %ld %ld %ld", &user, &nice, &system), 3);
        return user + nice + system;
}

/* Verifies that swapoff is not much more work than touching every page, though they lie on the disk in another order. (Judged only under
 * the instruction clock, which INSTRUCTION_CLOCK tells.) */
TEST_FLAGS(swap_off_in_one_pass, NEEDS_ROOT)
{
        const char *disk = swap_disk();
        size_t pages = (size_t)(meminfo("MemTotal") - meminfo("Committed_AS")) / 4 / 2;
        long took[2];
        char *p = CHECK_PTR(mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));

        for (unsigned off = 0; off < 2; off++) {
                for (size_t start = 0; start < 61; start++)
                        for (size_t page = start; page < pages; page += 61) {
                                write_pages(p, page, page + 1, 1, off);
                                CHECK_OK(madvise(p + page * PAGE, PAGE, MADV_PAGEOUT));
                        }
                took[off] = busy();
                if (off)
                        CHECK_OK(swapoff(disk));
                else
                        check_pages(p, 0, pages, 1, off);
                took[off] = busy() - took[off];
        }
        check_pages(p, 0, pages, 1, 1);
        CHECK_OK(swapon(disk, 0));
        note("%zu pages: %ld by touching, %ld by swapoff", pages, took[0], took[1]);
        if (getenv("INSTRUCTION_CLOCK"))
                CHECK(took[1] < 4 * took[0] + 50);
}

/* Verifies that all that the account grants can be used, to the last page, and that one page more is refused. */
TEST_FLAGS(swap_disk_full, COMMONS_ONLY)
{
        need_swap();
        size_t pages = (size_t)(meminfo("CommitLimit") - meminfo("Committed_AS")) / 4 - 32;
        int id;

        CHECK_ERR(ENOMEM, shmget(IPC_PRIVATE, (pages + 64) * PAGE, 0600));
        pages -= pages / 1024 + 2;
        id = segment(pages * PAGE, 0600);
        char *p = attach(id);
        write_pages(p, 0, pages, 1, 1);
        write_pages(p, 0, pages, 5, 2);
        check_pages(p, 0, pages, 5, 2);
        for (size_t page = 0; page < pages; page++)
                if (page % 5)
                        check_pages(p, page, page + 1, 1, 1);
        detach(p);
        destroy(id);
}

/* Verifies that processes killed at any moment, with pages on their way, leave everything counted right. */
TEST(swap_killed_at_any_moment)
{
        size_t pages = more_than_memory() / PAGE / 2;
        int id = segment(pages * PAGE, 0600);
        char *p = attach(id);

        write_pages(p, 0, pages, 1, 1);
        for (unsigned round = 0; round < 60; round++) {
                pid_t pids[3];

                for (unsigned i = 0; i < 3; i++) {
                        pids[i] = CHECK_OK(fork());
                        if (pids[i])
                                continue;
                        char *own = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                        for (;;) {
                                write_pages(own, 0, 4 * MIB / PAGE, 1, round);
                                check_pages(p, (round * 97 + i) % pages, pages, 61, 1);
                                if (fork() == 0)
                                        _exit(!own[5 * PAGE]);
                        }
                }
                for (unsigned i = 0; i < round % 17; i++)
                        sched_yield();
                for (unsigned i = 0; i < 3; i++) {
                        CHECK_OK(kill(pids[i], SIGKILL));
                        JOIN_KILLED(pids[i], SIGKILL);
                }
        }
        check_pages(p, 0, pages, 1, 1);
        detach(p);
        destroy(id);
}

/* Verifies that a segment removed and detached while other processes bring its pages in takes them all with it. */
TEST(swap_removed_while_pages_come)
{
        size_t pages = more_than_memory() / PAGE / 2;

        for (unsigned round = 0; round < 6; round++) {
                int id = segment(pages * PAGE, 0600);
                char *p = attach(id);
                pid_t pids[3];

                write_pages(p, 0, pages, 1, round);
                for (unsigned i = 0; i < 3; i++) {
                        SPAWN(pids[i]) {
                                for (size_t page = i * 16; page < pages; page += 48) {
                                        check_pages(p, page, page + 1, 1, round);
                                        if (page > pages / 3 * i)
                                                break;
                                }
                                detach(p);
                        }
                }
                destroy(id);
                detach(p);
                for (unsigned i = 0; i < 3; i++)
                        JOIN(pids[i]);
        }
}

/* Verifies that system calls bring pages in, too: both sides of a pipe and of a file in memory. */
TEST(swap_system_calls_reach_pages)
{
        enum { SIZE = 256 * 1024 };
        char path[64];

        need_swap();
        snprintf(path, sizeof path, "/tmp/swap.%d", getpid());
        int fd = CHECK_OK(open(path, O_RDWR | O_CREAT | O_EXCL, 0600));
        char *p = CHECK_PTR(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

        CHECK_OK(unlink(path));
        fill_pattern(p, SIZE);
        press();
        CHECK_EQ(write(fd, p, SIZE), SIZE);
        press();
        memset(p, 0, SIZE);
        press();
        CHECK_EQ(pread(fd, p, SIZE, 0), SIZE);
        CHECK_PATTERN(p, SIZE);
        press();
        char *map = CHECK_PTR(mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0));
        CHECK_PATTERN(map, SIZE);
}

/* ---- Errors of the disk ------------------------------------------------------------------------------------------ */

static sigjmp_buf after_bus;
static volatile unsigned bus_errors;

static void on_bus(int sig, siginfo_t *info, void *context)
{
        (void)sig, (void)context;
        bus_errors++;
        CHECK_EQ(info->si_code, BUS_ADRERR);
        siglongjmp(after_bus, 1);
}

/* Verifies that a page whose slot cannot be read is SIGBUS for whoever touches it, EFAULT in a call, and nobody else's trouble.
 * (The disk must have bad sectors: SWAP_BAD_READS says how many slots.) */
TEST_FLAGS(swap_read_errors, COMMONS_ONLY)
{
        const char *bad = getenv("SWAP_BAD_READS");
        const struct sigaction action = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO };

        if (!bad)
                SKIP("needs a disk with bad sectors");
        size_t pages = more_than_memory() / PAGE;
        int id = segment(pages * PAGE, 0600), fd = CHECK_OK(open("/dev/null", O_WRONLY)), pipes[2];
        char *p = attach(id);
        volatile size_t page;

        CHECK_OK(pipe(pipes));
        write_pages(p, 0, pages, 1, 1);
        CHECK_OK(sigaction(SIGBUS, &action, NULL));
        for (page = 0; page < pages; page++) {
                if (sigsetjmp(after_bus, 1)) {
                        CHECK_ERR(EFAULT, write(pipes[1], p + page * PAGE, 1));
                        continue;
                }
                check_pages(p, page, page + 1, 1, 1);
        }
        note("%u pages could not be read", bus_errors);
        CHECK(bus_errors > 0 && bus_errors <= (unsigned)atoi(bad));
        close(fd);
        detach(p);
        destroy(id);
}

/* Verifies that slots which cannot be written cost themselves and nothing else. (SWAP_BAD_WRITES says how many.) */
TEST_FLAGS(swap_write_errors, COMMONS_ONLY)
{
        const char *bad = getenv("SWAP_BAD_WRITES");

        if (!bad)
                SKIP("needs a disk with bad sectors");
        long total = meminfo("SwapTotal"), limit = meminfo("CommitLimit");
        size_t pages = more_than_memory() / PAGE;
        int id = segment(pages * PAGE, 0600);
        char *p = attach(id);

        for (unsigned round = 0; round < 3; round++) {
                write_pages(p, 0, pages, 1, round);
                check_pages(p, 0, pages, 1, round);
        }
        CHECK(meminfo("SwapTotal") < total && meminfo("SwapTotal") >= total - 4 * atoi(bad));
        CHECK(meminfo("CommitLimit") <= limit);
        detach(p);
        destroy(id);
}
