/* Page lists: geometry and walking. Nothing here knows what an entry means beyond 0 being "never touched". */
#include "mm/pagelist.h"
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

static u32 chunk_number(const struct pagelist *list, u32 index) { return (index - list->base) >> list->order; }

u32 pagelist_chunks(const struct pagelist *list) { return list->pages ? chunk_number(list, pagelist_end(list) - 1) + 1 : 0; }

/* An empty list. */
static struct pagelist list_of(u32 first, u32 pages, u32 base, u32 order)
{
	return (struct pagelist){ .first = first, .pages = pages, .base = base, .order = order };
}

void pagelist_init(struct pagelist *list, u32 first, u32 pages) { *list = list_of(first, pages, first, order_for(pages)); }

void pagelist_free_chunks(struct pagelist *list)
{
	for (u32 i = 0; list->chunks && i < pagelist_chunks(list); i++)
		kfree(list->chunks[i]);
	if (list->chunks)
		kfree(list->chunks);
	else if (list->size)
		kfree(list->chunk);
	list->chunks = NULL;
	list->size = 0;
}

/* Let a chunk of an order 10 list be that one; NULL: none. */
static void set_chunk(struct pagelist *list, u32 number, pte_t *chunk)
{
	list->chunks[number] = chunk;
	list->chunk = list->chunks[0];
	list->size = list->chunk ? CHUNK_ENTRIES_MAX : 0;
}

u32 pagelist_run_beyond(const struct pagelist *list, u32 index, u32 end, pte_t **entries)
{
	u32 left = end - index;

	*entries = pagelist_entry(list, index);
	if (!pagelist_is_small(list))
		left = MIN(left, CHUNK_ENTRIES_MAX - (index - list->base) % CHUNK_ENTRIES_MAX);
	else if (index < list->base)
		left = MIN(left, list->base - index);
	return left;
}

static bool make_array(struct pagelist *list)
{
	if (!list->chunks)
		list->chunks = kzalloc_granted(pagelist_chunks(list) * sizeof(pte_t *));
	return list->chunks;
}

pte_t *pagelist_table(const struct pagelist *list, u32 index)
{
	return list->chunks ? list->chunks[chunk_number(list, index)] : NULL;
}

/* Move the entries of a small list to a chunk that reaches to page index as well. */
static bool widen(struct pagelist *list, u32 index)
{
	u32 from = list->size ? list->base : index, to = from + list->size, low = MIN(from, index);
	u32 size = 1u << order_for(MAX(to, index + 1) - low);
	pte_t *chunk;

	if (index < from) /* it grows downwards: leave it room there */
		low = to - MIN(size, to - list->first);
	size = MIN(size, pagelist_end(list) - low);
	chunk = kzalloc_granted(size * sizeof(pte_t));
	if (!chunk)
		return false;
	if (list->size)
		memcpy(chunk + (from - low), list->chunk, list->size * sizeof(pte_t));
	pagelist_free(list);
	list->base = low;
	list->order = order_for(size);
	list->lent = false;
	list->size = size;
	list->chunk = chunk;
	return true;
}

pte_t *pagelist_make_entry(struct pagelist *list, u32 index)
{
	pte_t *entry = pagelist_entry(list, index), *chunk;

	if (entry)
		return entry;
	if (pagelist_is_small(list))
		return widen(list, index) ? pagelist_entry(list, index) : NULL;
	chunk = make_array(list) ? kzalloc_granted(PAGE_SIZE) : NULL;
	if (!chunk)
		return NULL;
	set_chunk(list, chunk_number(list, index), chunk);
	return pagelist_entry(list, index);
}

int pagelist_copy_chunks(const struct pagelist *list, struct pagelist *copy)
{
	u32 end = pagelist_end(list);
	pte_t *entries;

	*copy = list_of(list->first, list->pages, list->base, list->order);
	for (u32 index = list->first, count; index < end; index += count) {
		count = pagelist_run(list, index, end, &entries);
		if (entries && !pagelist_make_entry(copy, index)) {
			pagelist_free(copy);
			return -ENOMEM;
		}
	}
	return 0;
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
	pte_t *entries;            /* of `from`, from index on */
	bool all;                  /* what is not moved is empty */
};

static bool move_next(struct move *move, u32 end)
{
	move->index = move->next;
	if (move->index >= end)
		return false;
	move->next += pagelist_run(move->from, move->index, end, &move->entries);
	return true;
}

/* May the chunk change hands as it is? Both lists must cut alike, and all that it holds must go. */
static bool move_is_whole(const struct move *move)
{
	const struct pagelist *from = move->from, *to = move->to;
	u32 start = from->base + (chunk_number(from, move->index) << from->order);

	if (!move->entries || pagelist_is_small(from) || pagelist_is_small(to) || (from->base - to->base) % CHUNK_ENTRIES_MAX != 0)
		return false;
	return move->all || (move->index == MAX(start, from->first) &&
	                     move->next == MIN(start + CHUNK_ENTRIES_MAX, pagelist_end(from)));
}

/* Make in `to` what the step needs there. */
static bool move_prepare(struct move *move)
{
	if (move_is_whole(move))
		return make_array(move->to);
	for (u32 index = move->index; pagelist_next(move->from, &index, move->next); index++)
		if (!pagelist_make_entry(move->to, index))
			return false;
	return true;
}

static void move_do(struct move *move)
{
	pte_t *entry;

	if (move_is_whole(move)) {
		set_chunk(move->to, chunk_number(move->to, move->index), pagelist_table(move->from, move->index));
		set_chunk(move->from, chunk_number(move->from, move->index), NULL);
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

	if (order == PAGELIST_ORDER_MAX && !pagelist_is_small(list))
		base -= (first - list->base) % CHUNK_ENTRIES_MAX;
	return list_of(first, pages, base, order);
}

/* Do the chunks that remain stay where they are? */
static bool is_cut_alike(const struct pagelist *list, const struct pagelist *new)
{
	return pagelist_is_small(list) ? list->order <= new->order && pagelist_is_small(new) && list->base >= new->first
	                      : new->base == list->base && new->order == list->order && pagelist_chunks(new) <= pagelist_chunks(list);
}

/* Only what lies beyond the end is freed. */
static void resize_in_place(struct pagelist *list, const struct pagelist *new)
{
	u32 end = pagelist_end(new);

	for (u32 i = pagelist_chunks(new); list->chunks && i < pagelist_chunks(list); i++)
		kfree(list->chunks[i]); /* never the first: no pages at all are a small list's */
	list->first = new->first;
	list->pages = new->pages;
	if (pagelist_is_small(list) && list->base + list->size > end) {
		if (list->base >= end)
			pagelist_free(list);
		list->size = MAX(list->base, end) - list->base;
	}
}

/* Give the list the shape of *new, which is empty. -ENOMEM, and nothing has changed. */
static int reshape(struct pagelist *list, struct pagelist *new)
{
	struct move move = { .from = list, .to = new, .next = MAX(new->first, list->first), .all = true };
	u32 end = MIN(pagelist_end(new), pagelist_end(list));

	if (is_cut_alike(list, new)) {
		resize_in_place(list, new);
		return 0;
	}
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

	for (u32 i = 0; list->chunks && i < pagelist_chunks(list); i++)
		count += list->chunks[i] != NULL;
	return count;
}
