/* Tests of sets of semaphores: lists of operations, undoing, removal, sets in many pieces. Who sleeps is the matter of user/tests/sem_*.c. */
#include "ipc/tests/ipc_test.h"
#include "kernel/uaccess.h"
#include "mm/kmalloc.h"

enum { GETPID = 11, GETVAL, GETALL, GETNCNT, GETZCNT, SETVAL, SETALL };

static struct sembuf *const user_ops = (struct sembuf *)SCRATCH;

static i32 operate(i32 id, const struct sembuf *ops, u32 count)
{
	return copy_to_user(user_ops, ops, count * sizeof(*ops)) ? -EFAULT : sem_operate(id, user_ops, count, NULL);
}

#define OPERATE(id, ...)                                                                     \
	({                                                                                   \
		const struct sembuf ops_[] = { __VA_ARGS__ };                                \
		operate(id, ops_, ARRAY_SIZE(ops_));                                         \
	})

static i32 control(i32 id, i32 num, i32 command, u32 argument)
{
	return sem_control(id, num, command, argument, IPC_LAYOUT_64);
}

static bool values_are(i32 id, i32 first, i32 second)
{
	return control(id, 0, GETVAL, 0) == first && control(id, 1, GETVAL, 0) == second;
}

/* As far as semaphores are concerned. */
static void end_of_task(void)
{
	if (!current->undos)
		return;
	list_remove(&current->undo_work.link);
	current->undo_work.run(&current->undo_work);
	current->undos = NULL;
}

/* Verifies that a list is done whole, or nothing of it, with one semaphore in it several times too. */
IPC_TEST(sem_list_is_atomic)
{
	i32 id = sem_get(IPC_PRIVATE, 2, 0600);

	KCHECK(id >= 0 && OPERATE(id, { 0, 2, 0 }, { 1, 3, 0 }) == 0 && values_are(id, 2, 3));
	KCHECK(OPERATE(id, { 0, -2, 0 }, { 1, -4, IPC_NOWAIT }) == -EAGAIN && values_are(id, 2, 3));
	KCHECK(OPERATE(id, { 0, 1, SEM_UNDO }, { 1, SEMVMX, SEM_UNDO }) == -ERANGE && values_are(id, 2, 3));
	KCHECK(OPERATE(id, { 0, -2, 0 }, { 0, 0, 0 }, { 0, 5, 0 }) == 0 && values_are(id, 5, 3));
	KCHECK(OPERATE(id, { 0, 0, IPC_NOWAIT }) == -EAGAIN && OPERATE(id, { 2, 1, 0 }) == -EFBIG);
	KCHECK(OPERATE(id, { 0, -6, IPC_NOWAIT }) == -EAGAIN && control(id, 0, GETNCNT, 0) == 0);
	KCHECK(control(id, 0, GETPID, 0) == current->pid && control(id, 0, IPC_RMID, 0) == 0);
	KCHECK(OPERATE(id, { 0, 1, 0 }) == -EINVAL);
	end_of_task();
}

/* Verifies that SEM_UNDO is taken back at the task's end, within bounds, and that SETVAL and IPC_RMID make it forget. */
IPC_TEST(sem_undo_at_the_end)
{
	i32 id = sem_get(IPC_PRIVATE, 2, 0600), removed = sem_get(IPC_PRIVATE, 1, 0600);

	KCHECK(id >= 0 && removed >= 0 && OPERATE(id, { 0, 5, SEM_UNDO }, { 1, 7, SEM_UNDO }, { 1, -1, 0 }) == 0);
	KCHECK(OPERATE(removed, { 0, 1, SEM_UNDO }) == 0 && control(removed, 0, IPC_RMID, 0) == 0);
	KCHECK(control(id, 1, SETVAL, 3) == 0 && OPERATE(id, { 0, -2, 0 }) == 0 && values_are(id, 3, 3));
	end_of_task();
	KCHECK(values_are(id, 0, 3) && control(id, 0, IPC_RMID, 0) == 0);
}

/* Verifies that a set of many pieces keeps its values apart, and that SETALL and GETALL move all of them or answer. */
IPC_TEST(sem_set_in_pieces)
{
	i32 id = sem_get(IPC_PRIVATE, 3000, 0600);

	KCHECK(id >= 0 && OPERATE(id, { 2999, 4, SEM_UNDO }, { 511, 1, 0 }, { 512, 2, 0 }) == 0);
	KCHECK(control(id, 2999, GETVAL, 0) == 4 && control(id, 511, GETVAL, 0) == 1 && control(id, 512, GETVAL, 0) == 2);
	KCHECK(control(id, 0, GETALL, SCRATCH) == -EFAULT && control(id, 0, SETALL, SCRATCH) == -EFAULT);
	KCHECK(control(id, 513, GETVAL, 0) == 0 && control(id, 3000, GETVAL, 0) == -EINVAL);
	KCHECK(map_private(world->space, HERE, 2) && control(id, 0, GETALL, HERE) == 0);
	KCHECK(user_peek(world->space, HERE + 511 * 2) == 1 && user_peek(world->space, HERE + 512 * 2) == 2);
	KCHECK(control(id, 0, SETALL, HERE) == 0 && user_poke(world->space, HERE + 1, 0x80) && control(id, 0, SETALL, HERE) == -ERANGE);
	KCHECK(control(id, 2999, GETVAL, 0) == 4 && control(id, 0, IPC_RMID, 0) == 0);
	end_of_task();
}

static int create_and_undo(void)
{
	i32 id = sem_get(IPC_PRIVATE, 1000, 0600);
	int error;

	if (id < 0)
		return id;
	error = OPERATE(id, { 999, 1, SEM_UNDO }, { 0, 1, SEM_UNDO });
	if (!error)
		error = control(id, 0, GETALL, SCRATCH);
	return control(id, 0, IPC_RMID, 0) ? -EIO : error;
}

/* Verifies that every allocation may fail: the call answers -ENOMEM, and nothing is left behind. */
IPC_TEST(sem_out_of_memory)
{
	static u32 counter;
	u32 nth = 0, *before = kmalloc_fail_nth;
	int error;

	KCHECK(user_poke(world->space, SCRATCH, 0));   /* the page itself is not what is to fail */
	kmalloc_fail_nth = &counter;
	do {
		counter = ++nth;
		error = create_and_undo();
	} while (error == -ENOMEM);
	kmalloc_fail_nth = before;
	KCHECK(error == 0);
	KCHECK(nth > 5 && nth < 20);
	end_of_task();
}
