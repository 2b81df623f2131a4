/* Calls on address spaces, and the memory itself. What the program chooses lies in arenas, so that all systems have the same neighbours there. */
#include "diff.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

uint32_t attach_address(void)
{
	unsigned many = me->many_attached;
	uint32_t start = many ? me->attached[below(many < PLACES ? many : PLACES)] : 0;

	return start && !one_in(8) ? start + (one_in(2) ? below(4) * PAGE : 0) : arena_address();
}

uint32_t arena_address(void)
{
	uint32_t address = one_in(5) ? LARGE_ARENA + below(LARGE_SPANS) * SPAN : ARENA + below(ARENA_PAGES) * PAGE;

	if (address >= LARGE_ARENA && one_in(4))
		address += PAGE;
	return one_in(12) ? address + 1 + below(PAGE - 1) : address;
}

uint32_t arena_length(uint32_t address)
{
	static const uint32_t odd[] = { 0, 1, PAGE + 1, 0xfffff000, 0xffffffff, 0xe0000000 };

	if (one_in(20))
		return one_of(odd);
	return address - LARGE_ARENA < LARGE_SPANS * SPAN && one_in(2) ? (1 + below(2)) * SPAN : below(7) * PAGE;
}

/* An address of the arenas; or in a place where the kernel put something, and a length that stays there. */
static uint32_t limit;
static long pick_address(struct made *made)
{
	struct place *place = place_any();
	uint32_t skipped;

	(void)made;
	limit = 0;
	if (!place || one_in(2))
		return attach_address();
	skipped = place->size > PAGE ? below(place->size / PAGE) * PAGE : 0;
	limit = place->size - skipped;
	return place->start + skipped;
}
const struct argument ADDRESS = { pick_address, print_address };

static long pick_length(struct made *made)
{
	return limit ? (1 + below(limit / PAGE)) * PAGE : arena_length(made->args[0]);
}
const struct argument LENGTH = { pick_length, print_number };

static long pick_nothing(struct made *made)
{
	(void)made;
	return 0;
}
const struct argument NOTHING = { pick_nothing, print_number };

static long pick_protection(struct made *made)
{
	static const int protections[] = {
		PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_WRITE, PROT_EXEC, PROT_READ | PROT_EXEC,
		PROT_READ | PROT_WRITE | PROT_EXEC, PROT_GROWSDOWN, PROT_READ | PROT_GROWSUP, PROT_GROWSUP | PROT_GROWSDOWN, 0x40,
	};

	(void)made;
	return one_of(protections);
}
static const struct argument PROTECTION = { pick_protection, print_number };

static long pick_advice(struct made *made)
{
	static const int advices[] = { MADV_WILLNEED, MADV_DONTNEED, MADV_DONTNEED, 77 }; /* not what splits areas on Linux alone */

	(void)made;
	return one_of(advices);
}
static const struct argument ADVICE = { pick_advice, print_number };

static long pick_arena(struct made *made)
{
	(void)made;
	limit = 0;
	return attach_address();
}
static const struct argument ARENA_ADDRESS = { pick_arena, print_address };

/* ---- mremap: of attaches and of nothing, not of other things; and what the kernel has moved somewhere is moved on to where the program chooses ---- */

static bool is_something_else(uint32_t address)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	char line[256];
	bool found = false;

	while (maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && address >= start && address < end)
			found = !strstr(line, "/SYSV");
	if (maps)
		fclose(maps);
	return found;
}

static void bring_home(uint32_t address, uint32_t size)
{
	uint32_t home = ARENA + below(ARENA_PAGES) * PAGE;
	void *moved = mremap((void *)address, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)home);

	attach_remember(home);
	say(" home to %#x%s", home, moved == (void *)home ? "" : " failed");
}

static void run_mremap(void)
{
	static const int flags[] = { 0, 0, MREMAP_MAYMOVE, MREMAP_MAYMOVE | MREMAP_FIXED, MREMAP_MAYMOVE | MREMAP_FIXED, MREMAP_FIXED, 0x10 };
	uint32_t old = attach_address(), to = arena_address();
	long args[MOST_ARGUMENTS] = { old, arena_length(old), arena_length(old), one_of(flags), to };
	long result;

	say("mremap(%#x, %ld, %ld, %ld, %#x)", old, args[1], args[2], args[3], to);
	if (is_something_else(old)) {
		say(" something else");
		return;
	}
	result = raw(163, args);
	if ((unsigned long)result >= (unsigned long)-4095 || result == args[0] || result == args[4]) {
		say_result(result);
		if (result > 0)
			attach_remember(result);
	} else {
		bring_home(result, (args[2] + PAGE - 1) & -PAGE);
	}
}

