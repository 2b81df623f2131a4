/* Semaphores: the calls, directly and through ipc. */
#include "diff.h"

#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#define NO_SUCH 60000                   /* no set has so many */
#define MOST_LISTED 8
#define BLOCKED_MOST 3                  /* on sets that few others operate on */

/* ---- semget, semctl ---- */

static long pick_count(struct made *made)
{
	static const int counts[] = { 1, 1, 2, 2, 3, 4, 4, 6, 6, 0, -1, 250, 32000, 32001, 0x7fffffff };

	(void)made;
	return one_of(counts);
}
static const struct argument COUNT = { pick_count, print_number };

static long pick_get_flags(struct made *made)
{
	(void)made;
	return pick_mode() | (one_in(4) ? 0 : IPC_CREAT) | (one_in(5) ? IPC_EXCL : 0) | (one_in(20) ? IPC_NOWAIT : 0);
}
static const struct argument GET_FLAGS = { pick_get_flags, print_octal };

static long pick_sem_id(struct made *made)
{
	(void)made;
	return pick_id(SEM_IDS);
}
static const struct argument SEM_ID = { pick_sem_id, print_number };

static long pick_number(struct made *made)
{
	static const int odd[] = { -1, 6, 249, 250, NO_SUCH, 0x10000 };

	(void)made;
	return one_in(20) ? one_of(odd) : (int)below(4);
}
static const struct argument NUMBER = { pick_number, print_number };

static long pick_sem_command(struct made *made)
{
	static const int commands[] = {
		IPC_STAT, IPC_STAT, IPC_SET, IPC_SET, IPC_RMID, GETVAL, GETPID, GETNCNT, GETZCNT, GETALL, GETALL, SETVAL, SETVAL, SETVAL,
		SETALL, SETALL, SEM_STAT, SEM_STAT_ANY, SEM_INFO, IPC_INFO, 10, -1, 21,
	};

	return pick_command(made, commands, ARRAY_SIZE(commands));
}
static const struct argument SEM_COMMAND = { pick_sem_command, print_command };

static void fill_values(struct made *made)
{
	uint16_t *values = (uint16_t *)made->buffer;

	memset(values, 0, BUFFER);
	for (unsigned i = 0; i < MOST_LISTED; i++) {
		values[i] = one_in(20) ? 32767 + below(3) : below(4);
		say("%u ", values[i]);
	}
}

/* The value of SETVAL, the array of SETALL, what IPC_SET sets, or the place for what is told. */
static long pick_sem_argument(struct made *made)
{
	static const int values[] = { 0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 32767, 32768, -1, 65536 };
	long pointer;

	if (made->command == SETVAL) {
		made->buffer = NULL;
		return one_of(values);
	}
	pointer = CONTROL_BUFFER.pick(made);
	if (made->command == SETALL && made->buffer)
		fill_values(made);
	return pointer;
}
const struct argument ARGUMENT = { pick_sem_argument, print_pointer };

/* Through ipc it lies in memory. */
static long behind;
static long pick_behind(struct made *made)
{
	static const long odd[] = { 0, (long)0xc0001000 };

	behind = pick_sem_argument(made);
	if (one_in(50)) {
		made->buffer = NULL;
		return one_of(odd);
	}
	return (long)&behind;
}
static void print_behind(const struct made *made, long value)
{
	if (value != (long)&behind)
		say("%#lx -> ", value);
	print_pointer(made, behind);
}
static const struct argument BEHIND = { pick_behind, print_behind };

static void after_semget(const struct made *made)
{
	say_result(made->result);
	if (made->result >= 0)
		id_add(SEM_IDS, made->result);
}

static void show_values(const struct made *made)
{
	for (unsigned i = 0; i < MOST_LISTED; i++)
		say(" %u", ((uint16_t *)made->buffer)[i]);
}

void after_semctl(const struct made *made)
{
	const char *fields = NULL;

	set_note(made->args[0]);
	if (made->command == GETPID && made->result > 0) {
		say(" = ");
		say_pid(made->result);
		return;
	}
	say_result(made->result);
	if (made->command == IPC_RMID && !made->result && !one_in(4))
		id_forget(SEM_IDS, made->args[0]);
	if (made->command == IPC_STAT || made->command == SEM_STAT || made->command == SEM_STAT_ANY)
		fields = made->old ? SEM_OLD : SEM_64;
	else if (made->command == IPC_INFO || made->command == SEM_INFO)
		fields = SEM_LIMITS;
	if (made->buffer && made->command == GETALL)
		show_values(made);
	else if (made->buffer && made->command != IPC_SET && made->command != SETALL)
		show_structure(made, made->result < 0 ? "" : fields);
}

/* ---- semop ---- */

unsigned sleepers(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < ACTORS; i++)
		count += world->actors[i].woken;
	return count;
}

static struct sembuf operation_draw(unsigned i)
{
	static const short odd[] = { 32767, -32767, -32768, 100, -100, 16384, -16384 };
	struct sembuf op = { .sem_num = one_in(40) ? NO_SUCH : below(4), .sem_op = one_in(20) ? one_of(odd) : (int)below(6) - 3 };

