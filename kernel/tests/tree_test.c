/* Tests of kernel/lib/tree: shape, order and bounds after every kind of change. */
#include "kernel/ktest.h"
#include "kernel/lib/tree.h"

#define NODES 200u

static struct tree tree;
static struct tree_node nodes[NODES];        /* in order by address */
static bool linked[NODES];

/* Black nodes on every way down; -1: not the same on all, or a red node has a red child, or a bound or a parent is wrong. */
static int black_height(const struct tree_node *node)
{
	int left, right;

	if (!node)
		return 0;
	left = black_height(node->left);
	right = black_height(node->right);
	for (u32 side = 0; side < 2; side++) {
		const struct tree_node *child = node->child[side];

		if (child && (child->parent != node || (node->red && child->red) || child->bound > node->bound))
			return -1;
	}
	return left < 0 || left != right ? -1 : left + !node->red;
}

/* Are exactly the linked nodes there, in order, each under bounds that hold its number? */
static bool tree_is_right(void)
{
	struct tree_node *node = tree.first, *prev = NULL;

	for (u32 i = 0; i < NODES; i++) {
		if (!linked[i])
			continue;
		if (node != &nodes[i] || node->prev != prev || node->bound < i)
			return false;
		prev = node;
		node = node->next;
	}
	return !node && tree.last == prev && black_height(tree.root) >= 0;
}

static void toggle(u32 i)
{
	u32 next = i + 1;

	if (linked[i]) {
		tree_remove(&tree, &nodes[i]);
	} else {
		while (next < NODES && !linked[next])
			next++;
		tree_insert(&tree, &nodes[i], next < NODES ? &nodes[next] : NULL);
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
	KCHECK(tree_is_right() && !tree.root);
	for (u32 i = NODES; i-- > 0;)
		toggle(i);
	KCHECK(tree_is_right());
	for (u32 i = 0; i < 3000; i++) {
		random = random * 1664525 + 1013904223;
		toggle((random >> 16) % NODES);
		KCHECK(tree_is_right());
	}
}
