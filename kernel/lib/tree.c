/*
 * Trees balanced by chance, like zip trees (Tarjan, Levy, Timmel 2019): a node draws its rank as it comes, above 0 one time in 4, above
 * 1 one time in 16 and so on, so that the depth is logarithmic whatever comes and goes, and most nodes come and go as leaves.
 * Invariants: no rank is above that of the parent; no bound is below that of a child.
 */
#include "kernel/lib/tree.h"

/* Lift a node above its parent, whose bound it takes over: it stands for the same subtree now. */
static NOINLINE void rotate_up(struct tree_node *node)
{
	struct tree_node *parent = node->parent;
	bool side = parent->right == node;
	struct tree_node *moved = node->child[!side];

	tree_replace(parent, node);
	parent->child[side] = moved;
	if (moved)
		moved->parent = parent;
	node->child[!side] = parent;
	parent->parent = node;
	node->bound = parent->bound;
}

void tree_insert(struct tree_node *node, struct tree_node *next)
{
	static u32 random;
	struct tree_node *prev = next->prev;

	node->left = node->right = NULL;
	node->parent = next->left ? prev : next;
	if (next->left) /* then the one before it has no right child */
		prev->right = node;
	else
		next->left = node;
	node->next = next;
	node->prev = prev;
	prev->next = next->prev = node;
	random = random * 1664525 + 1013904223; /* Knuth, Lewis: its high bits are the good ones */
	node->rank = __builtin_clz(random | 1) / 2;
	node->bound = 0;
	while (node->parent->rank < node->rank)
		rotate_up(node);
}

void tree_sink(struct tree_node *node)
{
	while (node->left && node->right)
		rotate_up(node->child[node->right->rank > node->left->rank]);
}
