/* The system calls that change an address space: their arguments checked as Linux checks them; the work is mm/'s. */
#include "kernel/fs/file.h"
#include "kernel/lib/string.h"
#include "kernel/task.h"
#include "kernel/uaccess.h"
#include "mm/fault.h"

enum {                                 /* uapi/asm-generic/mman.h and mman-common.h */
	MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_SHARED_VALIDATE = 3, MAP_TYPE = 0xf, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20,
	MAP_GROWSDOWN = 0x100, MAP_NORESERVE = 0x4000, MAP_POPULATE = 0x8000, MAP_HUGETLB = 0x40000, MAP_FIXED_NOREPLACE = 0x100000,
	MAP_LEGACY = 0x7c07f973,       /* every flag older than MAP_SHARED_VALIDATE */
	PROT_ALL = 7, PROT_SEM = 8, PROT_GROWSDOWN = 0x01000000, PROT_GROWSUP = 0x02000000,
	MREMAP_MAYMOVE = 1, MREMAP_FIXED = 2, MADV_DONTNEED = 4, MADV_FREE = 8, MADV_PAGEOUT = 21,
	MS_ASYNC = 1, MS_INVALIDATE = 2, MS_SYNC = 4,
};
/* A bit for each advice that is taken: NORMAL to DONTNEED, FREE, DOFORK to DODUMP, KEEPONFORK to PAGEOUT. */
#define ADVICES (0x1fu | 1u << MADV_FREE | 0x7fu << 11 | 7u << 19)

static bool is_shared(u32 flags) { return (flags & MAP_TYPE) != MAP_PRIVATE; }

/* Where and how, from the flags that files and anonymous memory have in common. */
static int request_init(struct map_request *request, vaddr_t addr, u32 length, u32 prot, u32 flags)
{
	if (!length || !(flags & MAP_TYPE) || (flags & MAP_TYPE) > (flags & MAP_ANONYMOUS ? MAP_PRIVATE : MAP_SHARED_VALIDATE))
		return -EINVAL;
	if ((flags & MAP_GROWSDOWN) && (flags & (MAP_TYPE | MAP_ANONYMOUS)) != (MAP_PRIVATE | MAP_ANONYMOUS))
		return -EINVAL;
	if (flags & MAP_HUGETLB)       /* of which there are none */
		return flags & MAP_ANONYMOUS ? -ENOMEM : -EINVAL;
	if (page_ceil(length) == 0)
		return -ENOMEM;
	*request = (struct map_request){
		.at = page_floor(addr), .pages = bytes_to_pages(length), .prot = prot & PROT_ALL,
		.flags = (is_shared(flags) ? 0 : AREA_PRIVATE) | (flags & MAP_NORESERVE ? AREA_NORESERVE : 0) |
		         (flags & MAP_GROWSDOWN ? AREA_STACK : 0),
		.place = (cred_privileged(current_cred()) ? MAP_AT_PRIVILEGED : 0) |
		         (flags & MAP_FIXED_NOREPLACE ? MAP_AT_NOREPLACE : flags & MAP_FIXED ? MAP_AT_FIXED : 0),
	};
	return flags & (MAP_FIXED | MAP_FIXED_NOREPLACE) && addr & ~PAGE_MASK ? -EINVAL : 0;
}

/* Bring every page of the range in, as a program would that may write where it can have pages of its own. -ENOMEM: some cannot be had. */
static int populate(vaddr_t start, vaddr_t end)
{
	for (vaddr_t va = start; va != end; va += PAGE_SIZE) {
		const struct area *area = space_area(current->space, va);
		bool own = area && (area->flags & AREA_PRIVATE) && (area->prot & AREA_WRITE);

		if (!area || fault_failed(fault(current->space, va, own ? ACCESS_WRITE : ACCESS_READ)))
			return -ENOMEM;
	}
	return 0;
}

static void shared_anonymous_label(const struct area *area UNUSED, struct area_label *label)
{
	strlcpy(label->path, "/dev/zero", sizeof(label->path));
	label->deleted = true;
}

static const struct area_ops shared_anonymous_ops = { .label = shared_anonymous_label };

i32 sys_mmap2(vaddr_t addr, u32 length, u32 prot, u32 flags, i32 fd, u32 page)
{
	struct file *file = flags & MAP_ANONYMOUS ? NULL : fd_file(fd);
	struct map_request request;
	vaddr_t start;
	int error = !file && !(flags & MAP_ANONYMOUS) ? -EBADF : request_init(&request, addr, length, prot, flags);

	if (error)
		return error;
	if (file) {
		bool unknown = (flags & MAP_TYPE) == MAP_SHARED_VALIDATE && flags & ~MAP_LEGACY;

		request.index = page;
		error = page + request.pages < page ? -EOVERFLOW : unknown ? -EOPNOTSUPP : file_map(file, &request);
	} else if (is_shared(flags)) {                  /* memory of its own, that is charged now */
		u32 reserve = flags & MAP_NORESERVE ? OBJECT_NORESERVE : 0;

		request.ops = &shared_anonymous_ops;
		error = object_create(0, request.pages, OBJECT_FIXED | reserve, &request.object);
	}
	error = error ?: space_map(current->space, &request, &start);
	object_unref(request.object);
	if (!error && (flags & MAP_POPULATE))
		populate(start, start + request.pages * PAGE_SIZE);
	return error ?: (i32)start;
}

