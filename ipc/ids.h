/*
 * Identifiers of System V IPC: what segments and semaphore sets have in common. An id is made of a sequence number and an index,
 * so one that was freed is not valid again at once:
 *
 *   30        15 14         0
 *   ├── sequence ┼── index ──┤        index ─► bucket ─► perm (─► perm, where buckets are fewer than indices)
 *                                     key ───► bucket ─► perm ─► perm
 *
 * Nothing here sleeps, so what a lookup returns is good until the caller's next sleep point.
 */
#pragma once

#include "kernel/task.h"

enum { IPC_PRIVATE = 0 };                    /* a key */
enum { IPC_CREAT = 01000, IPC_EXCL = 02000, IPC_NOWAIT = 04000, IPC_PERM_BITS = 0777 };        /* flags */
enum { IPC_RMID, IPC_SET, IPC_STAT, IPC_INFO };      /* commands */

#define IPC_INDEX_BITS 15
#define IPC_MAX (1u << IPC_INDEX_BITS)       /* identifiers of one kind */
#define IPC_WORDS (IPC_MAX / 32)             /* of a bit for each index */
#define IPC_PAGE 1024u                       /* buckets in a page */

struct ipc_perm {
	/* fixed at creation */
	i32 id;
	uid_t cuid;
	gid_t cgid;
	/* changed only between sleep points */
	i32 key;                             /* IPC_PRIVATE: not found by key */
	struct ipc_perm *next_of_key, *next_of_index; /* others of the same bucket */
	uid_t uid;
	gid_t gid;
	u32 ctime;                           /* of creation, IPC_SET, and what the kind adds; seconds since 1970 */
	u16 mode;                            /* IPC_PERM_BITS, and what the kind adds */
};

struct ipc_ids {
	u32 taken[IPC_WORDS];                /* a bit for each index */
	u32 full[IPC_WORDS / 32];            /* a bit for each of these words whose indices are all taken */
	struct ipc_perm **by_key[IPC_MAX / IPC_PAGE], **by_index[IPC_MAX / IPC_PAGE];
	u32 bucket_mask;                     /* buckets in each of the two, less one: a power of two */
	u32 hash_shift;                      /* leaves as many bits of 32 */
	u32 used;
	u32 limit;                           /* setting: how many there may be */
	i32 next_id;                         /* setting: the id wanted for the next one, or -1 */
	u32 next_index;                      /* where the search for a free index begins */
	i32 last_index;
	u32 sequence;
};

/* Boot. frames: how many the machine has; the tables are in proportion. Panics without memory. */
void ipc_ids_init(struct ipc_ids *ids, u32 limit, u32 frames);

/*
 * Give a new identifier of that key its id, owner, mode and time, and make it known. -ENOSPC: the limit.
 * All else of it must be ready: from here on others find it.
 */
int ipc_add(struct ipc_ids *ids, struct ipc_perm *perm, i32 key, u32 flags);
/* Forget it; the caller frees it. */
void ipc_remove(struct ipc_ids *ids, struct ipc_perm *perm);
/* Let its key be free for another; the id stays. */
void ipc_forget_key(struct ipc_ids *ids, struct ipc_perm *perm);

/* NULL: none has that key, which is not IPC_PRIVATE. */
struct ipc_perm *ipc_find_key(const struct ipc_ids *ids, i32 key);
static inline struct ipc_perm **ipc_bucket(const struct ipc_ids *ids, u32 index)
{
	index &= ids->bucket_mask;
	return &ids->by_index[index / IPC_PAGE][index % IPC_PAGE];
}

/* NULL: no such id, stale ones included. */
static inline struct ipc_perm *ipc_find(const struct ipc_ids *ids, i32 id)
{
	struct ipc_perm *perm = *ipc_bucket(ids, id);

	while (perm && perm->id != id)
		perm = perm->next_of_index;
	return perm;
}

/* By index (the low bits of the number); NULL. For SHM_STAT and the like. */
struct ipc_perm *ipc_at(const struct ipc_ids *ids, i32 index);
/* The first at or after an index, for walks; NULL. */
struct ipc_perm *ipc_next(const struct ipc_ids *ids, u32 index);
/* The highest index in use, 0 when there is none. */
u32 ipc_highest_index(const struct ipc_ids *ids);

/* Does the class that the caller is in have every wanted permission? */
bool ipc_class_allows(const struct ipc_perm *perm, u32 want);

/* Does the caller have every wanted permission (0444, 0222, 0111 or what was or-ed)? One class decides; the superuser passes. */
static inline bool ipc_allows(const struct ipc_perm *perm, u32 want)
{
	return cred_privileged(current_cred()) || ipc_class_allows(perm, want);
}

/* ipc_find() with the permission wanted. -EINVAL, -EACCES. */
static inline int ipc_lookup(const struct ipc_ids *ids, i32 id, u32 want, struct ipc_perm **out)
{
	*out = ipc_find(ids, id);
	if (!*out)
		return -EINVAL;
	return ipc_allows(*out, want) ? 0 : -EACCES;
}

/* ipc_find() for changing it: -EPERM unless the caller is owner, creator or superuser. */
int ipc_lookup_owned(const struct ipc_ids *ids, i32 id, struct ipc_perm **out);
/* IPC_SET. -EINVAL: uid or gid is -1. */
int ipc_set_perm(struct ipc_perm *perm, uid_t uid, gid_t gid, u32 mode);

/*
 * What shmget and semget begin with. -ENOENT, -EEXIST; 0: *out is who has that key, or NULL: one is to be made. What else the kind asks
 * for and then ipc_allows() are the caller's.
 */
static inline int ipc_get(const struct ipc_ids *ids, i32 key, u32 flags, struct ipc_perm **out)
{
	*out = key == IPC_PRIVATE ? NULL : ipc_find_key(ids, key);
	if (!*out)
		return key == IPC_PRIVATE || (flags & IPC_CREAT) ? 0 : -ENOENT;
	return (flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL) ? -EEXIST : 0;
}

static inline u32 ipc_index(const struct ipc_perm *perm) { return perm->id & (IPC_MAX - 1); }

static inline u32 ipc_sequence(const struct ipc_perm *perm) { return perm->id >> IPC_INDEX_BITS; }
