/* shmat: the order of its checks, where it attaches, and what its flags mean. */
#include "shm.h"

/* Verifies that a negative, a never used, and a stale id are EINVAL. */
TEST(shmat_bad_id)
{
        int id = segment(PAGE, 0600);

        CHECK_ERR(EINVAL, shmat(-1, NULL, 0));
        CHECK_ERR(EINVAL, shmat((int)0x80000000, NULL, 0));
        CHECK_ERR(EINVAL, shmat(id + 1, NULL, 0));
        CHECK_ERR(EINVAL, shmat(id ^ (1 << 15), NULL, 0));
        CHECK_ERR(EINVAL, shmat(0x7fffffff, NULL, 0));
        destroy(id);
        CHECK_ERR(EINVAL, shmat(id, NULL, 0));
}

/* Verifies that an unaligned address is EINVAL without SHM_RND, even where permission is missing as well. */
TEST_FLAGS(shmat_unaligned_before_permission, NEEDS_ROOT)
{
        int id = segment(PAGE, 0600);
        char *p = free_range(PAGE);

        CHECK_ERR(EINVAL, shmat(id, p + 1, 0));
        CHECK_ERR(EINVAL, shmat(id, p + PAGE - 1, SHM_REMAP));
        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_ERR(EINVAL, shmat(id, p + 1, 0));
                CHECK_ERR(EACCES, shmat(id, p, 0));
        }
        CHECK_EQ(attaches(id), 0);
        destroy(id);
}

/* Verifies that NULL with SHM_REMAP is EINVAL before permission, and so is SHM_RND that rounds down to NULL. */
TEST_FLAGS(shmat_remap_at_null, NEEDS_ROOT)
{
        int id = segment(PAGE, 0600);

        CHECK_ERR(EINVAL, shmat(id, NULL, SHM_REMAP));
        CHECK_ERR(EINVAL, shmat(id, (void *)1, SHM_RND | SHM_REMAP));
        CHECK_ERR(EINVAL, shmat(id, (void *)(PAGE - 1), SHM_RND | SHM_REMAP));
        CHECK_ERR(EINVAL, shmat(id, (void *)1, SHM_REMAP));
        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_ERR(EINVAL, shmat(id, NULL, SHM_REMAP));
                CHECK_ERR(EINVAL, shmat(id, (void *)1, SHM_RND | SHM_REMAP));
        }
        CHECK_EQ(attaches(id), 0);
        destroy(id);
}

/* Verifies that an overlap is EINVAL, but EACCES where permission is missing as well. */
TEST_FLAGS(shmat_permission_before_overlap, NEEDS_ROOT)
{
        int id = segment(2 * PAGE, 0600);
        char *p = CHECK_PTR(mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

        CHECK_ERR(EINVAL, shmat(id, p, 0));
        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_ERR(EACCES, shmat(id, p, 0));
                CHECK_ERR(EACCES, shmat(id, p, SHM_REMAP));
                CHECK_ERR(EACCES, shmat(id, (void *)PAGE, 0));
        }
        CHECK_EQ(attaches(id), 0);
        destroy(id);
}

