/*
 * story: the life of a shared-memory segment, told by the processes that live it.
 *
 * An ordinary program: what it prints it has read from /proc (pagemap, kpagecount, sysvipc/shm) and getrusage, and it
 * compares that with what the story says. It needs root, for the frame numbers.
 */
#include "user/box/actor.h"

#include <err.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 3
#define ADDR_A ((char *)0x50000000)
#define ADDR_B ((char *)0x63001000)		/* not even aligned alike */
#define ADDR_RO ((char *)0x58007000)
#define TITLES "      A's address  A's entry             page             B's entry  B's address"

static struct actor a, b, child;
static key_t key;
static int id;
static int semaphore;			/* what A and B agree by on whose turn it is */
static int private_number = 1;		/* for a contrast with shared memory at the fork */
static int scenes_told, mistakes;

#define EXPECT(what) \
	do { \
		if (!(what)) { \
			printf("   >>> NOT AS IT SHOULD BE: %s\n", #what); \
			mistakes++; \
		} \
	} while (0)

static void scene(const char *title)
{
	printf("%d. %s\n", ++scenes_told, title);
}

static long attach(char *addr, long flags)
{
	return (long)shmat(id, addr, (int)flags);
}

static long detach(char *addr, long unused)
{
	(void)unused;
	return shmdt(addr);
}

static long page_out(char *addr, long unused)
{
	(void)unused;
	return madvise(addr, PAGE, MADV_PAGEOUT);
}

static long fork_child(char *addr, long unused)
{
	(void)addr, (void)unused;
	return actor_fork(&child);
}

static long operate(char *addr, long change)
{
	struct sembuf operation = { .sem_op = (short)change };

	(void)addr;
	return semop(semaphore, &operation, 1);
}

static long wait_for_end(char *addr, long pid)
{
	(void)addr;
	return waitpid((pid_t)pid, NULL, 0);
}

static long end(char *addr, long unused)
{
	struct outcome none = { 0 };

	(void)addr, (void)unused;
	if (write(child.outcomes[1], &none, sizeof none) < 0)
		_exit(1);
	_exit(0);
}

static struct segment descriptor(void)
{
	struct segment s = { 0 };

	segment_by_id(id, &s);
	return s;
}

static void tell_descriptor(void)
{
	struct segment s = descriptor();

	printf("   Now: id %d, key 0x%x, mode %o%s, %llu bytes, attached %u times, pages in memory: %llu\n", id,
	       s.key, s.mode & 0777, s.mode & SHM_DEST ? " dest" : "", s.size, s.nattch, s.rss / PAGE);
}

static uint64_t entry_at(const struct actor *who, char *base, int page)
{
	return pagemap_entry(who->pid, (uintptr_t)base + (unsigned)page * PAGE);
}

static uint64_t frame_at(const struct actor *who, char *base, int page)
{
	return entry_frame(entry_at(who, base, page));
}

/* The hardware entries of A and B, as /proc/PID/pagemap shows them, and the slots of pages that are on the swap disk. */
static void draw(void)
{
	puts(TITLES);
	for (int page = 0; page < PAGES; page++) {
		uint64_t in_a = frame_at(&a, ADDR_A, page), in_b = frame_at(&b, ADDR_B, page);
		uint64_t slot = entry_slot(entry_at(&b, ADDR_B, page));
		char left[32] = "-", middle[32], right[32] = "-";

		if (in_a)
			snprintf(left, sizeof left, "frame %-8llx --->", (unsigned long long)in_a);
		if (in_b)
			snprintf(right, sizeof right, "<--- frame %8llx", (unsigned long long)in_b);
		snprintf(middle, sizeof middle, slot ? "%d = slot %llu" : "%d", page, (unsigned long long)slot);
		printf("      0x%08lx   %-21s  %s  %*s  0x%08lx\n", (long)ADDR_A + page * (long)PAGE, left, middle,
		       22 - (int)strlen(middle), right, (long)ADDR_B + page * (long)PAGE);
	}
}

static void creation(void)
{
	scene("A segment is created: a descriptor, and no memory yet.");
	do {
		key = (key_t)(0x5e900000 | (unsigned)rand() % 0xfffff);
		id = shmget(key, PAGES * PAGE, IPC_CREAT | IPC_EXCL | 0600);
	} while (id < 0 && errno == EEXIST);
	if (id < 0)
		err(1, "shmget");
	semaphore = semget(IPC_PRIVATE, 1, 0600);
	if (semaphore < 0)
		err(1, "semget");
	printf("   shmget(0x%x, %u, IPC_CREAT | 0600) = %d, its id\n", (unsigned)key, PAGES * PAGE, id);
	tell_descriptor();
	EXPECT(descriptor().nattch == 0 && descriptor().rss == 0);
}

static void attaching(void)
{
	a.pid = actor_fork(&a);		/* not before there is an id for them to know */
	b.pid = actor_fork(&b);
	scene("Two processes attach it, each where it likes. Still no entry of their page tables is set.");
	EXPECT(ask(&a, attach, ADDR_A, 0).value == (long)ADDR_A);
	EXPECT(ask(&b, attach, ADDR_B, 0).value == (long)ADDR_B);
	printf("   A is process %d: shmat(%d, %p)    B is process %d: shmat(%d, %p)\n", a.pid, id, ADDR_A, b.pid, id, ADDR_B);
	draw();
	for (int page = 0; page < PAGES; page++)
		EXPECT(!frame_at(&a, ADDR_A, page) && !frame_at(&b, ADDR_B, page));
	EXPECT(descriptor().nattch == 2 && descriptor().rss == 0);
}

static void first_touch(void)
{
	struct outcome out = ask(&a, poke, ADDR_A + PAGE, 42);

	scene("A writes 42 into page 1. The first touch faults, and the fault makes a frame, full of zeroes.");
	printf("   A: *(int *)%p = 42   minor faults: %ld    the next int there is %ld\n", ADDR_A + PAGE, out.faults,
	       ask(&a, peek, ADDR_A + PAGE + 4, 0).value);
	draw();
	EXPECT(out.faults == 1);
	EXPECT(frame_at(&a, ADDR_A, 1) && !frame_at(&b, ADDR_B, 1) && !frame_at(&a, ADDR_A, 0));
	EXPECT(ask(&a, peek, ADDR_A + PAGE + 4, 0).value == 0);
	EXPECT(descriptor().rss == PAGE);
}

static void second_touch(void)
{
	struct outcome read = ask(&b, peek, ADDR_B + PAGE, 0), back;

	scene("B reads that page, at its own address. The fault finds the frame already there: sharing.");
	printf("   B: *(int *)%p is %ld   minor faults: %ld    the frame is mapped %u times (kpagecount)\n", ADDR_B + PAGE,
	       read.value, read.faults, frame_mapped(frame_at(&b, ADDR_B, 1)));
	draw();
	tell(&a, operate, NULL, -1);
	while (semctl(semaphore, 0, GETNCNT) != 1)
		sched_yield();
	ask(&b, poke, ADDR_B + PAGE, 43);
	EXPECT(ask(&b, operate, NULL, 1).value == 0 && hear(&a).value == 0);
	back = ask(&a, peek, ADDR_A + PAGE, 0);
	printf("   A sleeps on a semaphore. B writes 43 and raises it: A wakes and reads %ld, with %ld faults. Nothing is copied or sent.\n",
	       back.value, back.faults);
	EXPECT(read.value == 42 && read.faults == 1);
	EXPECT(frame_at(&b, ADDR_B, 1) == frame_at(&a, ADDR_A, 1) && frame_mapped(frame_at(&b, ADDR_B, 1)) == 2);
	EXPECT(back.value == 43 && back.faults == 0);
}

static void read_only(void)
{
	struct outcome at = ask(&a, attach, ADDR_RO, SHM_RDONLY);
	struct outcome read = ask(&a, peek, ADDR_RO + PAGE, 0), write = ask(&a, poke, ADDR_RO + PAGE, 99);

	scene("A attaches it once more, read-only, at another address. Reading works, writing is refused.");
	printf("   A: shmat(%d, %p, SHM_RDONLY), reads %ld from frame %llx; attached %u times\n", id, ADDR_RO, read.value,
	       (unsigned long long)frame_at(&a, ADDR_RO, 1), descriptor().nattch);
	printf("   A: *(int *)%p = 99   %s at 0x%lx, %s\n", ADDR_RO + PAGE,
	       write.signal ? sigabbrev_np(write.signal) : "no signal", (long)write.fault_addr,
	       write.code == SEGV_ACCERR ? "SEGV_ACCERR: mapped, but not for this" : "not SEGV_ACCERR");
	EXPECT(at.value == (long)ADDR_RO && read.value == 43 && frame_at(&a, ADDR_RO, 1) == frame_at(&a, ADDR_A, 1));
	EXPECT(write.signal == SIGSEGV && write.code == SEGV_ACCERR && write.fault_addr == (uintptr_t)ADDR_RO + PAGE);
	EXPECT(ask(&a, peek, ADDR_A + PAGE, 0).value == 43 && descriptor().nattch == 3);
	EXPECT(ask(&a, detach, ADDR_RO, 0).value == 0 && descriptor().nattch == 2);
}

static void forking(void)
{
	struct outcome write;

	scene("A forks. The child inherits the attach, at the same address; private memory it gets as a copy.");
	child.pid = (pid_t)ask(&a, fork_child, NULL, 0).value;
	EXPECT(descriptor().nattch == 3);
	printf("   The child is process %d, and the segment is attached %u times.\n", child.pid, descriptor().nattch);
	write = ask(&child, poke, ADDR_A + 2 * PAGE, 44);
	ask(&child, poke, &private_number, 7);
	printf("   The child writes 44 into page 2 (%ld fault) and 7 to a variable of its own.\n", write.faults);
	printf("   A reads %ld in page 2, and its own variable still is %ld.\n",
	       ask(&a, peek, ADDR_A + 2 * PAGE, 0).value, ask(&a, peek, &private_number, 0).value);
	EXPECT(ask(&a, peek, ADDR_A + 2 * PAGE, 0).value == 44 && ask(&a, peek, &private_number, 0).value == 1);
	EXPECT(frame_at(&child, ADDR_A, 2) == frame_at(&a, ADDR_A, 2) && descriptor().rss == 2 * PAGE);
	ask(&child, end, NULL, 0);
	EXPECT(ask(&a, wait_for_end, NULL, child.pid).value == child.pid);
	EXPECT(descriptor().nattch == 2);
}

static void tell_totals(void)
{
	struct shm_info info;

	EXPECT(shmctl(0, SHM_INFO, (struct shmid_ds *)&info) >= 0);
	printf("   SHM_INFO, of all segments: pages in memory: %lu, on the swap disk: %lu\n", info.shm_rss, info.shm_swp);
}

/* Ask for page 2 to go, until it has. (Linux does not always do it at once.) */
static void send_out(struct actor *who, char *base)
{
	for (int i = 0; i < 20 && frame_at(who, base, 2); i++)
		EXPECT(ask(who, page_out, base + 2 * PAGE, 0).value == 0);
	EXPECT(!frame_at(&a, ADDR_A, 2) && !frame_at(&b, ADDR_B, 2));
	EXPECT(descriptor().rss == PAGE && descriptor().swap == PAGE);
}

static uint64_t slot;			/* of page 2 on the swap disk, where pagemap tells it (Linux: not of shared memory) */

static void swapping(void)
{
	struct outcome read;

	if (meminfo("SwapTotal") <= 0) {
		scene("There is no swap disk here: no page can go to one, and SHM_LOCK has nothing to hold back.");
		return;
	}
	scene("Page 2 goes to the swap disk, as when memory is short; here A asks for it. Nobody's entry shows it then.");
	send_out(&a, ADDR_A);
	slot = entry_slot(entry_at(&b, ADDR_B, 2));
	draw();
	tell_totals();
	read = ask(&b, peek, ADDR_B + 2 * PAGE, 0);
	printf("   B, which has never touched it, reads %ld: its fault (%ld minor, %ld major) brought it in.\n", read.value, read.faults,
	       read.major);
	draw();
	tell_totals();
	EXPECT(read.value == 44 && read.faults + read.major == 1 && frame_at(&b, ADDR_B, 2) && descriptor().swap == 0);
}

static void locking(void)
{
	struct outcome asked;
	uint64_t frame;

	if (meminfo("SwapTotal") <= 0)
		return;
	frame = frame_at(&b, ADDR_B, 2);
	scene("The segment is locked: now B asks for page 2 to go, and it stays.");
	EXPECT(shmctl(id, SHM_LOCK, NULL) == 0);
	asked = ask(&b, page_out, ADDR_B + 2 * PAGE, 0);
	printf("   shmctl(%d, SHM_LOCK), mode %o    B: madvise(%p, %u, MADV_PAGEOUT) = %ld    in frame %llx still\n", id,
	       descriptor().mode, ADDR_B + 2 * PAGE, PAGE, asked.value, (unsigned long long)frame_at(&b, ADDR_B, 2));
	EXPECT(frame && frame_at(&b, ADDR_B, 2) == frame && descriptor().swap == 0 && (descriptor().mode & SHM_LOCKED));
	EXPECT(shmctl(id, SHM_UNLOCK, NULL) == 0 && !(descriptor().mode & SHM_LOCKED));
	ask(&b, peek, ADDR_B + PAGE, 0);	/* so that page 1 is seen to be in use, and stays */
	send_out(&b, ADDR_B);
	puts("   Unlocked, it goes: to the slot that it had kept, and unwritten, for it has not changed.");
	draw();
	EXPECT(entry_slot(entry_at(&b, ADDR_B, 2)) == slot);
}

static void detaching(void)
{
	scene("The child has ended, and with it its attach. Now A detaches: only A's entries go.");
	EXPECT(ask(&a, detach, ADDR_A, 0).value == 0);
	draw();
	printf("   B still reads %ld. ", ask(&b, peek, ADDR_B + PAGE, 0).value);
	printf("A, where the segment was: %s\n",
	       ask(&a, peek, ADDR_A + PAGE, 0).code == SEGV_MAPERR ? "SEGV, SEGV_MAPERR: nothing here." : "no SEGV_MAPERR!");
	EXPECT(ask(&a, peek, ADDR_A + PAGE, 0).code == SEGV_MAPERR && ask(&b, peek, ADDR_B + PAGE, 0).value == 43);
	EXPECT(!frame_at(&a, ADDR_A, 1) && frame_at(&b, ADDR_B, 1) && descriptor().nattch == 1);
}

static void removal(void)
{
	scene("The segment is removed while B has it. It loses its key, and waits for the last detach.");
	EXPECT(shmctl(id, IPC_RMID, NULL) == 0);
	tell_descriptor();
	EXPECT(shmget(key, 0, 0) < 0 && errno == ENOENT);
	printf("   shmget by the old key: %s. B still reads %ld and %ld.\n", strerror(errno),
	       ask(&b, peek, ADDR_B + PAGE, 0).value, ask(&b, peek, ADDR_B + 2 * PAGE, 0).value);
	EXPECT(descriptor().key == 0 && (descriptor().mode & SHM_DEST) && descriptor().nattch == 1);
	EXPECT(ask(&b, peek, ADDR_B + PAGE, 0).value == 43 && ask(&b, peek, ADDR_B + 2 * PAGE, 0).value == 44);
}

static void last_detach(void)
{
	long before = meminfo("MemFree"), after;
	struct segment s;

	scene("B detaches, the last one. The segment is gone, and its frames are free.");
	EXPECT(ask(&b, detach, ADDR_B, 0).value == 0);
	after = meminfo("MemFree");
	EXPECT(shmat(id, NULL, 0) == (void *)-1 && errno == EINVAL);
	printf("   shmat(%d): %s. MemFree was %ld kB, is %ld kB%s.\n", id, strerror(errno), before, after,
	       after >= before + 8 ? "" : " (Linux counts in batches)");
	EXPECT(!segment_by_id(id, &s));
}

int box_story(int argc, char **argv)
{
	static void (*const scenes[])(void) = { creation, attaching, first_touch, second_touch, read_only,
						forking, swapping, locking, detaching, removal, last_detach };

	(void)argc, (void)argv;
	if (geteuid() != 0)
		errx(1, "only root is shown frame numbers");
	alarm(60);
	srand((unsigned)getpid());
	setvbuf(stdout, NULL, _IOLBF, 0);
	actor_prepare(&a);
	actor_prepare(&b);
	actor_prepare(&child);
	for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
		scenes[i]();
	semctl(semaphore, 0, IPC_RMID);
	kill(a.pid, SIGKILL);
	kill(b.pid, SIGKILL);
	while (wait(NULL) > 0)
		;
	puts(mistakes ? "Not everything was as it should be." : "The end. Everything was as it should be.");
	return mistakes != 0;
}
