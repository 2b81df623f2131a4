/*
 * Large segments, which Commons shows by table where all of a 4 MiB is in view: whatever changes inside such a range, each process
 * sees just what it should. On Linux, and with tables=off, the same is true by entry.
 */
#include "shm.h"

#include <setjmp.h>

enum { SPAN = 4 * MIB, PAGES_OF_SPAN = SPAN / PAGE };

static char *const here = (char *)0x50000000, *const there = (char *)0x60000000;

static unsigned char mark(unsigned page)
{
        return page * 7 + 1;
}

static void mark_pages(char *p, unsigned first, unsigned end)
{
        for (unsigned i = first; i < end; i++)
                p[i * PAGE] = mark(i);
}

static void check_marks(const char *p, unsigned first, unsigned end)
{
        for (unsigned i = first; i < end; i++)
                if ((unsigned char)p[i * PAGE] != mark(i))
                        FAIL("page %u at %p is %d, not %d", i, p, p[i * PAGE], mark(i));
}

/* A segment of two spans, attached here and marked all over. */
static int marked_segment(void)
{
        int id = segment(2 * SPAN, 0600);

        attach_at(id, here, 0);
        mark_pages(here, 0, 2 * PAGES_OF_SPAN);
        return id;
}

/* Another process attaches there and looks on: it must see the marks before and after what the block does here. */
#define WHILE_ANOTHER_LOOKS_ON(id)                                                                                     \
        for (struct onlooker onlooker_ = onlooker_start(id); onlooker_.pid; onlooker_end(&onlooker_))

struct onlooker {
        pid_t pid;
        struct gate ready, changed;
};

static struct onlooker onlooker_start(int id)
{
        struct onlooker onlooker = { .ready = gate_create(), .changed = gate_create() };

        SPAWN(onlooker.pid) {
                attach_at(id, there, 0);
                check_marks(there, 0, 2 * PAGES_OF_SPAN);
                gate_open(&onlooker.ready);
                gate_wait(&onlooker.changed);
                check_marks(there, 0, 2 * PAGES_OF_SPAN);
        }
        gate_wait(&onlooker.ready);
        return onlooker;
}

static void onlooker_end(struct onlooker *onlooker)
{
        gate_open(&onlooker->changed);
        JOIN(onlooker->pid);
        onlooker->pid = 0;
}

/* Is showing by table forbidden here? */
static bool tables_are_off(void)
{
        char arguments[512] = "";

        file_read("/proc/cmdline", arguments, sizeof arguments);
        return strstr(arguments, "tables=off");
}

static bool by_table(const void *p)
{
        return pagemap(p) >> 60 & 1;
}

/* Verifies that pagemap tells pages shown by table from those shown by entry: at an odd address, and after a change inside. */
TEST_FLAGS(table_pagemap_tells_which, COMMONS_ONLY)
{
        int id = marked_segment();
        char *odd = attach_at(id, there + PAGE, 0);

        check_marks(odd, 0, 2 * PAGES_OF_SPAN);
        CHECK_EQ(by_table(here + 5 * PAGE), !tables_are_off());
        CHECK(!by_table(odd + 5 * PAGE) && page_present(odd + 5 * PAGE));
        CHECK_OK(mprotect(here, PAGE, PROT_READ));
        check_marks(here, 0, 2 * PAGES_OF_SPAN);
        CHECK(!by_table(here + 5 * PAGE) && page_present(here + 5 * PAGE));
        CHECK_EQ(by_table(here + SPAN), !tables_are_off());
        detach(here);
        detach(odd);
        destroy(id);
}

/* Verifies that a second process touches a populated segment by two faults, one for each 4 MiB; by entry by one for each 16 pages. */
TEST_FLAGS(table_second_toucher_takes_few_faults, COMMONS_ONLY)
{
        bool off = tables_are_off();
        int id = marked_segment();

        IN_CHILD {
                attach_at(id, there, 0);
                long before = minor_faults();

                check_marks(there, 0, 2 * PAGES_OF_SPAN);
                long taken = minor_faults() - before;

                if (off)
                        CHECK(taken >= 2 * PAGES_OF_SPAN / 16 && taken <= 2 * PAGES_OF_SPAN / 16 + 4);
                else
                        CHECK(taken <= 6);
        }
        detach(here);
        destroy(id);
}

