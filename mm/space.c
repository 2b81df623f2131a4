/*
 * Spaces: the tree of areas and its gaps.
 *
 *          prev            area
 *   ──┤▒▒▒▒▒▒▒▒▒├───────┤▒▒▒▒▒▒▒├──      area->gap = area->start - prev->end (the first: its start)
 *                  gap
 *
 * Invariants: areas do not overlap; no gap is above the bound of a node over it; area_count and pages sum up the areas.
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
	return (struct area *)node;
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
	struct area *area, *next;

	if (--space->refs)
		return;
	if (space->dir == pagetable_loaded())
		pagetable_load(pagetable_kernel());
	for (area = area_at(space->areas.first); area; area = next) {
		next = space_area_next(area);
		area_hide(area);
		area_close(area);
		area_free(area);
	}
	list_remove(&space->link);
	pagetable_destroy(space->dir);
	kfree(space);
}

static bool is_inside(const struct area *area, vaddr_t va)
{
	return va >= area->start && va < area->end;
}

struct area *space_area_from(struct space *space, vaddr_t va)
{
	struct area *area, *found = space->last_found;

	if (found && is_inside(found, va))
		return found;
	found = NULL;
	for (area = area_at(space->areas.root); area; area = area_at(area->node.child[va >= area->end]))
		if (va < area->end)
			found = area;
	if (found && va >= found->start)
		space->last_found = found;
	return found;
}

struct area *space_find_area(struct space *space, vaddr_t va)
{
	struct area *area = space_area_from(space, va);

	return area && is_inside(area, va) ? area : NULL;
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

void space_link(struct space *space, struct area *area, struct area *next)
{
	const struct area *prev;

	tree_insert(&space->areas, &area->node, next ? &next->node : NULL);
	prev = space_area_prev(area);
	area->gap = area->start - (prev ? prev->end : 0);
	tree_raise(&area->node, area->gap);
	if (next)
		next->gap = next->start - area->end;
	unshare_ends(area);
	space->last_found = area;
	space->area_count++;
	space->pages += area_pages(area);
}

void space_unlink(struct area *area)
{
	struct space *space = area->space;
	struct area *next = space_area_next(area);

	tree_remove(&space->areas, &area->node);
	if (next) {
		next->gap += area->gap + (area->end - area->start);
		tree_raise(&next->node, next->gap);
	}
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
	if (next)
		next->gap -= end - old_end;
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

/* A search for the highest gap of `size` bytes that end at or below `top`, and what it has found. */
struct gap_search {
	vaddr_t size, top;
	vaddr_t place;               /* 0: there is none */
	struct area *next;           /* the area above, or NULL */
};

static bool fits(struct gap_search *search, vaddr_t bottom, vaddr_t end)
{
	bottom = MAX(bottom, MMAP_MIN_ADDR);
	end = MIN(end, search->top);
	if (end < bottom || end - bottom < search->size)
		return false;
	search->place = end - search->size;
	return true;
}

/* Search the gaps of a subtree that may have one. If it has none, it learns its bound as it is seen to be. */
static bool find_in_subtree(struct tree_node *node, struct gap_search *search)
{
	struct area *area = area_at(node);

	if (tree_bound(node->right) >= search->size && area->start < search->top && find_in_subtree(node->right, search))
		return true;
	if (area->gap >= search->size && fits(search, area->start - area->gap, area->start)) {
		search->next = area;
		return true;
	}
	if (tree_bound(node->left) >= search->size && find_in_subtree(node->left, search))
		return true;
	node->bound = MAX(area->gap, MAX(tree_bound(node->left), tree_bound(node->right)));
	return false;
}

static bool find_below(const struct space *space, struct gap_search *search)
{
	const struct area *last = area_at(space->areas.last);

	return fits(search, last ? last->end : 0, USER_END) ||
	       (tree_bound(space->areas.root) >= search->size && find_in_subtree(space->areas.root, search));
}

vaddr_t space_find_place(const struct space *space, u32 pages, struct area **next)
{
	struct gap_search search = { .size = pages * PAGE_SIZE, .top = MMAP_TOP };

	if (pages > USER_PAGES)
		return 0;
	if (!find_below(space, &search)) {
		search.top = USER_END;
		find_below(space, &search);
	}
	if (next)
		*next = search.next;
	return search.place;
}

vaddr_t space_find_aligned_place(const struct space *space, u32 pages, struct area **next)
{
	vaddr_t place = space_find_place(space, pages + TABLE_ENTRIES - 1, next);

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

/* Copy an area below `parent`, on a side that is free. What the tree knows of the original holds for the copy. */
static int fork_area(struct tree_node *from, struct space *child, struct tree_node *parent, bool side)
{
	struct area *clone;

	if (area_clone(area_at(from), child, &clone))
		return -ENOMEM;
	tree_hang(&child->areas, &clone->node, parent, side);
	clone->node.red = from->red;
	clone->node.bound = from->bound;
	child->area_count++;
	child->pages += area_pages(clone);
	area_open(clone);
	return 0;
}

/* Copy the areas as their tree has them: each after the one above it, what is on its left before what is on its right. */
static int fork_areas(const struct space *parent, struct space *child)
{
	struct tree_node *from = parent->areas.root, *to;

	if (from && fork_area(from, child, NULL, 0))
		return -ENOMEM;
	for (to = child->areas.root; from;) {
		bool side = !from->left || to->left;

		if (!from->child[side] || to->child[side]) {
			from = from->parent;
			to = to->parent;
			continue;
		}
		from = from->child[side];
		if (fork_area(from, child, to, side))
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
