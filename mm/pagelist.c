/* Page lists: geometry and walking. Nothing here knows what an entry means beyond 0 being "never touched". */
#include "mm/pagelist.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/panic.h"
#include "mm/kmalloc.h"

#define CHUNK_ENTRIES_MAX (1u << PAGELIST_ORDER_MAX)

static u32 order_for(u32 pages)
{
	u32 order = 2; /* 16 bytes are the least that kmalloc hands out */

	while (order < PAGELIST_ORDER_MAX && (1u << order) < pages)
		order++;
	return order;
}

static u32 chunk_number(const struct pagelist *list, u32 index)
{
	return (index - list->base) >> list->order;
}

/* Chunks that the list's range spans. */
static u32 pagelist_chunks(const struct pagelist *list)
{
	return list->pages ? chunk_number(list, pagelist_end(list) - 1) + 1 : 0;
}

/* Where the pointer to a chunk stands; NULL while the array has not been made. */
static pte_t **chunk_link(const struct pagelist *list, u32 number)
{
	if (!list->many)
		return (pte_t **)&list->chunk;
	return list->chunks ? &list->chunks[number] : NULL;
}

static pte_t *chunk_get(const struct pagelist *list, u32 number)
{
	pte_t **link = chunk_link(list, number);

	return link ? *link : NULL;
}

/* An empty list. */
static struct pagelist list_of(u32 first, u32 pages, u32 base, u32 order)
{
	bool many = first + pages - base > 1u << order;

	return (struct pagelist){ .first = first, .pages = pages, .base = base, .order = order, .many = many };
}

void pagelist_init(struct pagelist *list, u32 first, u32 pages)
{
	*list = list_of(first, pages, first, order_for(pages));
}

void pagelist_free(struct pagelist *list)
{
	if (!list->chunk)
		return;
	if (list->many)
		for (u32 i = 0; i < pagelist_chunks(list); i++)
			kfree(list->chunks[i]);
	kfree(list->chunk); /* or the array: both are one pointer */
	list->chunk = NULL;
}

/* As chunk_link(), making the array; NULL: no memory. */
static pte_t **make_link(struct pagelist *list, u32 number)
{
	if (list->many && !list->chunks)
		list->chunks = kzalloc_granted(pagelist_chunks(list) * sizeof(pte_t *));
	return chunk_link(list, number);
}

static bool copy_chunk(struct pagelist *to, u32 number, const pte_t *chunk)
{
	pte_t **link = make_link(to, number);
	size_t size = sizeof(pte_t) << to->order;

	if (!link || !(*link = kmalloc_granted(size)))
		return false;
	memcpy(*link, chunk, size);
	return true;
}

int pagelist_copy(const struct pagelist *list, struct pagelist *copy)
{
	u32 chunks = list->many ? pagelist_chunks(list) : 1;

	*copy = *list;
	copy->chunk = NULL;
	for (u32 i = 0; i < chunks; i++) {
		const pte_t *chunk = pagelist_chunk(list, i);

		if (chunk && !copy_chunk(copy, i, chunk)) {
			pagelist_free(copy);
			return -ENOMEM;
		}
	}
	return 0;
}

pte_t *pagelist_table(const struct pagelist *list, u32 index)
{
	return list->order == PAGELIST_ORDER_MAX ? chunk_get(list, chunk_number(list, index)) : NULL;
}

pte_t *pagelist_make_entry(struct pagelist *list, u32 index)
{
	pte_t **link = make_link(list, chunk_number(list, index));

	if (link && !*link)
		*link = kzalloc_granted(sizeof(pte_t) << list->order);
	return link && *link ? pagelist_entry(list, index) : NULL;
}

pte_t *pagelist_next(const struct pagelist *list, u32 *index, u32 end)
{
	pte_t *entries;

	for (u32 count; *index < end; *index += count) {
		count = pagelist_run(list, *index, end, &entries);
		for (u32 i = 0; entries && i < count; i++) {
			if (entries[i]) {
				*index += i;
				return &entries[i];
			}
		}
	}
	return NULL;
}

/* One step of a move: [index, next) lies in one chunk of `from`. */
struct move {
	struct pagelist *from, *to;
	u32 index, next;
	pte_t *chunk;              /* of `from` */
	bool all;                  /* what is not moved is empty */
};

static bool move_next(struct move *move, u32 end)
{
	struct pagelist *from = move->from;

	move->index = move->next;
	if (move->index >= end)
		return false;

	u32 number = chunk_number(from, move->index);

	move->next = MIN(from->base + ((number + 1) << from->order), end);
	move->chunk = chunk_get(from, number);
	return true;
}

/* May the chunk change hands as it is? Both lists must cut alike, and all that it holds must go. */
static bool move_is_whole(const struct move *move)
{
	const struct pagelist *from = move->from, *to = move->to;
	u32 start = from->base + (chunk_number(from, move->index) << from->order);

	if (from->order != PAGELIST_ORDER_MAX || to->order != PAGELIST_ORDER_MAX ||
	    (from->base - to->base) % CHUNK_ENTRIES_MAX != 0)
		return false;
	return move->all || (move->index == MAX(start, from->first) &&
	                     move->next == MIN(start + CHUNK_ENTRIES_MAX, pagelist_end(from)));
}

