/* What is on the stack during a handler, where that stack is, and the way back: sigreturn, old and new. */
#include "temp.h"

#include <ucontext.h>

static volatile sig_atomic_t count;
static char *volatile stack_seen;

static char alternative[64 * 1024];

static void where(int sig)
{
        char here;

        (void)sig;
        stack_seen = &here;
        count++;
}

static bool on_alternative(const char *p)
{
        return p >= alternative && p < alternative + sizeof alternative;
}

static void use_alternative(void)
{
        stack_t stack = { .ss_sp = alternative, .ss_size = sizeof alternative };

        CHECK_OK(sigaltstack(&stack, NULL));
}

/* Verifies that a handler with SA_ONSTACK runs on the alternative stack, and others do not. */
TEST(signal_altstack)
{
        struct sigaction action = { .sa_handler = where, .sa_flags = SA_ONSTACK };

        use_alternative();
        CHECK_OK(sigaction(SIGUSR1, &action, NULL));
        action.sa_flags = 0;
        CHECK_OK(sigaction(SIGUSR2, &action, NULL));
        CHECK_OK(raise(SIGUSR1));
        CHECK(on_alternative(stack_seen));
        CHECK_OK(raise(SIGUSR2));
        CHECK(!on_alternative(stack_seen));
        CHECK_EQ(count, 2);
}

static volatile int flags_inside, change_refused;

static void look_inside(int sig)
{
        stack_t stack;

        sigaltstack(NULL, &stack);
        flags_inside = stack.ss_flags;
        stack.ss_flags = SS_DISABLE;
        change_refused = sigaltstack(&stack, NULL) < 0 ? errno : 0;
        if (sig == SIGUSR1)
                raise(SIGUSR2);         /* stays on the same stack */
        where(sig);
}

/* Verifies that the alternative stack says when it is in use, and cannot be changed then. */
TEST(signal_altstack_in_use)
{
        struct sigaction action = { .sa_handler = look_inside, .sa_flags = SA_ONSTACK };
        stack_t stack;

        CHECK_OK(sigaltstack(NULL, &stack));
        CHECK_EQ(stack.ss_flags, SS_DISABLE);
        use_alternative();
        CHECK_OK(sigaction(SIGUSR1, &action, NULL));
        CHECK_OK(sigaction(SIGUSR2, &action, NULL));
        CHECK_OK(raise(SIGUSR1));
        CHECK_EQ(flags_inside, SS_ONSTACK);
        CHECK_EQ(change_refused, EPERM);
        CHECK(on_alternative(stack_seen));
        CHECK_EQ(count, 2);
        CHECK_OK(sigaltstack(NULL, &stack));
        CHECK_EQ(stack.ss_flags, 0);
        CHECK(stack.ss_sp == alternative);
        CHECK_EQ(stack.ss_size, sizeof alternative);
}

/* Verifies the errors of sigaltstack, and that it can be switched off. */
TEST(signal_altstack_errors)
{
        stack_t stack = { .ss_sp = alternative, .ss_size = 100 };

        CHECK_ERR(ENOMEM, sigaltstack(&stack, NULL));
        stack.ss_size = sizeof alternative;
        stack.ss_flags = 0x40;
        CHECK_ERR(EINVAL, sigaltstack(&stack, NULL));
        CHECK_ERR(EFAULT, syscall(SYS_sigaltstack, 16, NULL));
        use_alternative();
        IN_CHILD {
                CHECK_OK(sigaltstack(NULL, &stack));
                CHECK(stack.ss_sp == alternative);
        }
        stack.ss_flags = SS_DISABLE;
        CHECK_OK(sigaltstack(&stack, NULL));
        CHECK_OK(sigaltstack(NULL, &stack));
        CHECK_EQ(stack.ss_flags, SS_DISABLE);
}

static void destroy_registers(int sig)
{
        (void)sig;
        count++;
        __asm__ volatile("movl $0x11111111, %%eax; movl %%eax, %%ecx; movl %%eax, %%edx; movl %%eax, %%esi; movl %%eax, %%edi;"
                         "cmpl $1, %%eax; std; cld"
                         : : : "eax", "ecx", "edx", "esi", "edi", "cc");
}

