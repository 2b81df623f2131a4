/* Tests of the state of segments: attach counts, removal, detaching by address. */
#include "ipc/tests/ipc_test.h"
#include "mm/account.h"
#include "mm/object.h"

#define RW (AREA_READ | AREA_WRITE)

static bool remove(i32 id)
{
	return shm_control(id, IPC_RMID, NULL, IPC_LAYOUT_64) == 0;
}

/* Verifies that splitting an attach counts, that it never merges, and that one detach removes every part. */
IPC_TEST(shm_attach_count_follows_the_areas)
{
	i32 id = shm_get(IPC_PRIVATE, 4 * PAGE, 0600);

	KCHECK(id >= 0 && attach_at(id, HERE, 0) && nattch(id) == 1);
	KCHECK(space_protect(world->space, HERE + PAGE, HERE + 2 * PAGE, AREA_READ) == 0 && nattch(id) == 3);
	KCHECK(space_protect(world->space, HERE + PAGE, HERE + 2 * PAGE, RW) == 0 && nattch(id) == 3);
	KCHECK(shm_detach(HERE) == 0 && nattch(id) == 0 && world->space->area_count == 1);
	KCHECK(attach_at(id, HERE, 0) && space_unmap(world->space, HERE + PAGE, HERE + 2 * PAGE) == 0 && nattch(id) == 2);
	KCHECK(space_unmap(world->space, HERE, HERE + PAGE) == 0 && nattch(id) == 1);
	KCHECK(shm_detach(HERE + PAGE) == -EINVAL && shm_detach(HERE + 2 * PAGE) == -EINVAL);
	KCHECK(shm_detach(HERE) == 0 && nattch(id) == 0 && shm_detach(HERE) == -EINVAL);
	KCHECK(remove(id) && shm_detach(HERE + 1) == -EINVAL);
}

/* Verifies that after mremap the old address is no attach and the new one is, told as attach and detach, and that a copy counts. */
IPC_TEST(shm_attach_moves_with_its_area)
{
	i32 id = shm_get(IPC_PRIVATE, 4 * PAGE, 0600);
	struct remap_request move = { HERE, HERE + 4 * PAGE, 4, true, true, 2 * HERE - 4 * PAGE, false };
	vaddr_t place;

	KCHECK(id >= 0 && attach_at(id, HERE, 0) && user_poke(world->space, HERE + PAGE, 5));
	KCHECK(space_remap(world->space, &move, &place) == 0 && nattch(id) == 1 && shm_of(ipc_find(&shm_ids, id))->dtime);
	KCHECK(shm_detach(HERE) == -EINVAL && user_peek(world->space, place + PAGE) == 5);
	move = (struct remap_request){ place, place, 4, true, true, HERE, false };
	KCHECK(space_remap(world->space, &move, &place) == 0 && nattch(id) == 2 && user_peek(world->space, HERE + PAGE) == 5);
	KCHECK(shm_detach(HERE) == 0 && shm_detach(2 * HERE - 4 * PAGE) == 0 && nattch(id) == 0);
	KCHECK(remove(id));
}

/* Verifies that a segment whose only window is replaced by a copy of itself goes cleanly when it was removed before. */
IPC_TEST(shm_remap_onto_itself_may_destroy)
{
	i32 id = shm_get(IPC_PRIVATE, 2 * PAGE, 0600);
	struct remap_request copy = { HERE, HERE, 2, true, true, HERE, false };
	vaddr_t place;

	KCHECK(id >= 0 && attach_at(id, HERE, 0) && remove(id));
	KCHECK(space_remap(world->space, &copy, &place) == -EFAULT);
	KCHECK(!ipc_find(&shm_ids, id) && !space_area(world->space, HERE));
}

/* Verifies that fork inherits attaches, shares their pages both ways, and that the child's end gives them back. */
IPC_TEST(shm_attach_is_inherited)
{
	i32 id = shm_get(IPC_PRIVATE, 4 * PAGE, 0600);
	struct space *child;

	KCHECK(id >= 0 && attach_at(id, HERE, 0) && attach_at(id, 2 * HERE, SHM_RDONLY));
	KCHECK(user_poke(world->space, HERE, 1) && space_fork(world->space, &child) == 0 && nattch(id) == 4);
	KCHECK(user_poke(child, HERE, 2) && user_peek(world->space, 2 * HERE) == 2);
	KCHECK(user_poke(world->space, HERE, 3) && user_peek(child, 2 * HERE) == 3 && !user_poke(child, 2 * HERE, 4));
	CHECK_MM();
	space_unref(child);
	KCHECK(nattch(id) == 2 && remove(id) && nattch(id) == 2);
}

/* Verifies that a removed segment lives on by its id until the last detach, while its key is free. */
IPC_TEST(shm_rmid_while_attached)
{
	i32 id = shm_get(1234, 2 * PAGE, IPC_CREAT | 0600), other;

	KCHECK(id >= 0 && attach_at(id, HERE, 0) && user_poke(world->space, HERE, 9) && remove(id) && remove(id));
	KCHECK(ipc_find(&shm_ids, id)->mode == (SHM_DEST | 0600) && ipc_find(&shm_ids, id)->key == IPC_PRIVATE);
	KCHECK(shm_get(1234, 0, 0) == -ENOENT);
	other = shm_get(1234, PAGE, IPC_CREAT | 0600);
	KCHECK(other >= 0 && other != id && remove(other));
	KCHECK(attach_at(id, 2 * HERE, 0) && user_peek(world->space, 2 * HERE) == 9);
	KCHECK(shm_detach(HERE) == 0 && ipc_find(&shm_ids, id) && shm_detach(2 * HERE) == 0 && !ipc_find(&shm_ids, id));
}