	(void)i;
	if (one_in(3))
		op.sem_flg |= IPC_NOWAIT;
	if (one_in(3))
		op.sem_flg |= SEM_UNDO;
	if (one_in(40))
		op.sem_flg |= 0x100;
	return op;
}

/* The list comes before its length, which says how much of it counts: so all is drawn, and what counts shown by `before`. */
long list_pick(struct made *made, struct sembuf (*draw_one)(unsigned i), bool nowait)
{
	long pointer = pick_pointer(made);
	struct sembuf *ops = (struct sembuf *)made->buffer;

	for (unsigned i = 0; ops && i < BUFFER / sizeof(*ops); i++) {
		ops[i] = i < MOST_LISTED ? draw_one(i) : (struct sembuf){ .sem_flg = IPC_NOWAIT };
		if (nowait)
			ops[i].sem_flg |= IPC_NOWAIT;
	}
	return pointer;
}

static long pick_operations(struct made *made)
{
	return list_pick(made, operation_draw, sleepers() >= BLOCKED_MOST || one_in(3));
}
static const struct argument OPERATIONS = { pick_operations, print_pointer };

static long pick_operation_count(struct made *made)
{
	static const int odd[] = { 0, 9, 500, 501, -1, MOST_LISTED };

	(void)made;
	return one_in(16) ? one_of(odd) : one_in(2) ? 1 : 2 + (int)below(3);
}
static const struct argument OPERATION_COUNT = { pick_operation_count, print_number };

/* A timeout that ends the call by itself must end it before the next step. */
enum { SHORT_NS = 3000000 };
static const struct { int64_t seconds, nanoseconds; } times[] = {
	{ 0, 0 }, { 0, SHORT_NS }, { 0, SHORT_NS }, { 100000, 0 }, { 100000, 999999999 }, { -1, 0 }, { 0, -1 }, { 0, 1000000000 },
};

static unsigned time_draw(void)
{
	unsigned i = below(ARRAY_SIZE(times));

	me->must_report = !times[i].seconds;
	say("<%d %d> ", (int)times[i].seconds, (int)times[i].nanoseconds);
	return i;
}

static long pick_timeout(struct made *made, bool wide)
{
	static int32_t narrow[2];
	static int64_t wide_times[2];
	unsigned i;

	(void)made;
	if (one_in(30))
		return (long)0xc0001000;
	if (one_in(4))
		return 0;
	i = time_draw();
	narrow[0] = wide_times[0] = times[i].seconds;
	narrow[1] = wide_times[1] = times[i].nanoseconds;
	return wide ? (long)wide_times : (long)narrow;
}
static long pick_timeout_32(struct made *made)
{
	return pick_timeout(made, false);
}
static long pick_timeout_64(struct made *made)
{
	return pick_timeout(made, true);
}
static void print_timeout(const struct made *made, long value)
{
	(void)made;
	say("%s", value < 0 ? "kernel" : value ? "&" : "0");
}
static const struct argument TIMEOUT_32 = { pick_timeout_32, print_timeout };
const struct argument TIMEOUT_64 = { pick_timeout_64, print_timeout };

void before_semop(const struct made *made)
{
	const struct sembuf *ops = (const struct sembuf *)made->buffer;
	long count = made->args[made->step->op ? 1 : 2];

	for (long i = 0; ops && i < count && i < MOST_LISTED; i++)
		say(" %u:%d%s%s", ops[i].sem_num, ops[i].sem_op, ops[i].sem_flg & IPC_NOWAIT ? "n" : "", ops[i].sem_flg & SEM_UNDO ? "u" : "");
	me->set = made->args[0];
	set_note(me->set);
	me->blocks = true;
}

const struct step sem_steps[] = {
	{ .name = "semget", .weight = 16, .number = 393, .args = { &KEY, &COUNT, &GET_FLAGS }, .after = after_semget },
	{ .name = "semget", .weight = 8, .op = 2, .args = { &KEY, &COUNT, &GET_FLAGS }, .after = after_semget },
	{ .name = "semctl", .weight = 36, .number = 394, .args = { &SEM_ID, &NUMBER, &SEM_COMMAND, &ARGUMENT }, .after = after_semctl },
	{ .name = "semctl", .weight = 36, .op = 3, .old = true, .args = { &SEM_ID, &NUMBER, &SEM_COMMAND, &BEHIND }, .after = after_semctl },
	{ .name = "semop", .weight = 40, .op = 1, .args = { &SEM_ID, &OPERATION_COUNT, &NOTHING, &OPERATIONS }, .before = before_semop },
	{ .name = "semtimedop", .weight = 20, .op = 4, .args = { &SEM_ID, &OPERATION_COUNT, &NOTHING, &OPERATIONS, &TIMEOUT_32 },
	  .before = before_semop },
	{ .name = "semtimedop", .weight = 40, .number = 420, .args = { &SEM_ID, &OPERATIONS, &OPERATION_COUNT, &TIMEOUT_64 },
	  .before = before_semop },
};
const unsigned many_sem_steps = ARRAY_SIZE(sem_steps);
