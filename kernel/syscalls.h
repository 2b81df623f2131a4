/* Prototypes of the system calls, by the file that defines them. Pointers are the user's. */
#pragma once

#include "kernel/lib/types.h"

struct iovec;
struct pollfd;
struct mask_argument;
struct select_arguments;
struct rusage_abi;
struct signal_altstack;
struct sigaction_abi;
struct old_sigaction_abi;
struct itimerval32;
struct rlimit_abi;
struct rlimit64_abi;
struct siginfo_abi;
struct timespec32;
struct timespec64;
struct timeval32;
struct tms_abi;
struct sysinfo;
struct user_desc;
struct utsname;

/* kernel/fork.c */
i32 sys_fork(void);
i32 sys_vfork(void);
i32 sys_clone(u32 flags, vaddr_t stack, pid_t *parent_tid, vaddr_t tls, pid_t *child_tid);
i32 sys_set_tid_address(vaddr_t child_tid);

/* kernel/exit.c */
i32 sys_exit(i32 code);
i32 sys_exit_group(i32 code);

/* kernel/waitpid.c */
i32 sys_waitpid(pid_t pid, i32 *status, u32 options);
i32 sys_wait4(pid_t pid, i32 *status, u32 options, struct rusage_abi *usage);
i32 sys_waitid(u32 which, pid_t id, void *info, u32 options, struct rusage_abi *usage);

/* kernel/session.c */
i32 sys_getpid(void);
i32 sys_getppid(void);
i32 sys_gettid(void);
i32 sys_getpgid(pid_t pid);
i32 sys_setpgid(pid_t pid, pid_t pgid);
i32 sys_getpgrp(void);
i32 sys_setsid(void);
i32 sys_getsid(pid_t pid);

/* kernel/ids.c */
i32 sys_getuid(void);
i32 sys_geteuid(void);
i32 sys_getgid(void);
i32 sys_getegid(void);
i32 sys_setuid(uid_t uid);
i32 sys_setgid(gid_t gid);
i32 sys_setreuid(uid_t uid, uid_t euid);
i32 sys_setregid(gid_t gid, gid_t egid);
i32 sys_setresuid(uid_t uid, uid_t euid, uid_t suid);
i32 sys_setresgid(gid_t gid, gid_t egid, gid_t sgid);
i32 sys_getresuid(uid_t *uid, uid_t *euid, uid_t *suid);
i32 sys_getresgid(gid_t *gid, gid_t *egid, gid_t *sgid);
i32 sys_setfsuid(uid_t uid);
i32 sys_setfsgid(gid_t gid);
i32 sys_getgroups(i32 size, gid_t *groups);
i32 sys_setgroups(i32 count, const gid_t *groups);

/* kernel/ids16.c: the same with the 16-bit ids of old */
i32 sys_getuid16(void);
i32 sys_geteuid16(void);
i32 sys_getgid16(void);
i32 sys_getegid16(void);
i32 sys_setuid16(u32 uid);
i32 sys_setgid16(u32 gid);
i32 sys_setreuid16(u32 uid, u32 euid);
i32 sys_setregid16(u32 gid, u32 egid);
i32 sys_setresuid16(u32 uid, u32 euid, u32 suid);
i32 sys_setresgid16(u32 gid, u32 egid, u32 sgid);
i32 sys_getresuid16(u16 *uid, u16 *euid, u16 *suid);
i32 sys_getresgid16(u16 *gid, u16 *egid, u16 *sgid);
i32 sys_setfsuid16(u32 uid);
i32 sys_setfsgid16(u32 gid);
i32 sys_getgroups16(i32 size, u16 *groups);
i32 sys_setgroups16(i32 count, const u16 *groups);

/* kernel/rlimit.c */
i32 sys_getrlimit(u32 which, struct rlimit_abi *limit);
i32 sys_ugetrlimit(u32 which, struct rlimit_abi *limit);
i32 sys_setrlimit(u32 which, const struct rlimit_abi *limit);
i32 sys_prlimit64(pid_t pid, u32 which, const struct rlimit64_abi *wanted, struct rlimit64_abi *old);

/* kernel/usage.c */
i32 sys_getrusage(i32 who, struct rusage_abi *usage);
i32 sys_times(struct tms_abi *times);

