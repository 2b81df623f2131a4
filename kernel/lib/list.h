/* Intrusive circular doubly linked lists. A node that is on no list points to itself. */
#pragma once

#include "kernel/lib/types.h"

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(name) { &(name), &(name) }

static inline void list_init(struct list *l) { l->next = l->prev = l; }

static inline bool list_empty(const struct list *l) { return l->next == l; }

static inline void list_insert(struct list *node, struct list *prev, struct list *next)
{
	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

static inline void list_push_front(struct list *head, struct list *node) { list_insert(node, head, head->next); }

static inline void list_push_back(struct list *head, struct list *node) { list_insert(node, head->prev, head); }

/* Take a node off its list; the node itself is left as it was. */
static inline void list_unlink(const struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
}

/* Take a node off its list; it may be put on another, and removing it again does nothing. */
static inline void list_remove(struct list *node)
{
	list_unlink(node);
	list_init(node);
}

/* Take the first node off a list that has one; the node itself is left as it was. */
static inline struct list *list_pop_front(struct list *head)
{
	struct list *node = head->next;

	head->next = node->next;
	node->next->prev = head;
	return node;
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first(head, type, member) list_entry((head)->next, type, member)
#define list_for_each(pos, head, member)                                                     \
	for (pos = list_first(head, __typeof__(*pos), member); &pos->member != (head);        \
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))
/* The body may remove and free pos, and nothing else of the list. */
#define list_for_each_safe(pos, tmp, head, member)                                           \
	for (pos = list_first(head, __typeof__(*pos), member),                               \
	    tmp = list_entry(pos->member.next, __typeof__(*pos), member);                     \
	     &pos->member != (head);                                                         \
	     pos = tmp, tmp = list_entry(tmp->member.next, __typeof__(*tmp), member))
