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

	return parent ? &parent->child[parent->right == node] : &tree->root;
}

/* Lift a node above its parent; whose value is to be recomputed, if it stays. */
static void rotate_up(struct tree *tree, struct tree_node *node)
{
	struct tree_node *parent = node->parent;
	bool side = parent->right == node;
	struct tree_node *moved = node->child[!side];

	*link_to(tree, parent) = node;
	parent->child[side] = moved;
	node->child[!side] = parent;
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

/* The last node of a subtree on that side; NULL: it is empty. */
static struct tree_node *outermost(struct tree_node *node, bool side)
{
	while (node && node->child[side])
		node = node->child[side];
	return node;
}

struct tree_node *tree_first(const struct tree *tree)
{
	return outermost(tree->root, 0);
}

struct tree_node *tree_last(const struct tree *tree)
{
	return outermost(tree->root, 1);
}

static struct tree_node *neighbour(const struct tree_node *node, bool side)
{
	if (node->child[side])
		return outermost(node->child[side], !side);
	while (node->parent && node->parent->child[side] == node)
		node = node->parent;
	return node->parent;
}

struct tree_node *tree_next(const struct tree_node *node)
{
	return neighbour(node, 1);
}

struct tree_node *tree_prev(const struct tree_node *node)
{
	return neighbour(node, 0);
}