/* Verifies that a range is refused when any one of its pages is mapped, its last one included. */
TEST(shmat_overlap_of_one_page)
{
        int id = segment(3 * PAGE + 1, 0600);
        char *p = free_range(8 * PAGE);

        CHECK_PTR(mmap(p + 4 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
        for (int first = 1; first <= 4; first++)
                CHECK_ERR(EINVAL, shmat(id, p + first * PAGE, 0));
        attach_at(id, p, 0);
        CHECK_ERR(EINVAL, shmat(id, p, 0));
        CHECK_EQ(attaches(id), 1);
        detach(p);
        destroy(id);
}

/* Verifies that an attach that fails leaves no trace, a hundred thousand times. */
TEST(shmat_failure_leaves_no_trace)
{
        int id = segment(PAGE, 0600);
        char *p = attach(id);
        struct shmid_ds before = stat_of(id), after;

        for (int i = 0; i < 100000; i++)
                if (shmat(id, p, 0) != (void *)-1 || errno != EINVAL)
                        FAIL("attempt %d: %s", i, strerror(errno));
        after = stat_of(id);
        CHECK_EQ(after.shm_nattch, 1);
        CHECK_EQ(after.shm_atime, before.shm_atime);
        CHECK_EQ(after.shm_dtime, 0);
        CHECK_EQ(after.shm_lpid, before.shm_lpid);
        detach(p);
        CHECK_EQ(attaches(id), 0);
        destroy(id);
}

/* Verifies that SHM_RND rounds down to a page and that SHMLBA is the page size. */
TEST(shmat_rounds_down)
{
        int id = segment(PAGE, 0600);
        char *p = free_range(PAGE);

        CHECK_EQ(SHMLBA, PAGE);
        CHECK(attach_at(id, p + 1, SHM_RND) == p);
        detach(p);
        CHECK(attach_at(id, p + PAGE - 1, SHM_RND | SHM_RDONLY) == p);
        detach(p);
        CHECK(attach_at(id, p, SHM_RND) == p);
        CHECK_ERR(EINVAL, shmat(id, p + 5, SHM_RND));
        detach(p);
        destroy(id);
}

/* Verifies that SHM_REMAP replaces what is mapped there and that the rest of it stays. */
TEST(shmat_remap_replaces)
{
        int id = segment(PAGE, 0600);
        char *p = CHECK_PTR(mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

        memset(p, 7, 3 * PAGE);
        attach_at(id, p + PAGE, SHM_REMAP);
        CHECK_ALL(p, PAGE, 7);
        CHECK_ZERO(p + PAGE, PAGE);
        CHECK_ALL(p + 2 * PAGE, PAGE, 7);
        detach(p + PAGE);
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, p + PAGE) { p[PAGE] = 1; }
        destroy(id);
}

/* Verifies that SHM_REMAP over another attach detaches that part of it: its count follows. */
TEST(shmat_remap_over_an_attach)
{
        int a = segment(3 * PAGE, 0600), b = segment(PAGE, 0600);
        char *p = attach(a);

        memset(p, 3, 3 * PAGE);
        attach_at(b, p + PAGE, SHM_REMAP);
        CHECK_EQ(attaches(a), 2);
        CHECK_EQ(attaches(b), 1);
        attach_at(b, p, SHM_REMAP);
        attach_at(b, p + 2 * PAGE, SHM_REMAP);
        CHECK_EQ(attaches(a), 0);
        CHECK_EQ(attaches(b), 3);
        CHECK_ERR(EINVAL, (long)shmdt(p - PAGE));
        for (int i = 0; i < 3; i++) {
                CHECK_ZERO(p + i * PAGE, PAGE);
                detach(p + i * PAGE);
        }
        p = attach(a);
        CHECK_ALL(p, 3 * PAGE, 3);
        detach(p);
        destroy(a);
        destroy(b);
}

/* Verifies that SHM_REMAP of a segment over its own attach at the same place leaves one attach. */
TEST(shmat_remap_over_itself)
{
        int id = segment(2 * PAGE, 0600);
        char *p = attach(id);

        fill_pattern(p, 2 * PAGE);
        attach_at(id, p, SHM_REMAP | SHM_RDONLY);
        CHECK_EQ(attaches(id), 1);
        CHECK_PATTERN(p, 2 * PAGE);
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, p + 9) { p[9] = 1; }
        detach(p);
        CHECK_ERR(EINVAL, shmdt(p));
        destroy(id);
}

/* Verifies that below 64 KiB the superuser may attach, at NULL by SHM_RND too, and others get EPERM. */
TEST_FLAGS(shmat_low_addresses, NEEDS_ROOT)
{
        char least[16] = "65536";

        file_read("/proc/sys/vm/mmap_min_addr", least, sizeof least);
        if (atoi(least) != 65536)
                SKIP("vm.mmap_min_addr is not 65536 here");
        int id = segment(PAGE, 0666);

        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_ERR(EPERM, shmat(id, (void *)PAGE, 0));
                CHECK_ERR(EPERM, shmat(id, (void *)0xf000, 0));
                CHECK_ERR(EPERM, shmat(id, (void *)1, SHM_RND));
                CHECK_ERR(EPERM, shmat(id, (void *)0xf000, SHM_REMAP));
                CHECK_EQ(attaches(id), 0);
                detach(attach_at(id, (void *)0x10000, 0));
        }
        detach(attach_at(id, (void *)0xf000, 0));
        detach(attach_at(id, (void *)PAGE, 0));
        CHECK(shmat(id, (void *)1, SHM_RND) == NULL);
        CHECK_EQ(attaches(id), 1);
        detach(NULL);
        CHECK_EQ(attaches(id), 0);
        destroy(id);
}

