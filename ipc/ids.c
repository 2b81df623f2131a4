/*
 * Identifiers: allocation of indices and sequence numbers as Linux does it, lookup by id and key in constant time, permissions.
 */
#include "ipc/ids.h"
#include "kernel/lib/errno.h"
#include "kernel/panic.h"
#include "mm/kmalloc.h"

#define BUCKETS_PER_PAGE 1024u
#define CYCLE_MIN 64u            /* indices are taken in a cycle of at least so many (Linux's ipc_min_cycle) */
#define SEQUENCES (0x7fffffffu >> IPC_INDEX_BITS)

void ipc_ids_init(struct ipc_ids *ids, u32 limit, u32 frames)
{
	u32 pages = 1;

	while (pages < ARRAY_SIZE(ids->buckets) && pages * BUCKETS_PER_PAGE < frames)
		pages *= 2;
	for (u32 i = 0; i < pages; i++) {
		ids->buckets[i] = kzalloc(BUCKETS_PER_PAGE * sizeof(struct ipc_perm *));
		if (!ids->buckets[i])
			panic("ipc: no memory for the table of keys");
	}
	ids->bucket_mask = pages * BUCKETS_PER_PAGE - 1;
	ids->limit = limit;
	ids->next_id = -1;
	ids->last_index = -1;
}

static struct ipc_perm **bucket_of(const struct ipc_ids *ids, i32 key)
{
	u32 hash = ((u32)key * 2654435761u) >> 8 & ids->bucket_mask; /* Knuth's multiplicative hash */

	return &ids->buckets[hash / BUCKETS_PER_PAGE][hash % BUCKETS_PER_PAGE];
}

struct ipc_perm *ipc_find_key(const struct ipc_ids *ids, i32 key)
{
	struct ipc_perm *perm = *bucket_of(ids, key);

	while (perm && perm->key != key)
		perm = perm->next_of_bucket;
	return perm;
}

static void key_insert(struct ipc_ids *ids, struct ipc_perm *perm)
{
	struct ipc_perm **bucket = bucket_of(ids, perm->key);

	perm->next_of_bucket = *bucket;
	*bucket = perm;
}

void ipc_forget_key(struct ipc_ids *ids, struct ipc_perm *perm)
{
	struct ipc_perm **link;

	if (perm->key == IPC_PRIVATE)
		return;
	for (link = bucket_of(ids, perm->key); *link != perm; link = &(*link)->next_of_bucket)
		;
	*link = perm->next_of_bucket;
	perm->key = IPC_PRIVATE;
}

static struct ipc_perm **slot_of(const struct ipc_ids *ids, u32 index)
{
	struct ipc_perm **leaf = ids->leaves[index / IPC_LEAF];

	return leaf ? &leaf[index % IPC_LEAF] : NULL;
}

struct ipc_perm *ipc_at(const struct ipc_ids *ids, i32 index)
{
	struct ipc_perm **slot = slot_of(ids, index & (IPC_MAX - 1));

	return slot ? *slot : NULL;
}

struct ipc_perm *ipc_find(const struct ipc_ids *ids, i32 id)
{
	struct ipc_perm *perm = ipc_at(ids, id);

	return perm && perm->id == id ? perm : NULL;
}

struct ipc_perm *ipc_next(const struct ipc_ids *ids, u32 index)
{
	while (index < IPC_MAX) {
		struct ipc_perm **slot = slot_of(ids, index);

		if (slot && *slot)
			return *slot;
		index = slot ? index + 1 : (index / IPC_LEAF + 1) * IPC_LEAF;
	}
	return NULL;
}

u32 ipc_highest_index(const struct ipc_ids *ids)
{
	for (u32 leaf = IPC_LEAVES; leaf-- > 0;)
		if (ids->taken[leaf])
			return leaf * IPC_LEAF + 31 - __builtin_clz(ids->taken[leaf]);
	return 0;
}

/* The lowest bit that is clear in a row of words, at or after bit `from`; 32 * words: none. */
static u32 clear_bit(const u32 *row, u32 words, u32 from)
{
	u32 mask = ~0u << from % 32;

	for (u32 word = from / 32; word < words; word++, mask = ~0u)
		if (~row[word] & mask)
			return word * 32 + __builtin_ctz(~row[word] & mask);
	return words * 32;
}

