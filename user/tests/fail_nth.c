/*
 * /proc/self/fail-nth: a task writes N there and its Nth allocation from then on fails; reading gives what is left to
 * count, 0 once it has failed. Each walk makes the 1st, 2nd, … allocation of one operation fail until the operation
 * gets through without reaching the Nth: on the way everything must be undone.
 */
#include "shm.h"

#include <setjmp.h>
#include <sys/swap.h>

enum { MOST_STEPS = 3000, STEP_FAILED_WELL = 40, STEP_UNTOUCHED = 41 };

static int control;             /* the open file */
static sigjmp_buf after_fault;

static void arm(int n)
{
        char number[16];
        int length = snprintf(number, sizeof number, "%d", n);

        CHECK_EQ(pwrite(control, number, length, 0), length);
}

static int left(void)
{
        char number[16] = "";

        CHECK(pread(control, number, sizeof number - 1, 0) > 0);
        return atoi(number);
}

static void control_open(void)
{
        control = CHECK_OK(open("/proc/self/fail-nth", O_RDWR));
}

static void check_memory(const char *what, int n)
{
        char text[1024];

        if (file_read("/proc/mm_check", text, sizeof text) >= 0 && strcmp(text, "ok\n"))
                FAIL("%s, allocation %d: %s", what, n, text);
}

/* What a caller may hear when memory is short. */
static bool is_shortage(int error)
{
        return error == ENOMEM || error == ENOSPC || error == EAGAIN || error == EFAULT || error == ENFILE;
}

/* One step in a child of its own: the operation answers 0 or an errno, undo() takes back its success. */
static int step(int n, int (*operation)(void), void (*undo)(void))
{
        pid_t pid;
        int status;

        SPAWN(pid) {
                control_open();
                arm(n);
                int error = operation();
                int remaining = left();

                arm(0);
                if (remaining && error)
                        FAIL("allocation %d: %s, though nothing was made to fail", n, strerror(error));
                if (error && !is_shortage(error))
                        FAIL("allocation %d: %s", n, strerror(error));
                if (!error && undo)
                        undo();
                _exit(remaining ? STEP_UNTOUCHED : STEP_FAILED_WELL);
        }
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS)
                return STEP_FAILED_WELL; /* the task's own next page: a copy on write after fork, say */
        if (!WIFEXITED(status) || WEXITSTATUS(status) < STEP_FAILED_WELL)
                FAIL("allocation %d: status %#x", n, status);
        return WEXITSTATUS(status);
}

static void walk(const char *what, int (*operation)(void), void (*undo)(void))
{
        for (int n = 1; n < MOST_STEPS; n++) {
                int result = step(n, operation, undo);

                check_memory(what, n);
                if (result == STEP_UNTOUCHED) {
                        note("%s: %d allocations", what, n - 1);
                        return;
                }
        }
        FAIL("%s: still failing after %d steps", what, MOST_STEPS);
}

/* ---- The operations ---------------------------------------------------------------------------------------------- */

static int the_id;
static key_t the_key;
static char *the_place;

static int do_shmget(void)
{
        the_id = shmget(the_key, 9 * MIB, IPC_CREAT | IPC_EXCL | 0600);
        return the_id < 0 ? errno : 0;
}

static void undo_shmget(void)
{
        destroy(the_id);
}

static int do_shmat(void)
{
        the_place = shmat(the_id, NULL, 0);
        return the_place == (void *)-1 ? errno : 0;
}

static void undo_shmat(void)
{
        detach(the_place);
}

static int do_split(void)
{
        return mprotect(the_place + PAGE, PAGE, PROT_READ) ? errno : 0;
}

static int do_hole(void)
{
        return munmap(the_place + PAGE, PAGE) ? errno : 0;
}

static int do_shmdt(void)
{
        return shmdt(the_place) ? errno : 0;
}

static int do_move(void)
{
        return mremap(the_place, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE) == (void *)-1 ? errno : 0;
}

static void on_fault(int sig)
{
        (void)sig;
        siglongjmp(after_fault, 1);
}

