/* The i386 ABI, byte by byte: the direct calls, ipc with IPC_64, ipc with the old structures. */
#include "shm.h"

#include <stddef.h>

static void *const nowhere = (void *)PAGE;

/* A buffer for one structure, filled with 0xEE, with a margin on both sides that must stay so. */
struct buffer {
        unsigned char before[64], data[128], after[64];
};

static void *buffer_new(struct buffer *b)
{
        memset(b, 0xee, sizeof *b);
        return b->data;
}

/* Nothing outside the first size bytes of the data was written. */
static void buffer_check(const struct buffer *b, size_t size)
{
        CHECK_ALL(b->before, sizeof b->before, 0xee);
        CHECK_ALL(b->data + size, sizeof b->data - size, 0xee);
        CHECK_ALL(b->after, sizeof b->after, 0xee);
}

/* A segment with a different value in every field, attached once at the returned address. */
static int interesting_segment(key_t key, char **p)
{
        int id = CHECK_OK(shmget(key, 5001, IPC_CREAT | 0640));

        IN_CHILD { detach(attach(id)); }
        *p = attach(id);
        return id;
}

static void check_ds64(const struct abi_ds64 *ds, int id, key_t key)
{
        struct shmid_ds want = stat_of(id);

        CHECK_EQ(ds->perm.key, key);
        CHECK_EQ(ds->perm.uid, geteuid());
        CHECK_EQ(ds->perm.gid, getegid());
        CHECK_EQ(ds->perm.cuid, geteuid());
        CHECK_EQ(ds->perm.cgid, getegid());
        CHECK_EQ(ds->perm.mode, 0640);
        CHECK_EQ(ds->perm.seq, (uint16_t)(id >> 15));
        CHECK_EQ(ds->segsz, 5001);
        CHECK_EQ(ds->atime, (uint32_t)want.shm_atime);
        CHECK_EQ(ds->dtime, (uint32_t)want.shm_dtime);
        CHECK_EQ(ds->ctime, (uint32_t)want.shm_ctime);
        CHECK(ds->atime && ds->dtime && ds->ctime);
        CHECK_EQ(ds->cpid, getpid());
        CHECK_EQ(ds->lpid, getpid());
        CHECK_EQ(ds->nattch, 1);
        CHECK_EQ(ds->perm.pad1 | ds->perm.pad2 | ds->perm.unused[0] | ds->perm.unused[1], 0);
        CHECK_EQ(ds->atime_high | ds->dtime_high | ds->ctime_high | ds->unused[0] | ds->unused[1], 0);
}

/* Verifies the 64-style shmid_ds of IPC_STAT, SHM_STAT and SHM_STAT_ANY through both entries: every field at its
 * offset, every pad 0, not one byte more. */
TEST(abi_shmid64_ds)
{
        static const int commands[] = { IPC_STAT, SHM_STAT, SHM_STAT_ANY };
        key_t key = fresh_key();
        struct buffer b;
        char *p;
        int id = interesting_segment(key, &p);

        for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
                int cmd = commands[i], arg = cmd == IPC_STAT ? id : id & 0x7fff, result = cmd == IPC_STAT ? 0 : id;
                void *ds = buffer_new(&b);

                CHECK_EQ(raw_shmctl(arg, cmd, ds), result);
                buffer_check(&b, sizeof(struct abi_ds64));
                check_ds64(ds, id, key);
                buffer_new(&b);
                CHECK_EQ(raw_ipc(OP_SHMCTL, arg, cmd | IPC_64_BIT, NULL, ds), result);
                buffer_check(&b, sizeof(struct abi_ds64));
                check_ds64(ds, id, key);
        }
        detach(p);
        destroy(id);
}

