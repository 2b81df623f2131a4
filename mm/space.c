/*
 * Spaces: the tree of areas and its gaps.
 *
 *          prev            area
 *   ──┤▒▒▒▒▒▒▒▒▒├───────┤▒▒▒▒▒▒▒├──      area->gap = area->start - prev->end (the first: its start)
 *                  gap
 *
 * Invariants: areas do not overlap; every node's max_gap is the largest gap of its subtree; area_count and pages sum up the areas.
 * The free room above the last area is no node's gap and is looked at by itself.
 */
#include "mm/space.h"
#include "kernel/lib/errno.h"
#include "kernel/panic.h"
#include "mm/kmalloc.h"
#include "mm/object.h"
#include "mm/reclaim.h"

#define MMAP_TOP 0xB8000000u     /* the kernel's choice ends here first, to leave the stack room, as on Linux */

struct list spaces = LIST_INIT(spaces);

/* The node is an area's first member, so NULL stays NULL. */
static struct area *area_at(const struct tree_node *node)
{
	_Static_assert(offsetof(struct area, node) == 0, "areas begin with their node");
	return (struct area *)node;
}

static bool update_gaps(struct tree_node *node)
{
	struct area *area = area_at(node);
	vaddr_t largest = area->gap;

	if (node->left)
		largest = MAX(largest, area_at(node->left)->max_gap);
	if (node->right)
		largest = MAX(largest, area_at(node->right)->max_gap);
	if (area->max_gap == largest)
		return false;
	area->max_gap = largest;
	return true;
}

struct space *space_create(void)
{
	struct space *space = kzalloc(sizeof(*space));

	if (!space)
		return NULL;
	space->dir = pagetable_create();
	if (!space->dir) {
		kfree(space);
		return NULL;
	}
	space->refs = 1;
	space->areas.update = update_gaps;
	space->limits = (struct space_limits){ UINT32_MAX, UINT32_MAX, UINT32_MAX };
	list_push_back(&spaces, &space->link);
	return space;
}

void space_ref(struct space *space)
{
	space->refs++;
}

void space_unref(struct space *space)
{
	struct area *area;

	if (--space->refs)
		return;
	if (space->dir == pagetable_loaded())
		pagetable_load(pagetable_kernel());
	while ((area = area_at(tree_take_leaf(&space->areas)))) {
		area_hide(area);
		area_close(area);
		area_free(area);
	}
	list_remove(&space->link);
	pagetable_destroy(space->dir);
	kfree(space);
}

struct area *space_area_from(struct space *space, vaddr_t va)
{
	struct area *found = NULL;

