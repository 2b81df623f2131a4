/*
 * Spaces: the tree of areas and its gaps.
 *
 *          before           area
 *   ──┤▒▒▒▒▒▒▒▒▒├───────┤▒▒▒▒▒▒▒├──      area_gap(area) = area->start - before->end (the first: its start)
 *                  gap
 *
 * Invariants: areas do not overlap; no gap is above the bound of a node over it; area_count and pages sum up the areas.
 * The free room above the last area is the border's gap.
 */
#include "mm/space.h"
#include "mm/account.h"
#include "mm/kmalloc.h"
#include "mm/reclaim.h"

struct list spaces = LIST_INIT(spaces);

/* The node is an area's first member, so NULL stays NULL. */
static struct area *area_at(const struct tree_node *node) { return (struct area *)node; }

struct space *space_create(void)
{
	struct space *space = kmalloc(sizeof(*space));

	if (!space)
		return NULL;
	*space = (struct space){
		.refs = 1,
		.border = { .node = TREE_HEAD(space->border.node), .start = USER_END },
		.last_found = &space->border,
		.full_from = &space->border,
		.full_size = UINT32_MAX,
		.dir = pagetable_create(),
		.limits = { UINT32_MAX, UINT32_MAX, UINT32_MAX },
	};
	if (!space->dir) {
		kfree(space);
		return NULL;
	}
	list_push_back(&spaces, &space->link);
	return space;
}

void space_ref(struct space *space) { space->refs++; }

void space_unref(struct space *space)
{
	struct area *area, *next;

	if (--space->refs)
		return;
	if (space->dir == pagetable_loaded())
		pagetable_load(pagetable_kernel());
	for (area = area_after(&space->border); area != &space->border; area = next) {
		next = area_after(area);
		area_hide(area);
		area_close(area);
		area_free(area);
	}
	list_remove(&space->link);
	pagetable_destroy(space->dir);
	kfree(space);
}

struct area *space_search_or_border(struct space *space, vaddr_t va)
{
	struct area *area, *found = &space->border;

	for (area = area_at(found->node.left); area; area = area_at(area->node.child[va >= area->end]))
		if (va < area->end)
			found = area;
	if (va >= found->start)
		space->last_found = found;
	return found;
}

struct area *space_search(struct space *space, vaddr_t va)
{
	struct area *area = space_search_or_border(space, va);

	return area_contains(area, va) ? area : NULL;
}

/*
 * The area has come to lie where it lies. What a neighbour shows by table in the 4 MiB of its ends must go: by table, all of them are
 * the neighbour's. (What an area itself shows by table goes with pagetable_clear().)
 */
static inline void unshare_ends(const struct area *area)
{
	pte_t *dir = area->space->dir;

	if (unlikely(pagetable_is_shared(dir, area->start)))
		pagetable_unshare(dir, area->start);
	if (unlikely(pagetable_is_shared(dir, area->end - 1)))
		pagetable_unshare(dir, area->end - 1);
}

void space_link(struct area *area, struct area *next)
{
	struct space *space = area->space;

	tree_insert(&area->node, &next->node);
	tree_raise(&area->node, area_gap(area));
	unshare_ends(area);
	space->last_found = area;
	space->area_count++;
	space->pages += area_pages(area);
}

static inline void unlink(struct area *area)
{
	struct space *space = area->space;
	struct area *next = area_after(area);

	tree_remove(&area->node);
	tree_raise(&next->node, area_gap(next));
	space->last_found = &space->border;
	if (area->start >= space->full_from->start)
		space->full_from = next;
	space->area_count--;
	space->pages -= area_pages(area);
}

void space_unlink(struct area *area) { unlink(area); }

void space_remove(struct area *area)
{
	area_hide(area);
	unlink(area);
	area_close(area);
	area_free(area);
}

int space_grow_area(struct area *area, vaddr_t start, vaddr_t end)
{
	struct space *space = area->space;
	u32 before = area_pages(area);

	if (space_over_limit(space, ((end - start) >> PAGE_SHIFT) - before))
		return -ENOMEM;
	if (area_grow(area, start, end))
		return -ENOMEM;
	unshare_ends(area);
	space->pages += area_pages(area) - before;
	return 0;
}

