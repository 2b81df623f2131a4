/* shmdt: what counts as an attach, and what mprotect, munmap and mremap do to it. */
#include "shm.h"

/* Verifies that shmdt is EINVAL for anything that is not the start of an attach, and for the second time. */
TEST(shmdt_bad_addresses)
{
        int id = segment(3 * PAGE, 0600);
        char *p = attach(id);
        char *anonymous = CHECK_PTR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        const void *const bad[] = {
                p + 1, p + PAGE, p + 2 * PAGE, p - PAGE, p + 3 * PAGE, anonymous, NULL, (void *)0xc0000000,
                (void *)0xfffff000, &id, (void *)(PAGE * 16),
        };

        for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
                if (shmdt(bad[i]) != -1 || errno != EINVAL)
                        FAIL("shmdt(%p), the attach is at %p", bad[i], p);
        CHECK_EQ(attaches(id), 1);
        detach(p);
        CHECK_ERR(EINVAL, shmdt(p));
        destroy(id);
}

/* Verifies that mprotect of a middle page makes three attaches of one, that the protection restored leaves three, and
 * that one shmdt removes them all. */
TEST(shmdt_after_mprotect)
{
        int id = segment(3 * PAGE, 0600);
        char *p = attach(id);

        fill_pattern(p, 3 * PAGE);
        CHECK_OK(mprotect(p + PAGE, PAGE, PROT_READ));
        CHECK_EQ(attaches(id), 3);
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, p + PAGE) { p[PAGE] = 1; }
        CHECK_OK(mprotect(p + PAGE, PAGE, PROT_READ | PROT_WRITE));
        CHECK_EQ(attaches(id), 3);
        p[PAGE] = p[PAGE];
        CHECK_PATTERN(p, 3 * PAGE);
        CHECK_ERR(EINVAL, shmdt(p + PAGE));
        detach(p);
        CHECK_EQ(attaches(id), 0);
        CHECK_ERR(EINVAL, shmdt(p));
        CHECK_ERR(EINVAL, shmdt(p + PAGE));
        destroy(id);
}

/* Verifies that mprotect of the first or last page makes two, and of the whole attach leaves one. */
TEST(shmdt_after_mprotect_of_an_end)
{
        int id = segment(4 * PAGE, 0600);
        char *p = attach(id), *q = attach(id), *r = attach(id);

        CHECK_OK(mprotect(p, PAGE, PROT_NONE));
        CHECK_EQ(attaches(id), 4);
        CHECK_OK(mprotect(q + 3 * PAGE, PAGE, PROT_NONE));
        CHECK_EQ(attaches(id), 5);
        CHECK_OK(mprotect(r, 4 * PAGE, PROT_READ));
        CHECK_EQ(attaches(id), 5);
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, p) { (void)*(volatile char *)p; }
        detach(r);
        CHECK_EQ(attaches(id), 4);
        detach(q);
        CHECK_EQ(attaches(id), 2);
        detach(p);
        CHECK_EQ(attaches(id), 0);
        destroy(id);
}

/* Verifies that a hole made by munmap leaves two attaches, which one shmdt of the start removes. */
TEST(shmdt_after_a_hole)
{
        int id = segment(3 * PAGE, 0600);
        char *p = attach(id);

        fill_pattern(p, 3 * PAGE);
        CHECK_OK(munmap(p + PAGE, PAGE));
        CHECK_EQ(attaches(id), 2);
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, p + PAGE) { p[PAGE] = 1; }
        CHECK_PATTERN(p, PAGE);
        detach(p);
        CHECK_EQ(attaches(id), 0);
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, p + 2 * PAGE) { p[2 * PAGE] = 1; }
        p = attach(id);
        CHECK_PATTERN(p, 3 * PAGE);
        detach(p);
        destroy(id);
}

/* Verifies that with the first page unmapped one attach is left, and shmdt still works on the original address only. */
TEST(shmdt_after_munmap_of_the_first_page)
{
        int id = segment(3 * PAGE, 0600);
        char *p = attach(id);

        CHECK_OK(munmap(p, PAGE));
        CHECK_EQ(attaches(id), 1);
        CHECK_ERR(EINVAL, shmdt(p + PAGE));
        p[PAGE] = 1;
        detach(p);
        CHECK_EQ(attaches(id), 0);
        CHECK_ERR(EINVAL, shmdt(p));
        destroy(id);
}

