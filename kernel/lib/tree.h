/*
 * Intrusive balanced binary trees (treaps: in order by position, a heap by random priority, so the depth is logarithmic whatever the
 * insertions). The user descends by itself, so it chooses what orders the tree; a node can carry a value about its subtree, which
 * `update` recomputes from the node and its children.
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
	u32 priority;
};

struct tree {
	struct tree_node *root;
	bool (*update)(struct tree_node *node); /* true: the value has changed */
};

/* Hang a node below `parent` at *link, which is &tree->root or a child of parent that is NULL. */
void tree_insert(struct tree *tree, struct tree_node *node, struct tree_node *parent, struct tree_node **link);
void tree_remove(struct tree *tree, struct tree_node *node);
/* What update() looks at in this node has changed: recompute it, and upwards as far as that changes anything. */
void tree_changed(struct tree *tree, struct tree_node *node);

/* Unhook some leaf, for taking a whole tree apart: nothing is kept up to date. NULL: the tree is empty. */
struct tree_node *tree_take_leaf(struct tree *tree);

/* In order; NULL at the ends. */
struct tree_node *tree_first(const struct tree *tree);
struct tree_node *tree_last(const struct tree *tree);
struct tree_node *tree_next(const struct tree_node *node);
struct tree_node *tree_prev(const struct tree_node *node);
