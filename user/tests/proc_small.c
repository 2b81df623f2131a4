/* Small calls: names, random bytes, thread-local storage, and ends of the machine that are refused. */
#include "test.h"

#include <asm/ldt.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

/* Verifies that uname tells of a Linux on i386, new enough for the C library. */
TEST_FLAGS(proc_uname, NOT_64)
{
        struct utsname name;

        CHECK_OK(uname(&name));
        CHECK(!strcmp(name.sysname, "Linux"));
        CHECK(!strcmp(name.machine, "i686"));
        CHECK(atoi(name.release) >= 5);
        CHECK_ERR(EFAULT, syscall(SYS_uname, 16));
}

/* Verifies that sysinfo's memory is /proc/meminfo's, and that it counts processes. */
TEST(proc_sysinfo)
{
        struct sysinfo info;

        CHECK_OK(sysinfo(&info));
        CHECK_EQ((unsigned long long)info.totalram * info.mem_unit / 1024, meminfo("MemTotal"));
        CHECK(info.freeram <= info.totalram);
        CHECK(info.procs >= 2);
        CHECK_ERR(EFAULT, syscall(SYS_sysinfo, 16));
}

/* Verifies that getrandom fills what it is given, differently each time. */
TEST(proc_getrandom)
{
        static unsigned char one[1000], two[1000];

        CHECK_EQ(getrandom(one, sizeof one, 0), sizeof one);
        CHECK_EQ(getrandom(two, sizeof two, GRND_NONBLOCK), sizeof two);
        CHECK(memcmp(one, two, sizeof one));
        CHECK_EQ(getrandom(one, 0, 0), 0);
        CHECK_ERR(EINVAL, getrandom(one, 1, 0x100));
        CHECK_ERR(EFAULT, syscall(SYS_getrandom, 16, 1, 0));
}

/* Verifies that a process can name itself, 15 bytes long at most. */
TEST(proc_own_name)
{
        char name[16];

        CHECK_OK(prctl(PR_SET_NAME, "short"));
        CHECK_OK(prctl(PR_GET_NAME, name));
        CHECK(!strcmp(name, "short"));
        CHECK_OK(prctl(PR_SET_NAME, "much too long a name"));
        CHECK_OK(prctl(PR_GET_NAME, name));
        CHECK(!strcmp(name, "much too long a"));
        CHECK_ERR(EFAULT, prctl(PR_SET_NAME, 16));
        CHECK_ERR(EINVAL, prctl(12345, 0));
}

static struct user_desc segment(unsigned entry, void *base)
{
        return (struct user_desc){
                .entry_number = entry, .base_addr = (unsigned long)base, .limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1,
                .useable = 1,
        };
}

static unsigned read_fs(void)
{
        unsigned value;

        __asm__ volatile("mov %%fs:0, %0" : "=r"(value));
        return value;
}

/* Verifies that a segment set by set_thread_area addresses memory, in a child too, and that an emptied one is given out again. */
TEST(proc_thread_area)
{
        static unsigned word = 0x12345678;
        struct user_desc desc = segment(-1, &word);

        CHECK_OK(syscall(SYS_set_thread_area, &desc));
        __asm__ volatile("mov %w0, %%fs" : : "r"(desc.entry_number * 8 + 3));
        CHECK_EQ(read_fs(), 0x12345678);
        IN_CHILD {
                word = 99;
                CHECK_EQ(read_fs(), 99);
        }
        __asm__ volatile("mov %w0, %%fs" : : "r"(0));
        unsigned emptied = desc.entry_number;

        desc = (struct user_desc){ .entry_number = emptied };
        CHECK_OK(syscall(SYS_set_thread_area, &desc));
        desc = segment(-1, &word);
        CHECK_OK(syscall(SYS_set_thread_area, &desc));
        CHECK_EQ(desc.entry_number, emptied);
}

/* Verifies that taking away a segment in use, and descriptors that would give rights, harm nobody but the process. */
TEST(proc_thread_area_bad)
{
        static unsigned word = 5;
        struct user_desc desc = segment(-1, &word);

        desc.contents = 2;      /* code */
        CHECK_ERR(EINVAL, syscall(SYS_set_thread_area, &desc));
        desc = segment(-1, &word);
        desc.seg_32bit = 0;
        CHECK_ERR(EINVAL, syscall(SYS_set_thread_area, &desc));
        desc = segment(5, &word);
        CHECK_ERR(EINVAL, syscall(SYS_set_thread_area, &desc));
        desc = segment(0xfffffffe, &word);
        CHECK_ERR(EINVAL, syscall(SYS_set_thread_area, &desc));
        CHECK_ERR(EFAULT, syscall(SYS_set_thread_area, 16));
        EXPECT_SIGNAL(SIGSEGV, ANY_CODE, ANY_ADDR) {   /* QEMU does not check null selectors */
                desc = segment(-1, &word);
                CHECK_OK(syscall(SYS_set_thread_area, &desc));
                __asm__ volatile("mov %w0, %%fs" : : "r"(desc.entry_number * 8 + 3));
                desc = (struct user_desc){ .entry_number = desc.entry_number };
                CHECK_OK(syscall(SYS_set_thread_area, &desc));
                read_fs();
        }
}

/* Verifies that only the superuser ends the machine, and not by mistake. */
TEST_FLAGS(proc_reboot_refused, NEEDS_ROOT)
{
        CHECK_ERR(EINVAL, syscall(SYS_reboot, 0xfee1dead, 1, 0x4321fedc));
        CHECK_ERR(EINVAL, syscall(SYS_reboot, 0, 672274793, 0x4321fedc));
        CHECK_ERR(EINVAL, syscall(SYS_reboot, 0xfee1dead, 672274793, 12345));
        IN_CHILD {
                become(1000, 1000);
                CHECK_ERR(EPERM, syscall(SYS_reboot, 0xfee1dead, 672274793, 0x4321fedc));
        }
}
