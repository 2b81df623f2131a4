/* Tests of identifiers: numbers, keys, permissions. */
#include "ipc/tests/ipc_test.h"
#include "kernel/lib/string.h"
#include "mm/kmalloc.h"

static struct ipc_ids ids;
static struct ipc_perm perms[IPC_MAX];

static void begin(u32 limit)
{
	memset(&ids, 0, sizeof(ids));
	ipc_ids_init(&ids, limit, 4096);
}

static void end(void)
{
	struct ipc_perm *perm;

	while ((perm = ipc_next(&ids, 0)))
		ipc_remove(&ids, perm);
	for (u32 i = 0; i < ARRAY_SIZE(ids.by_key); i++) {
		kfree(ids.by_key[i]);
		kfree(ids.by_index[i]);
	}
}

static i32 add(u32 number, i32 key)
{
	int error = ipc_add(&ids, &perms[number], key, 0600);

	return error ? error : perms[number].id;
}

/* Verifies that indices go round in a cycle of at least 64, and that each round has a sequence number of its own. */
MM_TEST(ids_go_round)
{
	begin(100);
	for (u32 i = 0; i < 200; i++) {
		KCHECK(add(0, IPC_PRIVATE) == (i32)(i / 64 << IPC_INDEX_BITS | i % 64));
		KCHECK(ipc_highest_index(&ids) == i % 64);
		ipc_remove(&ids, &perms[0]);
	}
	KCHECK(ids.used == 0 && ipc_highest_index(&ids) == 0);
	end();
}

/* Verifies that an id which was removed is not valid again when its index is. */
MM_TEST(ids_stale_is_not_found)
{
	i32 id;

	begin(10);
	id = add(0, IPC_PRIVATE);
	KCHECK(ipc_find(&ids, id) == &perms[0]);
	ipc_remove(&ids, &perms[0]);
	KCHECK(!ipc_find(&ids, id) && !ipc_at(&ids, id));
	ids.next_index = 0;
	KCHECK(add(1, IPC_PRIVATE) != id && ipc_index(&perms[1]) == 0);
	KCHECK(!ipc_find(&ids, id) && ipc_at(&ids, id) == &perms[1] && ipc_find(&ids, perms[1].id) == &perms[1]);
	end();
}

/* Verifies that the sequence number starts again at 0 instead of making an id negative. */
MM_TEST(ids_sequence_wraps)
{
	begin(10);
	ids.sequence = (0x7fffffff >> IPC_INDEX_BITS) - 1;
	ids.last_index = 5;
	KCHECK(add(0, IPC_PRIVATE) == 0 && ids.sequence == 0);
	end();
}

/* Verifies that every one of the most there can be is found by id, by key and in order, and that one more is refused. */
MM_TEST(ids_all_of_them)
{
	struct ipc_perm *perm;
	u32 index = 0;

	begin(IPC_MAX);
	for (u32 i = 0; i < IPC_MAX; i++)
		KCHECK(add(i, 7919 * i + 1) == (i32)i);
	KCHECK(ipc_add(&ids, &perms[0], 5, 0) == -ENOSPC && ipc_highest_index(&ids) == IPC_MAX - 1);
	for (u32 i = 0; i < IPC_MAX; i++)
		KCHECK(ipc_find(&ids, i) == &perms[i] && ipc_find_key(&ids, 7919 * i + 1) == &perms[i]);
	for (; (perm = ipc_next(&ids, index)); index++)
		KCHECK(perm == &perms[index]);
	KCHECK(index == IPC_MAX);
	for (u32 i = 0; i < IPC_MAX; i++)
		ipc_remove(&ids, &perms[i * 4099 % IPC_MAX]); /* in another order */
	KCHECK(ids.used == 0 && !ipc_next(&ids, 0) && !ipc_find_key(&ids, 1));
	end();
}

/* Verifies that the limit counts what is there, also after it was set below that. */
MM_TEST(ids_have_a_limit)
{
	begin(3);
	KCHECK(add(0, 1) >= 0 && add(1, 2) >= 0 && add(2, 3) >= 0 && add(3, 4) == -ENOSPC);
	ids.limit = 1;
	ipc_remove(&ids, &perms[1]);
	KCHECK(add(3, 4) == -ENOSPC && !ipc_find_key(&ids, 4));
	ids.limit = 0;
	ipc_remove(&ids, &perms[0]);
	ipc_remove(&ids, &perms[2]);
	KCHECK(add(3, 4) == -ENOSPC);
	end();
}

/* Verifies that the wanted next id is given once, and when its index is taken the next free one with that sequence number. */
MM_TEST(ids_next_id_is_obeyed_once)
{
	begin(100);
	ids.next_id = 3 << IPC_INDEX_BITS | 40;
	KCHECK(add(0, 1) == (3 << IPC_INDEX_BITS | 40) && ids.next_id == -1);
	KCHECK(add(1, 2) == 0);
	ids.next_id = 5 << IPC_INDEX_BITS | 40;
	KCHECK(add(2, 3) == (5 << IPC_INDEX_BITS | 41));
	ids.next_id = 0;
	KCHECK(add(3, 4) == 1);
	ids.next_id = IPC_MAX - 1;
	KCHECK(add(4, 5) == IPC_MAX - 1);
	ids.next_id = IPC_MAX - 1;
	KCHECK(add(5, 6) == -ENOSPC && ids.next_id == -1 && add(5, 6) >= 0);
	end();
}

