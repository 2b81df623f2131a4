/*
 * Red-black trees. Invariants: a red node has a black parent; every way down from the root to a missing child passes the same number
 * of black nodes; no bound is below that of a child.
 */
#include "kernel/lib/tree.h"

static bool is_red(const struct tree_node *node)
{
	return node && node->red;
}

static bool side_of(const struct tree_node *node)
{
	return node->parent->right == node;
}

/* Let `node` (or nothing) hang where `old` hangs. */
static void replace(struct tree *tree, const struct tree_node *old, struct tree_node *node)
{
	*(old->parent ? &old->parent->child[side_of(old)] : &tree->root) = node;
	if (node)
		node->parent = old->parent;
}

/* Lift a node above its parent, whose colour and bound it takes over: it stands for the same subtree now. */
static void rotate_up(struct tree *tree, struct tree_node *node)
{
	struct tree_node *parent = node->parent;
	bool side = side_of(node), red = node->red;
	struct tree_node *moved = node->child[!side];

	replace(tree, parent, node);
	parent->child[side] = moved;
	if (moved)
		moved->parent = parent;
	node->child[!side] = parent;
	parent->parent = node;
	node->red = parent->red;
	node->bound = parent->bound;
	parent->red = red;
}

/* The node is red, and its parent may be. */
static void insert_balance(struct tree *tree, struct tree_node *node)
{
	while (is_red(node->parent)) {
		struct tree_node *parent = node->parent, *above = parent->parent;
		bool side = side_of(parent);

		if (!is_red(above->child[!side])) {
			if (side_of(node) != side)
				rotate_up(tree, node);
			rotate_up(tree, above->child[side]);
			return;
		}
		above->left->red = above->right->red = false;
		above->red = above->parent != NULL;
		node = above;
	}
}

void tree_hang(struct tree *tree, struct tree_node *node, struct tree_node *parent, bool side)
{
	node->left = node->right = NULL;
	node->parent = parent;
	*(parent ? &parent->child[side] : &tree->root) = node;
	node->prev = parent && !side ? parent->prev : parent;
	node->next = parent && side ? parent->next : parent;
	*(node->prev ? &node->prev->next : &tree->first) = node;
	*(node->next ? &node->next->prev : &tree->last) = node;
}

void tree_insert(struct tree *tree, struct tree_node *node, struct tree_node *next)
{
	/* of two neighbours, one has no child on the side of the other */
	if (next && !next->left)
		tree_hang(tree, node, next, 0);
	else
		tree_hang(tree, node, next ? next->prev : tree->last, 1);
	node->red = node->parent != NULL;
	node->bound = 0;
	insert_balance(tree, node);
}

/* Every way down through `node`, which may be missing, lacks a black one. */
static void remove_balance(struct tree *tree, struct tree_node *node, struct tree_node *parent)
{
	while (parent && !is_red(node)) {
		bool side = parent->right == node;
		struct tree_node *sibling = parent->child[!side];

		if (sibling->red) {
			rotate_up(tree, sibling);
			sibling = parent->child[!side];
		}
		if (is_red(sibling->left) || is_red(sibling->right)) {
			if (!is_red(sibling->child[!side]))
				rotate_up(tree, sibling->child[side]);
			rotate_up(tree, parent->child[!side]);
			parent->parent->child[!side]->red = false;
			return;
		}
		sibling->red = true;
		node = parent;
		parent = node->parent;
	}
	if (node)
		node->red = false;
}

/* Let a node take another one's place, colour and bound. */
static void take_place(struct tree *tree, struct tree_node *node, const struct tree_node *old)
{
	replace(tree, old, node);
	node->left = old->left;
	node->right = old->right;
	if (node->left)
		node->left->parent = node;
	if (node->right)
		node->right->parent = node;
	node->red = old->red;
	node->bound = old->bound;
}

void tree_remove(struct tree *tree, struct tree_node *node)
{
	/* a node between two children leaves its place to the next one, which has no left child */
	struct tree_node *leaves = node->left && node->right ? node->next : node;
	struct tree_node *child = leaves->left ? leaves->left : leaves->right, *parent = leaves->parent;
	bool was_red = leaves->red;

	*(node->prev ? &node->prev->next : &tree->first) = node->next;
	*(node->next ? &node->next->prev : &tree->last) = node->prev;
	replace(tree, leaves, child);
	if (leaves != node) {
		take_place(tree, leaves, node);
		parent = parent == node ? leaves : parent;
	}
	if (!was_red)
		remove_balance(tree, child, parent);
}
