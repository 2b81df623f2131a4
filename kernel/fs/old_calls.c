/* The calls that came before directory descriptors, and those without flags: each is a newer one with the rest filled in. */
#include "kernel/fs/mode.h"

i32 sys_openat(i32 dirfd, const char *path, u32 flags, u32 mode);
i32 sys_fchmodat(i32 dirfd, const char *path, u32 mode);
i32 sys_fchownat(i32 dirfd, const char *path, uid_t uid, gid_t gid, u32 flags);
i32 sys_faccessat2(i32 dirfd, const char *path, u32 want, u32 flags);
i32 sys_mkdirat(i32 dirfd, const char *path, u32 mode);
i32 sys_symlinkat(const char *target, i32 dirfd, const char *path);
i32 sys_linkat(i32 old_dirfd, const char *old_path, i32 new_dirfd, const char *new_path, u32 flags);
i32 sys_unlinkat(i32 dirfd, const char *path, u32 flags);
i32 sys_renameat(i32 old_dirfd, const char *old_path, i32 new_dirfd, const char *new_path);
i32 sys_readlinkat(i32 dirfd, const char *path, char *user, i32 size);

i32 sys_open(const char *path, u32 flags, u32 mode) { return sys_openat(AT_FDCWD, path, flags, mode); }
i32 sys_creat(const char *path, u32 mode) { return sys_openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
i32 sys_chmod(const char *path, u32 mode) { return sys_fchmodat(AT_FDCWD, path, mode); }
i32 sys_chown(const char *path, uid_t uid, gid_t gid) { return sys_fchownat(AT_FDCWD, path, uid, gid, 0); }
i32 sys_lchown(const char *path, uid_t uid, gid_t gid) { return sys_fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW); }
i32 sys_faccessat(i32 dirfd, const char *path, u32 want) { return sys_faccessat2(dirfd, path, want, 0); }
i32 sys_access(const char *path, u32 want) { return sys_faccessat2(AT_FDCWD, path, want, 0); }
i32 sys_mkdir(const char *path, u32 mode) { return sys_mkdirat(AT_FDCWD, path, mode); }
i32 sys_symlink(const char *target, const char *path) { return sys_symlinkat(target, AT_FDCWD, path); }
i32 sys_link(const char *from, const char *to) { return sys_linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }
i32 sys_unlink(const char *path) { return sys_unlinkat(AT_FDCWD, path, 0); }
i32 sys_rmdir(const char *path) { return sys_unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
i32 sys_rename(const char *from, const char *to) { return sys_renameat(AT_FDCWD, from, AT_FDCWD, to); }
i32 sys_readlink(const char *path, char *user, i32 size) { return sys_readlinkat(AT_FDCWD, path, user, size); }
