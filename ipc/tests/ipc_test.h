/* Shared by the tests of ipc/: the running task gets a space of its own, and is whoever a test wants it to be. */
#pragma once

#include "ipc/sem.h"
#include "ipc/shm.h"
#include "mm/space.h"
#include "mm/tests/mm_test.h"

#define PAGE PAGE_SIZE
#define HERE 0x40000000u
#define SCRATCH 0x08000000u            /* a page of the user's, for what calls read and write */

struct world {
	struct space *space;               /* loaded, the running task's */
	struct space *space_before;
	pte_t *dir_before, *loaded_before;
	struct task task_before;           /* ids, limits */
};

/* false: no memory. */
bool world_enter(struct world *world);
/* Everything of the task is as before; segments stay. */
void world_leave(struct world *world);
/* The running task is nobody special from here on. */
void become(uid_t uid, gid_t gid);

/* A test inside a world, that leaves no segment and no set behind. */
#define IPC_TEST(name_)                                                                      \
	static void ipc_body_##name_(struct world *world);                                   \
	MM_TEST(name_)                                                                       \
	{                                                                                    \
		struct world world;                                                          \
		KCHECK(world_enter(&world));                                                 \
		ipc_body_##name_(&world);                                                    \
		world_leave(&world);                                                         \
		KCHECK(shm_ids.used == 0 && shm_total_pages == 0 && sem_ids.used == 0 && sem_total == 0); \
	}                                                                                    \
	static void ipc_body_##name_(struct world *world UNUSED)

/* Attach where the test wants it; false: refused. */
bool attach_at(i32 id, vaddr_t addr, u32 flags);
static inline u32 nattch(i32 id)
{
	return shm_of(ipc_find(&shm_ids, id))->nattch;
}
