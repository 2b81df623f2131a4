/* Processes: other users, forks, another program, ends, signals, limits; and the steps that only look. */
#include "diff.h"

#include <errno.h>
#include <grp.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static long pick_user(struct made *made)
{
	static const int ids[] = { -1, -1, 0, 0, 0, 1001, 1002, 1003, 65535 };

	(void)made;
	return one_of(ids);
}
static long pick_group(struct made *made)
{
	static const int ids[] = { -1, -1, 0, 2001, 2002, 1001 };

	(void)made;
	return one_of(ids);
}
static const struct argument USER = { pick_user, print_number }, GROUP = { pick_group, print_number };

static void run_setgroups(void)
{
	static const gid_t groups[] = { 2001, 0, 2002, 1003 };
	unsigned first = below(4), count = below(4 - first + 1);

	say("setgroups(%u from %u)", count, first);
	say_result(setgroups(count, groups + first) ? -errno : 0);
}

static void run_setrlimit(void)
{
	static const rlim_t limits[] = { 0, PAGE, 4 * PAGE, 16 * PAGE, RLIM_INFINITY };
	struct rlimit limit = { .rlim_cur = one_of(limits), .rlim_max = RLIM_INFINITY };

	say("setrlimit(MEMLOCK, %ld)", (long)limit.rlim_cur);
	say_result(setrlimit(RLIMIT_MEMLOCK, &limit) ? -errno : 0);
}

static struct actor *absent_actor(void)
{
	for (unsigned i = 0; i < ACTORS; i++)
		if (world->actors[i].state == ABSENT)
			return &world->actors[i];
	return NULL;
}

/* The child takes the part of an actor that has ended, with all that its parent has attached. */
static void run_fork(void)
{
	long args[MOST_ARGUMENTS] = { SIGCHLD | (one_in(3) ? CLONE_SYSVSEM : 0) };
	struct actor *child = absent_actor();
	long pid;

	say("clone(%#lx)", args[0]);
	if (!child) {
		say(" no room");
		return;
	}
	memcpy(child->places, me->places, sizeof(me->places));
	memcpy(child->attached, me->attached, sizeof(me->attached));
	child->many_attached = me->many_attached;
	child->state = ACTING;
	pid = raw(120, args);
	if (!pid)
		actor_live(slot_of(child));
	if (pid < 0) {
		say_result(pid);
		child->state = ABSENT;
		return;
	}
	child->pid = pid;
	name_add(pid, slot_of(child));
	say(" = ");
	say_pid(pid);
}

static void run_exec(void)
{
	char slot[] = { '0' + slot_of(me), 0 };
	char *argv[] = { "diff", "actor", slot, NULL }, *environment[] = { NULL };
	struct place places[PLACES];

	say("execve()");
	memcpy(places, me->places, sizeof(places));
	memset(me->places, 0, sizeof(places));
	me->many_attached = 0;
	execve("/proc/self/exe", argv, environment);
	memcpy(me->places, places, sizeof(places));
	say_result(-errno);
}

static void run_exit(void)
{
	say("exit()");
	me->state = DYING;
	report();
	_exit(0);
}

/* The next step begins when the other has noticed. */
static void run_kill(void)
{
	static const int signals[] = { 0, SIGUSR1, SIGUSR1, SIGUSR1, SIGTERM, SIGKILL, 99 };
	struct actor *other = &world->actors[below(ACTORS)];
	long args[MOST_ARGUMENTS] = { other->pid, one_of(signals) };
	bool fatal = args[1] == SIGTERM || args[1] == SIGKILL;
	enum actor_state state = other->state;
	long result;

	if (state == ABSENT) {
		say("kill: nobody");
		return;
	}
	say("kill(");
	say_pid(other->pid);
	say(", %ld)", args[1]);
	if (fatal)
		other->state = DYING;
	if (fatal && other == me)
		report();
	result = raw(37, args);
	if (result && fatal)
		other->state = state;
	else if (args[1] == SIGUSR1 && !result && other->blocks)
		other->must_report = true;
	say_result(result);
}

const struct step process_steps[] = {
	{ .name = "setresuid", .weight = 14, .number = 208, .args = { &USER, &USER, &USER } },
	{ .name = "setresgid", .weight = 8, .number = 210, .args = { &GROUP, &GROUP, &GROUP } },
	{ .name = "setfsuid", .weight = 2, .number = 215, .args = { &USER } },
	{ .name = "setgroups", .weight = 4, .run = run_setgroups },
	{ .name = "setrlimit", .weight = 4, .run = run_setrlimit },
	{ .name = "fork", .weight = 10, .run = run_fork },
	{ .name = "exec", .weight = 3, .run = run_exec },
	{ .name = "exit", .weight = 12, .run = run_exit },
	{ .name = "kill", .weight = 20, .run = run_kill },
	{ .name = "setting", .weight = 12, .run = run_setting },
	{ .name = "sysvipc", .weight = 8, .run = run_sysvipc },
};
const unsigned many_process_steps = ARRAY_SIZE(process_steps);