int space_grow_stack(struct space *space, struct area *stack, vaddr_t va)
{
	const struct area *below = area_before(stack);
	vaddr_t start = page_floor(va);

	if ((stack->end - start) >> PAGE_SHIFT > space->limits.stack)
		return -ENOMEM;
	if (start < MMAP_MIN_ADDR || (below->prot && start - below->end < STACK_GAP))
		return -ENOMEM;
	return space_grow_area(stack, start, stack->end);
}

/* The highest place in the gap below an area, ending at or below `top`; 0: none. */
static vaddr_t place_in_gap(const struct area *area, vaddr_t size, vaddr_t top)
{
	vaddr_t bottom = MAX(area_before(area)->end, MMAP_MIN_ADDR), end = MIN(area->start, top);

	return end >= size && end - size >= bottom ? end - size : 0;
}

/* The node with the next gap of `size` bytes below that of `node`; NULL: there is none. Bounds it passes become what they are seen to be. */
static NOINLINE struct tree_node *next_gap(struct tree_node *node, vaddr_t size)
{
	struct tree_node *from;

	do {
		if (tree_bound(node->left) >= size) {
			for (node = node->left; tree_bound(node->right) >= size;)
				node = node->right;
			continue;
		}
		do {
			node->bound = MAX(area_gap(area_at(node)), MAX(tree_bound(node->left), tree_bound(node->right)));
			from = node;
			node = node->parent;
			if (node->parent == node)
				return NULL; /* the border */
		} while (node->right != from);
	} while (area_gap(area_at(node)) < size);
	return node;
}

/* The highest place below an area, ending at or below `top`; *next is the area that it lies below. */
static inline vaddr_t find_below(struct area *area, vaddr_t size, vaddr_t top, struct area **next)
{
	vaddr_t place;

	while (!(place = place_in_gap(area, size, top)) && (area = area_at(next_gap(&area->node, size))))
		;
	*next = area;
	return place;
}

/* The same below MMAP_TOP. A gap that was too small for as much will be so until something above the last place is unmapped. */
static inline vaddr_t find_below_top(struct space *space, vaddr_t size, struct area **next)
{
	struct area *from = size >= space->full_size ? space->full_from : space_area_or_border(space, MMAP_TOP);
	vaddr_t place = find_below(from, size, MMAP_TOP, next);

	if (place) {
		space->full_from = *next;
		space->full_size = size;
	}
	return place;
}

vaddr_t space_find_place(struct space *space, u32 pages, struct area **next)
{
	struct area *above;
	vaddr_t place = find_below_top(space, pages * PAGE_SIZE, &above);

	if (!place)
		place = find_below(&space->border, pages * PAGE_SIZE, USER_END, &above);
	if (next)
		*next = above;
	return place;
}

vaddr_t space_find_aligned_place(struct space *space, u32 pages, struct area **next)
{
	vaddr_t place = find_below_top(space, (pages + TABLE_ENTRIES - 1) * PAGE_SIZE, next);

	return place ? (place + TABLE_SPAN - 1) & ~(TABLE_SPAN - 1) : space_find_place(space, pages, next);
}

/* Frames for what the copies of the areas are made of; 0: there are as many as it can take at most. */
static u32 fork_frames(struct space *space)
{
	u32 bytes = 0;

	if (!reclaim_is_due(2 * space->area_count + space->pages / (TABLE_ENTRIES / 2)))
		return 0;
	for (struct area *area = space_area_from(space, 0); area; area = space_area_next(area))
		bytes += sizeof(*area) + (area->upper ? object_clone_size(area->upper) : 0);
	return bytes / PAGE_SIZE;
}

/* What the tree of the originals knows holds for the copies. -ENOMEM: those that were made are in the child. */
static int fork_areas(struct space *parent, struct space *child)
{
	struct area *area, *clone;
	u32 charge = 0;            /* of those still to be made */

	for (area = area_after(&parent->border); area != &parent->border; area = area_after(area))
		charge += area->charged;
	if (account_charge(charge))
		return -ENOMEM;
	for (area = area_after(&parent->border); area != &parent->border; area = area_after(area)) {
		clone = area_clone(area, child);
		if (!clone) {
			account_uncharge(charge);
			return -ENOMEM;
		}
		charge -= area->charged;
		tree_append_copy(&child->border.node, &area->node, &clone->node);
		area_open(clone);
	}
	tree_copy_left(&parent->border.node, &child->border.node);
	child->area_count = parent->area_count;
	child->pages = parent->pages;
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