/* Verifies that a segment which nobody removed stays after its last detach, contents and all. */
IPC_TEST(shm_stays_without_rmid)
{
	i32 id = shm_get(IPC_PRIVATE, PAGE, 0600);

	KCHECK(id >= 0 && attach_at(id, HERE, 0) && user_poke(world->space, HERE, 9) && shm_detach(HERE) == 0);
	KCHECK(attach_at(id, HERE, SHM_RDONLY) && user_peek(world->space, HERE) == 9);
	KCHECK(space_protect(world->space, HERE, HERE + PAGE, RW) == -EACCES);
	KCHECK(remove(id));
}

/* Verifies that with shm_rmid_forced segments go with their last detach, with their creator, and with the switch itself. */
IPC_TEST(shm_rmid_forced_has_both_halves)
{
	i32 attached = shm_get(IPC_PRIVATE, PAGE, 0600), idle = shm_get(IPC_PRIVATE, PAGE, 0600);
	i32 orphan = shm_get(IPC_PRIVATE, PAGE, 0600);
	struct exit_work *idle_work = &shm_of(ipc_find(&shm_ids, idle))->creator;

	KCHECK(attached >= 0 && idle >= 0 && orphan >= 0 && attach_at(attached, HERE, 0));
	list_remove(&shm_of(ipc_find(&shm_ids, orphan))->creator.link); /* its creator has ended */
	shm_destroy_orphans();
	KCHECK(ipc_find(&shm_ids, orphan));
	shm_rmid_forced = 1;
	shm_destroy_orphans();
	KCHECK(!ipc_find(&shm_ids, orphan) && ipc_find(&shm_ids, idle));
	list_remove(&idle_work->link);
	idle_work->run(idle_work);
	KCHECK(!ipc_find(&shm_ids, idle) && ipc_find(&shm_ids, attached));
	KCHECK(shm_detach(HERE) == 0 && !ipc_find(&shm_ids, attached));
	shm_rmid_forced = 0;
}

/* Verifies that a creator's end leaves its segments alone as long as shm_rmid_forced is off. */
IPC_TEST(shm_outlives_its_creator)
{
	i32 id = shm_get(IPC_PRIVATE, PAGE, 0600);
	struct exit_work *work = &shm_of(ipc_find(&shm_ids, id))->creator;

	list_remove(&work->link);
	work->run(work);
	KCHECK(ipc_find(&shm_ids, id) && remove(id));
}

/* Verifies that of two segments of one size the one attached there is detached, also when both interleave. */
IPC_TEST(shm_detach_finds_its_own)
{
	i32 a = shm_get(IPC_PRIVATE, 4 * PAGE, 0600), b = shm_get(IPC_PRIVATE, 4 * PAGE, 0600);
	struct remap_request move = { HERE + PAGE, HERE + 2 * PAGE, 1, true, true, 2 * HERE + PAGE, false };
	vaddr_t place;

	KCHECK(attach_at(a, HERE, 0) && attach_at(b, 2 * HERE, 0) && space_unmap(world->space, 2 * HERE + PAGE, 2 * HERE + 2 * PAGE) == 0);
	KCHECK(space_remap(world->space, &move, &place) == 0 && nattch(a) == 3 && nattch(b) == 2);
	KCHECK(shm_detach(2 * HERE) == 0 && nattch(a) == 3 && nattch(b) == 0);
	KCHECK(space_area(world->space, 2 * HERE + PAGE) && shm_detach(2 * HERE) == 0 && nattch(a) == 2);
	KCHECK(shm_detach(HERE) == 0 && nattch(a) == 0 && remove(a) && remove(b));
}

/* Verifies that a refused attach changes nothing, however often: taken, misaligned, too low, not permitted. */
IPC_TEST(shm_refused_attach_leaves_nothing)
{
	i32 id = shm_get(IPC_PRIVATE, 2 * PAGE, 0600);
	struct shm_segment *segment = shm_of(ipc_find(&shm_ids, id));
	u32 refs = segment->object->refs;
	vaddr_t place;

	become(5, 5);
	KCHECK(shm_attach(id, 0, 0, &place) == -EACCES && shm_attach(id, HERE + 1, 0, &place) == -EINVAL);
	become(0, 0);
	KCHECK(attach_at(id, HERE, 0));
	for (u32 i = 0; i < 10000; i++)
		KCHECK(shm_attach(id, HERE + PAGE, 0, &place) == -EINVAL);
	KCHECK(shm_attach(id, 0, SHM_REMAP, &place) == -EINVAL && shm_attach(id, 1, SHM_RND | SHM_REMAP, &place) == -EINVAL);
	KCHECK(shm_attach(id, USER_END - PAGE, 0, &place) == -ENOMEM && shm_attach(-1, 0, 0, &place) == -EINVAL);
	KCHECK(nattch(id) == 1 && segment->object->refs == refs + 1);
	KCHECK(attach_at(id, HERE + PAGE, SHM_REMAP) && nattch(id) == 2 && attach_at(id, HERE + PAGE, SHM_REMAP) && nattch(id) == 2);
	KCHECK(remove(id));
}

/* Verifies that one process can attach a segment 40,000 times, that the count is right, and that detaching is quick. */
IPC_TEST(shm_attaches_by_the_ten_thousands)
{
	i32 id = shm_get(IPC_PRIVATE, PAGE, 0600);
	vaddr_t place;

	for (u32 i = 0; i < 40000; i++)
		KCHECK(shm_attach(id, 0, 0, &place) == 0);
	KCHECK(nattch(id) == 40000 && user_poke(world->space, place, 1));
	CHECK_MM();
	for (u32 i = 0; i < 40000; i++)
		KCHECK(shm_detach(place + i * PAGE) == 0);
	KCHECK(nattch(id) == 0 && remove(id));
}