/* kernel/priority.c */
i32 sys_sched_yield(void);
i32 sys_nice(i32 increment);
i32 sys_getpriority(i32 which, i32 who);
i32 sys_setpriority(i32 which, i32 who, i32 nice);
i32 sys_sched_setparam(pid_t pid, const i32 *priority);
i32 sys_sched_getparam(pid_t pid, i32 *priority);
i32 sys_sched_setscheduler(pid_t pid, i32 policy, const i32 *priority);
i32 sys_sched_getscheduler(pid_t pid);
i32 sys_sched_get_priority_max(i32 policy);
i32 sys_sched_get_priority_min(i32 policy);
i32 sys_sched_rr_get_interval(pid_t pid, struct timespec32 *interval);
i32 sys_sched_setaffinity(pid_t pid, u32 size, const u32 *mask);
i32 sys_sched_getaffinity(pid_t pid, u32 size, u32 *mask);

/* kernel/time.c */
i32 sys_time(i32 *seconds);
i32 sys_stime(const i32 *seconds);
i32 sys_gettimeofday(struct timeval32 *now, void *zone);
i32 sys_settimeofday(const struct timeval32 *now, const void *zone);
i32 sys_clock_gettime(i32 clock, struct timespec32 *now);
i32 sys_clock_gettime64(i32 clock, struct timespec64 *now);
i32 sys_clock_settime(i32 clock, const struct timespec32 *now);
i32 sys_clock_settime64(i32 clock, const struct timespec64 *now);
i32 sys_clock_getres(i32 clock, struct timespec32 *resolution);
i32 sys_clock_getres64(i32 clock, struct timespec64 *resolution);

/* kernel/sleep.c */
i32 sys_nanosleep(const struct timespec32 *duration, struct timespec32 *remaining);
i32 sys_clock_nanosleep(i32 clock, u32 flags, const struct timespec32 *when, struct timespec32 *remaining);
i32 sys_clock_nanosleep64(i32 clock, u32 flags, const struct timespec64 *when, struct timespec64 *remaining);
i32 sys_restart_syscall(void);

/* kernel/mmap.c */
i32 sys_mmap2(vaddr_t addr, u32 length, u32 prot, u32 flags, i32 fd, u32 page);
i32 sys_old_mmap(const u32 *args);
i32 sys_munmap(vaddr_t addr, u32 length);
i32 sys_mprotect(vaddr_t addr, u32 length, u32 prot);
i32 sys_mremap(vaddr_t addr, u32 old_length, u32 new_length, u32 flags, vaddr_t new_addr);
i32 sys_brk(vaddr_t brk);
i32 sys_madvise(vaddr_t addr, u32 length, i32 advice);
i32 sys_msync(vaddr_t addr, u32 length, u32 flags);

/* kernel/sigaction.c */
i32 sys_sigaction(u32 sig, const struct old_sigaction_abi *new, struct old_sigaction_abi *old);
i32 sys_rt_sigaction(u32 sig, const struct sigaction_abi *new, struct sigaction_abi *old, u32 size);
i32 sys_signal(u32 sig, vaddr_t handler);
i32 sys_sigprocmask(i32 how, const u32 *new, u32 *old);
i32 sys_rt_sigprocmask(i32 how, const u64 *new, u64 *old, u32 size);
i32 sys_sgetmask(void);
i32 sys_ssetmask(u32 mask);
i32 sys_sigpending(u32 *to);
i32 sys_rt_sigpending(u64 *to, u32 size);
i32 sys_pause(void);
i32 sys_sigsuspend(u32 unused1, u32 unused2, u32 mask);
i32 sys_rt_sigsuspend(const u64 *mask, u32 size);
i32 sys_rt_sigtimedwait(const u64 *set, void *info, const struct timespec32 *timeout, u32 size);
i32 sys_rt_sigtimedwait64(const u64 *set, void *info, const struct timespec64 *timeout, u32 size);
i32 sys_sigaltstack(const struct signal_altstack *new, struct signal_altstack *old);

/* kernel/sigframe.c */
i32 sys_sigreturn(void);
i32 sys_rt_sigreturn(void);

