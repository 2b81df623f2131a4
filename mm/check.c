/*
 * The recount. Everything that mm keeps a count of, or keeps twice, is counted again from the other side and compared:
 *
 *   frames      by kind against frame_counts; a page's count against the entries of its family at its index
 *   slots       each slot's count against the entries of the family, and the frame, that name it
 *   objects     resident and swapped against their lists; charges against what they hold
 *   areas       order, gaps, counts, the list of the object each shows; upper lists against their owner
 *   hardware    every user entry against what area and object say about that page; each table's count
 *   account     the sum of all charges against what was granted
 */
#include "mm/check.h"
#include "kernel/lib/string.h"
#include "mm/account.h"
#include "mm/fault.h"
#include "mm/rmap.h"
#include "mm/swap.h"

struct check {
	char *words;
	size_t size;
	bool failed;
	u32 charged;               /* by the objects and areas seen */
	u32 chunks;                /* list pages of NORESERVE objects */
	u32 wired;                 /* pages of wired objects and locked areas */
	u32 slots;                 /* references to slots seen, */
	u32 kept;                  /* those of frames among them */
	u32 shared;                /* directory entries seen that show an object's table */
	u32 shown;                 /* the same by the tables' own counts */
	u32 windows;               /* areas seen that show an object */
	u32 listed;                /* areas on the lists of objects, that belong there */
};

static void __attribute__((format(printf, 2, 3))) fail(struct check *check, const char *format, ...)
{
	va_list args;

	if (check->failed)
		return;
	check->failed = true;
	va_start(args, format);
	vsnprintf(check->words, check->size, format, args);
	va_end(args);
}

static void expect(struct check *check, const char *what, u32 counted, u32 kept)
{
	if (counted != kept)
		fail(check, "%s: counted %u, kept %u", what, counted, kept);
}

/* Entries of the family at the index that say `name`. */
static u32 count_entries(const struct family *family, u32 index, pte_t name)
{
	struct object *member = NULL;
	u32 count = 0;

	while (family_next(family, index, name, &member))
		count++;
	return count;
}

static void check_page_frame(struct check *check, const struct frame *frame)
{
	u32 count = frame->count ? count_entries(frame->family, frame->index, frame_entry_name(frame)) : 0;

	if (!frame->count && !frame->pins)
		fail(check, "frame %u: neither named nor pinned, and not free", frame_pfn(frame));
	if (count != frame->count)
		fail(check, "frame %u: counted %u entries, kept %u", frame_pfn(frame), count, frame->count);
	if (frame->slot && slot_count(frame->slot) != 1)
		fail(check, "frame %u: others use slot %u, too", frame_pfn(frame), frame->slot);
	if (frame->transit && !frame->pins)
		fail(check, "frame %u: on its way and not pinned", frame_pfn(frame));
}

static void check_frames(struct check *check)
{
	u32 counts[FRAME_KINDS] = { 0 };

	for (pfn_t pfn = 0; pfn < frame_limit() && !check->failed; pfn++) {
		struct frame *frame = frame_of(pfn);

		counts[frame->kind]++;
		if (frame->kind == FRAME_LIST)
			check->shown += frame->count;
		if (frame->kind == FRAME_PAGE)
			check_page_frame(check, frame);
		else if (frame->slot || frame->transit)
			fail(check, "frame %u: of kind %u, and keeps a slot", pfn, frame->kind);
		check->kept += frame->slot != 0;
	}
	for (u32 kind = 0; kind < FRAME_KINDS && !check->failed; kind++)
		if (counts[kind] != frame_counts[kind])
			fail(check, "frames of kind %u: counted %u, kept %u", kind, counts[kind], frame_counts[kind]);
}

static void check_entry(struct check *check, const struct object *object, u32 index, pte_t entry)
{
	struct frame *frame;

	if (entry_is_slot(entry)) {
		if (count_entries(object->family, index, entry) != slot_count(pte_pfn(entry)))
			fail(check, "slot %u: its count is not that of its entries", pte_pfn(entry));
		check->slots++;
		return;
	}
	frame = frame_of(pte_pfn(entry));
	if (entry_name(entry) != frame_entry_name(frame))
		fail(check, "page %u of an object: entry %x does not say where frame %u is", index, entry, pte_pfn(entry));
	if (frame->kind != FRAME_PAGE || frame->family != object->family || frame->index != index)
		fail(check, "page %u of an object: frame %u is not of its family and index", index, pte_pfn(entry));
}

static void check_object(struct check *check, const struct family *family, const struct object *object)
{
	const struct pagelist *list = &object->list;
	bool small = list->order < PAGELIST_ORDER_MAX; /* its chunk may reach beyond the list */
	u32 first = small ? MIN(list->first, list->base) : list->first, resident = 0, swapped = 0;
	u32 end = small ? MAX(pagelist_end(list), list->base + list->size) : pagelist_end(list);
	struct area *area;
	pte_t *entry;

	if (object->family != family)
		fail(check, "an object is on the list of another family");
	list_for_each(area, &object->areas, object_link)
		check->listed += area->object == object;
	for (u32 index = first; (entry = pagelist_next(list, &index, end)); index++) {
		if (index - list->first >= list->pages)
			fail(check, "page %u lies outside of its object", index);
		check_entry(check, object, index, *entry);
		*(entry_is_slot(*entry) ? &swapped : &resident) += 1;
	}
	expect(check, "swapped pages of an object", swapped, object->swapped);
	expect(check, "resident pages of an object", resident, object->resident);
	if (object->flags & OBJECT_NORESERVE)
		expect(check, "charge of an object", resident + swapped + pagelist_full_chunks(list), object->charged);
	else if (!(object->flags & OBJECT_UPPER))
		expect(check, "charge of an object", list->pages + pagelist_cost(list->pages), object->charged);
	check->charged += object->charged;
	check->chunks += object->flags & OBJECT_NORESERVE ? pagelist_full_chunks(list) : 0;
	check->wired += object->wired ? list->pages : 0;
}

