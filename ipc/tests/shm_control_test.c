/* Tests of shmctl and shmget as far as they are about what is kept: structures, limits, locks, failing allocations. */
#include "ipc/shm.h"
#include "ipc/tests/ipc_test.h"
#include "kernel/lib/string.h"
#include "kernel/uaccess.h"
#include "mm/account.h"
#include "mm/object.h"

static void *const scratch = (void *)SCRATCH;

static bool fill_scratch(void)
{
	for (u32 i = 0; i < 256; i++)
		if (!user_poke(current->space, SCRATCH + i, 0xee))
			return false;
	return true;
}

static bool remove(i32 id)
{
	return shm_control(id, IPC_RMID, NULL, IPC_LAYOUT_64) == 0;
}

/* Verifies that every byte of what IPC_STAT fills in is written, padding as zeroes, and no byte beyond. */
IPC_TEST(shm_stat_fills_every_byte)
{
	i32 id = shm_get(4321, 5000, IPC_CREAT | 0640);
	struct shmid64_abi wide;
	struct shmid_old_abi old;

	KCHECK(id >= 0 && fill_scratch() && shm_control(id, IPC_STAT, scratch, IPC_LAYOUT_64) == 0);
	KCHECK(copy_from_user(&wide, scratch, sizeof(wide)) == 0);
	KCHECK(wide.perm.key == 4321 && wide.segsz == 5000 && wide.perm.mode == 0640 && wide.perm.seq == (id >> IPC_INDEX_BITS));
	KCHECK(!wide.perm.pad1 && !wide.perm.pad2 && !wide.perm.unused1 && !wide.perm.unused2 && !wide.unused1 && !wide.unused2);
	KCHECK(!wide.atime && !wide.atime_high && !wide.dtime && !wide.dtime_high && wide.ctime && !wide.ctime_high);
	KCHECK(wide.cpid == current->pid && !wide.lpid && !wide.nattch);
	KCHECK(user_peek(world->space, SCRATCH + sizeof(wide)) == 0xee);
	KCHECK(fill_scratch() && shm_control(id, IPC_STAT, scratch, IPC_LAYOUT_OLD) == 0);
	KCHECK(copy_from_user(&old, scratch, sizeof(old)) == 0);
	KCHECK(old.perm.key == 4321 && old.segsz == 5000 && !old.unused1 && !old.unused2 && !old.unused3);
	KCHECK(user_peek(world->space, SCRATCH + sizeof(old)) == 0xee && remove(id));
}

/* Verifies the commands that take an index, and that bad pointers, numbers and commands are errors. */
IPC_TEST(shm_control_by_index_and_bad_arguments)
{
	i32 id;

	shm_ids.next_id = 2 << IPC_INDEX_BITS | 7;
	id = shm_get(IPC_PRIVATE, PAGE, 0);
	KCHECK(shm_control(7, SHM_STAT, scratch, IPC_LAYOUT_64) == id && shm_control(6, SHM_STAT, scratch, IPC_LAYOUT_64) == -EINVAL);
	KCHECK(shm_control(0, SHM_INFO, scratch, IPC_LAYOUT_64) == 7 && shm_control(0, IPC_INFO, scratch, IPC_LAYOUT_64) == 7);
	KCHECK(shm_control(id, IPC_STAT, (void *)HERE, IPC_LAYOUT_64) == -EFAULT);
	KCHECK(shm_control(id, IPC_STAT, (void *)KERNEL_BASE, IPC_LAYOUT_64) == -EFAULT);
	KCHECK(shm_control(id + 1, IPC_SET, NULL, IPC_LAYOUT_64) == -EFAULT && shm_control(id + 1, IPC_SET, scratch, 0) == -EINVAL);
	KCHECK(shm_control(id, 77, NULL, 0) == -EINVAL && shm_control(id, -1, NULL, 0) == -EINVAL);
	KCHECK(shm_control(-1, IPC_INFO, scratch, 0) == -EINVAL);
	become(3, 3);
	KCHECK(shm_control(id, IPC_STAT, scratch, 0) == -EACCES && shm_control(7, SHM_STAT, scratch, 0) == -EACCES);
	KCHECK(shm_control(7, SHM_STAT_ANY, scratch, 0) == id && shm_control(id, IPC_RMID, NULL, 0) == -EPERM);
	become(0, 0);
	KCHECK(remove(id));
}

/* Verifies that locking is charged to the account of wiring and the user's limit, once, and given back by unlock and by the end. */
IPC_TEST(shm_lock_keeps_its_account)
{
	i32 a = shm_get(IPC_PRIVATE, 8 * PAGE, 0666), b = shm_get(IPC_PRIVATE, 8 * PAGE, 0666);
	u32 wired = account.wired;

	for (i32 i = 0; i < 2; i++)
		ipc_find(&shm_ids, i ? b : a)->uid = 7;
	become(7, 7);
	current->rlimits[RLIMIT_MEMLOCK].soft = 12 * PAGE;
	KCHECK(shm_control(a, SHM_LOCK, NULL, 0) == 0 && shm_control(a, SHM_LOCK, NULL, 0) == 0 && account.wired == wired + 8);
	KCHECK(ipc_find(&shm_ids, a)->mode == (SHM_LOCKED | 0666) && shm_control(b, SHM_LOCK, NULL, 0) == -ENOMEM);
	current->rlimits[RLIMIT_MEMLOCK].soft = 0;
	KCHECK(shm_control(b, SHM_LOCK, NULL, 0) == -EPERM && shm_control(a, SHM_UNLOCK, NULL, 0) == 0);
	KCHECK(account.wired == wired && shm_control(a, SHM_UNLOCK, NULL, 0) == 0);
	current->rlimits[RLIMIT_MEMLOCK].soft = RLIM_INFINITY;
	KCHECK(shm_control(a, SHM_LOCK, NULL, 0) == 0 && shm_control(b, SHM_LOCK, NULL, 0) == 0 && account.wired == wired + 16);
	become(8, 8);
	KCHECK(shm_control(a, SHM_UNLOCK, NULL, 0) == -EPERM && shm_control(a, SHM_LOCK, NULL, 0) == -EPERM);
	become(0, 0);
	KCHECK(remove(a) && remove(b) && account.wired == wired);
}