/* kernel/kill.c */
i32 sys_kill(pid_t pid, i32 sig);
i32 sys_tkill(pid_t pid, i32 sig);
i32 sys_tgkill(pid_t tgid, pid_t pid, i32 sig);
i32 sys_rt_sigqueueinfo(pid_t pid, i32 sig, const void *info);
i32 sys_rt_tgsigqueueinfo(pid_t tgid, pid_t pid, i32 sig, const void *info);

/* kernel/itimer.c */
i32 sys_getitimer(u32 which, struct itimerval32 *to);
i32 sys_setitimer(u32 which, const struct itimerval32 *from, struct itimerval32 *to);
i32 sys_alarm(u32 seconds);

/* ipc/ipc.c */
i32 sys_ipc(u32 call, i32 first, u32 second, u32 third, void *pointer);
i32 sys_shmget(i32 key, u32 size, u32 flags);
i32 sys_shmctl(i32 id, i32 command, void *buffer);
i32 sys_shmat(i32 id, vaddr_t addr, u32 flags);
i32 sys_shmdt(vaddr_t addr);

/* kernel/fs/open.c */
i32 sys_openat(i32 dirfd, const char *path, u32 flags, u32 mode);
i32 sys_open(const char *path, u32 flags, u32 mode);
i32 sys_creat(const char *path, u32 mode);
i32 sys_close(i32 fd);
i32 sys_close_range(u32 first, u32 last, u32 flags);
i32 sys_dup(i32 fd);
i32 sys_dup3(i32 fd, i32 new, u32 flags);
i32 sys_dup2(i32 fd, i32 new);
i32 sys_fcntl64(i32 fd, u32 command, u32 argument);

/* kernel/fs/rw.c */
i32 sys_read(i32 fd, void *user, u32 n);
i32 sys_write(i32 fd, const void *user, u32 n);
i32 sys_pread64(i32 fd, void *user, u32 n, u32 low, u32 high);
i32 sys_pwrite64(i32 fd, const void *user, u32 n, u32 low, u32 high);
i32 sys_readv(i32 fd, const struct iovec *vector, u32 count);
i32 sys_writev(i32 fd, const struct iovec *vector, u32 count);
i32 sys_preadv(i32 fd, const struct iovec *vector, u32 count, u32 low, u32 high);
i32 sys_pwritev(i32 fd, const struct iovec *vector, u32 count, u32 low, u32 high);
i32 sys_lseek(i32 fd, i32 offset, u32 whence);
i32 sys__llseek(i32 fd, u32 high, u32 low, i64 *result, u32 whence);
i32 sys_ioctl(i32 fd, u32 command, vaddr_t argument);
i32 sys_fsync(i32 fd);
i32 sys_sync(void);

/* kernel/fs/size.c */
i32 sys_truncate(const char *path, i32 size);
i32 sys_ftruncate(i32 fd, i32 size);
i32 sys_truncate64(const char *path, u32 low, u32 high);
i32 sys_ftruncate64(i32 fd, u32 low, u32 high);
i32 sys_fallocate(i32 fd);

/* kernel/fs/stat.c */
i32 sys_stat(const char *path, void *out);
i32 sys_lstat(const char *path, void *out);
i32 sys_fstat(i32 fd, void *out);
i32 sys_stat64(const char *path, void *out);
i32 sys_lstat64(const char *path, void *out);
i32 sys_fstat64(i32 fd, void *out);
i32 sys_fstatat64(i32 dirfd, const char *path, void *out, u32 flags);
i32 sys_statx(i32 dirfd, const char *path, u32 flags, u32 mask, void *out);
i32 sys_statfs(const char *path, void *out);
i32 sys_fstatfs(i32 fd, void *out);
i32 sys_statfs64(const char *path, u32 size, void *out);
i32 sys_fstatfs64(i32 fd, u32 size, void *out);

