/* The commands about all segments: SHM_STAT and SHM_STAT_ANY by index, IPC_INFO, SHM_INFO. */
#include "shm.h"

static void *const nowhere = (void *)PAGE;

static int index_of(int id)
{
        return id & 0x7fff;
}

/* Verifies that SHM_STAT takes an index, returns the id, and fills the same structure as IPC_STAT. */
TEST(shm_stat_by_index)
{
        int id = segment(5000, 0640), other = segment(PAGE, 0600);
        struct shmid_ds ds;

        memset(&ds, 0xee, sizeof ds);
        CHECK_EQ(shmctl(index_of(id), SHM_STAT, &ds), id);
        CHECK_EQ(ds.shm_segsz, 5000);
        CHECK_EQ(ds.shm_perm.mode, 0640);
        CHECK_EQ(shmctl(index_of(other), SHM_STAT, &ds), other);
        CHECK_EQ(shmctl(index_of(id), SHM_STAT_ANY, &ds), id);
        CHECK_EQ(ds.shm_segsz, 5000);
        destroy(id);
        CHECK_ERR(EINVAL, shmctl(index_of(id), SHM_STAT, &ds));
        CHECK_ERR(EINVAL, shmctl(index_of(id), SHM_STAT_ANY, &ds));
        CHECK_ERR(EINVAL, shmctl(32767, SHM_STAT, &ds));
        destroy(other);
}

/* Verifies the order of SHM_STAT: EINVAL, EACCES, EFAULT; and that SHM_STAT_ANY asks for no permission. */
TEST_FLAGS(shm_stat_order, NEEDS_ROOT)
{
        int id = segment(PAGE, 0600);
        int index = index_of(id);
        struct shmid_ds ds;

        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_EQ(raw_shmctl(index + 9, SHM_STAT, nowhere), -EINVAL);
                CHECK_EQ(raw_shmctl(index, SHM_STAT, nowhere), -EACCES);
                CHECK_EQ(raw_shmctl(index + 9, SHM_STAT_ANY, nowhere), -EINVAL);
                CHECK_EQ(raw_shmctl(index, SHM_STAT_ANY, nowhere), -EFAULT);
                CHECK_ERR(EACCES, shmctl(index, SHM_STAT, &ds));
                CHECK_EQ(shmctl(index, SHM_STAT_ANY, &ds), id);
                CHECK_EQ(ds.shm_perm.mode, 0600);
        }
        CHECK_EQ(raw_shmctl(index, SHM_STAT, nowhere), -EFAULT);
        destroy(id);
}

/* Verifies that a walk over all indices up to the highest finds every segment once. */
TEST(shm_stat_walk)
{
        enum { COUNT = 50 };
        int ids[COUNT], found = 0;
        struct shminfo limits;
        struct shmid_ds ds;

        for (int i = 0; i < COUNT; i++)
                ids[i] = segment(PAGE * (i + 1), 0600);
        for (int i = 0; i < COUNT; i += 2)
                destroy(ids[i]);
        int highest = CHECK_OK(shmctl(0, IPC_INFO, (struct shmid_ds *)&limits));

        for (int i = 0; i <= highest; i++) {
                int id = shmctl(i, SHM_STAT, &ds);

                if (id < 0)
                        continue;
                for (int j = 1; j < COUNT; j += 2)
                        if (ids[j] == id && ds.shm_segsz == PAGE * (j + 1u))
                                found++;
        }
        CHECK_EQ(found, COUNT / 2);
        for (int j = 1; j < COUNT; j += 2)
                destroy(ids[j]);
}

/* Verifies that IPC_INFO and SHM_INFO return the highest used index, whatever their id is, and 0 without segments. */
TEST(shm_info_returns_the_highest_index)
{
        struct shm_info info;
        int ids[5];

        if (totals().used_ids)
                SKIP("there are segments of others here");
        CHECK_EQ(shmctl(0, IPC_INFO, (struct shmid_ds *)&info), 0);
        CHECK_EQ(shmctl(0, SHM_INFO, (struct shmid_ds *)&info), 0);
        for (int i = 0; i < 5; i++)
                ids[i] = segment(PAGE, 0600);
        for (int left = 5; left; left--) {
                int top = 0;

                for (int i = 1; i < left; i++)
                        if (index_of(ids[i]) > index_of(ids[top]))
                                top = i;
                CHECK_EQ(shmctl(0, IPC_INFO, (struct shmid_ds *)&info), index_of(ids[top]));
                CHECK_EQ(shmctl(12345, SHM_INFO, (struct shmid_ds *)&info), index_of(ids[top]));
                destroy(ids[top]);
                ids[top] = ids[left - 1];
        }
        CHECK_EQ(shmctl(0, SHM_INFO, (struct shmid_ds *)&info), 0);
}

/* Verifies that SHM_INFO counts segments, their whole pages, and the pages that exist. */
TEST(shm_info_counts)
{
        struct shm_info before = totals(), now;
        int a = segment(5000, 0600), b = segment(10 * PAGE, 0600);
        char *p = attach(b);

        now = totals();
        CHECK_EQ(now.used_ids, before.used_ids + 2);
        CHECK_EQ(now.shm_tot, before.shm_tot + 12);
        CHECK_EQ(now.shm_rss, before.shm_rss);
        p[0] = 1;
        CHECK_EQ(*(volatile char *)(p + 9 * PAGE), 0);
        now = totals();
        CHECK_EQ(now.shm_rss, before.shm_rss + 2);
        CHECK_EQ(now.shm_swp, 0);
        detach(p);
        CHECK_EQ(totals().shm_rss, before.shm_rss + 2);
        destroy(a);
        destroy(b);
        now = totals();
        CHECK_EQ(now.used_ids, before.used_ids);
        CHECK_EQ(now.shm_tot, before.shm_tot);
        CHECK_EQ(now.shm_rss, before.shm_rss);
}

/* Verifies that IPC_INFO and SHM_INFO are open to everybody and answer EFAULT to a bad buffer. */
TEST_FLAGS(shm_info_for_everybody, NEEDS_ROOT)
{
        int id = segment(PAGE, 0);
        struct shminfo limits;

        IN_CHILD {
                become(ALICE, STAFF);
                CHECK_OK(shmctl(0, IPC_INFO, (struct shmid_ds *)&limits));
                CHECK(totals().used_ids >= 1);
                CHECK_EQ(raw_shmctl(0, IPC_INFO, nowhere), -EFAULT);
                CHECK_EQ(raw_shmctl(0, SHM_INFO, nowhere), -EFAULT);
        }
        destroy(id);
}

/* Verifies that IPC_INFO shows the limits that are set: mni and seg alike, min 1, and the others of /proc. */
TEST_FLAGS(shm_info_shows_the_limits, NEEDS_ROOT)
{
        long long max = setting("shmmax"), all = setting("shmall"), mni = setting("shmmni");
        struct shminfo limits;

        setting_put("shmmax", 1234567);
        setting_put("shmall", 7654);
        setting_put("shmmni", 321);
        CHECK_OK(shmctl(0, IPC_INFO, (struct shmid_ds *)&limits));
        CHECK_EQ(limits.shmmax, 1234567);
        CHECK_EQ(limits.shmall, 7654);
        CHECK_EQ(limits.shmmni, 321);
        CHECK_EQ(limits.shmseg, 321);
        CHECK_EQ(limits.shmmin, 1);
        setting_put("shmmax", max);
        setting_put("shmall", all);
        setting_put("shmmni", mni);
}
