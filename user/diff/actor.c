/* An actor: waits for its turn, makes a call drawn from the tables, writes it down. */
#include "diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NR_IPC 117

struct actor *me;

static const struct { const struct step *rows; const unsigned *many; } tables[] = {
	{ shm_steps, &many_shm_steps }, { sem_steps, &many_sem_steps }, { contended_steps, &many_contended_steps },
	{ memory_steps, &many_memory_steps }, { process_steps, &many_process_steps },
};

static const struct step *step_draw(void)
{
	static unsigned total;
	unsigned at;

	for (unsigned t = 0, sum = 0; !total && t < ARRAY_SIZE(tables); t++) {
		for (unsigned i = 0; i < *tables[t].many; i++)
			sum += tables[t].rows[i].weight;
		if (t + 1 == ARRAY_SIZE(tables))
			total = sum;
	}
	at = below(total);
	for (unsigned t = 0;; t++)
		for (unsigned i = 0; i < *tables[t].many; i++) {
			if (at < tables[t].rows[i].weight)
				return &tables[t].rows[i];
			at -= tables[t].rows[i].weight;
		}
}

static unsigned argument_pick(struct made *made)
{
	unsigned count = 0;

	for (; count < MOST_ARGUMENTS && made->step->args[count]; count++) {
		const struct argument *argument = made->step->args[count];

		say(count ? ", " : "");
		made->args[count] = argument->pick(made);
		argument->print(made, made->args[count]);
	}
	return count;
}

static void make(const struct step *step)
{
	struct made made = { .step = step };
	long passed[MOST_ARGUMENTS] = { step->op }, *first = step->op ? passed + 1 : passed;
	unsigned count;

	say("%s%s(", step->op ? "ipc:" : "", step->name);
	count = argument_pick(&made);
	say(")");
	memcpy(first, made.args, count * sizeof(long));
	if (step->before)
		step->before(&made);
	made.result = raw(step->op ? NR_IPC : step->number, passed);
	me->blocks = me->must_report = false;
	if (step->after)
		step->after(&made);
	else
		say_result(made.result);
}

unsigned slot_of(const struct actor *actor)
{
	return actor - world->actors;
}

/* A pipe that is full of reports tells as much. */
void report(void)
{
	char byte = 0;

	while (write(world->report[1], &byte, 1) < 0 && errno == EINTR)
		;
}

static void signal_ignore(int sig)
{
	(void)sig;
}

static void signals_set(void)
{
	struct sigaction wake = { .sa_handler = signal_ignore, .sa_flags = SA_RESTART };

	sigaction(SIGUSR1, &wake, NULL);
	signal(SIGCHLD, SIG_IGN);
}

noreturn void actor_live(unsigned slot)
{
	me = &world->actors[slot];
	signals_set();
	for (;;) {
		const struct step *step;
		char byte;

		me->blocks = me->must_report = false;
		world->finished++;      /* first: see is_quiet() */
		me->state = IDLE;
		report();
		if (read(world->baton[slot][0], &byte, 1) != 1)
			_exit(1);
		step = step_draw();
		if (step->run)
			step->run();
		else
			make(step);
	}
}