	for (struct tree_node *node = space->areas.root; node;) {
		struct area *area = area_at(node);

		if (area->end > va) {
			found = area;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return found;
}

struct area *space_area(struct space *space, vaddr_t va)
{
	struct area *area = space->last_found;

	if (!area || va < area->start || va >= area->end) {
		area = space_area_from(space, va);
		if (!area || va < area->start)
			return NULL;
		space->last_found = area;
	}
	return area;
}

struct area *space_area_next(const struct area *area)
{
	return area_at(tree_next(&area->node));
}

struct area *space_area_prev(const struct area *area)
{
	return area_at(tree_prev(&area->node));
}

/*
 * The area has come to lie where it lies. What a neighbour shows by table in the 4 MiB of its ends must go: by table, all of them are
 * the neighbour's. (What an area itself shows by table goes with pagetable_clear().)
 */
static void unshare_ends(struct area *area)
{
	pte_t *dir = area->space->dir;

	if (pagetable_is_shared(dir, area->start))
		pagetable_unshare(dir, area->start);
	if (pagetable_is_shared(dir, area->end - 1))
		pagetable_unshare(dir, area->end - 1);
}

void space_link(struct space *space, struct area *area)
{
	struct tree_node **link = &space->areas.root, *parent = NULL;
	struct area *prev = NULL, *next = NULL;

	while (*link) {
		parent = *link;
		if (area->start < area_at(parent)->start) {
			next = area_at(parent);
			link = &parent->left;
		} else {
			prev = area_at(parent);
			link = &parent->right;
		}
	}
	area->gap = area->start - (prev ? prev->end : 0);
	if (next)
		next->gap = next->start - area->end;
	tree_insert(&space->areas, &area->node, parent, link);
	if (next)
		tree_changed(&space->areas, &next->node);
	unshare_ends(area);
	space->area_count++;
	space->pages += area_pages(area);
}

void space_unlink(struct area *area)
{
	struct space *space = area->space;
	struct area *next = space_area_next(area);

	if (next)
		next->gap += area->gap + (area->end - area->start);
	tree_remove(&space->areas, &area->node);
	if (next)
		tree_changed(&space->areas, &next->node);
	space->last_found = NULL;
	space->area_count--;
	space->pages -= area_pages(area);
}

bool space_over_limit(const struct space *space, u32 pages)
{
	return pages > USER_PAGES || space->pages + pages > space->limits.pages;
}

int space_grow_area(struct area *area, vaddr_t start, vaddr_t end)
{
	struct space *space = area->space;
	struct area *next = space_area_next(area);
	vaddr_t old_start = area->start, old_end = area->end;
	u32 before = area_pages(area);

	if (space_over_limit(space, ((end - start) >> PAGE_SHIFT) - before))
		return -ENOMEM;
	if (area_grow(area, start, end))
		return -ENOMEM;
	unshare_ends(area);
	space->pages += area_pages(area) - before;
	area->gap -= old_start - start;
	tree_changed(&space->areas, &area->node);
	if (next) {
		next->gap -= end - old_end;
		tree_changed(&space->areas, &next->node);
	}
	return 0;
}

int space_grow_stack(struct space *space, struct area *stack, vaddr_t va)
{
	struct area *below = space_area_prev(stack);
	vaddr_t start = page_floor(va);

	if ((stack->end - start) >> PAGE_SHIFT > space->limits.stack)
		return -ENOMEM;
	if (start < MMAP_MIN_ADDR || (below && below->prot && start - below->end < STACK_GAP))
		return -ENOMEM;
	return space_grow_area(stack, start, stack->end);
}

/*
 * The highest place for `size` bytes in the gaps of a subtree that ends at or below `top`; 0: none. Goes down on the left by itself,
 * and on the right only where a gap that may do is known to be.
 */
static vaddr_t highest_gap(const struct tree_node *node, vaddr_t size, vaddr_t top)
{
	while (node && area_at(node)->max_gap >= size) {
		const struct area *area = area_at(node);
		vaddr_t bottom = MAX(area->start - area->gap, MMAP_MIN_ADDR), end = MIN(area->start, top), place;

		if (area->start < top && (place = highest_gap(node->right, size, top)))
			return place;
		if (bottom < end && end - bottom >= size)
			return end - size;
		node = node->left;
	}
	return 0;
}

static vaddr_t find_below(const struct space *space, vaddr_t size, vaddr_t top)
{
	const struct area *last = area_at(tree_last(&space->areas));
	vaddr_t bottom = MAX(last ? last->end : 0, MMAP_MIN_ADDR);

	if (bottom < top && top - bottom >= size)
		return top - size;
	return highest_gap(space->areas.root, size, top);
}

vaddr_t space_find_gap(const struct space *space, u32 pages)
{
	vaddr_t size = pages * PAGE_SIZE, place;

	if (pages > USER_PAGES)
		return 0;
	place = find_below(space, size, MMAP_TOP);
	return place ? place : find_below(space, size, USER_END);
}

vaddr_t space_find_aligned_gap(const struct space *space, u32 pages)
{
	vaddr_t place = space_find_gap(space, pages + TABLE_ENTRIES - 1);

	return place ? (place + TABLE_SPAN - 1) & ~(TABLE_SPAN - 1) : space_find_gap(space, pages);
}

/* Frames for what the copies of the areas are made of. */
static u32 fork_frames(struct space *space)
{
	u32 bytes = 0;

	for (struct area *area = space_area_from(space, 0); area; area = space_area_next(area))
		bytes += sizeof(*area) + (area->upper ? object_clone_size(area->upper) : 0);
	return bytes / PAGE_SIZE;
}

/* Copy an area to *link, a free place below `parent`. What the tree knows of the original holds for the copy. */
static int fork_area(struct tree_node *from, struct space *child, struct tree_node *parent, struct tree_node **link)
{
	struct area *clone;

	if (area_clone(area_at(from), child, &clone))
		return -ENOMEM;
	clone->node = (struct tree_node){ .parent = parent, .priority = from->priority };
	*link = &clone->node;
	child->area_count++;
	child->pages += area_pages(clone);
	area_open(clone);
	return 0;
}

/* Copy the areas as their tree has them: each after the one above it, what is on its left before what is on its right. */
static int fork_areas(const struct space *parent, struct space *child)
{
	struct tree_node *from = parent->areas.root, *to;

	if (from && fork_area(from, child, NULL, &child->areas.root))
		return -ENOMEM;
	for (to = child->areas.root; from;) {
		bool side = !from->left || to->left;

		if (!from->child[side] || to->child[side]) {
			from = from->parent;
			to = to->parent;
			continue;
		}
		from = from->child[side];
		if (fork_area(from, child, to, &to->child[side]))
			return -ENOMEM;
		to = to->child[side];
	}
	return 0;
}

int space_fork(struct space *parent, struct space **out)
{
	struct space *child;
	int error;

	reclaim_make_room_for(fork_frames(parent)); /* from here on nothing sleeps */
	child = space_create();
	if (!child)
		return -ENOMEM;
	error = fork_areas(parent, child);
	pagetable_flush(parent->dir);
	if (error) {
		space_unref(child);
		return error;
	}
	child->image = parent->image;
	child->limits = parent->limits;
	*out = child;
	return 0;
}

u32 space_resident(const struct space *space)
{
	return pagetable_present(space->dir);
}
