/*
 * Shared by the tests of mm/ and ipc/: what must be as before at the end of each, a user who touches memory, and allocations that
 * fail. All of it runs in the kernel and, lifted, on the host.
 */
#pragma once

#include "kernel/tests/ktest.h"
#include "mm/area.h"
#include "mm/fault.h"
#include "mm/frame.h"

struct mm_state {
	u32 free_frames, granted, wired, committed;
};

struct mm_state mm_state(void);
/* Is everything as it was then, and does mm_check() agree? Says what is not. */
bool mm_is_as(const struct mm_state *before, const char *file, int line);

/* A test that leaves nothing behind. */
#define MM_TEST(name_)                                                                       \
	static void body_of_##name_(void);                                                   \
	KTEST(name_)                                                                         \
	{                                                                                    \
		struct mm_state before = mm_state();                                         \
		body_of_##name_();                                                           \
		mm_is_as(&before, __FILE__, __LINE__);                                       \
	}                                                                                    \
	static void body_of_##name_(void)

/* mm_check() with its words as the failure. */
#define CHECK_MM() do { if (!mm_is_well(__FILE__, __LINE__)) return; } while (0)
bool mm_is_well(const char *file, int line);

/*
 * Run it with the first allocation failing, then the second, until it gets through; it returns 0 or an error, and leaves nothing
 * behind either way. Returns how often it had failed; 0: something was left behind, or mm_check() differs.
 */
u32 walk_failures(int (*step)(void));

/* Map fresh memory at exactly that place, readable and writable; false: refused. */
bool map_private(struct space *space, vaddr_t at, u32 pages);
bool map_object(struct space *space, vaddr_t at, u32 pages, struct object *object, u32 index);

/* Read or write one byte as a user of that space would, by what its page table shows, with faults served. -1: a signal. */
int user_peek(struct space *space, vaddr_t va);
bool user_poke(struct space *space, vaddr_t va, u8 value);
/* How the last fault of the two ended. */
extern enum fault_result last_fault;
/* What the processor writes into the entry that it has used. */
void hardware_marks(const pte_t *dir, vaddr_t va, bool write);
/* The frame that is shown there now; 0: none. */
pfn_t shown_frame(const struct space *space, vaddr_t va);

/* Take every free frame, so that nothing can be had until they are given back. */
void take_free_frames(struct list *taken);
void give_frames(struct list *taken);

/* Numbers that look random, the same in every run. */
u32 test_random(u32 *state, u32 below);