/* Verifies that what was interrupted finds all its registers and flags as they were. */
TEST(signal_return_restores)
{
        unsigned long bx = (unsigned long)getpid(), cx = SIGUSR1, dx = 0x12345678, si = 0x9abcdef0, di = 0x0fedcba9, flags;
        long ax = SYS_kill;

        signal(SIGUSR1, destroy_registers);
        __asm__ volatile("stc; int $0x80; pushfl; popl %[flags]"
                         : "+a"(ax), "+b"(bx), "+c"(cx), "+d"(dx), "+S"(si), "+D"(di), [flags] "=m"(flags)
                         : : "memory", "cc");
        CHECK_EQ(count, 1);
        CHECK_EQ(ax, 0);
        CHECK_EQ(bx, getpid());
        CHECK_EQ(cx, SIGUSR1);
        CHECK_EQ(dx, 0x12345678);
        CHECK_EQ(si, 0x9abcdef0);
        CHECK_EQ(di, 0x0fedcba9);
        CHECK_EQ(flags & 1, 1);
}

static void change_mask(int sig, siginfo_t *info, void *context)
{
        ucontext_t *c = context;

        (void)info;
        count = !sigismember(&c->uc_sigmask, sig);
        sigaddset(&c->uc_sigmask, SIGHUP);
}

/* Verifies that the frame holds the mask to come back to, and that a handler can change it there. */
TEST(signal_mask_in_frame)
{
        struct sigaction action = { .sa_sigaction = change_mask, .sa_flags = SA_SIGINFO };
        sigset_t set;

        CHECK_OK(sigaction(SIGUSR1, &action, NULL));
        CHECK_OK(raise(SIGUSR1));
        CHECK_EQ(count, 1);
        CHECK_OK(sigprocmask(SIG_BLOCK, NULL, &set));
        CHECK(sigismember(&set, SIGHUP) && !sigismember(&set, SIGUSR1));
}

static void point_at_kernel(int sig, siginfo_t *info, void *context)
{
        ucontext_t *c = context;

        (void)info;
        if (sig == SIGUSR1)
                c->uc_mcontext.gregs[REG_EIP] = (int)0xfffff000;
        else
                c->uc_mcontext.gregs[REG_ESP] = 0x10;
}

/* Verifies that a frame changed to return to nowhere is the program's own SIGSEGV. */
TEST(signal_return_to_nowhere)
{
        struct sigaction action = { .sa_sigaction = point_at_kernel, .sa_flags = SA_SIGINFO };
        pid_t pid;

        CHECK_OK(sigaction(SIGUSR1, &action, NULL));
        CHECK_OK(sigaction(SIGUSR2, &action, NULL));
        SPAWN(pid) { raise(SIGUSR1); }
        JOIN_KILLED(pid, SIGSEGV);
        SPAWN(pid) { raise(SIGUSR2); }
        JOIN_KILLED(pid, SIGSEGV);
}

static void wreck_selectors(int sig, siginfo_t *info, void *context)
{
        ucontext_t *c = context;

        (void)sig, (void)info;
        count++;
        c->uc_mcontext.gregs[REG_EFL] |= 0x3000 | 0x20000;      /* I/O privilege, virtual 8086 mode */
}

/* Verifies that a frame cannot give a program privileges: the flags of the kernel's are not taken from it. */
TEST(signal_return_keeps_privileges)
{
        struct sigaction action = { .sa_sigaction = wreck_selectors, .sa_flags = SA_SIGINFO };
        unsigned long flags;

        CHECK_OK(sigaction(SIGUSR1, &action, NULL));
        CHECK_OK(raise(SIGUSR1));
        __asm__ volatile("pushfl; popl %0" : "=r"(flags));
        CHECK_EQ(flags & 0x23000, 0);
        CHECK_EQ(count, 1);
}

static void kernel_selectors(int sig, siginfo_t *info, void *context)
{
        ucontext_t *c = context;

        (void)info;
        if (sig == SIGUSR1)
                c->uc_mcontext.gregs[REG_CS] = 0x08;
        else
                c->uc_mcontext.gregs[REG_DS] = 0x10;
}

/* Verifies that selectors of the kernel's in a frame do not let a program into ring 0: at worst it dies. */
TEST(signal_return_kernel_selectors)
{
        struct sigaction action = { .sa_sigaction = kernel_selectors, .sa_flags = SA_SIGINFO };

        for (int sig = SIGUSR1; sig <= SIGUSR2; sig += SIGUSR2 - SIGUSR1) {
                pid_t pid = CHECK_OK(fork());
                int status;

                if (pid == 0) {
                        unsigned short cs;

                        sigaction(sig, &action, NULL);
                        raise(sig);
                        __asm__ volatile("movw %%cs, %0" : "=r"(cs));
                        _exit((cs & 3) == 3 ? 0 : 1);
                }
                CHECK_EQ(waitpid(pid, &status, 0), pid);
                CHECK(status == 0 || WIFSIGNALED(status));
        }
}

