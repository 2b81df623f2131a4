/* What the tests of ipc/ share. */
#include "ipc/tests/ipc_test.h"
#include "kernel/lib/string.h"

static void use_space(struct space *space, pte_t *dir, pte_t *loaded)
{
	current->space = space;
	current->dir = dir;
	pagetable_load(loaded);
}

bool world_enter(struct world *world)
{
	world->space = space_create();
	if (!world->space)
		return false;
	world->space_before = current->space;
	world->dir_before = current->dir;
	world->loaded_before = pagetable_loaded();
	world->task_before.cred = current->cred;
	memcpy(world->task_before.rlimits, current->rlimits, sizeof(current->rlimits));
	use_space(world->space, world->space->dir, world->space->dir);
	if (!current->exit_works.next)
		list_init(&current->exit_works); /* the boot task never ends, so it has none */
	return map_private(world->space, SCRATCH, 1);
}

void world_leave(struct world *world)
{
	space_unref(world->space);
	use_space(world->space_before, world->dir_before, world->loaded_before);
	current->cred = world->task_before.cred;
	memcpy(current->rlimits, world->task_before.rlimits, sizeof(current->rlimits));
}

void become(uid_t uid, gid_t gid)
{
	current->cred = (struct cred){
		.uid = uid, .euid = uid, .suid = uid, .fsuid = uid, .gid = gid, .egid = gid, .sgid = gid, .fsgid = gid,
	};
}

bool attach_at(i32 id, vaddr_t addr, u32 flags)
{
	vaddr_t place;

	return shm_attach(id, addr, flags, &place) == 0 && place == addr;
}