/* kernel/fs/attr.c */
i32 sys_fchmodat(i32 dirfd, const char *path, u32 mode);
i32 sys_chmod(const char *path, u32 mode);
i32 sys_fchmod(i32 fd, u32 mode);
i32 sys_fchownat(i32 dirfd, const char *path, uid_t uid, gid_t gid, u32 flags);
i32 sys_chown(const char *path, uid_t uid, gid_t gid);
i32 sys_lchown(const char *path, uid_t uid, gid_t gid);
i32 sys_fchown(i32 fd, uid_t uid, gid_t gid);
i32 sys_umask(u32 mask);
i32 sys_faccessat2(i32 dirfd, const char *path, u32 want, u32 flags);
i32 sys_faccessat(i32 dirfd, const char *path, u32 want);
i32 sys_access(const char *path, u32 want);
i32 sys_utimensat(i32 dirfd, const char *path, const struct timespec32 *user, u32 flags);
i32 sys_utimensat_time64(i32 dirfd, const char *path, const struct timespec64 *user, u32 flags);

/* kernel/fs/names.c */
i32 sys_mkdirat(i32 dirfd, const char *path, u32 mode);
i32 sys_mkdir(const char *path, u32 mode);
i32 sys_mknodat(i32 dirfd, const char *path, u32 mode, u32 rdev);
i32 sys_mknod(const char *path, u32 mode, u32 rdev);
i32 sys_symlinkat(const char *target, i32 dirfd, const char *path);
i32 sys_symlink(const char *target, const char *path);
i32 sys_linkat(i32 old_dirfd, const char *old_path, i32 new_dirfd, const char *new_path, u32 flags);
i32 sys_link(const char *old_path, const char *new_path);
i32 sys_unlinkat(i32 dirfd, const char *path, u32 flags);
i32 sys_unlink(const char *path);
i32 sys_rmdir(const char *path);
i32 sys_renameat2(i32 old_dirfd, const char *old_path, i32 new_dirfd, const char *new_path, u32 flags);
i32 sys_renameat(i32 old_dirfd, const char *old_path, i32 new_dirfd, const char *new_path);
i32 sys_rename(const char *old_path, const char *new_path);

/* kernel/fs/readdir.c */
i32 sys_getdents(i32 fd, void *user, u32 n);
i32 sys_getdents64(i32 fd, void *user, u32 n);
i32 sys_chdir(const char *path);
i32 sys_fchdir(i32 fd);
i32 sys_chroot(const char *path);
i32 sys_getcwd(char *user, u32 size);
i32 sys_readlinkat(i32 dirfd, const char *path, char *user, i32 size);
i32 sys_readlink(const char *path, char *user, i32 size);

/* kernel/exec.c */
i32 sys_execve(const char *path, char *const *argv, char *const *envp);

/* kernel/tls.c */
i32 sys_set_thread_area(struct user_desc *user);
i32 sys_get_thread_area(struct user_desc *user);

/* kernel/misc.c */
i32 sys_uname(struct utsname *to);
i32 sys_olduname(void *to);
i32 sys_sethostname(const char *name, u32 length);
i32 sys_sysinfo(struct sysinfo *to);
i32 sys_getrandom(u8 *to, u32 n, u32 flags);
i32 sys_getcpu(u32 *cpu, u32 *node);
i32 sys_syslog(i32 type, u8 *to, i32 n);
i32 sys_reboot(u32 magic1, u32 magic2, u32 command);

/* kernel/prctl.c */
i32 sys_prctl(i32 option, vaddr_t argument);
i32 sys_personality(u32 wanted);
i32 sys_set_robust_list(const void *head, u32 size);

/* kernel/fs/pipe.c */
i32 sys_pipe2(i32 *user, u32 flags);
i32 sys_pipe(i32 *user);

/* kernel/fs/poll.c */
i32 sys_poll(struct pollfd *fds, u32 n, i32 milliseconds);
i32 sys_ppoll(struct pollfd *fds, u32 n, const struct timespec32 *timeout, const u64 *mask, u32 size);
i32 sys_ppoll_time64(struct pollfd *fds, u32 n, const struct timespec64 *timeout, const u64 *mask, u32 size);
i32 sys__newselect(i32 n, u32 *in, u32 *out, u32 *except, struct timeval32 *timeout);
i32 sys_select(const struct select_arguments *user);
i32 sys_pselect6(i32 n, u32 *in, u32 *out, u32 *except, struct timespec32 *timeout, const struct mask_argument *mask);
i32 sys_pselect6_time64(i32 n, u32 *in, u32 *out, u32 *except, struct timespec64 *timeout, const struct mask_argument *mask);