/* Verifies the offsets that the two structures are written down with. */
TEST(abi_offsets)
{
        CHECK_EQ(offsetof(struct abi_perm64, mode), 20);
        CHECK_EQ(offsetof(struct abi_perm64, seq), 24);
        CHECK_EQ(offsetof(struct abi_ds64, segsz), 36);
        CHECK_EQ(offsetof(struct abi_ds64, dtime), 48);
        CHECK_EQ(offsetof(struct abi_ds64, ctime), 56);
        CHECK_EQ(offsetof(struct abi_ds64, cpid), 64);
        CHECK_EQ(offsetof(struct abi_ds64, nattch), 72);
        CHECK_EQ(offsetof(struct abi_ds_old, segsz), 16);
        CHECK_EQ(offsetof(struct abi_ds_old, ctime), 28);
        CHECK_EQ(offsetof(struct abi_ds_old, cpid), 32);
        CHECK_EQ(offsetof(struct abi_ds_old, nattch), 36);
        CHECK_EQ(sizeof(struct abi_info64), 36);
        CHECK_EQ(sizeof(struct abi_info_old), 20);
}

/* Verifies the old shmid_ds, which ipc fills when the command has no IPC_64: 48 bytes, 16-bit ids, pads 0. */
TEST(abi_old_shmid_ds)
{
        key_t key = fresh_key();
        struct buffer b;
        char *p;
        int id = interesting_segment(key, &p);
        struct shmid_ds want = stat_of(id);
        struct abi_ds_old *ds = buffer_new(&b);

        CHECK_EQ(raw_ipc(OP_SHMCTL, id, IPC_STAT, NULL, ds), 0);
        buffer_check(&b, sizeof *ds);
        CHECK_EQ(ds->perm.key, key);
        CHECK_EQ(ds->perm.uid, (uint16_t)geteuid());
        CHECK_EQ(ds->perm.cgid, (uint16_t)getegid());
        CHECK_EQ(ds->perm.mode, 0640);
        CHECK_EQ(ds->perm.seq, (uint16_t)(id >> 15));
        CHECK_EQ(ds->segsz, 5001);
        CHECK_EQ(ds->atime, (uint32_t)want.shm_atime);
        CHECK_EQ(ds->dtime, (uint32_t)want.shm_dtime);
        CHECK_EQ(ds->ctime, (uint32_t)want.shm_ctime);
        CHECK_EQ(ds->cpid, (uint16_t)getpid());
        CHECK_EQ(ds->lpid, (uint16_t)getpid());
        CHECK_EQ(ds->nattch, 1);
        CHECK_EQ(ds->unused16 | ds->unused[0] | ds->unused[1], 0);
        buffer_new(&b);
        CHECK_EQ(raw_ipc(OP_SHMCTL, id & 0x7fff, SHM_STAT, NULL, ds), id);
        buffer_check(&b, sizeof *ds);
        CHECK_EQ(ds->segsz, 5001);
        detach(p);
        destroy(id);
}

/* Verifies that an id above 65535 shows as 65534 in the old structure. */
TEST_FLAGS(abi_old_structure_overflow_uid, NEEDS_ROOT)
{
        int id = segment(PAGE, 0600);
        struct shmid_ds set = stat_of(id);
        struct abi_ds_old ds;

        set.shm_perm.uid = 70000;
        set.shm_perm.gid = 65535 + 3;
        CHECK_OK(shmctl(id, IPC_SET, &set));
        CHECK_EQ(raw_ipc(OP_SHMCTL, id, IPC_STAT, NULL, &ds), 0);
        CHECK_EQ(ds.perm.uid, 65534);
        CHECK_EQ(ds.perm.gid, 65534);
        CHECK_EQ(stat_of(id).shm_perm.uid, 70000);
        destroy(id);
}