/* A page of something else, as an obstacle. Shared, so that no system merges two. */
static void run_mmap(void)
{
	static const int flags[] = { MAP_FIXED, MAP_FIXED_NOREPLACE };
	uint32_t address = ARENA + below(ARENA_PAGES) * PAGE;
	int flag = one_of(flags);
	long args[MOST_ARGUMENTS] = { address, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | flag, -1, 0 };
	long result;

	say("mmap(%#x, %#x)", address, flag);
	result = raw(192, args);
	say(result == (long)address ? " done" : "");
	if (result != (long)address)
		say_result(result);
}

/* All of what the kernel placed. */
static void run_unmap_place(void)
{
	struct place *place = place_any();

	if (!place) {
		say("no place");
		return;
	}
	say("munmap(");
	say_address(place->start);
	say(") = %d", munmap((void *)place->start, place->size));
	place->number = 0;
}

/* ---- the memory itself ---- */

static sigjmp_buf escape;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	say(" %s %d at ", sigabbrev_np(sig), info->si_code);
	say_address((uint32_t)info->si_addr);
	siglongjmp(escape, 1);
}

static void touch(uint32_t address, void (*access)(volatile uint32_t *))
{
	struct sigaction catch = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO }, segv, bus;

	sigaction(SIGSEGV, &catch, &segv);
	sigaction(SIGBUS, &catch, &bus);
	if (!sigsetjmp(escape, 1))
		access((volatile uint32_t *)address);
	sigaction(SIGSEGV, &segv, NULL);
	sigaction(SIGBUS, &bus, NULL);
}

static void peek(volatile uint32_t *word)
{
	say(" is %#x", *word);
}

static void poke(volatile uint32_t *word)
{
	uint32_t value = draw();

	say(" to be %#x", value);
	*word = value;
}

static void sum(volatile uint32_t *word)
{
	uint32_t hash = 2166136261u;

	for (unsigned page = 0; page < (limit ? limit / PAGE : 4) && page < 4; page++)
		for (unsigned i = 0; i < 1024; i += 16)
			hash = (hash ^ word[page * 1024 + i]) * 16777619u;
	say(" %#x", hash);
}

static void run_touch(const char *name, void (*access)(volatile uint32_t *))
{
	uint32_t address = (uint32_t)pick_address(NULL) & -PAGE;

	say("%s ", name);
	say_address(address);
	touch(address + (access == sum ? 0 : below(64) * 64), access);
}
static void run_peek(void)
{
	run_touch("peek", peek);
}
static void run_poke(void)
{
	run_touch("poke", poke);
}
static void run_sum(void)
{
	run_touch("sum", sum);
}

const struct step memory_steps[] = {
	{ .name = "mprotect", .weight = 30, .number = 125, .args = { &ADDRESS, &LENGTH, &PROTECTION } },
	{ .name = "munmap", .weight = 16, .number = 91, .args = { &ARENA_ADDRESS, &LENGTH } },
	{ .name = "madvise", .weight = 6, .number = 219, .args = { &ADDRESS, &LENGTH, &ADVICE } },
	{ .name = "mlock", .weight = 8, .number = 150, .args = { &ADDRESS, &LENGTH } },
	{ .name = "munlock", .weight = 6, .number = 151, .args = { &ADDRESS, &LENGTH } },
	{ .name = "mremap", .weight = 20, .run = run_mremap },
	{ .name = "mmap", .weight = 4, .run = run_mmap },
	{ .name = "unmap", .weight = 4, .run = run_unmap_place },
	{ .name = "peek", .weight = 16, .run = run_peek },
	{ .name = "poke", .weight = 30, .run = run_poke },
	{ .name = "sum", .weight = 16, .run = run_sum },
	{ .name = "maps", .weight = 12, .run = run_maps },
};
const unsigned many_memory_steps = ARRAY_SIZE(memory_steps);
