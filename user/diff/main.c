/* The coordinator: diff FIRST COUNT STEPS runs so many seeds of so many steps each, and prints all. */
#include "diff.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>

#define WORLD_FD 90
#define WORLD_FILE "/dev/shm/diff"
#define RESTORE_STEPS 50
#define MOST_WAITED_FOR 8               /* semaphores that steps may sleep on */
#define STUCK_SECONDS 20

static noreturn void fail(const char *what)
{
	fflush(stdout);
	perror(what);
	exit(1);
}

/* At the same place in every process, and in what they execute. */
static void world_map(bool fresh)
{
	int fd = WORLD_FD;

	if (fresh) {
		fd = open(WORLD_FILE, O_RDWR | O_CREAT | O_TRUNC, 0666);
		if (fd < 0 || dup2(fd, WORLD_FD) < 0 || ftruncate(fd, sizeof(*world)))
			fail(WORLD_FILE);
		close(fd);
		unlink(WORLD_FILE);
	}
	if (mmap(world, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, WORLD_FD, 0) != world)
		fail("mmap");
}

/* ---- until every actor is idle or asleep ---- */

static unsigned waiters(int set)
{
	struct semid_ds ds;
	unsigned count = 0;

	if (semctl(set, 0, IPC_STAT, &ds))
		return 0;
	for (unsigned i = 0; i < ds.sem_nsems && i < MOST_WAITED_FOR; i++) {
		int shrink = semctl(set, i, GETNCNT), zero = semctl(set, i, GETZCNT);

		count += (shrink > 0 ? shrink : 0) + (zero > 0 ? zero : 0);
	}
	return count;
}

static bool is_asleep(const struct actor *actor)
{
	unsigned there = 0;

	if (!actor->blocks || actor->must_report)
		return false;
	for (unsigned i = 0; i < ACTORS; i++)
		there += world->actors[i].state == ACTING && world->actors[i].blocks && world->actors[i].set == actor->set;
	return waiters(actor->set) == there;
}

/* Nothing but a signal asks: who reads of a process in /proc may happen to be the last to hold its memory, and detach in its place. */
static void bury(struct actor *actor)
{
	while (!kill(actor->pid, 0))
		sched_yield();
	actor->state = ABSENT;
	actor->blocks = false;
	for (unsigned i = 0; i < CONTENDED; i++)
		set_note(contended_set(i));
	memset(actor->places, 0, sizeof(actor->places));
	actor->many_attached = 0;
}

/*
 * Does nobody act, but for those asleep? Who was not dying in the first loop may be in the second; and who was asleep when it was looked at
 * may have been woken or killed by somebody who was still at work then, and has finished since.
 */
static bool is_quiet(void)
{
	unsigned finished = world->finished;

	for (unsigned i = 0; i < ACTORS; i++)
		if (world->actors[i].state == DYING)
			bury(&world->actors[i]);
	for (unsigned i = 0; i < ACTORS; i++) {
		enum actor_state state = world->actors[i].state;

		if (state == DYING || (state == ACTING && !is_asleep(&world->actors[i])))
			return false;
	}
	return world->finished == finished;
}

static bool nobody_blocks(void)
{
	for (unsigned i = 0; i < ACTORS; i++)
		if (world->actors[i].blocks)
			return false;
	return true;
}

static noreturn void stuck(void)
{
	for (unsigned i = 0; i < ACTORS; i++) {
		const struct actor *actor = &world->actors[i];

		printf("no end of step %u: %u: state %d blocks %d must report %d set %d text %.*s\n", world->step, i, actor->state, actor->blocks,
		       actor->must_report, actor->set, (int)actor->text.length, actor->text.bytes);
	}
	fail("no end of a step");
}

static void settle(void)
{
	struct pollfd reports = { .fd = world->report[0], .events = POLLIN };
	time_t limit = 0;
	struct timespec now;
	char bytes[256];

	while (!is_quiet()) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		limit = limit ?: now.tv_sec + STUCK_SECONDS;
		if (now.tv_sec > limit)
			stuck();
		if (poll(&reports, 1, nobody_blocks() ? 1000 : 0) <= 0)
			sched_yield();
		while (read(world->report[0], bytes, sizeof(bytes)) == sizeof(bytes))
			;
	}
}

/* ---- steps ---- */

static void text_show(unsigned slot)
{
	struct text *text = &world->actors[slot].text;

	fwrite(text->bytes, 1, text->length, stdout);
	text->length = 0;
}