/* Verifies that a range that wraps is EINVAL and one beyond user space ENOMEM. */
TEST_FLAGS(shmat_beyond_user_space, NOT_64)
{
        int one = segment(PAGE, 0600), two = segment(2 * PAGE, 0600);

        CHECK_ERR(EINVAL, shmat(one, (void *)0xfffff000, 0));
        CHECK_ERR(EINVAL, shmat(two, (void *)0xfffff000, 0));
        CHECK_ERR(EINVAL, shmat(two, (void *)0xffffe000, 0));
        CHECK_ERR(ENOMEM, shmat(one, (void *)0xffffe000, 0));
        CHECK_ERR(ENOMEM, shmat(one, (void *)0xfff00000, 0));
        CHECK_ERR(ENOMEM, shmat(one, (void *)0xc0000000, 0));
        CHECK_ERR(ENOMEM, shmat(one, (void *)0xc0000000, SHM_REMAP));
        CHECK_EQ(attaches(one), 0);
        CHECK_EQ(attaches(two), 0);
        destroy(one);
        destroy(two);
}

/* Verifies that ENOMEM is the answer when no hole of the address space is large enough. */
TEST(shmat_no_room)
{
        int id = CHECK_OK(shmget(IPC_PRIVATE, 0x60000000, SHM_NORESERVE | 0600));
        unsigned n = 0;

        while (shmat(id, NULL, 0) != (void *)-1)
                n++;
        CHECK_EQ(errno, ENOMEM);
        CHECK(n >= 1 && n <= 2);
        CHECK_EQ(attaches(id), n);
        destroy(id);
}

/* Verifies that SHM_RDONLY needs r alone, a plain attach r and w, and SHM_EXEC x besides. */
TEST_FLAGS(shmat_wants_its_permissions, NEEDS_ROOT)
{
        static const struct {
                int mode, flags;
                bool granted;
        } cases[] = {
                { 0004, SHM_RDONLY, true }, { 0004, 0, false }, { 0002, 0, false }, { 0002, SHM_RDONLY, false },
                { 0006, 0, true }, { 0006, SHM_EXEC, false }, { 0007, SHM_EXEC, true }, { 0005, SHM_EXEC, false },
                { 0005, SHM_EXEC | SHM_RDONLY, true }, { 0001, SHM_RDONLY, false }, { 0770, SHM_RDONLY, false },
        };

        for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
                int id = segment(PAGE, cases[i].mode);

                IN_CHILD {
                        become(ALICE, STAFF);
                        void *p = shmat(id, NULL, cases[i].flags);

                        if ((p != (void *)-1) != cases[i].granted || (!cases[i].granted && errno != EACCES))
                                FAIL("mode %#o, flags %#o", cases[i].mode, cases[i].flags);
                }
                CHECK_EQ(attaches(id), 0);
                destroy(id);
        }
}

/* Verifies that the kernel's choice of address is page aligned, free, and good for a size that is not whole pages. */
TEST(shmat_chooses_an_address)
{
        int id = segment(5000, 0600);
        char *p = attach(id), *q = attach(id);

        CHECK_EQ((uintptr_t)p % PAGE, 0);
        CHECK_EQ((uintptr_t)q % PAGE, 0);
        CHECK(p + 2 * PAGE <= q || q + 2 * PAGE <= p);
        fill_pattern(p, 2 * PAGE);
        CHECK_PATTERN(q, 2 * PAGE);
        detach(p);
        detach(q);
        destroy(id);
}

/* Verifies that segments of an odd size a little over half a page table fill most of the space, wherever the kernel likes to put large ones. */
TEST(shmat_odd_sizes_fill_the_space)
{
        const size_t size = 2 * MIB + PAGE;
        int id = segment(size, 0600);
        unsigned fitted = 0;

        IN_CHILD {
                while (fitted < 2000 && shmat(id, NULL, 0) != (void *)-1)
                        fitted++;
                CHECK(fitted >= 1330);
        }
        destroy(id);
}

/* Verifies that a write to an SHM_RDONLY attach is SIGSEGV with SEGV_ACCERR, also by the second attach of a process
 * that may write by the first, and that the kernel refuses it likewise (EFAULT). */
TEST(shmat_read_only)
{
        int id = segment(PAGE, 0600);
        char *w = attach(id), *r = CHECK_PTR(shmat(id, NULL, SHM_RDONLY));
        struct gate gate = gate_create();

        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, r + 5) { r[5] = 1; }
        w[5] = 42;
        CHECK_EQ(r[5], 42);
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, r + 5) { r[5] = 1; }
        gate_open(&gate);
        CHECK_ERR(EFAULT, read(gate.fds[0], r, 1));
        CHECK_EQ(w[5], 42);
        detach(w);
        detach(r);
        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, r + 5) { r[5] = 1; }
        destroy(id);
}
