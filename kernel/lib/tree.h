/*
 * Intrusive balanced binary trees, threaded in order. A tree hangs on a head, a node that stands before all others and after them: the
 * root is its left child, the first node its next one, the last its previous one, and it is its own parent.
 *
 * The user descends by itself, so it chooses what orders the tree. A node can carry a bound: at least the largest of the values that the
 * user sees in its subtree. The tree raises bounds when told and never lowers one; a user that finds one too high may set it to what it
 * sees.
 */
#pragma once

#include "kernel/lib/types.h"

struct tree_node {
	union {
		struct {
			struct tree_node *left, *right;
		};
		struct tree_node *child[2];        /* the same by side */
	};
	struct tree_node *parent;
	struct tree_node *prev, *next;             /* in order */
	struct tree_node *copy;                    /* while the tree is copied */
	u8 rank;                                   /* kept by the tree, for balance */
	u32 bound;
};

/* What the head of an empty tree begins with. */
#define TREE_HEAD(head) { .parent = &(head), .prev = &(head), .next = &(head), .rank = UINT8_MAX }

/* Put a node, with bound 0, before another one, or before the head: at the end. */
void tree_insert(struct tree_node *node, struct tree_node *next);

/* The tree's own: let a node (or nothing) hang where `old` hangs; bring one down to where a side of it is free. */
static inline void tree_replace(const struct tree_node *old, struct tree_node *node)
{
	old->parent->child[old->parent->right == old] = node;
	if (node)
		node->parent = old->parent;
}
void tree_sink(struct tree_node *node);

static inline void tree_remove(struct tree_node *node)
{
	if (node->left && node->right)
		tree_sink(node);
	tree_replace(node, node->left ? node->left : node->right);
	node->prev->next = node->next;
	node->next->prev = node->prev;
}

/*
 * To copy a tree: append a copy of each node, made by assignment, in order; the threads hold at any time. Then hang the whole on its head
 * by tree_copy_left(). All hangs then as the originals do.
 */
static inline void tree_copy_left(const struct tree_node *node, struct tree_node *copy)
{
	if (node->left) {
		copy->left = node->left->copy;
		copy->left->parent = copy;
	}
}
static inline void tree_append_copy(struct tree_node *head, struct tree_node *node, struct tree_node *copy)
{
	node->copy = copy;
	copy->prev = head->prev;
	copy->next = head;
	copy->prev->next = head->prev = copy;
	tree_copy_left(node, copy);
	if (node->parent->right == node) {
		copy->parent = node->parent->copy;
		copy->parent->right = copy;
	}
}

/* The user sees that value in the node now. */
static inline void tree_raise(struct tree_node *node, u32 value)
{
	for (; node->bound < value; node = node->parent)
		node->bound = value;
}

static inline u32 tree_bound(const struct tree_node *node) { return node ? node->bound : 0; }