static int do_fault(void)
{
        if (sigsetjmp(after_fault, 1))
                return EFAULT;
        the_place[0] = 1;
        the_place[PAGE] = 2;
        return 0;
}

static int do_fork(void)
{
        int status;
        pid_t pid = fork();

        if (pid < 0)
                return errno;
        if (pid == 0)
                _exit(0);
        while (waitpid(pid, &status, 0) != pid)
                ;
        return 0;
}

/* ---- The walks --------------------------------------------------------------------------------------------------- */

/* Verifies that the file counts down, says 0 when the allocation has failed, and that 0 switches it off. */
TEST_FLAGS(fail_nth_file, COMMONS_ONLY)
{
        control_open();
        CHECK_EQ(left(), 0);
        arm(1000);
        CHECK(left() > 0);
        arm(0);
        CHECK_EQ(left(), 0);
        arm(1);
        CHECK_ERR(ENOMEM, shmget(IPC_PRIVATE, PAGE, 0600));
        CHECK_EQ(left(), 0);
        destroy(segment(PAGE, 0600));
        IN_CHILD {
                close(control);
                control_open();
                CHECK_EQ(left(), 0);
        }
}

/* Verifies that shmget undoes itself whichever allocation fails. */
TEST_FLAGS(fail_nth_shmget, COMMONS_ONLY)
{
        the_key = fresh_key();
        walk("shmget", do_shmget, undo_shmget);
        CHECK_ERR(ENOENT, shmget(the_key, 0, 0));
        CHECK_EQ(totals().shm_tot, 0);
}

/* Verifies the same of shmat: no attach is counted that did not succeed. */
TEST_FLAGS(fail_nth_shmat, COMMONS_ONLY)
{
        the_id = segment(9 * MIB, 0600);
        walk("shmat", do_shmat, undo_shmat);
        CHECK_EQ(attaches(the_id), 0);
        destroy(the_id);
}

/* Verifies the same of splitting an attach by mprotect and by munmap, of mremap, and that shmdt needs no memory. */
TEST_FLAGS(fail_nth_split_and_move, COMMONS_ONLY)
{
        the_id = segment(4 * PAGE, 0600);
        the_place = attach(the_id);
        walk("mprotect", do_split, NULL);
        CHECK_EQ(attaches(the_id), 1);
        walk("munmap", do_hole, NULL);
        CHECK_EQ(attaches(the_id), 1);
        walk("mremap", do_move, NULL);
        CHECK_EQ(attaches(the_id), 1);
        CHECK_EQ(step(1, do_shmdt, NULL), STEP_UNTOUCHED);
        detach(the_place);
        CHECK_EQ(attaches(the_id), 0);
        destroy(the_id);
}