/* Verifies that IPC_SET reads uid, gid and mode from each kind of structure at its place. */
TEST_FLAGS(abi_ipc_set, NEEDS_ROOT)
{
        int id = segment(PAGE, 0600);
        struct abi_ds_old old;
        struct abi_ds64 new;

        memset(&old, 0xee, sizeof old);
        old.perm.uid = ALICE;
        old.perm.gid = STAFF;
        old.perm.mode = 0123;
        CHECK_EQ(raw_ipc(OP_SHMCTL, id, IPC_SET, NULL, &old), 0);
        CHECK_EQ(stat_of(id).shm_perm.uid, ALICE);
        CHECK_EQ(stat_of(id).shm_perm.gid, STAFF);
        CHECK_EQ(stat_of(id).shm_perm.mode, 0123);
        memset(&new, 0xee, sizeof new);
        new.perm.uid = 100000;
        new.perm.gid = 200000;
        new.perm.mode = 0321;
        CHECK_EQ(raw_shmctl(id, IPC_SET, &new), 0);
        CHECK_EQ(stat_of(id).shm_perm.uid, 100000);
        CHECK_EQ(stat_of(id).shm_perm.gid, 200000);
        CHECK_EQ(stat_of(id).shm_perm.mode, 0321);
        new.perm.uid = BOB;
        CHECK_EQ(raw_ipc(OP_SHMCTL, id, IPC_SET | IPC_64_BIT, NULL, &new), 0);
        CHECK_EQ(stat_of(id).shm_perm.uid, BOB);
        destroy(id);
}

static long ctl64(bool direct, int cmd, void *buf)
{
        return direct ? raw_shmctl(0, cmd, buf) : raw_ipc(OP_SHMCTL, 0, cmd | IPC_64_BIT, NULL, buf);
}

/* Verifies shminfo64 and shm_info through both entries: sizes, values, pads 0. */
TEST_FLAGS(abi_info64, NEEDS_ROOT)
{
        long long max = setting("shmmax");
        struct buffer b;
        struct abi_info64 *info = buffer_new(&b);
        struct abi_shm_info *sums = (void *)info;
        int id = segment(5000, 0600);

        setting_put("shmmax", 0x12345678);
        for (int direct = 0; direct < 2; direct++) {
                buffer_new(&b);
                CHECK(ctl64(direct, IPC_INFO, info) >= 0);
                buffer_check(&b, sizeof *info);
                CHECK_EQ(info->max, 0x12345678);
                CHECK_EQ(info->min, 1);
                CHECK_EQ(info->mni, setting("shmmni"));
                CHECK_EQ(info->seg, info->mni);
                CHECK_ZERO(info->unused, sizeof info->unused);
                buffer_new(&b);
                CHECK(ctl64(direct, SHM_INFO, info) >= 0);
                buffer_check(&b, sizeof *sums);
                CHECK_EQ(sums->used_ids, totals().used_ids);
                CHECK_EQ(sums->tot, totals().shm_tot);
                if (meminfo("SwapTotal") == 0)
                        CHECK_EQ(sums->swp | sums->swap_attempts | sums->swap_successes, 0);
        }
        setting_put("shmmax", max);
        destroy(id);
}

/* Verifies the 36 bytes of shminfo64 with the limits a 32-bit kernel starts with. */
TEST_FLAGS(abi_info64_defaults, NOT_64)
{
        struct abi_info64 info;

        CHECK(raw_shmctl(0, IPC_INFO, &info) >= 0);
        CHECK_EQ(info.max, 4278190079u);
        CHECK_EQ(info.all, 4278190079u);
        CHECK_EQ(info.mni, 4096);
        CHECK_EQ(info.seg, 4096);
}

/* Verifies the old shminfo: 20 bytes, with the greatest size clamped to 0x7fffffff; and the old SHM_INFO. */
TEST(abi_old_info)
{
        struct buffer b;
        struct abi_info_old *info = buffer_new(&b);

        CHECK(raw_ipc(OP_SHMCTL, 0, IPC_INFO, NULL, info) >= 0);
        buffer_check(&b, sizeof *info);
        CHECK_EQ(info->max, 0x7fffffff);
        CHECK_EQ(info->min, 1);
        CHECK_EQ(info->mni, setting("shmmni"));
        CHECK_EQ(info->seg, info->mni);
        buffer_new(&b);
        CHECK(raw_ipc(OP_SHMCTL, 0, SHM_INFO, NULL, info) >= 0);
        buffer_check(&b, sizeof(struct abi_shm_info));
}

