/* What is written down: results, and what differs from system to system by a name of its own. Random numbers. The clock. */
#include "diff.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CLOCK_BASE 1000000000u
#define STEP_SECONDS 1000u              /* no step takes so long */

static struct text coordinators;

void say(const char *format, ...)
{
	struct text *text = me ? &me->text : &coordinators;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text->bytes + text->length, TEXT - text->length, format, args);
	va_end(args);
	if (n > 0)
		text->length += n;
	if (text->length >= TEXT)
		text->length = TEXT - 1;
	if (!me) {
		fwrite(text->bytes, 1, text->length, stdout);
		text->length = 0;
	}
}

void say_result(long result)
{
	if (result < 0 && result >= -4095)
		say(" = %s", strerrorname_np(-result) ?: "E?");
	else
		say(" = %ld", result);
}

/* The last that had the number: numbers come again when there have been some ten thousands. */
void say_pid(unsigned pid)
{
	if (!pid) {
		say("0");
		return;
	}
	for (unsigned i = world->named; i-- > 0 && i + NAMES > world->named;)
		if ((unsigned)world->names[i % NAMES].pid == pid) {
			say("%s", world->names[i % NAMES].name);
			return;
		}
	say("pid?");
}

void name_add(pid_t pid, unsigned slot)
{
	unsigned i = world->named++;

	world->names[i % NAMES].pid = pid;
	if (slot < ACTORS)
		snprintf(world->names[i % NAMES].name, 8, "p%u.%u", slot, i);
	else
		strcpy(world->names[i % NAMES].name, "root");
}

void clock_step(void)
{
	struct timespec now = { .tv_sec = CLOCK_BASE + world->step * STEP_SECONDS };

	clock_settime(CLOCK_REALTIME, &now);
}

void say_time(uint32_t seconds)
{
	if (seconds < CLOCK_BASE)
		say("%u", seconds);
	else
		say("@%u", (seconds - CLOCK_BASE) / STEP_SECONDS);
}

void say_address(uint32_t address)
{
	struct place *place = place_of(address);

	if (place)
		say("#%u+%#x", place->number, address - place->start);
	else
		say("%#x", address);
}

/* ---- random numbers: xorshift ---- */

uint32_t draw(void)
{
	uint32_t x = world->random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return world->random = x;
}

uint32_t below(uint32_t n)
{
	return (uint32_t)((uint64_t)(draw() * 2654435761u) * n >> 32);
}

bool one_in(uint32_t n)
{
	return !below(n);
}

/* ---- the call itself ---- */

long raw(long number, const long args[MOST_ARGUMENTS])
{
	long result;

	__asm__ volatile("push %%ebp; push 20(%%edi); mov 4(%%edi), %%ecx; mov 8(%%edi), %%edx; mov 12(%%edi), %%esi;"
	                 "mov 0(%%edi), %%ebx; mov 16(%%edi), %%edi; pop %%ebp; int $0x80; pop %%ebp"
	                 : "=a"(result), "+D"(args)
	                 : "0"(number)
	                 : "memory", "cc", "ebx", "ecx", "edx", "esi");
	return result;
}
