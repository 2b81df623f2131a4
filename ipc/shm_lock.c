/*
 * SHM_LOCK's account: what each user has locked, against RLIMIT_MEMLOCK, given back at unlock, removal and destruction. (mm has an
 * account of its own, of what RAM can be wired at all.)
 */
#include "ipc/shm.h"
#include "kernel/lib/errno.h"
#include "kernel/rlimit.h"
#include "mm/account.h"
#include "mm/kmalloc.h"
#include "mm/object.h"

struct lock_account {
	struct list link;            /* lock_accounts; freed when nothing is charged */
	uid_t uid;
	u32 pages;
};

static struct list lock_accounts = LIST_INIT(lock_accounts);

static struct lock_account *account_of(uid_t uid)
{
	struct lock_account *account;

	list_for_each(account, &lock_accounts, link)
		if (account->uid == uid)
			return account;
	account = kzalloc(sizeof(*account));
	if (!account)
		return NULL;
	account->uid = uid;
	list_push_back(&lock_accounts, &account->link);
	return account;
}

static void account_drop_if_empty(struct lock_account *account)
{
	if (account->pages)
		return;
	list_remove(&account->link);
	kfree(account);
}

static bool over_limit(const struct lock_account *account, u32 pages)
{
	u32 limit = current->rlimits[RLIMIT_MEMLOCK].soft;

	if (limit == RLIM_INFINITY || cred_privileged(current_cred()))
		return false;
	return account->pages + pages > limit >> PAGE_SHIFT;
}

int shm_lock(struct shm_segment *segment)
{
	struct lock_account *account;

	if (!cred_privileged(current_cred()) && !current->rlimits[RLIMIT_MEMLOCK].soft)
		return -EPERM;
	if (segment->locker)
		return 0;
	account = account_of(current_cred()->uid);
	if (!account)
		return -ENOMEM;
	if (over_limit(account, segment->pages) || account_wire(segment->pages)) {
		account_drop_if_empty(account);
		return -ENOMEM;
	}
	account->pages += segment->pages;
	segment->locker = account;
	segment->perm.mode |= SHM_LOCKED;
	object_wire(segment->object, true);
	return 0;
}

void shm_unlock(struct shm_segment *segment)
{
	struct lock_account *account = segment->locker;

	if (!account)
		return;
	object_wire(segment->object, false);
	segment->perm.mode &= ~SHM_LOCKED;
	segment->locker = NULL;
	account_unwire(segment->pages);
	account->pages -= segment->pages;
	account_drop_if_empty(account);
}
