/* Treaps. A rotation keeps the order; inserting rotates a node up to its priority, removing rotates it down to a leaf. */
#include "kernel/lib/tree.h"

static u32 random_priority(void)
{
	static u32 state = 2463534242u; /* Marsaglia's xorshift32 */

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static struct tree_node **link_to(struct tree *tree, struct tree_node *node)
{
	struct tree_node *parent = node->parent;

	if (!parent)
		return &tree->root;
	return parent->left == node ? &parent->left : &parent->right;
}

/* Lift a node above its parent; whose value is to be recomputed, if it stays. */
static void rotate_up(struct tree *tree, struct tree_node *node)
{
	struct tree_node *parent = node->parent, *moved;

	*link_to(tree, parent) = node;
	if (parent->left == node) {
		moved = node->right;
		parent->left = moved;
		node->right = parent;
	} else {
		moved = node->left;
		parent->right = moved;
		node->left = parent;
	}
	if (moved)
		moved->parent = parent;
	node->parent = parent->parent;
	parent->parent = node;
}

void tree_changed(struct tree *tree, struct tree_node *node)
{
	while (node && tree->update(node))
		node = node->parent;
}

void tree_insert(struct tree *tree, struct tree_node *node, struct tree_node *parent, struct tree_node **link)
{
	*node = (struct tree_node){ .parent = parent, .priority = random_priority() };
	*link = node;
	while (node->parent && node->parent->priority < node->priority) {
		parent = node->parent;
		rotate_up(tree, node);
		tree->update(parent);
	}
	tree->update(node);
	tree_changed(tree, node->parent);
}

/* What was lifted above the node stands for other subtrees than before; only from the node's old parent on, no change is no news. */
void tree_remove(struct tree *tree, struct tree_node *node)
{
	struct tree_node *old_parent = node->parent, *child, *above;

	while (node->left && node->right)
		rotate_up(tree, node->left->priority > node->right->priority ? node->left : node->right);
	child = node->left ? node->left : node->right;
	*link_to(tree, node) = child;
	if (child)
		child->parent = node->parent;
	for (above = node->parent; above != old_parent; above = above->parent)
		tree->update(above);
	tree_changed(tree, old_parent);
}

struct tree_node *tree_take_leaf(struct tree *tree)
{
	struct tree_node *node = tree->root;

	while (node && (node->left || node->right))
		node = node->left ? node->left : node->right;
	if (node)
		*link_to(tree, node) = NULL;
	return node;
}

struct tree_node *tree_first(const struct tree *tree)
{
	struct tree_node *node = tree->root;

	while (node && node->left)
		node = node->left;
	return node;
}

struct tree_node *tree_last(const struct tree *tree)
{
	struct tree_node *node = tree->root;

	while (node && node->right)
		node = node->right;
	return node;
}

struct tree_node *tree_next(const struct tree_node *node)
{
	if (node->right) {
		node = node->right;
		while (node->left)
			node = node->left;
		return (struct tree_node *)node;
	}
	while (node->parent && node->parent->right == node)
		node = node->parent;
	return node->parent;
}

struct tree_node *tree_prev(const struct tree_node *node)
{
	if (node->left) {
		node = node->left;
		while (node->right)
			node = node->right;
		return (struct tree_node *)node;
	}
	while (node->parent && node->parent->left == node)
		node = node->parent;
	return node->parent;
}
