/*
 * What the processor remembers of a page must not outlive a change of its mapping. Every test touches pages, so that the TLB has
 * them, has their mapping changed, and touches them again in the same process, with nothing in between that would empty the TLB.
 */
#include "shm.h"
#include "temp.h"

#include <sched.h>
#include <setjmp.h>

enum { SPAN = 4 * MIB, SPAN_PAGES = SPAN / PAGE };
enum { MARK = 0x11, OTHER = 0x22, NEW = 0x33, REFUSED = -1 };

static char *const here = (char *)0x50000000, *const odd = (char *)0x60000000 + PAGE, *const elsewhere = (char *)0x70000000;

/* ---- Touching what may not be there -------------------------------------------------------------------------------- */

static sigjmp_buf refused;

static void on_refusal(int sig)
{
        siglongjmp(refused, sig);
}

static void catch_refusals(void)
{
        signal(SIGSEGV, on_refusal);
        signal(SIGBUS, on_refusal);
}

/* The byte there, or REFUSED. */
static int look(const volatile char *p)
{
        return sigsetjmp(refused, 1) ? REFUSED : *p;
}

static bool may_write(volatile char *p)
{
        if (sigsetjmp(refused, 1))
                return false;
        *p = NEW;
        return true;
}

/* ---- An attach, of which a part is changed ------------------------------------------------------------------------- */

struct window {
        char *p;
        unsigned pages;
        unsigned first, count;          /* the part that is changed */
        int id, other;                  /* the segment; one of `count` pages to put there instead */
};

/* By entry few and many pages, which a kernel may flush by different means, and by table in part and wholly. */
static const struct window windows[] = {
        { .p = odd, .pages = 3, .count = 3 },
        { .p = odd, .pages = 3, .first = 1, .count = 1 },
        { .p = odd, .pages = 200, .count = 200 },
        { .p = odd, .pages = 200, .first = 50, .count = 100 },
        { .p = here, .pages = 2 * SPAN_PAGES, .count = 2 * SPAN_PAGES },
        { .p = here, .pages = 2 * SPAN_PAGES, .first = SPAN_PAGES - 1, .count = 2 },
        { .p = here, .pages = 2 * SPAN_PAGES, .first = 100, .count = SPAN_PAGES },
};

static char *part(const struct window *w)
{
        return w->p + w->first * PAGE;
}

static bool is_whole(const struct window *w)
{
        return w->count == w->pages;
}

/* Some pages of a window: both its ends, and both ends and the middle of the part. */
#define SAMPLES 5
static unsigned sample(const struct window *w, unsigned i)
{
        const unsigned pages[SAMPLES] = { 0, w->first, w->first + w->count / 2, w->first + w->count - 1, w->pages - 1 };

        return pages[i];
}

static bool in_part(const struct window *w, unsigned page)
{
        return page - w->first < w->count;
}

static void window_open(struct window *w)
{
        w->id = segment(w->pages * PAGE, 0600);
        w->other = segment(w->count * PAGE, 0600);
        attach_at(w->other, elsewhere, 0);
        for (unsigned i = 0; i < SAMPLES; i++)
                if (in_part(w, sample(w, i)))
                        elsewhere[(sample(w, i) - w->first) * PAGE] = OTHER;
        detach(elsewhere);
        attach_at(w->id, w->p, 0);
        for (unsigned i = 0; i < SAMPLES; i++)
                w->p[sample(w, i) * PAGE] = MARK;
}

static void window_close(const struct window *w)
{
        CHECK_OK(munmap(w->p, w->pages * PAGE));
        CHECK_OK(munmap(elsewhere, w->pages * PAGE));
        destroy(w->id);
        destroy(w->other);
}

/* A change of w's part. */
typedef void change(const struct window *w);

static const struct window *changed_by_sharer;

static int sharer(void *make)
{
        ((change *)make)(changed_by_sharer);
        return 0;
}

/* Let another process that shares this one's memory make the change. */
static void change_by_sharer(change *make, const struct window *w)
{
        static char stack[16384] __attribute__((aligned(16)));

        changed_by_sharer = w;
        JOIN(CHECK_OK(clone(sharer, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)make)));
}

/* What the part must then show to reading and to writing; the rest is as before. */
static void check_part(const struct window *w, int shown, bool writable)
{
        for (unsigned i = 0; i < SAMPLES; i++)
                CHECK_EQ(look(w->p + sample(w, i) * PAGE), in_part(w, sample(w, i)) ? shown : MARK);
        for (unsigned i = 0; i < SAMPLES; i++)
                CHECK_EQ(may_write(w->p + sample(w, i) * PAGE), !in_part(w, sample(w, i)) || writable);
}