/* Verifies that sigreturn with nothing sensible on the stack is the program's SIGSEGV, both calls. */
TEST(signal_return_uncalled_for)
{
        static const int calls[] = { SYS_sigreturn, SYS_rt_sigreturn };

        for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
                pid_t pid;

                SPAWN(pid) { __asm__ volatile("movl $0x1000, %%esp\n\tint $0x80" : : "a"(calls[i])); }
                JOIN_KILLED(pid, SIGSEGV);
        }
}

struct old_action {
        void (*handler)(int);
        unsigned long mask;
        unsigned long flags;
        void (*restorer)(void);
};

struct new_action {
        void (*handler)(int);
        unsigned long flags;
        void (*restorer)(void);
        unsigned long mask[2];
};

/* Verifies that both sigaction calls work without a restorer: the kernel has to provide the way back. */
TEST(signal_without_restorer)
{
        struct old_action old = { .handler = where };
        struct new_action new = { .handler = where };

        CHECK_EQ(raw(SYS_sigaction, SIGUSR1, (long)&old, 0, 0, 0, 0), 0);
        CHECK_EQ(raw(SYS_rt_sigaction, SIGUSR2, (long)&new, 0, 8, 0, 0), 0);
        CHECK_EQ(raw(SYS_kill, getpid(), SIGUSR1, 0, 0, 0, 0), 0);
        CHECK_EQ(count, 1);
        CHECK_EQ(raw(SYS_kill, getpid(), SIGUSR2, 0, 0, 0, 0), 0);
        CHECK_EQ(count, 2);
        new.flags = SA_SIGINFO;
        CHECK_EQ(raw(SYS_rt_sigaction, SIGUSR2, (long)&new, 0, 8, 0, 0), 0);
        CHECK_EQ(raw(SYS_kill, getpid(), SIGUSR2, 0, 0, 0, 0), 0);
        CHECK_EQ(count, 3);
}

/* Verifies that the two calls tell each other's actions, and that the new one insists on the size of the mask. */
TEST(signal_old_and_new_action)
{
        struct old_action old = { .handler = where, .mask = 1 << (SIGHUP - 1), .flags = SA_NODEFER }, got_old;
        struct new_action got;

        CHECK_EQ(raw(SYS_sigaction, SIGUSR1, (long)&old, 0, 0, 0, 0), 0);
        CHECK_EQ(raw(SYS_rt_sigaction, SIGUSR1, 0, (long)&got, 8, 0, 0), 0);
        CHECK(got.handler == where);
        CHECK_EQ(got.flags, SA_NODEFER);
        CHECK_EQ(got.mask[0], 1 << (SIGHUP - 1));
        CHECK_EQ(got.mask[1], 0);
        CHECK_EQ(raw(SYS_sigaction, SIGUSR1, 0, (long)&got_old, 0, 0, 0), 0);
        CHECK(got_old.handler == where);
        CHECK_EQ(got_old.mask, old.mask);
        CHECK_EQ(raw(SYS_rt_sigaction, SIGUSR1, 0, (long)&got, 4, 0, 0), -EINVAL);
        CHECK_EQ(raw(SYS_rt_sigaction, SIGUSR1, 16, 0, 8, 0, 0), -EFAULT);
        CHECK_EQ(raw(SYS_rt_sigaction, SIGUSR1, 0, 16, 8, 0, 0), -EFAULT);
        CHECK_EQ(raw(SYS_signal, SIGUSR2, (long)where, 0, 0, 0, 0), 0);
        CHECK_EQ(raw(SYS_signal, SIGUSR2, 0, 0, 0, 0, 0), (long)where);
}

/* Verifies that the mask calls of old act on the first 32 signals. */
TEST(signal_old_mask_calls)
{
        unsigned long set = 1 << (SIGUSR1 - 1), old = 99;
        sigset_t now;

        CHECK_EQ(raw(SYS_sigprocmask, SIG_BLOCK, (long)&set, (long)&old, 0, 0, 0), 0);
        CHECK_EQ(old, 0);
        CHECK_OK(sigprocmask(SIG_BLOCK, NULL, &now));
        CHECK(sigismember(&now, SIGUSR1));
        CHECK_EQ(raw(SYS_kill, getpid(), SIGUSR1, 0, 0, 0, 0), 0);
        CHECK_EQ(raw(SYS_sigpending, (long)&old, 0, 0, 0, 0, 0), 0);
        CHECK_EQ(old, set);
        signal(SIGUSR1, SIG_IGN);
        CHECK_EQ(raw(SYS_sigprocmask, SIG_UNBLOCK, (long)&set, (long)&old, 0, 0, 0), 0);
        CHECK_EQ(old, set);
}
