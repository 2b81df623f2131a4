/* The system call interface as such: int 0x80, numbers, registers, segments, and times of 32 and 64 bits. */
#include "temp.h"

#include <asm/ldt.h>
#include <linux/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <time.h>

/* Verifies that numbers that name no call answer ENOSYS, whatever the arguments. */
TEST(abi_unknown_numbers)
{
        static const long numbers[] = { 17, 31, 32, 35, 44, 53, 56, 58, 98, 222, 223, 251, 285, 500, 1000, 0x7fffffff, -1,
                                        (long)0x80000000, (long)0x80000001 };

        for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
                CHECK_EQ(raw(numbers[i], 0, 0, 0, 0, 0, 0), -ENOSYS);
                CHECK_EQ(raw(numbers[i], -1, -1, -1, -1, -1, -1), -ENOSYS);
        }
}

/* Verifies that getpid by int 0x80 is getpid, and changes no register but eax, nor the flags. */
TEST(abi_registers_kept)
{
        long ax = SYS_getpid, bx = 0x11, cx = 0x22, dx = 0x33, si = 0x44, di = 0x55;
        unsigned long flags;

        __asm__ volatile("pushl %%ebp; movl $0x66, %%ebp; stc; int $0x80; pushfl; popl %%ecx; cmpl $0x66, %%ebp; popl %%ebp;"
                         "je 1f; movl $0, %%ebx; 1:"
                         : "+a"(ax), "+b"(bx), "+c"(cx), "+d"(dx), "+S"(si), "+D"(di) : : "memory", "cc");
        flags = (unsigned long)cx;
        CHECK_EQ(ax, getpid());
        CHECK(bx == 0x11 && dx == 0x33 && si == 0x44 && di == 0x55);
        CHECK_EQ(flags & 1, 1);
}

/* Verifies that the direction flag set by a program does the kernel no harm. */
TEST(abi_direction_flag)
{
        struct utsname name, again;
        long ax = SYS_uname;

        CHECK_OK(uname(&name));
        memset(&again, 0, sizeof again);
        __asm__ volatile("std; int $0x80; cld" : "+a"(ax) : "b"(&again) : "memory", "cc");
        CHECK_EQ(ax, 0);
        CHECK(!memcmp(&name, &again, sizeof name));
}

static unsigned get_gs(void)
{
        unsigned selector;

        __asm__ volatile("movl %%gs, %0" : "=r"(selector));
        return selector;
}

static __thread int thread_local = 7;

