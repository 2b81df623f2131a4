/*
 * Segments: creating, finding, attaching, detaching, destroying.
 *
 * Invariants: nattch changes in shm_area_open() and shm_area_close(), and around the one call that attaches, so that a segment
 * cannot go while it sleeps; a segment that can be found has its object; shm_total_pages sums up all segments.
 */
#include "ipc/shm.h"
#include "kernel/clock.h"
#include "kernel/lib/string.h"
#include "mm/space.h"

struct ipc_ids shm_ids;
u32 shm_max = 0xffffffffu - (1 << 24); /* as on Linux i386: ULONG_MAX less 16 MiB */
u32 shm_all = 0xffffffffu - (1 << 24);
u32 shm_rmid_forced;
u32 shm_total_pages;
static u32 last_tag = 1;             /* of all attaches, never 0: numbers them, so that shmdt knows the parts of one */

static NOINLINE void destroy(struct shm_segment *segment)
{
	shm_unlock(segment);
	ipc_remove(&shm_ids, &segment->perm);
	list_remove(&segment->creator.link);
	shm_total_pages -= segment->pages;
	object_unref(segment->object); /* its last part to go, and the segment with it */
}

void shm_release(struct shm_segment *segment)
{
	if (!segment->nattch && (shm_rmid_forced || (segment->perm.mode & SHM_DEST)))
		destroy(segment);
}

/* The second half of shm_rmid_forced: what nobody has attached goes with its creator. */
static void creator_exits(struct exit_work *work)
{
	struct shm_segment *segment = container_of(work, struct shm_segment, creator);

	if (shm_rmid_forced)
		shm_release(segment);
}

int shm_destroy_orphans(void)
{
	struct ipc_perm *perm;

	if (!shm_rmid_forced)
		return 0;
	for (u32 index = 0; (perm = ipc_next(&shm_ids, index)); ) {
		index = ipc_index(perm) + 1;
		if (list_empty(&shm_of(perm)->creator.link))
			shm_release(shm_of(perm));
	}
	return 0;
}

static void shm_area_open(struct area *area)
{
	struct shm_segment *segment = area->owner;

	segment->nattch++;
	segment->atime = clock_realtime();
	segment->lpid = current->pid;
}

static void shm_area_close(struct area *area)
{
	struct shm_segment *segment = area->owner;

	segment->nattch--;
	segment->dtime = clock_realtime();
	segment->lpid = current->pid;
	shm_release(segment);
}

static void shm_area_label(const struct area *area, struct area_label *label)
{
	const struct shm_segment *segment = area->owner;

	snprintf(label->path, sizeof(label->path), "/SYSV%08x", segment->first_key);
	label->device = 1;
	label->inode = segment->perm.id;
	label->deleted = true; /* as on Linux, where no directory holds its file */
}

static const struct area_ops shm_area_ops = { .open = shm_area_open, .close = shm_area_close, .label = shm_area_label };

/* There are no huge pages, so asking for them fails as on a Linux that has none configured. */
static int segment_check(u32 size, u32 flags)
{
	u32 pages = bytes_to_pages(size), huge = flags >> SHM_HUGE_SHIFT & SHM_HUGE_MASK;
	const struct cred *cred = current_cred();

	if (size < SHMMIN || size > shm_max)
		return -EINVAL;
	if (size > (u32)-PAGE_SIZE)
		return -ENOSPC; /* rounding up would wrap */
	if (shm_total_pages + pages < pages || shm_total_pages + pages > shm_all)
		return -ENOSPC;
	if (!(flags & SHM_HUGETLB))
		return 0;
	if (huge && huge != TABLE_SHIFT)
		return -EINVAL;
	return cred_privileged(cred) || cred_in_group(cred, 0) ? -ENOMEM : -EPERM;
}

/* A new segment stands behind its object. */
static struct shm_segment *segment_init(struct object *object, i32 key, u32 size)
{
	struct shm_segment *segment = (struct shm_segment *)(object + 1);

	segment->object = object;
	segment->size = size;
	segment->pages = bytes_to_pages(size);
	segment->first_key = key;
	segment->cpid = current->pid;
	segment->nattch = 0;
	segment->atime = segment->dtime = 0;
	segment->lpid = 0;
	segment->creator.run = creator_exits;
	return segment;
}