/* Verifies that the direct shmctl knows only 64-style structures: IPC_64 in its command is EINVAL. */
TEST(abi_direct_shmctl_without_ipc_64)
{
        int id = segment(PAGE, 0600);
        struct buffer b;

        for (int cmd = 0; cmd < 16; cmd++) {
                CHECK_EQ(raw_shmctl(id, cmd | IPC_64_BIT, buffer_new(&b)), -EINVAL);
                buffer_check(&b, 0);
        }
        CHECK_EQ(raw_ipc(OP_SHMCTL, id, IPC_STAT | IPC_64_BIT << 1, NULL, &b), -EINVAL);
        CHECK_EQ(raw_ipc(OP_SHMCTL, id, IPC_RMID, NULL, nowhere), 0);
}

/* Verifies the direct calls: the numbers, the order of arguments, and shmat's address as the result. */
TEST(abi_direct_calls)
{
        key_t key = fresh_key();
        long id = raw(NR_SHMGET, key, 5000, IPC_CREAT | 0600, 0, 0, 0);

        CHECK(id >= 0);
        CHECK_EQ(shmget(key, 5000, 0), id);
        char *free = free_range(2 * PAGE);

        CHECK_EQ(raw(NR_SHMAT, id, (long)free, 0, 0, 0, 0), (long)free);
        fill_pattern(free, 2 * PAGE);
        CHECK_EQ(raw(NR_SHMAT, id, (long)free, 0, 0, 0, 0), -EINVAL);
        unsigned long second = raw(NR_SHMAT, id, 0, SHM_RDONLY, 0, 0, 0);

        CHECK(second < -4095ul && second % PAGE == 0);
        CHECK_PATTERN((char *)second, 2 * PAGE);
        CHECK_EQ(raw(NR_SHMDT, second, 0, 0, 0, 0, 0), 0);
        CHECK_EQ(raw(NR_SHMDT, second, 0, 0, 0, 0, 0), -EINVAL);
        CHECK_EQ(raw(NR_SHMDT, (long)free, 0, 0, 0, 0, 0), 0);
        CHECK_EQ(raw_shmctl(id, IPC_RMID, NULL), 0);
        CHECK_EQ(raw(NR_SHMGET, key, 0, 0, 0, 0, 0), -ENOENT);
}

/* Verifies the same four through ipc: shmat stores the address through its third argument and returns 0. */
TEST(abi_ipc_calls)
{
        key_t key = fresh_key();
        long id = raw_ipc(OP_SHMGET, key, 5000, (void *)(IPC_CREAT | 0600), NULL);
        char *free = free_range(8 * PAGE);
        char *place[3] = { (char *)-7, (char *)-7, (char *)-7 };

        CHECK(id >= 0);
        CHECK_EQ(shmget(key, 5000, 0), id);
        CHECK_EQ(raw_ipc(OP_SHMAT, id, 0, &place[1], free), 0);
        CHECK(place[1] == free && place[0] == (char *)-7 && place[2] == (char *)-7);
        CHECK_EQ(raw_ipc(OP_SHMAT, id, 0, &place[1], free), -EINVAL);
        CHECK_EQ(raw_ipc(OP_SHMAT, id, SHM_RND, &place[1], free + 4 * PAGE + 5), 0);
        CHECK(place[1] == free + 4 * PAGE);
        CHECK_EQ(raw_ipc(OP_SHMDT, 0, 0, NULL, free + 4 * PAGE), 0);
        CHECK_EQ(raw_ipc(OP_SHMDT, 0, 0, NULL, free), 0);
        CHECK_EQ(raw_ipc(OP_SHMDT, 0, 0, NULL, free), -EINVAL);
        CHECK_EQ(raw_ipc(OP_SHMCTL, id, IPC_RMID | IPC_64_BIT, NULL, NULL), 0);
        CHECK_EQ(raw_ipc(OP_SHMGET, key, 0, NULL, NULL), -ENOENT);
}

