/* The x87 and SSE registers are each process's own: across turns, fork, exec and signals. */
#include "test.h"

#include <sched.h>
#include <stddef.h>

#define XMM_COUNT 8

struct fpu {
        unsigned char xmm[XMM_COUNT][16] __attribute__((aligned(16)));
        double st[4];
        unsigned short control;
        unsigned mxcsr;
};

/* Load these registers, call sched_yield "turns" times, and store what the registers hold then. */
static __attribute__((noinline)) void keep(const struct fpu *in, struct fpu *out, unsigned turns)
{
        __asm__ volatile(
                "fninit\n\t"
                "fldcw %c[control](%[in])\n\t"
                "ldmxcsr %c[mxcsr](%[in])\n\t"
                "fldl %c[st]+24(%[in])\n\tfldl %c[st]+16(%[in])\n\tfldl %c[st]+8(%[in])\n\tfldl %c[st](%[in])\n\t"
                "movaps (%[in]), %%xmm0\n\tmovaps 16(%[in]), %%xmm1\n\tmovaps 32(%[in]), %%xmm2\n\t"
                "movaps 48(%[in]), %%xmm3\n\tmovaps 64(%[in]), %%xmm4\n\tmovaps 80(%[in]), %%xmm5\n\t"
                "movaps 96(%[in]), %%xmm6\n\tmovaps 112(%[in]), %%xmm7\n"
                "1:\tmovl %[yield], %%eax\n\tint $0x80\n\tdecl %[turns]\n\tjnz 1b\n\t"
                "movaps %%xmm0, (%[out])\n\tmovaps %%xmm1, 16(%[out])\n\tmovaps %%xmm2, 32(%[out])\n\t"
                "movaps %%xmm3, 48(%[out])\n\tmovaps %%xmm4, 64(%[out])\n\tmovaps %%xmm5, 80(%[out])\n\t"
                "movaps %%xmm6, 96(%[out])\n\tmovaps %%xmm7, 112(%[out])\n\t"
                "fstpl %c[st](%[out])\n\tfstpl %c[st]+8(%[out])\n\tfstpl %c[st]+16(%[out])\n\tfstpl %c[st]+24(%[out])\n\t"
                "fnstcw %c[control](%[out])\n\tstmxcsr %c[mxcsr](%[out])\n\tfninit\n\t"
                : [turns] "+r"(turns)
                : [in] "r"(in), [out] "r"(out), [control] "i"(offsetof(struct fpu, control)),
                  [mxcsr] "i"(offsetof(struct fpu, mxcsr)), [st] "i"(offsetof(struct fpu, st)), [yield] "i"(SYS_sched_yield)
                : "eax", "memory", "cc");
        unsigned usual = 0x1f80;

        __asm__ volatile("ldmxcsr %0" : : "m"(usual));
}

static struct fpu state_of(unsigned seed)
{
        struct fpu fpu = { .control = seed & 1 ? 0x37f : 0xf7f, .mxcsr = seed & 1 ? 0x1f80 : 0x7f80 };

        fill_pattern_seed(fpu.xmm, sizeof fpu.xmm, seed);
        for (int i = 0; i < 4; i++)
                fpu.st[i] = seed * 10.5 + i;
        return fpu;
}

static void check_same(const struct fpu *got, const struct fpu *want)
{
        CHECK(!memcmp(got->xmm, want->xmm, sizeof got->xmm));
        for (int i = 0; i < 4; i++)
                CHECK(got->st[i] == want->st[i]);
        CHECK_EQ(got->control, want->control);
        CHECK_EQ(got->mxcsr, want->mxcsr);
}

/* Verifies that four processes keep their own registers through a thousand turns each. */
TEST(proc_fpu_across_turns)
{
        pid_t pids[4];

        for (unsigned i = 0; i < ARRAY_SIZE(pids); i++)
                SPAWN(pids[i]) {
                        struct fpu in = state_of(i + 1), out;

                        keep(&in, &out, 1000);
                        check_same(&out, &in);
                }
        for (unsigned i = 0; i < ARRAY_SIZE(pids); i++)
                JOIN(pids[i]);
}