/* Verifies that a child takes no fault where its parent has touched, written or only looked at; by entry one for each 16 pages. */
TEST_FLAGS(table_child_inherits_without_a_fault, COMMONS_ONLY)
{
        bool off = tables_are_off();
        int id = marked_segment();
        char *q = attach_at(id, there, SHM_RDONLY), text[100];

        check_marks(q, 0, 2 * PAGES_OF_SPAN);
        IN_CHILD {
                check_marks(q, 0, 0);   /* what the child needs for itself, it has now */
                long before = minor_faults();

                check_marks(here, 0, 2 * PAGES_OF_SPAN);
                check_marks(q, 0, 2 * PAGES_OF_SPAN);
                CHECK_EQ(minor_faults() - before, off ? 4 * PAGES_OF_SPAN / 16 : 0);
                CHECK(file_read("/proc/mm_check", text, sizeof text) > 0 && !strcmp(text, "ok\n"));
                CHECK_OK(mprotect(here, PAGE, PROT_READ));      /* which concerns the child alone */
                check_marks(here, 0, 2 * PAGES_OF_SPAN);
                CHECK(!by_table(here + PAGE) && by_table(here + SPAN) == !off);
        }
        CHECK_EQ(by_table(here + PAGE), !off);
        detach(here);
        detach(q);
        destroy(id);
}

/* Verifies that the fault of a page between others of other protections, and a hole, concerns that page alone, at any address. */
TEST(table_neighbours_of_a_touched_page)
{
        int id = marked_segment();
        char *p = attach_at(id, there + PAGE, 0);

        CHECK_OK(mprotect(p + 5 * PAGE, PAGE, PROT_NONE));
        CHECK_OK(mprotect(p + 7 * PAGE, PAGE, PROT_READ));
        CHECK_OK(munmap(p + 9 * PAGE, PAGE));
        for (unsigned page = 4; page <= 10; page += 2)
                p[page * PAGE] = mark(page);
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, p + 5 * PAGE) { (void)*(volatile char *)(p + 5 * PAGE); }
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, p + 7 * PAGE) { p[7 * PAGE] = 0; }
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, p + 9 * PAGE) { (void)*(volatile char *)(p + 9 * PAGE); }
        check_marks(p, 6, 9);
        check_marks(p, 10, PAGES_OF_SPAN);
        CHECK_OK(munmap(p + 11 * PAGE, 2 * SPAN - 11 * PAGE));
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, p + 11 * PAGE) { (void)*(volatile char *)(p + 11 * PAGE); }
        detach(p);
        check_marks(here, 0, 2 * PAGES_OF_SPAN);
        detach(here);
        destroy(id);
}

/* Verifies that a read-only attach beside a writable one stays read-only, page by page, also for pages that come later. */
TEST(table_read_only_beside_writable)
{
        int id = segment(2 * SPAN, 0600);
        char *p = attach_at(id, here, 0), *q = attach_at(id, there, SHM_RDONLY);

        for (unsigned i = 0; i < 2 * PAGES_OF_SPAN; i += 97) {
                CHECK_EQ(q[i * PAGE], 0);
                p[i * PAGE] = 5;
                CHECK_EQ(q[i * PAGE], 5);
                EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, q + i * PAGE) { q[i * PAGE] = 6; }
                CHECK_EQ(p[i * PAGE], 5);
        }
        detach(p);
        detach(q);
        destroy(id);
}

/* Verifies that mprotect inside a range concerns these pages of this process alone. */
TEST(table_mprotect_inside)
{
        int id = marked_segment();

        WHILE_ANOTHER_LOOKS_ON(id) {
                CHECK_OK(mprotect(here + 10 * PAGE, PAGE, PROT_READ));
                CHECK_OK(mprotect(here + SPAN + PAGE, 2 * PAGE, PROT_NONE));
                check_marks(here, 0, PAGES_OF_SPAN + 1);
                EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, here + 10 * PAGE) { here[10 * PAGE] = 0; }
                EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, here + SPAN + PAGE) { (void)*(volatile char *)(here + SPAN + PAGE); }
                mark_pages(here, 11, PAGES_OF_SPAN);
                CHECK_OK(mprotect(here + SPAN + PAGE, 2 * PAGE, PROT_READ | PROT_WRITE));
                check_marks(here, 0, 2 * PAGES_OF_SPAN);
        }
        detach(here);
        destroy(id);
}