/* Verifies that thread-local memory, by the segment register gs, survives turns, fork, signals and system calls. */
TEST(abi_thread_area)
{
        unsigned gs = get_gs();

        CHECK_EQ(gs & 7, 3);
        signal(SIGUSR1, SIG_IGN);
        IN_CHILD {
                CHECK_EQ(thread_local, 7);
                thread_local = 8;
                for (int i = 0; i < 100; i++)
                        raw(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
                CHECK_EQ(thread_local, 8);
        }
        CHECK_EQ(thread_local, 7);
        CHECK_EQ(get_gs(), gs);
}

/* Verifies that set_thread_area gives out descriptors, and refuses what is none. */
TEST(abi_set_thread_area)
{
        static int words[4] = { 0x1234, 0x5678 };
        struct user_desc d = { .entry_number = -1u, .base_addr = (unsigned)(uintptr_t)words, .limit = 0xfffff,
                               .seg_32bit = 1, .limit_in_pages = 1, .useable = 1 };
        int value;

        CHECK_OK(syscall(SYS_set_thread_area, &d));
        CHECK(d.entry_number >= 6 && d.entry_number <= 14);
        __asm__ volatile("pushl %%fs; movl %1, %%fs; movl %%fs:4, %0; popl %%fs" : "=r"(value) : "r"(d.entry_number * 8 + 3));
        CHECK_EQ(value, 0x5678);
        d.entry_number = 1;
        CHECK_ERR(EINVAL, syscall(SYS_set_thread_area, &d));
        CHECK_ERR(EFAULT, syscall(SYS_set_thread_area, 16));
}

/* Verifies that a selector whose descriptor is emptied while it is loaded becomes the null selector, and nothing worse. */
TEST(abi_thread_area_emptied)
{
        struct user_desc d = { .entry_number = -1u, .limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1, .useable = 1 };
        unsigned fs;

        CHECK_OK(syscall(SYS_set_thread_area, &d));
        __asm__ volatile("movl %0, %%fs" : : "r"(d.entry_number * 8 + 3));
        d = (struct user_desc){ .entry_number = d.entry_number, .read_exec_only = 1, .seg_not_present = 1 };
        CHECK_OK(syscall(SYS_set_thread_area, &d));
        __asm__ volatile("movl %%fs, %0" : "=r"(fs));
        CHECK_EQ(fs, 0);
}

/* Verifies that each process has its own segments in fs and gs: a selector that a child loads is not its parent's. */
TEST(abi_segments_are_own)
{
        unsigned fs;

        __asm__ volatile("movl %%fs, %0" : "=r"(fs));
        IN_CHILD {
                __asm__ volatile("movl %0, %%fs" : : "r"(get_gs()));
                for (int i = 0; i < 20; i++)
                        raw(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
                unsigned now;

                __asm__ volatile("movl %%fs, %0" : "=r"(now));
                CHECK_EQ(now, get_gs());
        }
        unsigned after;

        __asm__ volatile("movl %%fs, %0" : "=r"(after));
        CHECK_EQ(after, fs);
}

/* Verifies that statx tells what stat tells. */
TEST(abi_statx)
{
        struct statx x;
        struct stat st;
        int fd = temp_file();

        CHECK_EQ(write(fd, "12345", 5), 5);
        memset(&x, 0xee, sizeof x);
        CHECK_OK(syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &x));
        CHECK_OK(fstat(fd, &st));
        CHECK_EQ(x.stx_size, 5);
        CHECK_EQ(x.stx_mode, st.st_mode);
        CHECK_EQ(x.stx_ino, st.st_ino);
        CHECK_EQ(x.stx_nlink, 0);
        CHECK_EQ(x.stx_uid, getuid());
        CHECK_EQ(x.stx_mtime.tv_sec, st.st_mtime);
        CHECK_EQ(makedev(x.stx_dev_major, x.stx_dev_minor), st.st_dev);
        CHECK_EQ(x.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS);
        CHECK_OK(syscall(SYS_statx, AT_FDCWD, "/dev/null", 0, STATX_BASIC_STATS, &x));
        CHECK(x.stx_rdev_major == 1 && x.stx_rdev_minor == 3);
        CHECK_ERR(ENOENT, syscall(SYS_statx, AT_FDCWD, "", 0, STATX_BASIC_STATS, &x));
        CHECK_ERR(EFAULT, syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, 16));
}

/* The structure of stat64, fstat64 and lstat64. */
struct stat64_abi {
        uint64_t dev;
        uint32_t pad, ino32, mode, nlink, uid, gid;
        uint64_t rdev;
        uint32_t pad3;
        uint64_t size __attribute__((packed));
        uint32_t blksize;
        uint64_t blocks __attribute__((packed));
        uint32_t atime, atime_ns, mtime, mtime_ns, ctime, ctime_ns;
        uint64_t ino __attribute__((packed));
};
_Static_assert(sizeof(struct stat64_abi) == 96, "as in the kernel's headers");

/* Verifies that stat64 and fstat64 agree with statx, at the places programs expect. */
TEST(abi_stat64)
{
        struct stat64_abi a, b;
        struct statx x;

        CHECK_OK(syscall(SYS_stat64, "/tmp", &a));
        CHECK_OK(syscall(SYS_fstat64, CHECK_OK(open("/tmp", O_RDONLY)), &b));
        CHECK_OK(syscall(SYS_statx, AT_FDCWD, "/tmp", 0, STATX_BASIC_STATS, &x));
        CHECK(a.ino == x.stx_ino && b.ino == a.ino && a.ino32 == (uint32_t)a.ino);
        CHECK(a.mode == x.stx_mode && a.nlink == x.stx_nlink && a.size == x.stx_size && b.size == a.size);
        CHECK(a.mtime == (uint32_t)x.stx_mtime.tv_sec && b.mode == a.mode && a.blksize >= 512);
}

/* Verifies that calls with times of 64 bits agree with those of 32. */
TEST(abi_time_widths)
{
        struct { int64_t sec; int64_t nsec; } wide, res;
        struct { int32_t sec, nsec; } narrow;

        CHECK_EQ(raw(SYS_clock_gettime, CLOCK_REALTIME, (long)&narrow, 0, 0, 0, 0), 0);
        CHECK_EQ(raw(SYS_clock_gettime64, CLOCK_REALTIME, (long)&wide, 0, 0, 0, 0), 0);
        CHECK(wide.sec - narrow.sec >= 0 && wide.sec - narrow.sec <= 2);
        CHECK(wide.nsec >= 0 && wide.nsec < 1000000000);
        CHECK_EQ(raw(SYS_clock_getres_time64, CLOCK_MONOTONIC, (long)&res, 0, 0, 0, 0), 0);
        CHECK(res.sec == 0 && res.nsec > 0);
        wide.sec = 0;
        wide.nsec = 1000;
        CHECK_EQ(raw(SYS_clock_nanosleep_time64, CLOCK_MONOTONIC, 0, (long)&wide, 0, 0, 0), 0);
        wide.nsec = 1000000000;
        CHECK_EQ(raw(SYS_clock_nanosleep_time64, CLOCK_MONOTONIC, 0, (long)&wide, 0, 0, 0), -EINVAL);
        CHECK_EQ(raw(SYS_clock_gettime64, CLOCK_REALTIME, 16, 0, 0, 0, 0), -EFAULT);
        CHECK_EQ(raw(SYS_clock_gettime64, 99, (long)&wide, 0, 0, 0, 0), -EINVAL);
}

