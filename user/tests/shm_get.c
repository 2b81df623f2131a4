/* shmget: the order of its checks, one test for each rule. */
#include "shm.h"

/* Verifies that IPC_PRIVATE always makes a new segment, and that IPC_EXCL means nothing there. */
TEST(shmget_private_is_always_new)
{
        int a = CHECK_OK(shmget(IPC_PRIVATE, PAGE, 0600));
        int b = CHECK_OK(shmget(IPC_PRIVATE, PAGE, 0600));
        int c = CHECK_OK(shmget(IPC_PRIVATE, PAGE, IPC_CREAT | IPC_EXCL | 0600));

        CHECK(a != b && b != c && a != c);
        CHECK_EQ(stat_of(c).shm_perm.__key, IPC_PRIVATE);
        destroy(a);
        destroy(b);
        destroy(c);
}

/* Verifies that an absent key without IPC_CREAT is ENOENT, even with size 0, too large a size, or IPC_EXCL. */
TEST(shmget_absent_key)
{
        key_t key = fresh_key();

        CHECK_ERR(ENOENT, shmget(key, PAGE, 0600));
        CHECK_ERR(ENOENT, shmget(key, 0, 0));
        CHECK_ERR(ENOENT, shmget(key, 0xffffffff, 0));
        CHECK_ERR(ENOENT, shmget(key, PAGE, IPC_EXCL | 0600));
}

/* Verifies that IPC_CREAT makes the key's segment once and finds it afterwards, and that negative keys are keys. */
TEST(shmget_creates_once)
{
        key_t key = fresh_key() - 0x7fffffff - 1;
        int id = CHECK_OK(shmget(key, 100, IPC_CREAT | 0600));

        CHECK(key < 0);
        CHECK_EQ(shmget(key, 100, IPC_CREAT | 0600), id);
        CHECK_EQ(shmget(key, 100, 0600), id);
        CHECK_EQ(shmget(key, 0, 0), id);
        CHECK_EQ(shmget(key, 1, IPC_EXCL), id);
        CHECK_EQ(stat_of(id).shm_perm.__key, key);
        CHECK_EQ(stat_of(id).shm_segsz, 100);
        destroy(id);
}

/* Verifies that IPC_CREAT|IPC_EXCL on a present key is EEXIST before size and permission are looked at. */
TEST_FLAGS(shmget_exclusive_comes_first, NEEDS_ROOT)
{
        key_t key = fresh_key();
        int id = CHECK_OK(shmget(key, PAGE, IPC_CREAT | IPC_EXCL | 0600));

        CHECK_ERR(EEXIST, shmget(key, PAGE, IPC_CREAT | IPC_EXCL | 0600));
        CHECK_ERR(EEXIST, shmget(key, 2 * PAGE, IPC_CREAT | IPC_EXCL));
        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_ERR(EEXIST, shmget(key, 2 * PAGE, IPC_CREAT | IPC_EXCL | 0600));
        }
        destroy(id);
}

/* Verifies that a size above the segment's size in bytes is EINVAL, although both round to the same pages. */
TEST(shmget_size_is_compared_in_bytes)
{
        key_t key = fresh_key();
        int id = CHECK_OK(shmget(key, 5000, IPC_CREAT | 0600));

        CHECK_EQ(shmget(key, 5000, 0600), id);
        CHECK_ERR(EINVAL, shmget(key, 5001, 0600));
        CHECK_ERR(EINVAL, shmget(key, 5001, IPC_CREAT | 0600));
        CHECK_ERR(EINVAL, shmget(key, 0xffffffff, 0600));
        destroy(id);
}

/* Verifies that the size of a present key is checked before permission. */
TEST_FLAGS(shmget_size_before_permission, NEEDS_ROOT)
{
        key_t key = fresh_key();
        int id = CHECK_OK(shmget(key, 5000, IPC_CREAT | 0600));

        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_ERR(EINVAL, shmget(key, 5001, 0600));
                CHECK_ERR(EACCES, shmget(key, 5000, 0600));
        }
        destroy(id);
}

/* Verifies that the three classes of the permission bits in flags are or-ed, and that asking nothing succeeds. */
TEST_FLAGS(shmget_permission_bits_are_merged, NEEDS_ROOT)
{
        static const int granted[] = { 0, 0400, 0040, 0004, 0444 };
        static const int refused[] = { 0200, 0020, 0002, 0600, 0060, 0006, 0420, 0402, 0100, 0010, 0001 };
        key_t key = fresh_key();
        int id = CHECK_OK(shmget(key, PAGE, IPC_CREAT | 0604));

        IN_CHILD {
                become(ALICE, STAFF);
                for (unsigned i = 0; i < ARRAY_SIZE(granted); i++)
                        CHECK_EQ(shmget(key, PAGE, granted[i]), id);
                for (unsigned i = 0; i < ARRAY_SIZE(refused); i++)
                        CHECK_ERR(EACCES, shmget(key, PAGE, refused[i]));
        }
        destroy(id);
}

/* Verifies that a segment of mode 0 is refused to its own creator, and only asking nothing finds it. */
TEST_FLAGS(shmget_owner_has_no_bypass, NEEDS_ROOT)
{
        key_t key = fresh_key();

        IN_CHILD {
                become(ALICE, STAFF);
                int id = CHECK_OK(shmget(key, PAGE, IPC_CREAT));

                CHECK_ERR(EACCES, shmget(key, PAGE, 0400));
                CHECK_ERR(EACCES, shmget(key, PAGE, IPC_CREAT | 0600));
                CHECK_EQ(shmget(key, PAGE, 0), id);
                destroy(id);
        }
}

