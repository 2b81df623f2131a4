/*
 * Intrusive balanced binary trees (red-black), threaded in order. The user descends by itself, so it chooses what orders the tree. A
 * node can carry a bound: at least the largest of the values that the user sees in its subtree. The tree raises bounds when told and
 * never lowers one; a user that finds one too high may set it to what it sees.
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
	struct tree_node *prev, *next;             /* in order; NULL at the ends */
	bool red;
	u32 bound;
};

struct tree {
	struct tree_node *root, *first, *last;
};

/* Put a node, with bound 0, before another one; NULL: at the end. */
void tree_insert(struct tree *tree, struct tree_node *node, struct tree_node *next);
void tree_remove(struct tree *tree, struct tree_node *node);
/* Hang a node below `parent` (NULL: as the root) on a side that is free. Balance, colours and bounds are the caller's: to copy a tree. */
void tree_hang(struct tree *tree, struct tree_node *node, struct tree_node *parent, bool side);

/* The user sees that value in the node now. */
static inline void tree_raise(struct tree_node *node, u32 value)
{
	for (; node && node->bound < value; node = node->parent)
		node->bound = value;
}

static inline u32 tree_bound(const struct tree_node *node)
{
	return node ? node->bound : 0;
}
