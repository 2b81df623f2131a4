/* Shared memory: the calls, directly and through ipc. */
#include "diff.h"

#include <sys/ipc.h>
#include <sys/shm.h>

#define HUGE_LEAST 0xc0000000u          /* fits nowhere where there is anything */
#define HUGE_SHIFT 26

/* ---- arguments ---- */

static long pick_size(struct made *made)
{
	static const uint32_t small[] = { 1, PAGE - 1, PAGE, PAGE, PAGE + 1, 5000, 2 * PAGE, 3 * PAGE, 3 * PAGE, 5 * PAGE, 16 * PAGE };
	static const uint32_t large[] = { SPAN, SPAN + PAGE, SPAN - 1, 2 * SPAN, 2 * SPAN + 1, SPAN + 1 };
	static const uint32_t odd[] = {
		0, HUGE_LEAST, 0xd0000000, 0xfe000000, 0xfeffffff, 0xff000000, 0xff000001, 0xfffff000, 0xfffff001, 0xffffffff,
	};

	(void)made;
	return one_in(10) ? one_of(odd) : one_in(8) ? one_of(large) : one_of(small);
}
static const struct argument SIZE = { pick_size, print_number };

static long pick_get_flags(struct made *made)
{
	static const uint32_t huge[] = { 0, 21, 22, 23, 30, 1 };
	long flags = pick_mode();

	if (!one_in(4))
		flags |= IPC_CREAT;
	if (one_in(5))
		flags |= IPC_EXCL;
	if (one_in((uint32_t)made->args[1] >= HUGE_LEAST ? 2 : 8))
		flags |= SHM_NORESERVE;
	if (one_in(24))
		flags = (flags & ~SHM_NORESERVE) | SHM_HUGETLB | one_of(huge) << HUGE_SHIFT; /* both succeed on Linux alone */
	return one_in(40) ? flags | 0x40000 : flags;
}
static const struct argument GET_FLAGS = { pick_get_flags, print_octal };

static long pick_shm_id(struct made *made)
{
	(void)made;
	return pick_id(SHM_IDS);
}
static const struct argument SHM_ID = { pick_shm_id, print_number };

static bool has_place(void)
{
	for (unsigned i = 0; i < PLACES; i++)
		if (!me->places[i].number)
			return true;
	return false;
}

static long pick_attach_address(struct made *made)
{
	static const uint32_t odd[] = { 1, 0xfff, 0x1000, 0xf000, 0x10000, 0x80000001, 0xc0000000, 0xc0000fff, 0xfffff000, 0xffffffff };

	(void)made;
	if (one_in(4) && has_place())
		return 0;
	return one_in(20) ? one_of(odd) : arena_address();
}
static const struct argument AT = { pick_attach_address, print_address };

static long pick_at_flags(struct made *made)
{
	long flags = 0;

	(void)made;
	if (one_in(3))
		flags |= SHM_RDONLY;
	if (one_in(3))
		flags |= SHM_RND;
	if (one_in(4))
		flags |= SHM_REMAP;
	if (one_in(8))
		flags |= SHM_EXEC;
	return one_in(40) ? flags | 0x200 : flags;
}
static const struct argument AT_FLAGS = { pick_at_flags, print_octal };

/* Where ipc stores the address. Always good: a bad one is a caveat. */
static uint32_t stored;
static long pick_store(struct made *made)
{
	(void)made;
	return (long)&stored;
}
static void print_store(const struct made *made, long value)
{
	(void)made, (void)value;
	say("&");
}
static const struct argument STORE = { pick_store, print_store };

static long pick_detach_address(struct made *made)
{
	static const uint32_t odd[] = { 0, 1, 0x10000, 0x7ffff000, 0xc0000000, 0xfffff000 };
	struct place *place = place_any();

	(void)made;
	if (place && one_in(2))
		return place->start + (one_in(16) ? 1 : 0);
	return one_in(20) ? one_of(odd) : attach_address() & (one_in(12) ? ~0u : -PAGE);
}
static const struct argument DETACH_AT = { pick_detach_address, print_address };

