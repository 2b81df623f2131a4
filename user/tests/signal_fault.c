/* Signals that the processor causes: which one, which code, which address, and what a handler can do about it. */
#include "test.h"

#include <setjmp.h>
#include <ucontext.h>

static volatile siginfo_t seen;
static volatile sig_atomic_t count;
static char *volatile low = (char *)0x10;       /* where nothing is mapped */

/* Verifies that each wrong doing of a program has its signal and its code. */
TEST(signal_fault_codes)
{
        char *none = CHECK_PTR(mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        volatile int zero = 0, one = 1, most_negative = 0x80000000;

        EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, (void *)0x1234) { low[0x1224] = 1; }
        EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, none + 9) { none[9] = 1; }
        EXPECT_SIGNAL(SIGFPE, FPE_INTDIV, ANY_ADDR) { one = one / zero; }
        EXPECT_SIGNAL(SIGFPE, FPE_INTDIV, ANY_ADDR) { zero = most_negative / (zero - 1); }
        EXPECT_SIGNAL(SIGILL, ILL_ILLOPN, ANY_ADDR) { __asm__ volatile("ud2"); }
        EXPECT_SIGNAL(SIGTRAP, SI_KERNEL, ANY_ADDR) { __asm__ volatile("int3"); }
}

/* Verifies that instructions of the kernel's are a SIGSEGV without an address. */
TEST(signal_privileged_instructions)
{
        raw(SYS_iopl, 0, 0, 0, 0, 0, 0);        /* whoever started the tests may have had the ports */
        EXPECT_SIGNAL(SIGSEGV, SI_KERNEL, NULL) { __asm__ volatile("hlt"); }
        EXPECT_SIGNAL(SIGSEGV, SI_KERNEL, NULL) { __asm__ volatile("cli"); }
        EXPECT_SIGNAL(SIGSEGV, SI_KERNEL, NULL) { __asm__ volatile("movl %cr3, %eax"); }
        EXPECT_SIGNAL(SIGSEGV, SI_KERNEL, NULL) { __asm__ volatile("movb $0, %al; outb %al, $0x80"); }
        EXPECT_SIGNAL(SIGSEGV, SI_KERNEL, NULL) { __asm__ volatile("int $0x20"); }
        EXPECT_SIGNAL(SIGSEGV, SI_KERNEL, NULL) { __asm__ volatile("movl $0x10, %eax; movw %ax, %ds"); }
        EXPECT_SIGNAL(SIGSEGV, SI_KERNEL, NULL) { __asm__ volatile("ljmp $0x8, $0x1000"); }
}

/* Verifies that there is no local descriptor table, above all none at address 0, where root may put a gate into the kernel. */
TEST_FLAGS(signal_no_local_descriptors, NEEDS_ROOT)
{
        unsigned short *gate = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

        if (gate != MAP_FAILED) {               /* Linux's vm.mmap_min_addr may forbid it */
                __asm__ volatile("" : "+r"(gate));
                gate += 4;                      /* the second descriptor */
                gate[1] = 0x60;                 /* the code segment of the kernel, here and on Linux */
                gate[2] = 0xec00;
        }
        EXPECT_SIGNAL(SIGSEGV, SI_KERNEL, NULL) { __asm__ volatile("lcall $0xf, $0"); }
        EXPECT_SIGNAL(SIGSEGV, SI_KERNEL, NULL) { __asm__ volatile("movl $0xf, %eax; movw %ax, %ds"); }
}

static jmp_buf escape;

static void jump_out(int sig, siginfo_t *info, void *context)
{
        (void)sig, (void)context;
        seen = *info;
        count++;
        siglongjmp(escape, 1);
}

/* Verifies that a program can go on after a fault by jumping out of the handler, a hundred times. */
TEST(signal_fault_longjmp)
{
        struct sigaction action = { .sa_sigaction = jump_out, .sa_flags = SA_SIGINFO };

        CHECK_OK(sigaction(SIGSEGV, &action, NULL));
        for (uintptr_t i = 0; i < 100; i++) {
                volatile char *p = (char *)(0x100 + i);

                if (sigsetjmp(escape, 1) == 0)
                        *p = 1;
                CHECK_EQ((uintptr_t)seen.si_addr, (uintptr_t)p);
        }
        CHECK_EQ(count, 100);
}

static volatile char *page;

static void repair(int sig, siginfo_t *info, void *context)
{
        (void)sig, (void)context;
        seen = *info;
        count++;
        mprotect((void *)page, PAGE, PROT_READ | PROT_WRITE);
}

