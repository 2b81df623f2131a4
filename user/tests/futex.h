/* What the futex tests have in common. */
#pragma once

#include "shm.h"

#include <linux/futex.h>
#include <time.h>

enum { NR_FUTEX = 240, NR_FUTEX_TIME64 = 422 };

typedef volatile uint32_t word;

/* The call itself: its result, or -errno. `timeout` is a pointer, or a second number. */
static inline long futex(word *at, int operation, unsigned value, const void *timeout, word *at2, unsigned value3)
{
        return raw(NR_FUTEX, (long)at, operation, (long)value, (long)timeout, (long)at2, (long)value3);
}

static inline long futex_wait(word *at, unsigned value)
{
        return futex(at, FUTEX_WAIT, value, NULL, NULL, 0);
}

/* Wake until so many have been woken: those that do not sleep yet soon will. */
static inline void wake_all_of(word *at, int operation, int count, unsigned bits)
{
        for (int woken = 0; woken < count; usleep(1000))
                woken += CHECK_OK(futex(at, operation, (unsigned)(count - woken), NULL, NULL, bits));
}

/* A word that a fork shares. */
static inline word *shared_word(void)
{
        return CHECK_PTR(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

/* Let a child go to sleep in its call. */
static inline void let_sleep(pid_t pid)
{
        char path[64], text[256];

        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        do {
                usleep(1000);
                CHECK(file_read(path, text, sizeof text) > 0);
        } while (!strstr(text, ") S "));
}