static long pick_shm_command(struct made *made)
{
	static const int commands[] = {
		IPC_STAT, IPC_STAT, IPC_STAT, IPC_STAT, IPC_STAT, IPC_SET, IPC_SET, IPC_SET, IPC_RMID, IPC_RMID, SHM_LOCK, SHM_LOCK, SHM_UNLOCK,
		SHM_STAT, SHM_STAT, SHM_STAT_ANY, SHM_INFO, IPC_INFO, 5, 16, -1, 0x40000002,
	};

	if (segment_size(made->args[0]) >= HUGE_LEAST) /* SHM_LOCK of more than there is succeeds on Linux alone */
		return pick_command(made, commands, 10);
	return pick_command(made, commands, ARRAY_SIZE(commands));
}
static const struct argument SHM_COMMAND = { pick_shm_command, print_command };

/* ---- afterwards ---- */

static void after_shmget(const struct made *made)
{
	say_result(made->result);
	if (made->result >= 0)
		id_add(SHM_IDS, made->result);
}

/* Of the place that the kernel chose, or that it was told. */
static void attached(const struct made *made, uint32_t address, uint32_t wanted)
{
	if ((unsigned long)made->result >= (unsigned long)-4095) {
		say_result(made->result);
		return;
	}
	if (wanted)
		attach_remember(address);
	else
		place_add(address, (segment_size(made->args[0]) + PAGE - 1) & -PAGE);
	say(" = ");
	say_address(address);
}

static void after_shmat(const struct made *made)
{
	attached(made, made->result, made->args[1]);
}

static void after_ipc_shmat(const struct made *made)
{
	attached(made, stored, made->args[3]);
}

static void after_shmdt(const struct made *made)
{
	struct place *place = place_of(made->args[0]);

	say_result(made->result);
	if (!made->result && place)
		place->number = 0;
}

static void after_shmctl(const struct made *made)
{
	const char *fields = NULL;

	say_result(made->result);
	if (made->command == IPC_RMID && !made->result && one_in(2)) /* attached, it is there still */
		id_forget(SHM_IDS, made->args[0]);
	if (made->command == IPC_STAT || made->command == SHM_STAT || made->command == SHM_STAT_ANY)
		fields = made->old ? SHM_OLD : SHM_64;
	else if (made->command == IPC_INFO)
		fields = made->old ? SHM_LIMITS_OLD : SHM_LIMITS_64;
	else if (made->command == SHM_INFO)
		fields = SHM_TOTALS;
	if (made->buffer && made->command != IPC_SET)
		show_structure(made, made->result < 0 ? "" : fields);
}

const struct step shm_steps[] = {
	{ .name = "shmget", .weight = 24, .number = 395, .args = { &KEY, &SIZE, &GET_FLAGS }, .after = after_shmget },
	{ .name = "shmget", .weight = 12, .op = 23, .args = { &KEY, &SIZE, &GET_FLAGS, &NOTHING }, .after = after_shmget },
	{ .name = "shmat", .weight = 60, .number = 397, .args = { &SHM_ID, &AT, &AT_FLAGS }, .after = after_shmat },
	{ .name = "shmat", .weight = 30, .op = 21, .args = { &SHM_ID, &AT_FLAGS, &STORE, &AT }, .after = after_ipc_shmat },
	{ .name = "shmdt", .weight = 24, .number = 398, .args = { &DETACH_AT }, .after = after_shmdt },
	{ .name = "shmdt", .weight = 8, .op = 22, .args = { &NOTHING, &NOTHING, &NOTHING, &DETACH_AT }, .after = after_shmdt },
	{ .name = "shmctl", .weight = 40, .number = 396, .args = { &SHM_ID, &SHM_COMMAND, &CONTROL_BUFFER }, .after = after_shmctl },
	{ .name = "shmctl", .weight = 40, .op = 24, .old = true, .args = { &SHM_ID, &SHM_COMMAND, &NOTHING, &CONTROL_BUFFER }, .after = after_shmctl },
};
const unsigned many_shm_steps = ARRAY_SIZE(shm_steps);
