/* What there is to see of sets of semaphores, after each step that may have changed it. */
#include "diff.h"

#include <sys/ipc.h>
#include <sys/sem.h>

enum { LARGEST = 65536, MOST_SHOWN = 8 };

void set_note(int id)
{
	for (unsigned i = 0; i < world->many_noted; i++)
		if (world->noted[i] == id)
			return;
	if (world->many_noted < MOST_NOTED)
		world->noted[world->many_noted++] = id;
}

/* Times, and of each semaphore the value, who wait for it to grow and to be zero, and who was the last. */
static void set_show(int id)
{
	static unsigned short values[LARGEST];
	struct semid_ds ds;

	if (semctl(id, 0, IPC_STAT, &ds) || semctl(id, 0, GETALL, values))
		return;
	say("   set %d ", id);
	say_time(ds.sem_otime);
	say(" ");
	say_time(ds.sem_ctime);
	for (unsigned i = 0; i < ds.sem_nsems && i < MOST_SHOWN; i++) {
		say(" | %u %d %d ", values[i], semctl(id, i, GETNCNT), semctl(id, i, GETZCNT));
		say_pid(semctl(id, i, GETPID));
	}
	say("\n");
}

void sets_show(void)
{
	for (unsigned i = 0; i < world->many_noted; i++)
		set_show(world->noted[i]);
	world->many_noted = 0;
}