/* Make in `to` what the step needs there. */
static bool move_prepare(struct move *move)
{
	if (!move->chunk)
		return true;
	if (move_is_whole(move))
		return make_link(move->to, chunk_number(move->to, move->index));
	for (u32 index = move->index; pagelist_next(move->from, &index, move->next); index++)
		if (!pagelist_make_entry(move->to, index))
			return false;
	return true;
}

static void move_do(struct move *move)
{
	pte_t *entry;

	if (!move->chunk)
		return;
	if (move_is_whole(move)) {
		*make_link(move->to, chunk_number(move->to, move->index)) = move->chunk;
		*chunk_link(move->from, chunk_number(move->from, move->index)) = NULL;
		return;
	}
	for (u32 index = move->index; (entry = pagelist_next(move->from, &index, move->next)); index++) {
		*pagelist_entry(move->to, index) = *entry;
		*entry = 0;
	}
}

/* Moving has two parts: all that can fail, and then all that changes `from`. */
static int move_prepare_all(struct move move, u32 end)
{
	while (move_next(&move, end))
		if (!move_prepare(&move))
			return -ENOMEM;
	return 0;
}

static void move_do_all(struct move move, u32 end)
{
	while (move_next(&move, end))
		move_do(&move);
}

/* An empty list of that range that cuts its chunks where `list` does, if it can. */
static struct pagelist shaped_like(const struct pagelist *list, u32 first, u32 pages)
{
	u32 order = order_for(pages), base = first;

	if (order == PAGELIST_ORDER_MAX && list->order == PAGELIST_ORDER_MAX)
		base -= (first - list->base) % CHUNK_ENTRIES_MAX;
	return list_of(first, pages, base, order);
}

/* Same cut, and the chunks that remain stay where they are: only what lies beyond the end is freed. */
static bool truncate_in_place(struct pagelist *list, const struct pagelist *new)
{
	u32 had = pagelist_chunks(list), left = pagelist_chunks(new);

	if (new->base != list->base || new->order != list->order || left > had || new->many != list->many)
		return false;
	for (u32 i = left; list->many && list->chunks && i < had; i++)
		kfree(list->chunks[i]);
	list->first = new->first;
	list->pages = new->pages;
	return true;
}

/* Give the list the shape of *new, which is empty. -ENOMEM, and nothing has changed. */
static int reshape(struct pagelist *list, struct pagelist *new)
{
	struct move move = { .from = list, .to = new, .next = MAX(new->first, list->first), .all = true };
	u32 end = MIN(pagelist_end(new), pagelist_end(list));

	if (truncate_in_place(list, new))
		return 0;
	if (move_prepare_all(move, end)) {
		pagelist_free(new);
		return -ENOMEM;
	}
	move_do_all(move, end);
	pagelist_free(list);
	*list = *new;
	return 0;
}

int pagelist_resize(struct pagelist *list, u32 first, u32 pages)
{
	struct pagelist new = shaped_like(list, first, pages);

	if (!reshape(list, &new))
		return 0;
	if (first != list->first || pages > list->pages)
		return -ENOMEM;
	/* shorter, and no memory for a smaller chunk: what is there needs none */
	new = list_of(first, pages, list->base, list->order);
	return reshape(list, &new);
}

int pagelist_split(struct pagelist *list, u32 index, struct pagelist *upper)
{
	u32 first = list->first, end = pagelist_end(list);
	struct pagelist lower = shaped_like(list, first, index - first);
	struct move down = { .from = list, .to = &lower, .next = first };
	struct move up = { .from = list, .to = upper, .next = index };

	*upper = shaped_like(list, index, end - index);
	/* copies of what is cut in two come first, so that failing leaves the list as it was */
	if (move_prepare_all(down, index) || move_prepare_all(up, end)) {
		pagelist_free(&lower);
		pagelist_free(upper);
		return -ENOMEM;
	}
	move_do_all(down, index);
	move_do_all(up, end);
	pagelist_free(list);
	*list = lower;
	return 0;
}

u32 pagelist_cost(u32 pages)
{
	return pages > CHUNK_ENTRIES_MAX / 2 ? (pages + CHUNK_ENTRIES_MAX - 1) / CHUNK_ENTRIES_MAX + 1 : 0;
}

u32 pagelist_full_chunks(const struct pagelist *list)
{
	u32 count = 0;

	for (u32 i = 0; list->order == PAGELIST_ORDER_MAX && i < pagelist_chunks(list); i++)
		count += chunk_get(list, i) != NULL;
	return count;
}

size_t pagelist_size(const struct pagelist *list)
{
	return list->order < PAGELIST_ORDER_MAX ? sizeof(pte_t) << list->order
	                                        : pagelist_full_chunks(list) * PAGE_SIZE + pagelist_chunks(list) * sizeof(pte_t *);
}
