/* Semaphores that several actors wait for at once: few sets, small values, lists that compete for the same; and undo at its bounds. */
#include "diff.h"

#include <sys/ipc.h>
#include <sys/sem.h>

enum { FIRST_KEY = 0x5100, SEMAPHORES = 3 };

int contended_set(unsigned i)
{
	return semget(FIRST_KEY + i, 0, 0);
}

/* Made by whoever comes first, and again when it has been removed. */
static long pick_set(struct made *made)
{
	unsigned i = one_in(4);
	int id = contended_set(i);

	(void)made;
	return id >= 0 ? id : semget(FIRST_KEY + i, SEMAPHORES, IPC_CREAT | 0666);
}
static const struct argument SET = { pick_set, print_number };

static long pick_semaphore(struct made *made)
{
	static const int numbers[] = { 0, 0, 0, 1, 1, 2 };

	(void)made;
	return one_of(numbers);
}
static const struct argument SEMAPHORE = { pick_semaphore, print_number };

static long pick_change(struct made *made)
{
	static const int commands[] = { SETVAL, SETVAL, SETVAL, SETVAL, SETALL, SETALL, SETALL, IPC_RMID, GETNCNT, GETZCNT, GETPID };

	return pick_command(made, commands, ARRAY_SIZE(commands));
}
static const struct argument CHANGE = { pick_change, print_command };

/* ---- Lists that wait: what raises a value raises it by enough for some; and some await nothing but zeros ---- */

static struct sembuf competitor_draw(unsigned i)
{
	static const short changes[] = { -3, -2, -2, -2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 2, 3 };
	static bool zeros;
	struct sembuf op = { .sem_num = pick_semaphore(NULL) };

	if (!i)
		zeros = one_in(6);
	op.sem_op = zeros ? 0 : one_of(changes);
	op.sem_flg = (one_in(10) ? IPC_NOWAIT : 0) | (one_in(3) ? SEM_UNDO : 0);
	return op;
}

static long pick_competitors(struct made *made)
{
	return list_pick(made, competitor_draw, sleepers() >= ACTORS - 1);
}
static const struct argument COMPETITORS = { pick_competitors, print_pointer };

static long pick_few(struct made *made)
{
	(void)made;
	return one_in(2) ? 1 : 2 + (int)below(2);
}
static const struct argument FEW = { pick_few, print_number };

/* ---- Lists that leave the values alone, and move the adjustment of one: up and down by nearly all, and by little ---- */

static struct sembuf adjuster_draw(unsigned i)
{
	static const short much[] = { 32767, 32767, 32766, 32765, 16384, 1 }, little[] = { 1, 1, 2, 3, 16383, 16384, 32767 };
	static bool up;
	static struct sembuf op;

	if (!i) {
		up = one_in(2);
		op.sem_num = pick_semaphore(NULL);
	}
	if (i % 2)
		op.sem_op = -op.sem_op;
	else
		op.sem_op = i % 4 ? one_of(little) : one_of(much);
	op.sem_flg = IPC_NOWAIT | ((op.sem_op < 0) == up ? SEM_UNDO : 0);
	return op;
}

static long pick_adjusters(struct made *made)
{
	return list_pick(made, adjuster_draw, true);
}
static const struct argument ADJUSTERS = { pick_adjusters, print_pointer };

static long pick_pairs(struct made *made)
{
	(void)made;
	return one_in(8) ? 3 : 2 * (1 + (int)below(3));
}
static const struct argument PAIRS = { pick_pairs, print_number };

const struct step contended_steps[] = {
	{ .name = "semop", .weight = 110, .op = 1, .args = { &SET, &FEW, &NOTHING, &COMPETITORS }, .before = before_semop },
	{ .name = "semtimedop", .weight = 110, .number = 420, .args = { &SET, &COMPETITORS, &FEW, &NOTHING }, .before = before_semop },
	{ .name = "semtimedop", .weight = 10, .number = 420, .args = { &SET, &COMPETITORS, &FEW, &TIMEOUT_64 }, .before = before_semop },
	{ .name = "semop", .weight = 30, .op = 1, .args = { &SET, &PAIRS, &NOTHING, &ADJUSTERS }, .before = before_semop },
	{ .name = "semctl", .weight = 50, .number = 394, .args = { &SET, &SEMAPHORE, &CHANGE, &ARGUMENT }, .after = after_semctl },
};
const unsigned many_contended_steps = ARRAY_SIZE(contended_steps);