/* Open each of the windows (only those changed wholly, if so wanted), have it changed by this process or by a sharer, and look. */
static void check_change(change *make, bool whole, int shown, bool writable)
{
        catch_refusals();
        for (unsigned i = 0; i < 2 * ARRAY_SIZE(windows); i++) {
                struct window w = windows[i / 2];

                if (whole && !is_whole(&w))
                        continue;
                window_open(&w);
                if (i % 2)
                        change_by_sharer(make, &w);
                else
                        make(&w);
                check_part(&w, shown, writable);
                window_close(&w);
        }
}

static void do_munmap(const struct window *w)
{
        CHECK_OK(munmap(part(w), w->count * PAGE));
}

/* Verifies that pages unmapped are gone. */
TEST(tlb_munmap)
{
        check_change(do_munmap, false, REFUSED, false);
}

static void do_protect_read(const struct window *w)
{
        CHECK_OK(mprotect(part(w), w->count * PAGE, PROT_READ));
}

/* Verifies that pages made read-only are. */
TEST(tlb_mprotect_read_only)
{
        check_change(do_protect_read, false, MARK, false);
}

static void do_protect_none(const struct window *w)
{
        CHECK_OK(mprotect(part(w), w->count * PAGE, PROT_NONE));
}

/* Verifies that pages protected from everything are. */
TEST(tlb_mprotect_none)
{
        check_change(do_protect_none, false, REFUSED, false);
}

static void do_move(const struct window *w)
{
        CHECK_PTR(mremap(part(w), w->count * PAGE, w->count * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere));
        CHECK_EQ(elsewhere[0], MARK);
}

/* Verifies that pages moved are no longer where they were. */
TEST(tlb_mremap)
{
        check_change(do_move, false, REFUSED, false);
}