/* The first free index in [index, end); end when there is none. */
static u32 free_index(const struct ipc_ids *ids, u32 index, u32 end)
{
	u32 leaf = index / IPC_LEAF, free = clear_bit(&ids->taken[leaf], 1, index % IPC_LEAF);

	if (free == IPC_LEAF) {
		leaf = clear_bit(ids->full, ARRAY_SIZE(ids->full), leaf + 1);
		free = leaf < IPC_LEAVES ? clear_bit(&ids->taken[leaf], 1, 0) : 0;
	}
	return MIN(leaf * IPC_LEAF + free, end);
}

/* The index after the last one, in a cycle half as long again as what is used, so that the low ones are not reused at once. */
static u32 cyclic_index(struct ipc_ids *ids)
{
	u32 end = MIN(MAX(ids->used * 3 / 2, CYCLE_MIN), IPC_MAX);
	u32 index = ids->next_index < end ? free_index(ids, ids->next_index, end) : end;

	if (index == end)
		index = free_index(ids, 0, end);
	return index;
}

/* Choose the new id. IPC_MAX in *index: none is free. */
static i32 choose_id(struct ipc_ids *ids, u32 *index)
{
	u32 sequence;

	if (ids->next_id >= 0) {
		sequence = (u32)ids->next_id >> IPC_INDEX_BITS;
		*index = free_index(ids, ids->next_id & (IPC_MAX - 1), IPC_MAX);
		ids->next_id = -1;
	} else {
		*index = cyclic_index(ids);
		ids->next_index = *index + 1;
		if ((i32)*index <= ids->last_index && ++ids->sequence >= SEQUENCES)
			ids->sequence = 0;
		ids->last_index = *index;
		sequence = ids->sequence;
	}
	return sequence << IPC_INDEX_BITS | *index;
}

static int take_index(struct ipc_ids *ids, u32 index, struct ipc_perm *perm)
{
	u32 leaf = index / IPC_LEAF;

	if (!ids->leaves[leaf])
		ids->leaves[leaf] = kzalloc(IPC_LEAF * sizeof(struct ipc_perm *));
	if (!ids->leaves[leaf])
		return -ENOMEM;
	ids->leaves[leaf][index % IPC_LEAF] = perm;
	ids->taken[leaf] |= 1u << index % IPC_LEAF;
	if (ids->taken[leaf] == ~0u)
		ids->full[leaf / 32] |= 1u << leaf % 32;
	return 0;
}

static void give_index(struct ipc_ids *ids, u32 index)
{
	u32 leaf = index / IPC_LEAF;

	ids->leaves[leaf][index % IPC_LEAF] = NULL;
	ids->taken[leaf] &= ~(1u << index % IPC_LEAF);
	ids->full[leaf / 32] &= ~(1u << leaf % 32);
	if (ids->taken[leaf])
		return;
	kfree(ids->leaves[leaf]);
	ids->leaves[leaf] = NULL;
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
	*perm = (struct ipc_perm){
		.id = id, .key = key, .mode = flags & IPC_PERM_BITS,
		.uid = cred->euid, .cuid = cred->euid, .gid = cred->egid, .cgid = cred->egid,
	};
	if (take_index(ids, index, perm))
		return -ENOMEM;
	if (key != IPC_PRIVATE)
		key_insert(ids, perm);
	ids->used++;
	return 0;
}

void ipc_remove(struct ipc_ids *ids, struct ipc_perm *perm)
{
	u32 index = ipc_index(perm);

	assert(ipc_find(ids, perm->id) == perm);
	ipc_forget_key(ids, perm);
	give_index(ids, index);
	ids->used--;
}

bool ipc_allows(const struct ipc_perm *perm, u32 want)
{
	const struct cred *cred = current_cred();
	u32 granted = perm->mode;

	if (cred_privileged(cred))
		return true;
	want = (want >> 6 | want >> 3 | want) & 7;
	if (cred->euid == perm->uid || cred->euid == perm->cuid)
		granted >>= 6;
	else if (cred_in_group(cred, perm->gid) || cred_in_group(cred, perm->cgid))
		granted >>= 3;
	return !(want & ~granted);
}

int ipc_lookup(const struct ipc_ids *ids, i32 id, u32 want, struct ipc_perm **out)
{
	*out = ipc_find(ids, id);
	if (!*out)
		return -EINVAL;
	return ipc_allows(*out, want) ? 0 : -EACCES;
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
	return 0;
}