/* The call of old programs: its six arguments in memory, the offset in bytes. */
i32 sys_old_mmap(const u32 *user_args)
{
	u32 a[6];

	if (copy_from_user(a, user_args, sizeof(a)))
		return -EFAULT;
	if (a[5] & ~PAGE_MASK)
		return -EINVAL;
	return sys_mmap2(a[0], a[1], a[2], a[3], a[4], a[5] >> PAGE_SHIFT);
}

i32 sys_munmap(vaddr_t addr, u32 length)
{
	if (addr & ~PAGE_MASK || !length || length > USER_END || addr > USER_END - page_ceil(length))
		return -EINVAL;
	return space_unmap(current->space, addr, addr + page_ceil(length));
}

i32 sys_mprotect(vaddr_t addr, u32 length, u32 prot)
{
	u32 grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);
	struct area *area = space_area_from(current->space, addr);
	vaddr_t end = addr + page_ceil(length);

	if (grows == (PROT_GROWSDOWN | PROT_GROWSUP) || addr & ~PAGE_MASK)
		return -EINVAL;
	if (!length || end <= addr)
		return length ? -ENOMEM : 0;
	if (prot & ~(PROT_ALL | PROT_SEM | grows))
		return -EINVAL;
	if (grows && (!area || area->start >= (grows == PROT_GROWSDOWN ? end : addr + 1)))
		return -ENOMEM;
	if (grows && (grows == PROT_GROWSUP || !(area->flags & AREA_STACK)))
		return -EINVAL; /* nothing grows up here */
	if (grows)
		addr = area->start;
	return space_protect(current->space, addr, end, prot & PROT_ALL);
}

i32 sys_mremap(vaddr_t addr, u32 old_length, u32 new_length, u32 flags, vaddr_t new_addr)
{
	struct remap_request request = {
		.old_start = addr, .old_end = addr + page_ceil(old_length), .new_pages = bytes_to_pages(new_length),
		.may_move = flags & MREMAP_MAYMOVE, .fixed = flags & MREMAP_FIXED, .at = new_addr,
		.privileged = cred_privileged(current_cred()),
	};
	vaddr_t place;
	int error;

	if (flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED) || (request.fixed && !request.may_move))
		return -EINVAL;
	if (addr & ~PAGE_MASK || !page_ceil(new_length))
		return -EINVAL;
	error = space_remap(current->space, &request, &place);
	if (!error && request.new_pages > bytes_to_pages(old_length) && space_locked(current->space, place, place + PAGE_SIZE))
		populate(place + page_ceil(old_length), place + request.new_pages * PAGE_SIZE);
	return error ?: (i32)place;
}

i32 sys_brk(vaddr_t brk) { return space_set_brk(current->space, brk); }

/* Is there anything missing in [start, end)? */
static bool has_hole(vaddr_t va, vaddr_t end)
{
	for (const struct area *area; va < end; va = area->end) {
		area = space_area(current->space, va);
		if (!area)
			return true;
	}
	return false;
}

/* Hints are taken and not followed. What would change contents, or what a fork copies, is refused unless it is done. */
i32 sys_madvise(vaddr_t addr, u32 length, u32 advice)
{
	vaddr_t end = addr + page_ceil(length);

	if (advice > MADV_PAGEOUT || !(ADVICES >> advice & 1) || addr & ~PAGE_MASK || end < addr || end - addr < length)
		return -EINVAL;
	if (advice == MADV_DONTNEED)
		return space_discard(current->space, addr, end);
	if ((advice == MADV_FREE || advice == MADV_PAGEOUT) && space_locked(current->space, addr, end))
		return -EINVAL;
	if (advice == MADV_PAGEOUT)
		space_page_out(current->space, addr, end);
	return has_hole(addr, end) ? -ENOMEM : 0;
}

static i32 lock_range(vaddr_t addr, u32 length, bool locked)
{
	vaddr_t start = page_floor(addr), end = start + page_ceil(length + addr - start);
	int error;

	if (locked && !cred_privileged(current_cred())) {
		u32 limit = current->rlimits[RLIMIT_MEMLOCK].soft;
		u32 others = space_locked(current->space, 0, USER_END) - space_locked(current->space, start, end);

		if (!limit || others + ((end - start) >> PAGE_SHIFT) > limit >> PAGE_SHIFT)
			return limit ? -ENOMEM : -EPERM;
	}
	error = end < start ? -EINVAL : end > USER_END ? -ENOMEM : space_lock(current->space, start, end, locked);
	return error || !locked ? error : populate(start, end);
}

i32 sys_mlock(vaddr_t addr, u32 length) { return lock_range(addr, length, true); }

i32 sys_munlock(vaddr_t addr, u32 length) { return lock_range(addr, length, false); }

/* Memory files have no disk behind them: all there is to do is to check the range. A length that wraps when rounded is none. */
i32 sys_msync(vaddr_t addr, u32 length, u32 flags)
{
	vaddr_t end = addr + page_ceil(length);

	if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) || (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	if (addr & ~PAGE_MASK)
		return -EINVAL;
	return end < addr || has_hole(addr, end) ? -ENOMEM : 0;
}
