/* Error numbers of the Linux i386 ABI. Kernel functions return 0 or the negated number. */
#pragma once

enum {
	EPERM = 1, ENOENT, ESRCH, EINTR, EIO, ENXIO, E2BIG, ENOEXEC, EBADF, ECHILD,
	EAGAIN = 11, ENOMEM, EACCES, EFAULT, EBUSY = 16, EEXIST, EXDEV, ENODEV, ENOTDIR,
	EISDIR = 21, EINVAL, ENFILE, EMFILE, ENOTTY, ETXTBSY, EFBIG, ENOSPC, ESPIPE, EROFS,
	EMLINK = 31, EPIPE, EDOM, ERANGE, ENAMETOOLONG = 36, ENOSYS = 38, ENOTEMPTY, ELOOP,
	EIDRM = 43, EOVERFLOW = 75, ELIBBAD = 80, EOPNOTSUPP = 95, ETIMEDOUT = 110,
};

/*
 * Kernel-internal results of an interrupted system call; the signal code turns them into EINTR or restarts the call
 * (as Linux: RESTARTSYS restarts under SA_RESTART or when no handler runs, RESTARTNOHAND only when no handler runs,
 * RESTART_BLOCK likewise, by calling again what the task left in task->restart).
 */
enum { ERESTARTSYS = 512, ERESTARTNOINTR = 513, ERESTARTNOHAND = 514, ERESTART_BLOCK = 516 };