/* The step's own words, and then what has come of calls that slept. */
static void step_show(unsigned slot)
{
	struct actor *actor = &world->actors[slot];

	printf("%u ", world->step);
	if (actor->text.length)
		printf("%u ", slot);
	text_show(slot);
	if (actor->state == ACTING && !actor->woken) {
		printf(" sleeps");
		actor->woken = true;
	}
	printf("\n");
	for (unsigned i = 0; i < ACTORS; i++) {
		actor = &world->actors[i];
		if (!actor->woken || actor->state == ACTING)
			continue;
		printf("   %u woke:", i);
		text_show(i);
		set_note(actor->set);
		printf("%s\n", actor->state == ABSENT ? " dead" : "");
		actor->woken = false;
	}
	sets_show();
}

static void spawn(unsigned slot)
{
	struct actor *actor = &world->actors[slot];
	pid_t pid;

	actor->state = ACTING;
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (!pid)
		actor_live(slot);
	actor->pid = pid;
	name_add(pid, slot);
	say("%u %u is new\n", world->step, slot);
}

static void turn(unsigned slot)
{
	struct actor *actor = &world->actors[slot];

	if (actor->state == ABSENT) {
		spawn(slot);
		settle();
		return;
	}
	if (actor->state == ACTING) {
		say("%u root wakes %u\n", world->step, slot);
		actor->must_report = true;
		kill(actor->pid, SIGUSR1);
	} else {
		actor->state = ACTING;
		if (write(world->baton[slot][1], "", 1) != 1)
			fail("baton");
	}
	settle();
	step_show(slot);
}

/* Who sleeps is hardly ever woken from here, and who has ended may first be followed by another's child. */
static unsigned slot_draw(void)
{
	for (unsigned tries = 0;; tries++) {
		unsigned slot = below(ACTORS);

		if (world->actors[slot].state == IDLE || one_in(world->actors[slot].state == ABSENT ? 6 : 50) || tries > 40)
			return slot;
	}
}

static void step(void)
{
	world->step++;
	clock_step();
	if (world->step % RESTORE_STEPS == 0)
		settings_restore();
	turn(slot_draw());
}

/* ---- a seed ---- */

static void remove_all(void)
{
	struct shmid_ds shm;
	struct semid_ds sem;
	int id, highest = shmctl(0, SHM_INFO, &shm), left = 0;

	for (int i = 0; i <= highest; i++)
		if ((id = shmctl(i, SHM_STAT, &shm)) >= 0 && ++left)
			shmctl(id, IPC_RMID, NULL);
	highest = semctl(0, 0, SEM_INFO, &sem);
	for (int i = 0; i <= highest; i++)
		if ((id = semctl(i, 0, SEM_STAT, &sem)) >= 0 && ++left)
			semctl(id, 0, IPC_RMID);
	say("%d left behind\n", left);
}

static void seed_end(void)
{
	for (unsigned i = 0; i < ACTORS; i++)
		if (world->actors[i].state != ABSENT) {
			kill(world->actors[i].pid, SIGKILL);
			world->actors[i].state = DYING;
			is_quiet();
		}
	settings_restore();
	remove_all();
}

static void seed_run(unsigned seed, unsigned steps)
{
	memset(world, 0, offsetof(struct world, baton));
	world->random = seed * 2654435761u ^ 0x9e3779b9u ?: 1;
	for (unsigned i = 0; i < 8; i++)
		draw();
	name_add(getpid(), ACTORS);
	say("seed %u\n", seed);
	settings_restore();
	while (world->step < steps)
		step();
	seed_end();
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc == 3) {
		world_map(false);
		actor_live(atoi(argv[2]));
	}
	if (argc != 4) {
		fprintf(stderr, "usage: diff FIRST-SEED SEEDS STEPS\n");
		return 2;
	}
	world_map(true);
	signal(SIGCHLD, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1); /* where it is there; else the first process waits for orphans */
	for (unsigned i = 0; i < ACTORS; i++)
		if (pipe(world->baton[i]))
			fail("pipe");
	if (pipe2(world->report, O_NONBLOCK))
		fail("pipe");
	for (unsigned i = 0; i < (unsigned)atoi(argv[2]); i++)
		seed_run(atoi(argv[1]) + i, atoi(argv[3]));
	printf("end\n");
	return 0;
}