/* Verifies that a hole by munmap is a hole here and nowhere else, and so is a cut-off tail. */
TEST(table_munmap_inside)
{
        int id = marked_segment();

        WHILE_ANOTHER_LOOKS_ON(id) {
                CHECK_OK(munmap(here + 100 * PAGE, PAGE));
                CHECK_OK(munmap(here + 2 * SPAN - 3 * PAGE, 3 * PAGE));
                EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, here + 100 * PAGE) { here[100 * PAGE] = 0; }
                EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, here + 2 * SPAN - PAGE) { here[2 * SPAN - PAGE] = 0; }
                check_marks(here, 0, 100);
                check_marks(here, 101, 2 * PAGES_OF_SPAN - 3);
        }
        detach(here);
        CHECK_EQ(attaches(id), 0);
        destroy(id);
}

/* Verifies that mmap MAP_FIXED inside a range puts private memory there, whose contents no other process sees. */
TEST(table_mmap_fixed_inside)
{
        int id = marked_segment();

        WHILE_ANOTHER_LOOKS_ON(id) {
                char *p = here + 50 * PAGE;

                CHECK_PTR(mmap(p, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
                CHECK_ZERO(p, 2 * PAGE);
                memset(p, 0xee, 2 * PAGE);
                check_marks(here, 0, 50);
                check_marks(here, 52, 2 * PAGES_OF_SPAN);
                IN_CHILD { CHECK_ALL(p, 2 * PAGE, 0xee); }
        }
        detach(here);
        CHECK_OK(munmap(here + 50 * PAGE, 2 * PAGE));
        destroy(id);
}

/* Verifies that shmat SHM_REMAP of a small segment into the middle of a large one shows each where it is. */
TEST(table_remap_inside)
{
        int id = marked_segment(), small = segment(PAGE, 0600);

        WHILE_ANOTHER_LOOKS_ON(id) {
                char *p = attach_at(small, here + SPAN - PAGE, SHM_REMAP);

                CHECK_ZERO(p, PAGE);
                memset(p, 0x33, PAGE);
                check_marks(here, 0, PAGES_OF_SPAN - 1);
                check_marks(here, PAGES_OF_SPAN, 2 * PAGES_OF_SPAN);
                detach(p);
        }
        detach(here);
        destroy(small);
        destroy(id);
}

/* Verifies that what is mapped right behind a segment's last page, in the same 4 MiB, and a stack that grows down to it, are by
 * themselves, and that beyond the segment's end there is nothing. */
TEST(table_neighbours)
{
        int id = segment(3 * MIB, 0600);
        char *p = attach_at(id, here, 0);

        mark_pages(p, 0, 3 * MIB / PAGE);
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, p + 3 * MIB) { p[3 * MIB] = 1; }
        char *next = CHECK_PTR(mmap(p + 3 * MIB, PAGE, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
        char *stack = CHECK_PTR(mmap(p + 4 * MIB - PAGE, PAGE, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, -1, 0));

        CHECK_ZERO(next, PAGE);
        memset(next, 0x44, PAGE);
        stack[0] = 1;
        check_marks(p, 0, 3 * MIB / PAGE);
        IN_CHILD {
                check_marks(p, 0, 3 * MIB / PAGE);
                CHECK_ALL(next, PAGE, 0x44);
                CHECK_EQ(stack[0], 1);
        }
        CHECK_OK(munmap(next, MIB));
        check_marks(p, 0, 3 * MIB / PAGE);
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, next) { next[0] = 1; }
        detach(p);
        destroy(id);
}

/* Verifies that a stack which grows down to within the gap of a segment, into its last 4 MiB, leaves it alone. */
TEST(table_stack_grows_up_to_one)
{
        enum { PAGES = PAGES_OF_SPAN / 2 + 1, GAP = 256 };
        int id = segment(PAGES * PAGE, 0600);
        char *p = attach_at(id, here, 0);
        char *stack = CHECK_PTR(mmap(p + SPAN, PAGE, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, -1, 0));
        char *lowest = p + (PAGES + GAP) * PAGE;

        mark_pages(p, 0, PAGES);
        for (char *q = stack; q >= lowest; q -= PAGE) {
                *q = 1;
                check_marks(p, PAGES - 1, PAGES);
        }
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, lowest - PAGE) { lowest[-(int)PAGE] = 1; }
        check_marks(p, 0, PAGES);
        IN_CHILD {
                check_marks(p, 0, PAGES);
                CHECK_EQ(*lowest, 1);
        }
        detach(p);
        destroy(id);
}

/* Verifies that a child inherits a read-only attach as read-only beside a writable one, and shares both with its parent. */
TEST(table_fork_of_both)
{
        int id = marked_segment();
        char *q = attach_at(id, there, SHM_RDONLY);

        check_marks(q, 0, 2 * PAGES_OF_SPAN);
        IN_CHILD {
                check_marks(q, 0, 2 * PAGES_OF_SPAN);
                EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, q + 5 * PAGE) { q[5 * PAGE] = 6; }
                here[5 * PAGE + 1] = 77;
                CHECK_EQ(q[5 * PAGE + 1], 77);
        }
        CHECK_EQ(here[5 * PAGE + 1], 77);
        CHECK_EQ(q[5 * PAGE + 1], 77);
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, q + 5 * PAGE) { q[5 * PAGE] = 6; }
        CHECK_EQ(attaches(id), 2);
        detach(here);
        detach(q);
        destroy(id);
}

