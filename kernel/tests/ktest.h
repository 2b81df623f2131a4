/*
 * In-kernel tests, run by the kernel argument `ktest` in kernels built with them:
 *
 *      // Verifies that …
 *      KTEST(frame_is_given_back)
 *      {
 *              KCHECK(frame_free_count() == before);
 *      }
 *
 * A failed check is reported with its place and ends the test. Tests run in the boot task, which may sleep.
 */
#pragma once

#include "kernel/lib/types.h"

struct ktest {
	const char *name;
	void (*run)(void);
};

#define KTEST_IN(section_, name_)                                                            \
	static void ktest_##name_(void);                                                     \
	static const struct ktest ktest_entry_##name_                                        \
		__attribute__((used, section(section_))) = { #name_, ktest_##name_ };        \
	static void ktest_##name_(void)
#define KTEST(name_) KTEST_IN(".ktests", name_)
/* A way for the kernel to die, chosen by the argument crash=name, to see what is said then. */
#define KCRASH(name_) KTEST_IN(".kcrashes", name_)

#define KCHECK(cond)                                                                         \
	do {                                                                                 \
		if (!(cond)) {                                                               \
			ktest_fail(__FILE__, __LINE__, #cond);                               \
			return;                                                              \
		}                                                                            \
	} while (0)

void ktest_fail(const char *file, int line, const char *what);
/* Run all, or with the kernel argument ktest=PREFIX those whose names begin so, in TAP on COM1. Returns how many failed. */
u32 ktest_run_all(void);
/* Die in that way; returns when there is none of that name, or name is NULL. */
void ktest_crash(const char *name);