/* Verifies that a handler that makes the page accessible lets the instruction be tried again. */
TEST(signal_fault_repaired)
{
        struct sigaction action = { .sa_sigaction = repair, .sa_flags = SA_SIGINFO };

        page = CHECK_PTR(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        CHECK_OK(sigaction(SIGSEGV, &action, NULL));
        page[100] = 5;
        CHECK_EQ(page[100], 5);
        CHECK_EQ(count, 1);
        CHECK(seen.si_addr == page + 100);
}

static void skip_two_bytes(int sig, siginfo_t *info, void *context)
{
        ucontext_t *c = context;

        (void)sig, (void)info;
        count = c->uc_mcontext.gregs[REG_TRAPNO];
        c->uc_mcontext.gregs[REG_EIP] += 2;
        c->uc_mcontext.gregs[REG_EAX] = 77;
}

/* Verifies that a handler sees and can change the registers, and the number of the trap. */
TEST(signal_context_registers)
{
        struct sigaction action = { .sa_sigaction = skip_two_bytes, .sa_flags = SA_SIGINFO };
        int result = 0;

        CHECK_OK(sigaction(SIGILL, &action, NULL));
        __asm__ volatile("ud2" : "+a"(result));
        CHECK_EQ(result, 77);
        CHECK_EQ(count, 6);
}

static volatile unsigned long fault_cr2, fault_error, fault_trap;

static void look_at_context(int sig, siginfo_t *info, void *context)
{
        ucontext_t *c = context;

        (void)sig, (void)info;
        fault_cr2 = c->uc_mcontext.cr2;
        fault_error = (unsigned long)c->uc_mcontext.gregs[REG_ERR];
        fault_trap = (unsigned long)c->uc_mcontext.gregs[REG_TRAPNO];
        siglongjmp(escape, 1);
}

/* Verifies that the context of a page fault holds the address, the error code and the trap number. */
TEST(signal_context_of_page_fault)
{
        struct sigaction action = { .sa_sigaction = look_at_context, .sa_flags = SA_SIGINFO };

        CHECK_OK(sigaction(SIGSEGV, &action, NULL));
        if (sigsetjmp(escape, 1) == 0)
                low[0x4311] = 1;
        CHECK_EQ(fault_cr2, 0x4321);
        CHECK_EQ(fault_error & 7, 6);           /* user, write, not present */
        CHECK_EQ(fault_trap, 14);
}

/* Verifies that a fault while its signal is blocked kills, handler or not. */
TEST(signal_fault_while_blocked)
{
        struct sigaction action = { .sa_sigaction = jump_out, .sa_flags = SA_SIGINFO };
        sigset_t set;
        pid_t pid;

        CHECK_OK(sigaction(SIGSEGV, &action, NULL));
        sigemptyset(&set);
        sigaddset(&set, SIGSEGV);
        SPAWN(pid) {
                CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
                *low = 1;
        }
        JOIN_KILLED(pid, SIGSEGV);
}

/* Verifies that a fault while its signal is ignored kills all the same. */
TEST(signal_fault_while_ignored)
{
        pid_t pid;

        signal(SIGSEGV, SIG_IGN);
        SPAWN(pid) { *low = 1; }
        JOIN_KILLED(pid, SIGSEGV);
}

static void fault_again(int sig)
{
        (void)sig;
        *low = 1;
}

/* Verifies that a fault inside the handler of the same fault kills. */
TEST(signal_fault_in_handler)
{
        pid_t pid;

        signal(SIGSEGV, fault_again);
        SPAWN(pid) { *low = 1; }
        JOIN_KILLED(pid, SIGSEGV);
}

/* Verifies that a signal that finds no stack to be delivered on kills with SIGSEGV. */
TEST(signal_no_stack)
{
        pid_t pid;

        signal(SIGUSR1, fault_again);
        SPAWN(pid) {
                __asm__ volatile("movl $0x1000, %%esp\n\tint $0x80"
                                 : : "a"(SYS_kill), "b"(getpid()), "c"(SIGUSR1));
        }
        JOIN_KILLED(pid, SIGSEGV);
        SPAWN(pid) {
                __asm__ volatile("movl $0xfffffff0, %%esp\n\tint $0x80"
                                 : : "a"(SYS_kill), "b"(getpid()), "c"(SIGUSR1));
        }
        JOIN_KILLED(pid, SIGSEGV);
}