/* Verifies that they survive preemption as well: computing goes on right beside other computing. */
TEST(proc_fpu_across_preemption)
{
        double sums[2] = { 0, 0 };
        pid_t pids[3];

        for (int i = 0; i < 3; i++)
                SPAWN(pids[i]) {
                        for (int round = 0; round < 2; round++) {
                                volatile double step = 1.0 / (i + 3);

                                for (int n = 0; n < 3000000; n++)
                                        sums[round] += step;
                        }
                        CHECK(sums[0] == sums[1] && sums[0] > 0);
                }
        for (int i = 0; i < 3; i++)
                JOIN(pids[i]);
}

/* Verifies that a child begins with its parent's registers. */
TEST(proc_fpu_across_fork)
{
        unsigned char in[16] __attribute__((aligned(16))), out[16] __attribute__((aligned(16)));
        unsigned short control = 0xf7f, got = 0;
        int pid, status;

        fill_pattern(in, sizeof in);
        __asm__ volatile("movaps %[in], %%xmm5\n\tfldcw %[control]\n\tint $0x80\n\tmovaps %%xmm5, %[out]\n\tfnstcw %[got]\n\tfninit"
                         : "=a"(pid), [out] "=m"(out), [got] "=m"(got)
                         : "0"(SYS_fork), [in] "m"(in), [control] "m"(control)
                         : "memory");
        if (pid == 0)
                _exit(!memcmp(in, out, sizeof in) && got == control ? 0 : 1);
        CHECK(!memcmp(in, out, sizeof in) && got == control);
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK_EQ(status, 0);
}

PROGRAM(check_fpu_defaults)
{
        unsigned short control;
        unsigned mxcsr;

        __asm__ volatile("fnstcw %0\n\tstmxcsr %1" : "=m"(control), "=m"(mxcsr));
        CHECK_EQ(control, 0x37f);
        CHECK_EQ(mxcsr & 0xffc0, 0x1f80);
        return 0;
}

/* Verifies that a program begins with the usual control words, whatever those of the one before were. */
TEST(proc_fpu_across_exec)
{
        IN_CHILD {
                unsigned short control = 0xf7f;
                unsigned mxcsr = 0x7f80;

                __asm__ volatile("fldcw %0\n\tldmxcsr %1" : : "m"(control), "m"(mxcsr));
                program_exec("check_fpu_defaults", NULL);
                FAIL("execve: %s", strerror(errno));
        }
}

static void clobber(int sig)
{
        struct fpu other = state_of(9), out;

        (void)sig;
        keep(&other, &out, 1);
}

/* Verifies that a handler may use the registers as it likes, and that what was interrupted finds them as they were. */
TEST(proc_fpu_across_signal)
{
        struct sigaction action = { .sa_handler = clobber };
        unsigned char in[16] __attribute__((aligned(16))), out[16] __attribute__((aligned(16)));
        unsigned short control = 0xf7f, got;
        double number = 1234.5, back;

        CHECK_OK(sigaction(SIGUSR1, &action, NULL));
        fill_pattern(in, sizeof in);
        __asm__ volatile("movaps %[in], %%xmm3\n\tfldcw %[control]\n\tfldl %[number]\n\t"
                         "int $0x80\n\t"
                         "movaps %%xmm3, %[out]\n\tfnstcw %[got]\n\tfstpl %[back]\n\tfninit"
                         : [out] "=m"(out), [got] "=m"(got), [back] "=m"(back)
                         : "a"(SYS_kill), "b"(getpid()), "c"(SIGUSR1), [in] "m"(in), [control] "m"(control), [number] "m"(number)
                         : "memory");
        CHECK(!memcmp(in, out, sizeof in));
        CHECK_EQ(got, control);
        CHECK(back == number);
}

/* Verifies that an unmasked division by zero is SIGFPE with the reason. (QEMU's TCG never raises one of SSE's.) */
TEST(proc_fpu_exception)
{
        volatile double zero = 0;
        unsigned short control = 0x37b;         /* zero divide unmasked */

        EXPECT_SIGNAL(SIGFPE, FPE_FLTDIV, ANY_ADDR) {
                __asm__ volatile("fldcw %0\n\tfld1\n\tfdivl %1\n\tfwait" : : "m"(control), "m"(zero));
        }
}