/* Verifies that a new segment must have a size of at least SHMMIN, 1. */
TEST(shmget_size_zero)
{
        CHECK_ERR(EINVAL, shmget(IPC_PRIVATE, 0, 0600));
        CHECK_ERR(EINVAL, shmget(fresh_key(), 0, IPC_CREAT | 0600));
        int id = segment(1, 0600);

        CHECK_EQ(stat_of(id).shm_segsz, 1);
        destroy(id);
}

/* Verifies that SHMMAX is inclusive. */
TEST_FLAGS(shmget_over_shmmax, NEEDS_ROOT)
{
        long long before = setting("shmmax");

        setting_put("shmmax", 5000);
        CHECK_ERR(EINVAL, shmget(IPC_PRIVATE, 5001, 0600));
        int id = segment(5000, 0600);

        setting_put("shmmax", 4999);
        CHECK_ERR(EINVAL, shmget(IPC_PRIVATE, 5000, 0600));
        detach(attach(id));
        destroy(id);
        setting_put("shmmax", before);
}

/* Verifies that the sizes at the very end of 32 bits are over SHMMAX. */
TEST_FLAGS(shmget_huge_sizes, NOT_64)
{
        CHECK_ERR(EINVAL, shmget(IPC_PRIVATE, 0xffffffff, 0600));
        CHECK_ERR(EINVAL, shmget(IPC_PRIVATE, 0xfffff001, 0600));
        CHECK_ERR(EINVAL, shmget(IPC_PRIVATE, 0xff000000, 0600));
}

/* Verifies that rounding up to pages is seen to overflow (ENOSPC) when SHMMAX allows such sizes. */
TEST_FLAGS(shmget_rounding_overflow, NOT_64 | NEEDS_ROOT)
{
        long long before = setting("shmmax");

        setting_put("shmmax", 0xffffffff);
        CHECK_ERR(ENOSPC, shmget(IPC_PRIVATE, 0xffffffff, 0600));
        CHECK_ERR(ENOSPC, shmget(IPC_PRIVATE, 0xfffff001, SHM_NORESERVE | 0600));
        CHECK_ERR(ENOMEM, shmget(IPC_PRIVATE, 0xfffff000, 0600));
        setting_put("shmmax", before);
}

/* Verifies that SHMALL counts whole pages of all segments, is inclusive, and is given back by IPC_RMID. */
TEST_FLAGS(shmget_over_shmall, NEEDS_ROOT)
{
        long long before = setting("shmall");
        unsigned long total = totals().shm_tot;

        setting_put("shmall", total + 4);
        CHECK_ERR(ENOSPC, shmget(IPC_PRIVATE, 4 * PAGE + 1, 0600));
        int a = segment(3 * PAGE - 1, 0600);

        CHECK_EQ(totals().shm_tot, total + 3);
        CHECK_ERR(ENOSPC, shmget(IPC_PRIVATE, PAGE + 1, 0600));
        int b = segment(1, 0600);

        CHECK_ERR(ENOSPC, shmget(IPC_PRIVATE, 1, 0600));
        destroy(a);
        CHECK_EQ(totals().shm_tot, total + 1);
        a = segment(3 * PAGE, 0600);
        destroy(a);
        destroy(b);
        CHECK_EQ(totals().shm_tot, total);
        setting_put("shmall", before);
}

/* Verifies the order of the creation errors: size, SHMALL, memory, and SHMMNI last of all. */
TEST_FLAGS(shmget_order_of_creation_errors, NOT_64 | NEEDS_ROOT)
{
        long long all = setting("shmall"), mni = setting("shmmni");
        size_t too_much = 0xf0000000;

        setting_put("shmmni", totals().used_ids);
        CHECK_ERR(ENOSPC, shmget(IPC_PRIVATE, PAGE, 0600));
        CHECK_ERR(EINVAL, shmget(IPC_PRIVATE, 0, 0600));
        CHECK_ERR(ENOMEM, shmget(IPC_PRIVATE, too_much, 0600));
        setting_put("shmall", totals().shm_tot + 1);
        CHECK_ERR(ENOSPC, shmget(IPC_PRIVATE, too_much, 0600));
        setting_put("shmall", all);
        setting_put("shmmni", mni);
        CHECK_EQ(totals().shm_tot, 0);
}

/* Verifies that memory that is certainly not there cannot be reserved, but can be had with SHM_NORESERVE. */
TEST_FLAGS(shmget_reserves_memory, NOT_64)
{
        size_t too_much = 0xc0000000;

        CHECK_ERR(ENOMEM, shmget(IPC_PRIVATE, too_much, 0600));
        destroy(CHECK_OK(shmget(IPC_PRIVATE, too_much, SHM_NORESERVE | 0600)));
}

/* Verifies that SHM_HUGETLB without huge pages is EPERM for the unprivileged and ENOMEM for uid 0 and for gid 0. */
TEST_FLAGS(shmget_huge_pages, NEEDS_ROOT)
{
        CHECK_ERR(ENOMEM, shmget(IPC_PRIVATE, PAGE, SHM_HUGETLB | 0600));
        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_ERR(EPERM, shmget(IPC_PRIVATE, PAGE, SHM_HUGETLB | 0600));
        }
        IN_CHILD {
                become(ALICE, 0);
                CHECK_ERR(ENOMEM, shmget(IPC_PRIVATE, PAGE, SHM_HUGETLB | 0600));
        }
}

/* Verifies that only the nine permission bits of shmget's flags become the mode. */
TEST(shmget_mode_is_nine_bits)
{
        int id = CHECK_OK(shmget(IPC_PRIVATE, PAGE, SHM_RND | SHM_REMAP | 0644));

        CHECK_EQ(stat_of(id).shm_perm.mode, 0644);
        destroy(id);
}