static i32 segment_create(i32 key, u32 size, u32 flags)
{
	u32 reserve = flags & SHM_NORESERVE ? OBJECT_NORESERVE : 0;
	struct shm_segment *segment;
	struct object *object;
	int error;

	error = segment_check(size, flags) ?:
		object_create_with_room(0, bytes_to_pages(size), OBJECT_FIXED | reserve, sizeof(*segment), &object);
	if (error)
		return error;
	segment = segment_init(object, key, size);
	error = ipc_add(&shm_ids, &segment->perm, key, flags);
	if (error) {
		object_unref(object);
		return error;
	}
	task_add_exit_work(current, &segment->creator);
	shm_total_pages += segment->pages;
	return segment->perm.id;
}

i32 shm_get(i32 key, u32 size, u32 flags)
{
	struct ipc_perm *perm;
	int error = ipc_get(&shm_ids, key, flags, &perm);

	if (error)
		return error;
	if (!perm)
		return segment_create(key, size, flags);
	if (size > shm_of(perm)->size)
		return -EINVAL;
	return ipc_allows(perm, flags) ? perm->id : -EACCES;
}

static bool address_is_taken(vaddr_t addr, u32 size)
{
	const struct area *area = space_area_from(current->space, addr);

	return addr + size < addr || (area && area->start < addr + size);
}

/* An address that is not 0 is the caller's choice, even if rounding makes it 0. */
static int attach(struct shm_segment *segment, vaddr_t addr, u8 prot, u32 flags, vaddr_t *out)
{
	struct map_request request = {
		.at = page_floor(addr), .pages = segment->pages,
		.place = addr ? MAP_AT_FIXED | (cred_privileged(current_cred()) ? MAP_AT_PRIVILEGED : 0) : 0,
		.prot = prot, .flags = prot & AREA_WRITE ? 0 : AREA_DENY_WRITE,
		.object = segment->object, .ops = &shm_area_ops, .owner = segment, .tag = last_tag += 2,
	};

	if (request.at && !(flags & SHM_REMAP) && address_is_taken(request.at, segment->size))
		return -EINVAL;
	return space_map(current->space, &request, out);
}

int shm_attach(i32 id, vaddr_t addr, u32 flags, vaddr_t *out)
{
	u8 prot = AREA_READ | (flags & SHM_RDONLY ? 0 : AREA_WRITE) | (flags & SHM_EXEC ? AREA_EXEC : 0);
	u32 want = (prot & AREA_READ) << 2 | (prot & AREA_WRITE) | prot >> 2; /* rwx */
	struct ipc_perm *perm;
	bool aligned = !(addr & ~PAGE_MASK) || (flags & SHM_RND), nowhere = addr < PAGE_SIZE && (flags & SHM_REMAP);
	int error = !aligned || nowhere ? -EINVAL : ipc_lookup(&shm_ids, id, want, &perm);

	if (error)
		return error;
	shm_of(perm)->nattch++; /* space_map() may sleep, and unmap what is in the way */
	error = attach(shm_of(perm), addr, prot, flags, out);
	shm_of(perm)->nattch--;
	if (error)
		shm_release(shm_of(perm));
	return error;
}

/*
 * Every part of an attach is based at the same address: where the segment's first page would be. One call removes every part of the
 * attach that the first part found belongs to, and that ends within the segment's size: one that mremap made larger than that goes only
 * when it is the first.
 */
int shm_detach(vaddr_t addr)
{
	struct area *area = space_area_from(current->space, addr), *next;
	u32 size = UINT32_MAX, tag = 0;

	if (addr & ~PAGE_MASK)
		return -EINVAL;
	for (; area && area->end - addr <= size; area = next) {
		next = space_area_next(area);
		if (area->ops != &shm_area_ops || addr != area->start - (area->index << PAGE_SHIFT) || (tag && area->tag != tag))
			continue;
		size = shm_of(area->owner)->pages * PAGE_SIZE;
		tag = area->tag;
		space_remove(area);
	}
	return tag ? 0 : -EINVAL;
}
