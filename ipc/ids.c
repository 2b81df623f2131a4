/*
 * Identifiers: allocation of indices and sequence numbers as Linux does it, lookup by id and key in constant time, permissions.
 */
#include "ipc/ids.h"
#include "kernel/clock.h"
#include "kernel/panic.h"
#include "mm/kmalloc.h"

#define CYCLE_MIN 64u            /* indices are taken in a cycle of at least so many (Linux's ipc_min_cycle) */
#define SEQUENCES (0x7fffffffu >> IPC_INDEX_BITS)

void ipc_ids_init(struct ipc_ids *ids, u32 limit, u32 frames)
{
	u32 pages = 0;

	do {
		ids->by_key[pages] = kzalloc(IPC_PAGE * sizeof(*ids->by_key[pages]));
		ids->by_index[pages] = kzalloc(IPC_PAGE * sizeof(*ids->by_index[pages]));
		if (!ids->by_key[pages] || !ids->by_index[pages])
			panic("ipc: no memory for the tables");
		pages++;
	} while (pages * IPC_PAGE < MIN(frames, IPC_MAX) || pages & (pages - 1));
	ids->bucket_mask = pages * IPC_PAGE - 1;
	ids->hash_shift = __builtin_clz(ids->bucket_mask);
	ids->limit = limit;
	ids->next_id = -1;
	ids->last_index = -1;
}

static struct ipc_perm **key_bucket(const struct ipc_ids *ids, i32 key)
{
	u32 hash = (u32)key * 2654435761u >> ids->hash_shift; /* Knuth's multiplicative hash: its high bits */

	return &ids->by_key[hash / IPC_PAGE][hash % IPC_PAGE];
}

struct ipc_perm *ipc_find_key(const struct ipc_ids *ids, i32 key)
{
	struct ipc_perm *perm = *key_bucket(ids, key);

	while (perm && perm->key != key)
		perm = perm->next_of_key;
	return perm;
}

void ipc_forget_key(struct ipc_ids *ids, struct ipc_perm *perm)
{
	struct ipc_perm **link;

	if (perm->key == IPC_PRIVATE)
		return;
	for (link = key_bucket(ids, perm->key); *link != perm; link = &(*link)->next_of_key)
		;
	*link = perm->next_of_key;
	perm->key = IPC_PRIVATE;
}

struct ipc_perm *ipc_at(const struct ipc_ids *ids, i32 index)
{
	struct ipc_perm *perm = *ipc_bucket(ids, index);

	while (perm && (perm->id ^ index) & (IPC_MAX - 1))
		perm = perm->next_of_index;
	return perm;
}

/* The lowest bit that is set, or that is clear, in a row of words, at or after bit `from`; 32 * words: none. */
static u32 next_bit(const u32 *row, u32 words, u32 from, bool set)
{
	u32 mask = ~0u << from % 32, flip = set ? 0 : ~0u;

	for (u32 word = from / 32; word < words; word++, mask = ~0u)
		if ((row[word] ^ flip) & mask)
			return word * 32 + __builtin_ctz((row[word] ^ flip) & mask);
	return words * 32;
}

struct ipc_perm *ipc_next(const struct ipc_ids *ids, u32 index)
{
	index = next_bit(ids->taken, IPC_WORDS, index, true);
	return index < IPC_MAX ? ipc_at(ids, index) : NULL;
}

u32 ipc_highest_index(const struct ipc_ids *ids)
{
	for (u32 word = IPC_WORDS; word-- > 0;)
		if (ids->taken[word])
			return word * 32 + 31 - __builtin_clz(ids->taken[word]);
	return 0;
}

/* The first free index in [index, end); end when there is none. */
static u32 free_index(const struct ipc_ids *ids, u32 index, u32 end)
{
	u32 word = index / 32, free = next_bit(&ids->taken[word], 1, index % 32, false);

	if (free == 32) {
		word = next_bit(ids->full, ARRAY_SIZE(ids->full), word + 1, false);
		free = word < IPC_WORDS ? next_bit(&ids->taken[word], 1, 0, false) : 0;
	}
	return MIN(word * 32 + free, end);
}

