/*
 * Random System V programs that say the same on every system that behaves like Linux i386.
 *
 *   coordinator ──baton──► actor 0        one step each: the actor draws a call from the random numbers that all share, makes it,
 *        ▲        ├──────► actor 1        writes down what came of it, and hands the baton back
 *        └─report─┴──────► …              An actor that sleeps in semop is left there; the kernel's own counts say that it does.
 *
 * Steps are rows of tables (calls_*.c); what a call is given are arguments (args.c), what it
 * leaves is shown by its row's `after` (show.c). All that lives between steps is in the world, which is mapped at the same address everywhere.
 *
 * How one run is the same as any other: the clock is set at every step, so that times are numbers of steps; process ids are printed as the
 * actors' names, addresses that the kernel chose as numbers of their own; identifiers are what they are.
 */
#ifndef USER_DIFF_H
#define USER_DIFF_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>
#include <sys/types.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))
#define PAGE 4096u
#define SPAN (1024 * PAGE)              /* what a page table maps */

/* Where the programs choose addresses themselves: pages close together, and room for large segments. The world is below. */
#define WORLD_BASE 0x10000000u
#define ARENA 0x20000000u
#define ARENA_PAGES 48u
#define LARGE_ARENA 0x30000000u
#define LARGE_SPANS 8u
#define FILL 0xee                       /* of buffers before the kernel writes to them */

enum { ACTORS = 6, REMEMBERED = 12, PLACES = 10, NAMES = 256, TEXT = 64 * 1024, BUFFER = 4096, CONTENDED = 2, MOST_NOTED = 16 };
enum { SEM_IDS, SHM_IDS, KINDS };

/* An attach where the kernel chose. */
struct place {
	uint32_t start, size;
	unsigned number;                /* its name; 0: none */
};

struct text {
	unsigned length;
	char bytes[TEXT];
};

enum actor_state { ABSENT, IDLE, ACTING, DYING };

struct actor {
	pid_t pid;
	volatile enum actor_state state;
	volatile bool blocks;           /* it may be asleep in the call that it makes */
	volatile bool must_report;      /* and will end by itself */
	bool woken;                     /* its call was shown without a result */
	int set;                        /* where it may be asleep */
	struct place places[PLACES];
	uint32_t attached[PLACES];      /* where it has attached something in the arenas, the last ones */
	unsigned many_attached;
	struct text text;
};

struct world {
	uint32_t random;
	unsigned step;
	volatile unsigned finished;     /* turns: one more each time that an actor has done with its step */
	struct actor actors[ACTORS];
	struct { pid_t pid; char name[8]; } names[NAMES];
	unsigned named, placed;         /* how many there have been */
	int ids[KINDS][REMEMBERED];
	unsigned many_ids[KINDS];
	int noted[MOST_NOTED];          /* sets of semaphores that this step may have changed */
	unsigned many_noted;
	int baton[ACTORS][2], report[2];
};

static struct world *const world = (struct world *)WORLD_BASE;
extern struct actor *me;                /* NULL in the coordinator */

/* ---- Steps ---- */

enum { MOST_ARGUMENTS = 6 };

struct step;
struct sembuf;

/* A call that is made: its arguments as the kernel sees them, the result or -errno, and memory for what pointers point to. */
struct made {
	const struct step *step;
	long args[MOST_ARGUMENTS];
	long result;
	int command;                    /* of shmctl and semctl, without IPC_64 */
	bool old;                       /* structures of the old layout */
	unsigned char *buffer;          /* BUFFER bytes, or NULL: no good pointer was given */
};

/* How an argument is chosen, and written down. `i`: which one. */
struct argument {
	long (*pick)(struct made *made);
	void (*print)(const struct made *made, long value);
};

/* One row: a system call with its arguments in the kernel's order, or a function that does and writes everything. */
struct step {
	const char *name;
	unsigned weight;
	long number;                    /* of the system call, 0: of ipc(117) */
	unsigned op;                    /* of ipc */
	bool old;                       /* structures of the old layout may be asked for, and are without IPC_64 */
	const struct argument *args[MOST_ARGUMENTS];
	void (*before)(const struct made *made); /* or NULL */
	void (*after)(const struct made *made); /* writes the result down; NULL: it is a number, and all */
	void (*run)(void);                      /* instead of all that */
};

extern const struct step shm_steps[], sem_steps[], contended_steps[], memory_steps[], process_steps[];
extern const unsigned many_shm_steps, many_sem_steps, many_contended_steps, many_memory_steps, many_process_steps;

/* The arguments, for the rows. */
extern const struct argument KEY, CONTROL_BUFFER;                                                      /* args.c */
extern const struct argument ADDRESS, LENGTH, NOTHING;                                                 /* calls_memory.c */
extern const struct argument ARGUMENT, TIMEOUT_64;                                                     /* calls_sem.c */

/* A pointer to made->buffer, which is filled with FILL, or now and then one that is no good. */
long pick_pointer(struct made *made);
void print_pointer(const struct made *made, long value);
void print_number(const struct made *made, long value);
void print_octal(const struct made *made, long value);
void print_address(const struct made *made, long value);
long pick_id(unsigned kind);
/* One of the commands, remembered in made, and with IPC_64 or without where the row may say so. */
long pick_command(struct made *made, const int *commands, unsigned count);
void print_command(const struct made *made, long value);
long pick_mode(void);
/* Addresses that the program chooses, and lengths that keep to their surroundings. */
uint32_t arena_address(void);
uint32_t attach_address(void);          /* of an attach, more often than not */
uint32_t arena_length(uint32_t address);

/* ---- The rest ---- */

/* actor.c */
void name_add(pid_t pid, unsigned slot);
void report(void);                      /* to the coordinator, that something has changed */
noreturn void actor_live(unsigned slot);
unsigned slot_of(const struct actor *actor);

/* Random numbers: below n; true once in n; one of a list. */
uint32_t draw(void);
uint32_t below(uint32_t n);
bool one_in(uint32_t n);
#define one_of(list) ((list)[below(ARRAY_SIZE(list))])

/* text.c: what is written down of a step. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_result(long result);
void say_pid(unsigned pid);
void say_time(uint32_t seconds);
void say_address(uint32_t address);
void clock_step(void);
long raw(long number, const long args[MOST_ARGUMENTS]);

/* show.c */
void show_structure(const struct made *made, const char *fields);
extern const char SHM_64[], SHM_OLD[], SHM_LIMITS_64[], SHM_LIMITS_OLD[], SHM_TOTALS[], SEM_64[], SEM_OLD[], SEM_LIMITS[];
void run_maps(void);
void run_sysvipc(void);

/* places.c: where the kernel chose, found by an address in it; NULL: there is no room, or no such. */
struct place *place_add(uint32_t start, uint32_t size);
struct place *place_of(uint32_t address);
struct place *place_any(void);
void attach_remember(uint32_t address);
void id_add(unsigned kind, int id);
void id_forget(unsigned kind, int id);
/* In bytes; whoever asks. */
uint32_t segment_size(int id);

/* calls_sem.c: a list drawn operation by operation, all with IPC_NOWAIT if it must not sleep; rows' `before` and `after`; who sleeps. */
long list_pick(struct made *made, struct sembuf (*draw_one)(unsigned i), bool nowait);
void before_semop(const struct made *made);
void after_semctl(const struct made *made);
unsigned sleepers(void);

/* calls_contended.c: the set that several wait on, or -1. */
int contended_set(unsigned i);

/* sets.c: a set is to be shown after this step; show them. */
void set_note(int id);
void sets_show(void);

/* settings.c */
void run_setting(void);
void settings_restore(void);

#endif
