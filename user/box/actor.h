/* An actor of the story: a process that does what the narrator asks, one deed at a time, and tells what became of it. */
#pragma once

#include "user/box/box.h"

/* Something that an actor can do. The functions are in the same program, so an order carries just the pointer. */
typedef long deed(char *addr, long value);

struct outcome {
	long value;		/* of the deed */
	int error;		/* errno, or 0 */
	long faults, major;	/* faults that it took: minor ones, and those that waited for a disk */
	int signal, code;	/* of the signal that ended it, or 0 */
	uintptr_t fault_addr;	/* and the address it was about */
};

struct actor {
	pid_t pid;
	int orders[2], outcomes[2];	/* pipes */
};

/* Make the pipes of an actor. Its process can then be forked by whoever has inherited them. */
void actor_prepare(struct actor *a);
/* Fork a process that is actor A from now on. Returns its pid, to the parent only. */
pid_t actor_fork(struct actor *a);
/* Have A do a deed, and wait for it. */
struct outcome ask(struct actor *a, deed *what, void *addr, long value);
/* The two halves of that, for deeds that take a while. */
void tell(struct actor *a, deed *what, void *addr, long value);
struct outcome hear(struct actor *a);

/* Deeds on memory. */
long peek(char *addr, long unused);
long poke(char *addr, long value);
