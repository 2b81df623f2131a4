/*
 * The system call table of Linux i386 (arch/x86/entry/syscalls/syscall_32.tbl): number -> function, in order of number.
 * What is not here is answered -ENOSYS and noted once in the log.
 */
#include "kernel/syscalls.h"
#include "kernel/lib/errno.h"
#include "kernel/printk.h"
#include "kernel/syscall.h"
#include "kernel/task.h"

const void *const syscall_table[SYSCALL_COUNT] = {
	[0] = sys_restart_syscall,
	[1] = sys_exit,
	[2] = sys_fork,
	[7] = sys_waitpid,
	[13] = sys_time,
	[20] = sys_getpid,
	[23] = sys_setuid16,
	[24] = sys_getuid16,
	[25] = sys_stime,
	[34] = sys_nice,
	[43] = sys_times,
	[45] = sys_brk,
	[46] = sys_setgid16,
	[47] = sys_getgid16,
	[49] = sys_geteuid16,
	[50] = sys_getegid16,
	[57] = sys_setpgid,
	[64] = sys_getppid,
	[65] = sys_getpgrp,
	[66] = sys_setsid,
	[70] = sys_setreuid16,
	[71] = sys_setregid16,
	[75] = sys_setrlimit,
	[76] = sys_getrlimit,
	[77] = sys_getrusage,
	[78] = sys_gettimeofday,
	[79] = sys_settimeofday,
	[80] = sys_getgroups16,
	[81] = sys_setgroups16,
	[90] = sys_old_mmap,
	[91] = sys_munmap,
	[96] = sys_getpriority,
	[97] = sys_setpriority,
	[114] = sys_wait4,
	[120] = sys_clone,
	[125] = sys_mprotect,
	[132] = sys_getpgid,
	[138] = sys_setfsuid16,
	[139] = sys_setfsgid16,
	[144] = sys_msync,
	[147] = sys_getsid,
	[154] = sys_sched_setparam,
	[155] = sys_sched_getparam,
	[156] = sys_sched_setscheduler,
	[157] = sys_sched_getscheduler,
	[158] = sys_sched_yield,
	[159] = sys_sched_get_priority_max,
	[160] = sys_sched_get_priority_min,
	[161] = sys_sched_rr_get_interval,
	[162] = sys_nanosleep,
	[163] = sys_mremap,
	[164] = sys_setresuid16,
	[165] = sys_getresuid16,
	[170] = sys_setresgid16,
	[171] = sys_getresgid16,
	[190] = sys_vfork,
	[191] = sys_ugetrlimit,
	[192] = sys_mmap2,
	[199] = sys_getuid,
	[200] = sys_getgid,
	[201] = sys_geteuid,
	[202] = sys_getegid,
	[203] = sys_setreuid,
	[204] = sys_setregid,
	[205] = sys_getgroups,
	[206] = sys_setgroups,
	[208] = sys_setresuid,
	[209] = sys_getresuid,
	[210] = sys_setresgid,
	[211] = sys_getresgid,
	[213] = sys_setuid,
	[214] = sys_setgid,
	[215] = sys_setfsuid,
	[216] = sys_setfsgid,
	[219] = sys_madvise,
	[224] = sys_gettid,
	[241] = sys_sched_setaffinity,
	[242] = sys_sched_getaffinity,
	[252] = sys_exit_group,
	[258] = sys_set_tid_address,
	[264] = sys_clock_settime,
	[265] = sys_clock_gettime,
	[266] = sys_clock_getres,
	[267] = sys_clock_nanosleep,
	[284] = sys_waitid,
	[340] = sys_prlimit64,
	[403] = sys_clock_gettime64,
	[404] = sys_clock_settime64,
	[406] = sys_clock_getres64,
	[407] = sys_clock_nanosleep64,
};

i32 syscall_missing(u32 number)
{
	static u32 noted[SYSCALL_COUNT / 32];
	u32 n = MIN(number, SYSCALL_COUNT - 1); /* all beyond the table share its last bit */

	if (!(noted[n / 32] & 1u << n % 32)) {
		noted[n / 32] |= 1u << n % 32;
		printk("%s (%d): system call %u is not there\n", current->name, current->pid, number);
	}
	return -ENOSYS;
}