/* May the hardware let the page be written? Only a dirty page that no one else's private list names, and never a lower one. */
static bool may_be_writable(const struct area *area, const struct frame *frame, u32 index, pte_t entry)
{
	pte_t *own;

	if (!(area->prot & AREA_WRITE) || !(entry & PTE_D))
		return false;
	if (!(area->flags & AREA_PRIVATE))
		return true;
	own = area->upper ? pagelist_entry(&area->upper->list, index) : NULL;
	return own && entry_is_frame(*own) && frame->count == 1;
}

static void check_mapping(struct check *check, struct space *space, vaddr_t va, pte_t pte, bool shared)
{
	struct area *area = space_area(space, va);
	pte_t entry = area ? area_entry(area, area_index(area, va)) : 0;
	struct frame *frame = entry_is_frame(entry) ? frame_of(pte_pfn(entry)) : entry || (area && area->object) ? NULL : zero_frame;

	if (!area)
		fail(check, "address %x is mapped outside of any area", va);
	else if (!frame || frame_pfn(frame) != pte_pfn(pte))
		fail(check, "address %x maps frame %u, not what its object says", va, pte_pfn(pte));
	else if (!area->shown)
		fail(check, "address %x is mapped, and its area says that nothing is", va);
	else if (!area->prot || !(pte & PTE_U))
		fail(check, "address %x is mapped against its protection", va);
	else if ((pte & PTE_W) && !may_be_writable(area, frame, area_index(area, va), entry | (shared ? PTE_D : 0)))
		fail(check, "address %x is mapped writable and must not be", va);
}

/* By table, D is the hardware's business, and both levels decide about W. */
static u32 check_table(struct check *check, struct space *space, vaddr_t base, pte_t pde)
{
	u32 used = 0;

	for (vaddr_t va = base; va != base + TABLE_SPAN; va += PAGE_SIZE) {
		pte_t pte = pagetable_get(space->dir, va);

		if (!pte)
			continue;
		used++;
		if (!(pde & PTE_W))
			pte &= ~PTE_W;
		check_mapping(check, space, va, pte, pde & PTE_SHARED);
	}
	return used;
}

static u32 check_tables(struct check *check, struct space *space)
{
	u32 tables = 0;

	for (vaddr_t base = 0; base < USER_END && !check->failed; base += TABLE_SPAN) {
		pte_t pde = space->dir[base >> TABLE_SHIFT];
		u32 used;

		if (!(pde & PTE_P))
			continue;
		used = check_table(check, space, base, pde);
		if (pde & PTE_SHARED) {
			check->shared++;
			continue;
		}
		tables++;
		expect(check, "entries of a table", used, frame_of(pte_pfn(pde))->count);
	}
	return tables;
}

static void check_area(struct check *check, const struct area *area, vaddr_t prev_end)
{
	const struct tree_node *node = &area->node;
	u32 pages = area->upper && !(area->flags & AREA_NORESERVE) ? area_pages(area) : 0;

	if (area->start < prev_end || area->start >= area->end || area->end > USER_END)
		fail(check, "area %x-%x overlaps or is out of bounds", area->start, area->end);
	if (node->bound < area_gap(area) || node->bound < tree_bound(node->left) || node->bound < tree_bound(node->right))
		fail(check, "area %x-%x: its bound is below a gap", area->start, area->end);
	expect(check, "charge of an area", pages + pagelist_cost(pages), area->charged);
	check->charged += area->charged;
	check->windows += area->object != NULL;
	check->wired += area->flags & AREA_LOCKED ? area_pages(area) : 0;
	if (area->upper && area->upper->owner != area)
		fail(check, "area %x-%x does not own its private pages", area->start, area->end);
	if ((area->flags & AREA_PRIVATE) && (area->prot & AREA_WRITE) && !area->upper)
		fail(check, "area %x-%x is private and writable, and has no list", area->start, area->end);
}

static u32 check_space(struct check *check, struct space *space)
{
	u32 count = 0, pages = 0;
	vaddr_t prev_end = 0;

	for (struct area *area = space_area_from(space, 0); area && !check->failed; area = space_area_next(area)) {
		check_area(check, area, prev_end);
		if (area->start > space->full_from->start &&
		    MIN(area->start, MMAP_TOP) - MIN(prev_end, MMAP_TOP) >= space->full_size)
			fail(check, "the gap below area %x-%x is one that was passed", area->start, area->end);
		prev_end = area->end;
		count++;
		pages += area_pages(area);
	}
	expect(check, "areas of a space", count, space->area_count);
	expect(check, "pages of a space", pages, space->pages);
	return check_tables(check, space);
}

bool mm_check(char *words, size_t size)
{
	struct check check = { .words = words, .size = size };
	struct family *family;
	struct object *object;
	struct space *space;
	u32 tables = 0;

	check_frames(&check);
	list_for_each(family, &families, link)
		list_for_each(object, &family->members, family_link)
			check_object(&check, family, object);
	list_for_each(space, &spaces, link)
		tables += check_space(&check, space);
	expect(&check, "page tables", tables, frame_counts[FRAME_TABLE]);
	expect(&check, "tables shown by directories", check.shared, check.shown);
	expect(&check, "areas on the lists of objects", check.windows, check.listed);
	expect(&check, "granted pages", check.charged, account.granted);
	expect(&check, "wired pages", check.wired + check.chunks, account.wired);
	expect(&check, "frames that keep a slot", check.kept, swap.kept);
	expect(&check, "references to slots", check.slots + check.kept, swap_references());
	return !check.failed;
}