/* Verifies that munmap of a whole attach is a detach, with its time and its process. */
TEST(shmdt_by_munmap)
{
        int id = segment(2 * PAGE, 0600);
        char *p = attach(id);

        CHECK_EQ(stat_of(id).shm_dtime, 0);
        CHECK_OK(munmap(p, 2 * PAGE));
        CHECK_EQ(attaches(id), 0);
        CHECK(stat_of(id).shm_dtime != 0);
        CHECK_ERR(EINVAL, shmdt(p));
        destroy(id);
}

/* Verifies that an area laid over a part by mmap MAP_FIXED counts like munmap and survives shmdt. */
TEST(shmdt_with_something_mapped_inside)
{
        int id = segment(3 * PAGE, 0600);
        char *p = attach(id);

        CHECK_PTR(mmap(p + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
        p[PAGE] = 77;
        CHECK_EQ(attaches(id), 2);
        detach(p);
        CHECK_EQ(attaches(id), 0);
        CHECK_EQ(p[PAGE], 77);
        destroy(id);
}

/* Verifies that of two neighbouring attaches of equal size shmdt removes the one asked for. */
TEST(shmdt_of_a_neighbour)
{
        int a = segment(2 * PAGE, 0600), b = segment(2 * PAGE, 0600);
        char *p = free_range(6 * PAGE);

        attach_at(a, p, 0);
        attach_at(b, p + 2 * PAGE, 0);
        attach_at(a, p + 4 * PAGE, 0);
        fill_pattern_seed(p, 2 * PAGE, 1);
        fill_pattern_seed(p + 2 * PAGE, 2 * PAGE, 2);
        detach(p);
        CHECK_EQ(attaches(a), 1);
        CHECK_EQ(attaches(b), 1);
        CHECK_PATTERN_SEED(p + 2 * PAGE, 2 * PAGE, 2);
        CHECK_PATTERN_SEED(p + 4 * PAGE, 2 * PAGE, 1);
        detach(p + 2 * PAGE);
        CHECK_EQ(attaches(b), 0);
        CHECK_PATTERN_SEED(p + 4 * PAGE, 2 * PAGE, 1);
        detach(p + 4 * PAGE);
        CHECK_EQ(attaches(a), 0);
        destroy(a);
        destroy(b);
}

/* Verifies that detaching goes by segment: a fragment of one and the whole of another with the same start are two. */
TEST(shmdt_of_two_segments_with_one_start)
{
        int a = segment(4 * PAGE, 0600), b = segment(PAGE, 0600);
        char *p = attach(a);

        CHECK_OK(munmap(p, PAGE));
        attach_at(b, p, 0);
        detach(p);
        CHECK_EQ(attaches(b), 0);
        CHECK_EQ(attaches(a), 1);
        p[PAGE] = 1;
        detach(p);
        CHECK_EQ(attaches(a), 0);
        destroy(a);
        destroy(b);
}

/* Verifies that an attach moved by mremap keeps its count and contents, and is detached by its new address only. */
TEST(shmdt_after_mremap)
{
        int id = segment(2 * PAGE, 0600);
        char *p = attach(id), *to = free_range(8 * PAGE) + 4 * PAGE;

        fill_pattern(p, 2 * PAGE);
        CHECK(mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
        CHECK_EQ(attaches(id), 1);
        CHECK_ERR(EINVAL, shmdt(p));
        CHECK_PATTERN(to, 2 * PAGE);
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, p) { *p = 1; }
        to[0] = 99;
        detach(to);
        CHECK_EQ(attaches(id), 0);
        p = attach(id);
        CHECK_EQ(p[0], 99);
        detach(p);
        destroy(id);
}

/* Verifies that mremap can make an attach smaller, and larger only in addresses: beyond the segment is SIGBUS. */
TEST(shmdt_after_mremap_of_the_size)
{
        int id = segment(4 * PAGE, 0600);
        char *p = attach(id), *q = attach(id);

        fill_pattern(p, 4 * PAGE);
        CHECK(mremap(p, 4 * PAGE, 2 * PAGE, 0) == p);
        CHECK_EQ(attaches(id), 2);
        CHECK_PATTERN(p, 2 * PAGE);
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, p + 2 * PAGE) { p[2 * PAGE] = 1; }
        detach(p);
        CHECK_EQ(attaches(id), 1);
        q = CHECK_PTR(mremap(q, 4 * PAGE, 6 * PAGE, MREMAP_MAYMOVE));
        CHECK_EQ(attaches(id), 1);
        CHECK_PATTERN(q, 4 * PAGE);
        EXPECT_SIGNAL(SIGBUS, BUS_ADRERR, q + 4 * PAGE) { q[4 * PAGE] = 1; }
        detach(q);
        CHECK_EQ(attaches(id), 0);
        destroy(id);
}

/* Verifies that a fragment moved away by mremap is an attach of its own, found by its start less its offset. */
TEST(shmdt_of_a_moved_fragment)
{
        int id = segment(4 * PAGE, 0600);
        char *p = attach(id), *to = free_range(8 * PAGE) + 6 * PAGE;

        fill_pattern(p, 4 * PAGE);
        CHECK(mremap(p + 2 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
        CHECK_EQ(attaches(id), 3);
        CHECK_ERR(EINVAL, shmdt(to));
        detach(p);
        CHECK_EQ(attaches(id), 1);
        p = attach(id);
        CHECK(!memcmp(to, p + 2 * PAGE, PAGE));
        detach(p);
        detach(to - 2 * PAGE);
        CHECK_EQ(attaches(id), 0);
        destroy(id);
}

/* Verifies that shmdt leaves a part of another attach of the same segment, which mremap put where a part of this one was. */
TEST(shmdt_leaves_the_part_of_another_attach)
{
        int id = segment(3 * PAGE, 0600);
        char *p = attach(id), *q = attach(id);

        CHECK_OK(munmap(p + PAGE, PAGE));
        CHECK(mremap(q + PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + PAGE) == p + PAGE);
        CHECK_EQ(attaches(id), 5);
        detach(p);
        CHECK_EQ(attaches(id), 3);
        p[PAGE] = 1;
        detach(p);
        detach(q);
        CHECK_EQ(attaches(id), 0);
        destroy(id);
}

/* Verifies that a later part that mremap made reach beyond the segment outlives shmdt, and goes with one that finds it first. */
TEST(shmdt_of_a_part_grown_too_large)
{
        int id = segment(4 * PAGE, 0600);
        char *p = CHECK_PTR(shmat(id, free_range(12 * PAGE), 0));

        CHECK_OK(munmap(p + PAGE, PAGE));
        CHECK(mremap(p + 2 * PAGE, 2 * PAGE, 6 * PAGE, 0) == p + 2 * PAGE);
        CHECK_EQ(attaches(id), 2);
        detach(p);
        CHECK_EQ(attaches(id), 1);
        detach(p);
        CHECK_EQ(attaches(id), 0);
        destroy(id);
}

/* Verifies that an attach inherited by fork is split and detached by the child without touching the parent's. */
TEST(shmdt_in_a_child)
{
        int id = segment(3 * PAGE, 0600);
        char *p = attach(id);

        fill_pattern(p, 3 * PAGE);
        IN_CHILD {
                CHECK_EQ(attaches(id), 2);
                CHECK_OK(mprotect(p + PAGE, PAGE, PROT_READ));
                CHECK_EQ(attaches(id), 4);
                detach(p);
                CHECK_EQ(attaches(id), 1);
        }
        CHECK_EQ(attaches(id), 1);
        CHECK_PATTERN(p, 3 * PAGE);
        p[PAGE] = 1;
        detach(p);
        destroy(id);
}

/* Verifies that a read-only attach cannot be made writable by mprotect, whole or in part, and stays one attach. */
TEST(shmdt_mprotect_of_read_only)
{
        int id = segment(3 * PAGE, 0600);
        char *p = CHECK_PTR(shmat(id, NULL, SHM_RDONLY));

        CHECK_ERR(EACCES, mprotect(p, 3 * PAGE, PROT_READ | PROT_WRITE));
        CHECK_ERR(EACCES, mprotect(p, 3 * PAGE, PROT_WRITE));
        CHECK_ERR(EACCES, mprotect(p + PAGE, PAGE, PROT_READ | PROT_WRITE));
        CHECK_EQ(attaches(id), 1);
        CHECK_OK(mprotect(p, 3 * PAGE, PROT_NONE));
        CHECK_OK(mprotect(p, 3 * PAGE, PROT_READ));
        CHECK_ERR(EACCES, mprotect(p, 3 * PAGE, PROT_READ | PROT_WRITE));
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, p) { *p = 1; }
        detach(p);
        destroy(id);
}