/*
 * Choose the new id: the index after the last one, in a cycle half as long again as what is used, so that the low ones are not reused
 * at once. IPC_MAX in *index: none is free.
 */
static i32 choose_id(struct ipc_ids *ids, u32 *index)
{
	u32 sequence, end = MIN(MAX(ids->used * 3 / 2, CYCLE_MIN), IPC_MAX);

	if (ids->next_id >= 0) {
		sequence = (u32)ids->next_id >> IPC_INDEX_BITS;
		*index = free_index(ids, ids->next_id & (IPC_MAX - 1), IPC_MAX);
		ids->next_id = -1;
	} else {
		*index = ids->next_index < end ? free_index(ids, ids->next_index, end) : end;
		if (*index == end)
			*index = free_index(ids, 0, end);
		ids->next_index = *index + 1;
		if ((i32)*index <= ids->last_index && ++ids->sequence >= SEQUENCES)
			ids->sequence = 0;
		ids->last_index = *index;
		sequence = ids->sequence;
	}
	return sequence << IPC_INDEX_BITS | *index;
}

/* Let it be found by its id, and by its key if that is one. */
static void make_known(struct ipc_ids *ids, u32 index, struct ipc_perm *perm)
{
	struct ipc_perm **bucket = ipc_bucket(ids, index);

	perm->next_of_index = *bucket;
	*bucket = perm;
	ids->taken[index / 32] |= 1u << index % 32;
	if (ids->taken[index / 32] == ~0u)
		ids->full[index / 1024] |= 1u << index / 32 % 32;
	if (perm->key == IPC_PRIVATE)
		return;
	bucket = key_bucket(ids, perm->key);
	perm->next_of_key = *bucket;
	*bucket = perm;
}

int ipc_add(struct ipc_ids *ids, struct ipc_perm *perm, i32 key, u32 flags)
{
	const struct cred *cred = current_cred();
	u32 index;
	i32 id;

	if (ids->used >= MIN(ids->limit, IPC_MAX))
		return -ENOSPC;
	id = choose_id(ids, &index);
	if (index >= IPC_MAX)
		return -ENOSPC;
	perm->id = id;
	perm->key = key;
	perm->mode = flags & IPC_PERM_BITS;
	perm->uid = perm->cuid = cred->euid;
	perm->gid = perm->cgid = cred->egid;
	perm->ctime = clock_realtime();
	make_known(ids, index, perm);
	ids->used++;
	return 0;
}

void ipc_remove(struct ipc_ids *ids, struct ipc_perm *perm)
{
	struct ipc_perm **link;
	u32 index;

	ipc_forget_key(ids, perm);
	index = ipc_index(perm);
	for (link = ipc_bucket(ids, index); *link != perm; link = &(*link)->next_of_index)
		;
	*link = perm->next_of_index;
	ids->taken[index / 32] &= ~(1u << index % 32);
	ids->full[index / 1024] &= ~(1u << index / 32 % 32);
	ids->used--;
}

bool ipc_class_allows(const struct ipc_perm *perm, u32 want)
{
	const struct cred *cred = current_cred();
	u32 granted = perm->mode;

	want = (want >> 6 | want >> 3 | want) & 7;
	if (cred->euid == perm->uid || cred->euid == perm->cuid)
		granted >>= 6;
	else if (cred_in_group(cred, perm->gid) || cred_in_group(cred, perm->cgid))
		granted >>= 3;
	return !(want & ~granted);
}

int ipc_lookup_owned(const struct ipc_ids *ids, i32 id, struct ipc_perm **out)
{
	const struct cred *cred = current_cred();

	*out = ipc_find(ids, id);
	if (!*out)
		return -EINVAL;
	if (cred->euid == (*out)->uid || cred->euid == (*out)->cuid || cred_privileged(cred))
		return 0;
	return -EPERM;
}

int ipc_set_perm(struct ipc_perm *perm, uid_t uid, gid_t gid, u32 mode)
{
	if (uid == (uid_t)-1 || gid == (gid_t)-1)
		return -EINVAL;
	perm->uid = uid;
	perm->gid = gid;
	perm->mode = (perm->mode & ~IPC_PERM_BITS) | (mode & IPC_PERM_BITS);
	perm->ctime = clock_realtime();
	return 0;
}