/* Verifies that the select of old, which musl's select() is, finds what is ready, and tells how much of its time is left. */
TEST(abi_select_of_old)
{
        int fds[2];
        long in, timeout[2] = { 1000, 5 };

        CHECK_OK(pipe(fds));
        in = 1 << fds[0];
        CHECK_OK(write(fds[1], "x", 1));
        CHECK_EQ(raw(SYS__newselect, fds[0] + 1, (long)&in, 0, 0, (long)timeout, 0), 1);
        CHECK_EQ(in, 1 << fds[0]);
        CHECK(timeout[0] == 999 || timeout[0] == 1000);
        timeout[0] = 0;
        in = 1 << fds[1];
        CHECK_EQ(raw(SYS__newselect, fds[1] + 1, (long)&in, 0, 0, (long)timeout, 0), 0);
        CHECK_EQ(in, 0);
        CHECK_EQ(raw(SYS__newselect, 32, (long)&(long){ 1 << 30 }, 0, 0, (long)timeout, 0), -EBADF);
        timeout[1] = -1;
        CHECK_EQ(raw(SYS__newselect, 0, 0, 0, 0, (long)timeout, 0), -EINVAL);
        CHECK_EQ(raw(SYS__newselect, 0, 0, 0, 0, 16, 0), -EFAULT);
}

/* Verifies that there is one processor to run on. */
TEST(abi_processors)
{
        unsigned mask[32] = { 0 };

        CHECK(raw(SYS_sched_getaffinity, 0, sizeof mask, (long)mask, 0, 0, 0) > 0);
        CHECK(mask[0] & 1);
        CHECK_EQ(raw(SYS_sched_getaffinity, 0x7ffffff0, sizeof mask, (long)mask, 0, 0, 0), -ESRCH);
}

/* Verifies that _llseek moves by 64 bits and stores where it got to. */
TEST(abi_llseek)
{
        int64_t result = -1;
        int fd = temp_file();

        CHECK_EQ(raw(SYS__llseek, fd, 1, 5, (long)&result, SEEK_SET, 0), 0);
        CHECK_EQ(result, 0x100000005ll);
        CHECK_EQ(raw(SYS__llseek, fd, -1, -1, (long)&result, SEEK_CUR, 0), 0);
        CHECK_EQ(result, 0x100000004ll);
        CHECK_EQ(raw(SYS__llseek, fd, 0, 0, 16, SEEK_SET, 0), -EFAULT);
        CHECK_EQ(raw(SYS_lseek, fd, 7, SEEK_SET, 0, 0, 0), 7);
}

/* Verifies that the mmap of old takes its six arguments from memory, with an offset in bytes. */
TEST(abi_old_mmap)
{
        unsigned args[6] = { 0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1u, 0 };
        long p = raw(SYS_mmap, (long)args, 0, 0, 0, 0, 0);

        CHECK(p < -4095 || p > 0);
        CHECK_ZERO((void *)p, PAGE);
        CHECK_EQ(raw(SYS_munmap, p, PAGE, 0, 0, 0, 0), 0);
        args[5] = 1;
        CHECK_EQ(raw(SYS_mmap, (long)args, 0, 0, 0, 0, 0), -EINVAL);
        CHECK_EQ(raw(SYS_mmap, 16, 0, 0, 0, 0, 0), -EFAULT);
}

/* Verifies that what the C library does before main gets an answer that it can live with. */
TEST(abi_library_start)
{
        int tid;

        CHECK_EQ(raw(SYS_set_tid_address, (long)&tid, 0, 0, 0, 0, 0), getpid());
        CHECK(raw(SYS_set_robust_list, 0, 12, 0, 0, 0, 0) <= 0);
        CHECK(raw(SYS_rseq, 0, 0, 0, 0, 0, 0) < 0);
        CHECK(raw(SYS_getrandom, (long)&tid, 4, 1, 0, 0, 0) == 4);
}