/* Verifies that pages which one process brings in after both have attached are there for the other, at aligned and at odd
 * addresses, before and after fork. */
TEST(table_pages_that_come_later)
{
        int id = segment(2 * SPAN, 0600);
        char *p = attach_at(id, here, 0), *odd = attach_at(id, there + PAGE, 0);

        p[0] = 1;
        CHECK_EQ(odd[0], 1);
        for (unsigned i = 1; i < 2 * PAGES_OF_SPAN; i += 61) {
                IN_CHILD { (i % 2 ? p : odd)[i * PAGE] = i % 100; }
                CHECK_EQ((i % 2 ? odd : p)[i * PAGE], i % 100);
                CHECK_EQ(p[(i + 1) * PAGE], 0);
        }
        detach(p);
        detach(odd);
        destroy(id);
}

/* Verifies that a segment removed while shown by several processes keeps its contents to the last detach, and gives all back. */
TEST(table_rmid_while_shown)
{
        int id = marked_segment();

        WHILE_ANOTHER_LOOKS_ON(id) {
                CHECK_OK(shmctl(id, IPC_RMID, NULL));
                check_marks(here, 0, 2 * PAGES_OF_SPAN);
                detach(here);
        }
        CHECK_ERR(EINVAL, shmat(id, NULL, 0));
}

/* Verifies that mremap moves an attach, whole or in part, with its pages, away from where tables fit and back. */
TEST(table_mremap)
{
        int id = marked_segment();

        WHILE_ANOTHER_LOOKS_ON(id) {
                char *odd = CHECK_PTR(mremap(here, 2 * SPAN, 2 * SPAN, MREMAP_MAYMOVE | MREMAP_FIXED, there + 5 * PAGE));

                check_marks(odd, 0, 2 * PAGES_OF_SPAN);
                CHECK(mremap(odd, 2 * SPAN, 2 * SPAN, MREMAP_MAYMOVE | MREMAP_FIXED, here) == here);
                check_marks(here, 0, 2 * PAGES_OF_SPAN);
                EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, odd) { odd[0] = 1; }
        }
        detach(here);
        destroy(id);
}

static sigjmp_buf refused;

static void on_refusal(int sig)
{
        siglongjmp(refused, sig);
}

/* Is a write refused in this very process, whose page table had the page writable? (A forked child would begin with none.) */
static bool write_is_refused(volatile char *p)
{
        if (sigsetjmp(refused, 1))
                return true;
        *p = 1;
        return false;
}

/* Verifies that a protection taken away, and a page unmapped, are so at once for the process that had touched them. */
TEST(table_changes_hold_for_the_toucher)
{
        int id = marked_segment();
        char *odd = attach_at(id, there + PAGE, 0);

        signal(SIGSEGV, on_refusal);
        mark_pages(odd, 0, 20);
        CHECK_OK(mprotect(odd + 2 * PAGE, PAGE, PROT_READ));
        CHECK_OK(mprotect(here + 2 * PAGE, PAGE, PROT_READ));
        CHECK_OK(munmap(odd + 5 * PAGE, PAGE));
        CHECK_OK(munmap(here + 5 * PAGE, PAGE));
        for (int i = 2; i < 8; i++) {
                CHECK_EQ(write_is_refused(odd + i * PAGE + 1), i == 2 || i == 5);
                CHECK_EQ(write_is_refused(here + i * PAGE + 1), i == 2 || i == 5);
        }
        detach(here);
        detach(odd);
        destroy(id);
}