/* Verifies that ipc's version is ignored but for SHMAT, where 1 is EINVAL, and that unknown operations are ENOSYS. */
TEST(abi_ipc_versions_and_unknown_operations)
{
        static const unsigned unknown[] = { 0, 5, 9, 10, 15, 20, 25, 99, 0xffff };
        int id = segment(PAGE, 0600);
        struct abi_ds64 ds;
        char *place = NULL;

        CHECK_EQ(raw_ipc(1 << 16 | OP_SHMAT, id, 0, &place, NULL), -EINVAL);
        CHECK_EQ(attaches(id), 0);
        CHECK_EQ(raw_ipc(2 << 16 | OP_SHMAT, id, 0, &place, NULL), 0);
        CHECK_EQ(raw_ipc(1 << 16 | OP_SHMCTL, id, IPC_STAT | IPC_64_BIT, NULL, &ds), 0);
        CHECK_EQ(ds.nattch, 1);
        CHECK_EQ(raw_ipc(1 << 16 | OP_SHMDT, 0, 0, NULL, place), 0);
        for (unsigned i = 0; i < ARRAY_SIZE(unknown); i++)
                CHECK_EQ(raw_ipc(unknown[i], id, 0, NULL, nowhere), -ENOSYS);
        destroy(id);
}

/* Verifies that a bad place for the address is EFAULT. */
TEST(abi_ipc_shmat_bad_third)
{
        int id = segment(PAGE, 0600);

        CHECK_EQ(raw_ipc(OP_SHMAT, id, 0, nowhere, NULL), -EFAULT);
        CHECK_EQ(raw_ipc(OP_SHMAT, id, 0, NULL, NULL), -EFAULT);
        destroy(id);
}

/* Verifies that such a call has attached nothing: Linux leaves the attach in place. */
TEST_FLAGS(abi_ipc_shmat_bad_third_attaches_nothing, COMMONS_ONLY)
{
        int id = segment(PAGE, 0600);

        CHECK_EQ(raw_ipc(OP_SHMAT, id, 0, nowhere, NULL), -EFAULT);
        CHECK_EQ(attaches(id), 0);
        CHECK_EQ(stat_of(id).shm_atime, 0);
        destroy(id);
}

/* Verifies that a structure that straddles the end of a mapping is EFAULT for reading and for writing. */
TEST(abi_straddling_buffers)
{
        int id = segment(PAGE, 0600);
        char *p = free_range(2 * PAGE);

        CHECK_PTR(mmap(p, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
        CHECK_EQ(raw_shmctl(id, IPC_STAT, p + PAGE - 84), 0);
        CHECK_EQ(raw_shmctl(id, IPC_SET, p + PAGE - 84), 0);
        CHECK_EQ(raw_shmctl(id, IPC_STAT, p + PAGE - 83), -EFAULT);
        CHECK_EQ(raw_shmctl(id, IPC_SET, p + PAGE - 23), -EFAULT);
        CHECK_EQ(raw_shmctl(0, IPC_INFO, p + PAGE - 35), -EFAULT);
        CHECK_EQ(raw_ipc(OP_SHMCTL, id, IPC_STAT, NULL, p + PAGE - 47), -EFAULT);
        CHECK_EQ(raw_ipc(OP_SHMCTL, id, IPC_STAT, NULL, p + PAGE - 48), 0);
        destroy(id);
}

/* Verifies that IPC_SET reads the whole structure, although it uses only the start of it. */
TEST_FLAGS(abi_ipc_set_reads_the_whole_structure, NOT_64)
{
        int id = segment(PAGE, 0600);
        char *p = free_range(2 * PAGE);

        CHECK_PTR(mmap(p, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
        CHECK_EQ(raw_shmctl(id, IPC_SET, p + PAGE - 83), -EFAULT);
        CHECK_EQ(raw_ipc(OP_SHMCTL, id, IPC_SET, NULL, p + PAGE - 47), -EFAULT);
        CHECK_EQ(raw_ipc(OP_SHMCTL, id, IPC_SET, NULL, p + PAGE - 48), 0);
        destroy(id);
}