static void do_map_private(const struct window *w)
{
        CHECK_PTR(mmap(part(w), w->count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
}

/* Verifies that private memory mapped over pages of a segment is what is seen there. */
TEST(tlb_mmap_fixed)
{
        check_change(do_map_private, false, 0, true);
}

static void do_attach_over(const struct window *w)
{
        attach_at(w->other, part(w), SHM_REMAP);
}

/* Verifies that another segment attached over pages of one is what is seen there. */
TEST(tlb_shm_remap)
{
        check_change(do_attach_over, false, OTHER, true);
}

static void do_detach(const struct window *w)
{
        detach(w->p);
}

/* Verifies that a segment detached is gone. */
TEST(tlb_shmdt)
{
        check_change(do_detach, true, REFUSED, false);
}

static void do_exchange(const struct window *w)
{
        detach(w->p);
        attach_at(w->other, w->p, 0);
}

/* Verifies that another segment attached where one was is what is seen. */
TEST(tlb_attach_another)
{
        check_change(do_exchange, true, OTHER, true);
}

static void do_attach_read_only(const struct window *w)
{
        detach(w->p);
        attach_at(w->id, w->p, SHM_RDONLY);
}

/* Verifies that a segment attached again for reading alone, where it was writable, is read-only. */
TEST(tlb_attach_read_only)
{
        check_change(do_attach_read_only, true, MARK, false);
}

/* ---- Private memory and fork --------------------------------------------------------------------------------------- */

static char *private_pages(unsigned pages)
{
        return CHECK_PTR(mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static void put_in_each(char *p, unsigned pages, char byte)
{
        for (unsigned i = 0; i < pages; i++)
                ((volatile char *)p)[i * PAGE] = byte;
}

static void check_each(const char *p, unsigned pages, char byte)
{
        for (unsigned i = 0; i < pages; i++)
                CHECK_EQ(((const volatile char *)p)[i * PAGE], byte);
}

/* Verifies that what a parent writes right after fork, to pages that it wrote right before, is not the child's, nor the reverse. */
TEST(tlb_fork_copies)
{
        static const unsigned sizes[] = { 1, 20, 200 };

        for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
                unsigned pages = sizes[i];
                char *p = private_pages(pages);
                struct gate parent_wrote = gate_create();
                pid_t pid;

                put_in_each(p, pages, MARK);
                SPAWN(pid) {
                        gate_wait(&parent_wrote);
                        check_each(p, pages, MARK);
                        put_in_each(p, pages, NEW);
                        check_each(p, pages, NEW);
                }
                put_in_each(p, pages, OTHER);
                gate_open(&parent_wrote);
                JOIN(pid);
                check_each(p, pages, OTHER);
                CHECK_OK(munmap(p, pages * PAGE));
        }
}

/* In a page that may be executed: a function that returns a number. */
static void write_function(unsigned char *p, unsigned char number)
{
        const unsigned char code[] = { 0xb8, number, 0, 0, 0, 0xc3 }; /* mov eax, number; ret */

        memcpy(p, code, sizeof code);
}

static int call(const void *p)
{
        return ((int (*)(void))p)();
}

/* Verifies that a page which is copied when it is written is also executed from the copy. */
TEST(tlb_copy_is_executed)
{
        unsigned char original[PAGE] = { 0 };
        int fd = temp_file();

        write_function(original, 1);
        CHECK_EQ(write(fd, original, PAGE), PAGE);
        unsigned char *p = CHECK_PTR(mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE, fd, 0));

        CHECK_EQ(call(p), 1);
        write_function(p, 2);
        CHECK_EQ(call(p), 2);
        IN_CHILD {
                CHECK_EQ(call(p), 2);
                write_function(p, 3);
                CHECK_EQ(call(p), 3);
        }
        CHECK_EQ(call(p), 2);
}

/* ---- Frames and tables used again ---------------------------------------------------------------------------------- */

/* Verifies that pages alone in their page tables, unmapped and others mapped there, are what was mapped last, when the frames of both
 * pages and tables have been used for something else. */
TEST(tlb_tables_used_again)
{
        enum { TABLES = 8 };
        char *others;

        catch_refusals();
        for (int round = 0; round < 3; round++) {
                for (int i = 0; i < TABLES; i++)
                        *(char *)CHECK_PTR(mmap(here + i * SPAN, PAGE, PROT_READ | PROT_WRITE,
                                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)) = MARK;
                for (int i = 0; i < TABLES; i++)
                        CHECK_OK(munmap(here + i * SPAN, PAGE));
                others = private_pages(3 * TABLES);
                memset(others, OTHER, 3 * TABLES * PAGE);
                for (int i = 0; i < TABLES; i++)
                        CHECK_EQ(look(here + i * SPAN), REFUSED);
                for (int i = 0; i < TABLES; i++)
                        CHECK_PTR(mmap(here + i * SPAN, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
                for (int i = 0; i < TABLES; i++)
                        CHECK_EQ(look(here + i * SPAN), 0);
                CHECK_ALL(others, 3 * TABLES * PAGE, OTHER);
                CHECK_OK(munmap(others, 3 * TABLES * PAGE));
        }
}

PROGRAM(tlb_looks)
{
        catch_refusals();
        return look(here) == REFUSED ? 0 : 1;
}

/* Verifies that nothing of a process is seen at the same address after its end, by its parent, and after exec. */
TEST(tlb_exit_and_exec)
{
        catch_refusals();
        for (char i = 1; i < 10; i++) {
                IN_CHILD {
                        CHECK_PTR(mmap(here, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
                        *here = i;
                        if (i % 2)
                                program_exec("tlb_looks", NULL);
                }
                CHECK_EQ(look(here), REFUSED);
                CHECK_PTR(mmap(here, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
                CHECK_EQ(look(here), 0);
                *here = MARK;
                CHECK_OK(munmap(here, PAGE));
        }
}

/* ---- A process that loops ------------------------------------------------------------------------------------------ */

/* Verifies that a process which reads a page of a file over and over sees it as it is until the file is cut off, and no more. */
TEST(tlb_looper_and_truncate)
{
        struct gate looping = gate_create();
        char *file, *others;
        int fd = temp_file();
        pid_t pid;

        CHECK_OK(ftruncate(fd, PAGE));
        file = CHECK_PTR(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
        *file = MARK;
        SPAWN(pid) {
                catch_refusals();
                gate_open(&looping);
                while (!sigsetjmp(refused, 1))
                        for (;;)
                                CHECK_EQ(*(volatile char *)file, MARK);
        }
        gate_wait(&looping);
        CHECK_OK(ftruncate(fd, 0));
        others = private_pages(8);
        memset(others, OTHER, 8 * PAGE);
        JOIN(pid);
        CHECK_ALL(others, 8 * PAGE, OTHER);
}

/* Verifies that a process which loops over a segment's page sees each write of another that attaches it anew, in every way, for it. */
TEST(tlb_looper_and_attaches)
{
        int id = segment(2 * SPAN, 0600);
        volatile char *seen = attach_at(id, here, 0);
        volatile char *said = seen + SPAN;
        pid_t pid;

        *said = 0;
        SPAWN(pid) {
                for (int i = 1; i <= 20; i++) {
                        char *mine = attach_at(id, i % 2 ? elsewhere : odd, i % 3 ? 0 : SHM_REMAP);

                        mine[SPAN] = i;
                        while (*seen != i)
                                sched_yield();
                        if (i % 2)
                                CHECK_OK(mprotect(mine + SPAN, PAGE, PROT_READ));
                        detach(mine);
                }
        }
        for (int i = 1; i <= 20; i++) {
                while (*said != i)
                        ;
                *seen = i;
        }
        JOIN(pid);
        detach((char *)seen);
        destroy(id);
}