/* Verifies that a key can be forgotten and taken by another, while the id stays. */
MM_TEST(ids_key_can_be_forgotten)
{
	i32 id;

	begin(10);
	id = add(0, -7);
	KCHECK(ipc_find_key(&ids, -7) == &perms[0] && !ipc_find_key(&ids, 7));
	ipc_forget_key(&ids, &perms[0]);
	ipc_forget_key(&ids, &perms[0]);
	KCHECK(!ipc_find_key(&ids, -7) && perms[0].key == IPC_PRIVATE && ipc_find(&ids, id) == &perms[0]);
	KCHECK(add(1, -7) >= 0 && ipc_find_key(&ids, -7) == &perms[1]);
	end();
}

static bool allows(u32 mode, u32 want)
{
	struct ipc_perm perm = { .uid = 10, .gid = 20, .cuid = 11, .cgid = 21, .mode = mode };

	return ipc_allows(&perm, want);
}

/* Verifies that exactly one class decides, that all that is wanted has to be there, and that only the superuser passes anyway. */
MM_TEST(ids_permission_is_of_one_class)
{
	struct cred before = current->cred;

	become(10, 99); /* owner */
	KCHECK(allows(0600, 0666) && allows(0600, 0400) && !allows(0066, 0400) && !allows(0400, 0600) && allows(0, 0));
	become(11, 99); /* creator */
	KCHECK(allows(0600, 0600) && !allows(0066, 0040));
	become(1, 20);  /* group */
	KCHECK(allows(0060, 0600) && !allows(0606, 0600) && !allows(0040, 0600));
	become(1, 21);  /* creator's group */
	KCHECK(allows(0040, 0444) && !allows(0404, 0444));
	become(1, 1);
	KCHECK(allows(0006, 0600) && !allows(0660, 0400) && !allows(0004, 0002));
	current->cred.group_count = 1;
	current->cred.groups[0] = 20;
	KCHECK(allows(0060, 0600) && !allows(0606, 0600));
	become(0, 0);
	KCHECK(allows(0, 0777));
	current->cred = before;
}

/* Verifies that owner, creator and superuser may change an id, and nobody else, whatever its mode. */
MM_TEST(ids_owners_may_change)
{
	struct cred before = current->cred;
	struct ipc_perm *perm;
	i32 id;

	begin(10);
	become(11, 21);
	id = add(0, 1);
	KCHECK(perms[0].cuid == 11 && perms[0].uid == 11 && perms[0].cgid == 21 && perms[0].mode == 0600);
	KCHECK(ipc_set_perm(&perms[0], 10, -1, 0) == -EINVAL && ipc_set_perm(&perms[0], -1, 0, 0) == -EINVAL);
	KCHECK(ipc_set_perm(&perms[0], 10, 20, 07606) == 0 && perms[0].mode == 0606 && perms[0].cuid == 11);
	KCHECK(ipc_lookup_owned(&ids, id, &perm) == 0 && perm == &perms[0]);
	become(10, 1);
	KCHECK(ipc_lookup_owned(&ids, id, &perm) == 0);
	become(12, 20);
	KCHECK(ipc_lookup_owned(&ids, id, &perm) == -EPERM && ipc_lookup_owned(&ids, id + 1, &perm) == -EINVAL);
	KCHECK(ipc_lookup(&ids, id, 0400, &perm) == -EACCES && ipc_lookup(&ids, id + 1, 0400, &perm) == -EINVAL);
	become(0, 0);
	KCHECK(ipc_lookup_owned(&ids, id, &perm) == 0);
	current->cred = before;
	end();
}

/* Verifies that on a small machine, with fewer buckets than indices, all that share one are found, and still when some have gone. */
MM_TEST(ids_share_buckets)
{
	bool found = true;

	memset(&ids, 0, sizeof(ids));
	ipc_ids_init(&ids, IPC_MAX, 100);
	for (u32 i = 0; i < 4 * IPC_PAGE; i++)
		found &= add(i, i + 1) >= 0;
	for (u32 i = 0; i < 4 * IPC_PAGE; i += 3)
		ipc_remove(&ids, &perms[i]);
	for (u32 i = 0; i < 4 * IPC_PAGE; i++) {
		struct ipc_perm *expected = i % 3 ? &perms[i] : NULL;

		found &= ipc_find(&ids, perms[i].id) == expected && ipc_at(&ids, i) == expected;
		found &= ipc_find_key(&ids, i + 1) == expected;
	}
	KCHECK(found && ids.bucket_mask == IPC_PAGE - 1);
	end();
}