/* Verifies that a fault that gets no memory is a signal, and served when touched again. */
TEST_FLAGS(fail_nth_fault, COMMONS_ONLY)
{
        the_id = segment(4 * PAGE, 0600);
        signal(SIGSEGV, on_fault);
        signal(SIGBUS, on_fault);
        the_place = attach(the_id);
        walk("fault", do_fault, NULL);
        CHECK_OK(shmctl(the_id, IPC_RMID, NULL));
        the_place = CHECK_PTR(mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        walk("private fault", do_fault, NULL);
}

/* Verifies the same of fork with shared and private memory at hand. */
TEST_FLAGS(fail_nth_fork, COMMONS_ONLY)
{
        the_id = segment(4 * PAGE, 0600);
        the_place = attach(the_id);
        CHECK_OK(mprotect(the_place + PAGE, PAGE, PROT_READ));
        walk("fork", do_fork, NULL);
        CHECK_EQ(attaches(the_id), 3);
        detach(the_place);
        destroy(the_id);
}

PROGRAM(fail_nth_left)
{
        char number[16] = "";

        control = open("/proc/self/fail-nth", O_RDWR);
        if (control < 0 || pread(control, number, sizeof number - 1, 0) <= 0)
                return STEP_FAILED_WELL; /* by the allocation in question */
        return atoi(number) ? STEP_UNTOUCHED : STEP_FAILED_WELL;
}

/* One execve with its Nth allocation failing; past the point of no return only a signal can tell. */
static int exec_step(int n, const char *path)
{
        char *argv[] = { (char *)PROGRAM_PREFIX "fail_nth_left", NULL };
        int status;
        pid_t pid;

        SPAWN(pid) {
                signal(SIGSEGV, SIG_DFL);
                control_open();
                arm(n);
                execv(path, argv);
                _exit(is_shortage(errno) ? STEP_FAILED_WELL : 1);
        }
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        if (WIFSIGNALED(status)) {
                int sig = WTERMSIG(status);

                CHECK(sig == SIGKILL || sig == SIGSEGV || sig == SIGBUS || sig == SIGABRT);
                return STEP_FAILED_WELL;
        }
        return WEXITSTATUS(status) == 127 ? STEP_FAILED_WELL : WEXITSTATUS(status); /* 127: the C library's own start */
}

/* Verifies that execve answers an error or kills the task whichever allocation fails, from the old program's shared
 * memory to the new one's first pages. */
TEST_FLAGS(fail_nth_exec, COMMONS_ONLY)
{
        char path[256];
        int result = STEP_FAILED_WELL, n = 0;

        snprintf(path, sizeof path, "%s", program_path());
        the_id = segment(4 * PAGE, 0600);
        the_place = attach(the_id);
        while (result == STEP_FAILED_WELL && ++n < MOST_STEPS) {
                result = exec_step(n, path);
                check_memory("exec", n);
        }
        note("exec: %d allocations", n - 1);
        CHECK_EQ(attaches(the_id), 1);
        detach(the_place);
        destroy(the_id);
        CHECK_EQ(result, STEP_UNTOUCHED);
}

/* ---- With a swap disk ------------------------------------------------------------------------------------------------ */

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

static char the_disk[64];

static void need_disk(void)
{
        char text[512];

        if (file_read("/proc/swaps", text, sizeof text) < 0 || !strchr(text, '/') || sscanf(strchr(text, '/'), "%63s", the_disk) != 1)
                SKIP("needs a swap disk");
}

/* Out and in again, what shares the page included. */
static int do_swap(void)
{
        if (sigsetjmp(after_fault, 1))
                return EFAULT;
        if (madvise(the_place, 4 * PAGE, MADV_PAGEOUT))
                return errno;
        if (the_place[0] != 1 || the_place[3 * PAGE] != 2)
                FAIL("the page came back wrong");
        the_place[0] = 1;
        return 0;
}

static int do_swapoff(void)
{
        return swapoff(the_disk) ? errno : 0;
}

static int do_swapon(void)
{
        return swapon(the_disk, 0) ? errno : 0;
}

static void undo_swapoff(void)
{
        CHECK_OK(swapon(the_disk, 0));
}

/* Verifies that a page which cannot come in, or whose copy cannot be made, for want of memory loses nothing. */
TEST_FLAGS(swap_fail_nth, COMMONS_ONLY | NEEDS_ROOT)
{
        need_disk();
        signal(SIGSEGV, on_fault);
        signal(SIGBUS, on_fault);
        the_id = segment(4 * PAGE, 0600);
        the_place = attach(the_id);
        the_place[0] = 1;
        the_place[3 * PAGE] = 2;
        walk("a page of a segment comes in", do_swap, NULL);
        detach(the_place);
        destroy(the_id);
        the_place = CHECK_PTR(mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        the_place[0] = 1;
        the_place[3 * PAGE] = 2;
        walk("a private page comes in", do_swap, NULL);
        CHECK_OK(madvise(the_place, 4 * PAGE, MADV_PAGEOUT));
        if (meminfo("MemTotal") < 24 * 1024)
                return; /* what the tests themselves are promised needs the disk */
        walk("swapoff", do_swapoff, undo_swapoff);
        CHECK_EQ(the_place[0], 1);
        CHECK_OK(swapoff(the_disk));
        walk("swapon", do_swapon, NULL);
}
