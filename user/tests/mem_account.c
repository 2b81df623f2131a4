/* The strict account: what was granted can be used, and what cannot be promised is refused at the grant. */
#include "test.h"

#define STEP (1 * MIB)
#define MOST 1024

static char *grants[MOST];
static unsigned granted;

static void *try_map(size_t size, int prot)
{
        return mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Ask for writable memory, touching none, until it is refused; leaves the last few MiB alone. */
static void take_all(void)
{
        while (granted < MOST && (grants[granted] = try_map(STEP, PROT_READ | PROT_WRITE)) != MAP_FAILED)
                granted++;
        CHECK(granted < MOST);
        CHECK_EQ(errno, ENOMEM);
}

/* Verifies that all memory that was granted can be touched, and that asking for more is ENOMEM and kills nobody. */
TEST_FLAGS(mem_account_grants_hold, COMMONS_ONLY)
{
        take_all();
        CHECK(granted > 4);
        for (unsigned i = 0; i < granted; i++)
                for (unsigned at = 0; at < STEP; at += PAGE)
                        grants[i][at] = (char)i;
        for (unsigned i = 0; i < granted; i++)
                CHECK_EQ(grants[i][STEP - PAGE], (char)i);
}

/* Verifies that a mapping is charged when it first becomes writable, and not before. */
TEST_FLAGS(mem_account_mprotect, COMMONS_ONLY)
{
        size_t size = ((size_t)(meminfo("MemTotal") + meminfo("SwapTotal")) * 1024 + MIB) & ~(PAGE - 1);
        char *p = CHECK_PTR(try_map(size, PROT_READ));

        CHECK_ERR(ENOMEM, mprotect(p, size, PROT_READ | PROT_WRITE));
        CHECK_EQ(*(volatile char *)p, 0);
        CHECK_OK(mprotect(p, MIB, PROT_READ | PROT_WRITE));
        memset(p, 1, MIB);
}

/* Verifies that brk, fork and shmget draw on the same account. */
TEST_FLAGS(mem_account_is_one, COMMONS_ONLY)
{
        take_all();
        CHECK_ERR(ENOMEM, sbrk(4 * STEP));
        CHECK_ERR(ENOMEM, shmget(IPC_PRIVATE, 4 * STEP, 0600));
        CHECK_ERR(ENOMEM, fork());
        for (unsigned i = 0; i < granted; i++)
                CHECK_OK(munmap(grants[i], STEP));
        CHECK_PTR(sbrk(4 * STEP));
        IN_CHILD { }
}