/* Verifies that a lock which is refused leaves nothing of the user behind. */
IPC_TEST(shm_lock_refused_leaves_nothing)
{
	i32 id = shm_get(IPC_PRIVATE, 8 * PAGE, 0666);

	ipc_find(&shm_ids, id)->uid = 7;
	become(7, 7);
	current->rlimits[RLIMIT_MEMLOCK].soft = 7 * PAGE;
	KCHECK(shm_control(id, SHM_LOCK, NULL, 0) == -ENOMEM && ipc_find(&shm_ids, id)->mode == 0666);
	become(0, 0);
	KCHECK(remove(id));
}

/* Verifies that sizes and the total of all segments are limited, with the errors in their order. */
IPC_TEST(shm_get_keeps_its_limits)
{
	u32 max = shm_max, all = shm_all, limit = shm_ids.limit;
	i32 id;

	KCHECK(shm_get(IPC_PRIVATE, 0, 0600) == -EINVAL && shm_get(IPC_PRIVATE, UINT32_MAX, 0600) == -EINVAL);
	KCHECK(shm_get(1, 0, 0600) == -ENOENT && shm_get(IPC_PRIVATE, 1u << 31, 0600) == -ENOMEM);
	shm_max = UINT32_MAX;
	KCHECK(shm_get(IPC_PRIVATE, UINT32_MAX, 0600) == -ENOSPC);
	shm_max = PAGE;
	KCHECK(shm_get(IPC_PRIVATE, PAGE + 1, 0600) == -EINVAL);
	shm_all = 1;
	id = shm_get(9, PAGE, IPC_CREAT | 0600);
	KCHECK(id >= 0 && shm_get(IPC_PRIVATE, 1, 0600) == -ENOSPC);
	shm_all = all;
	shm_ids.limit = 1;
	KCHECK(shm_get(IPC_PRIVATE, 1, 0600) == -ENOSPC && shm_get(9, PAGE, 0) == id && shm_get(9, PAGE + 1, 0) == -EINVAL);
	KCHECK(shm_get(9, PAGE + 1, IPC_CREAT | IPC_EXCL) == -EEXIST);
	shm_max = max;
	shm_ids.limit = limit;
	KCHECK(remove(id));
}

/* Verifies that a segment of 512 MiB without a reservation is made, attached and touched on a machine of less. */
IPC_TEST(shm_noreserve_may_be_larger_than_memory)
{
	u32 granted = account.granted, size = 512u << 20;
	i32 id = shm_get(IPC_PRIVATE, size, SHM_NORESERVE | 0600);

	KCHECK(id >= 0 && account.granted == granted && attach_at(id, HERE, 0));
	for (u32 offset = 0; offset < size; offset += 32u << 20)
		KCHECK(user_poke(world->space, HERE + offset + offset / 64, 1));
	CHECK_MM();
	KCHECK(remove(id) && shm_detach(HERE) == 0 && account.granted == granted);
}

/* One life of a segment, whose every allocation may fail: made, attached, split, touched, inherited, locked, removed. */
static int live(void)
{
	struct space *child = NULL;
	vaddr_t place = 0;
	int error = 0;
	i32 id = shm_get(IPC_PRIVATE, 4 * PAGE, IPC_CREAT | 0600);

	if (id < 0)
		return id;
	error = shm_attach(id, 0, 0, &place);
	if (!error)
		error = space_protect(current->space, place + PAGE, place + 2 * PAGE, AREA_READ);
	if (!error)
		error = user_poke(current->space, place, 1) && user_poke(current->space, SCRATCH, 1) ? 0 : -ENOMEM;
	if (!error)
		error = space_fork(current->space, &child);
	if (!error)
		error = user_poke(child, SCRATCH, 2) && user_poke(child, place + 3 * PAGE, 2) ? 0 : -ENOMEM;
	if (!error)
		error = shm_control(id, SHM_LOCK, NULL, IPC_LAYOUT_64);
	if (child)
		space_unref(child);
	if (place)
		shm_detach(place);
	space_discard(current->space, SCRATCH, SCRATCH + PAGE);
	return shm_control(id, IPC_RMID, NULL, IPC_LAYOUT_64) ? -EIO : error;
}

/* Verifies that any allocation in the life of a segment may fail, and that nothing is left behind. */
IPC_TEST(shm_survives_failures)
{
	KCHECK(user_poke(world->space, SCRATCH, 1));
	space_discard(world->space, SCRATCH, SCRATCH + PAGE);
	KCHECK(walk_failures(live) >= 20);
}
