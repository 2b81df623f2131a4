/* Tests of kernel/lib/tree: shape, order and bounds after every kind of change. */
#include "kernel/lib/tree.h"
#include "kernel/tests/ktest.h"

#define NODES 200u
#define DEPTH_MAX 30u     /* 4 log2 of that: the ranks are the same in every run */

static struct tree_node tree = TREE_HEAD(tree);
static struct tree_node nodes[NODES];        /* in order by address */
static bool linked[NODES];

/* Nodes on the longest way down, or more than NODES: a rank, a bound or a parent is wrong. */
static u32 depth(const struct tree_node *node)
{
	u32 below[2];

	if (!node)
		return 0;
	for (u32 side = 0; side < 2; side++) {
		const struct tree_node *child = node->child[side];

		below[side] = depth(child);
		if (child && (child->parent != node || child->rank > node->rank || child->bound > node->bound))
			return NODES + 1;
	}
	return MAX(below[0], below[1]) + 1;
}

/* Are exactly the linked nodes there, in order, each under bounds that hold its number? */
static bool tree_is_right(void)
{
	struct tree_node *node = tree.next, *prev = &tree;

	for (u32 i = 0; i < NODES; i++) {
		if (!linked[i])
			continue;
		if (node != &nodes[i] || node->prev != prev || node->bound < i)
			return false;
		prev = node;
		node = node->next;
	}
	return node == &tree && tree.prev == prev && depth(tree.left) <= DEPTH_MAX;
}

static void toggle(u32 i)
{
	u32 next = i + 1;

	if (linked[i]) {
		tree_remove(&nodes[i]);
	} else {
		while (next < NODES && !linked[next])
			next++;
		tree_insert(&nodes[i], next < NODES ? &nodes[next] : &tree);
		tree_raise(&nodes[i], i);
	}
	linked[i] = !linked[i];
}

/* Verifies that a tree stays balanced, in order and bounded when nodes come and go in ascending, descending and random order. */
KTEST(tree_keeps_balance_order_and_bounds)
{
	u32 random = 1;

	for (u32 i = 0; i < NODES; i++)
		toggle(i);
	KCHECK(tree_is_right());
	for (u32 i = 0; i < NODES; i++)
		toggle(i);
	KCHECK(tree_is_right() && !tree.left);
	for (u32 i = NODES; i-- > 0;)
		toggle(i);
	KCHECK(tree_is_right());
	for (u32 i = 0; i < 3000; i++) {
		random = random * 1664525 + 1013904223;
		toggle((random >> 16) % NODES);
		KCHECK(tree_is_right());
	}
}
