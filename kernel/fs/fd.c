/*
 * Tables of descriptors: chunks of 64, made as descriptors need them, so that a table costs what it holds and the lowest free
 * one is found by a bit scan per chunk.
 */
#include "kernel/fs/fd.h"

#include "kernel/lib/errno.h"
#include "kernel/panic.h"
#include "kernel/task.h"
#include "mm/kmalloc.h"

#define CHUNK_FDS 64u
#define CHUNKS_MAX 64u

struct fd_chunk {
	u64 used, close_on_exec;       /* bit n: its descriptor n */
	struct file *files[CHUNK_FDS];
};

struct fd_table {
	u32 room;                      /* no chunk from here on */
	struct fd_chunk *chunks[CHUNKS_MAX];  /* NULL: no descriptor there */
};

struct fd_table *fd_table_create(void)
{
	return kzalloc(sizeof(struct fd_table));
}

static struct fd_chunk *chunk_of(const struct fd_table *table, u32 fd)
{
	u32 i = fd / CHUNK_FDS;

	return i < table->room ? table->chunks[i] : NULL;
}

/* The chunk of a descriptor that is there. */
static struct fd_chunk *chunk_with(i32 fd)
{
	struct fd_chunk *chunk = chunk_of(current->files, (u32)fd);

	assert(chunk);
	return chunk;
}

static struct fd_chunk *chunk_copy(const struct fd_chunk *from)
{
	struct fd_chunk *chunk = kmalloc(sizeof(*chunk));

	if (!chunk)
		return NULL;
	*chunk = *from;
	for (u32 i = 0; i < CHUNK_FDS; i++)
		if (chunk->files[i])
			file_ref(chunk->files[i]);
	return chunk;
}

struct fd_table *fd_table_copy(const struct fd_table *from)
{
	struct fd_table *table = fd_table_create();

	if (!table)
		return NULL;
	table->room = from->room;
	for (u32 i = 0; i < from->room; i++) {
		table->chunks[i] = from->chunks[i] ? chunk_copy(from->chunks[i]) : NULL;
		if (from->chunks[i] && !table->chunks[i]) {
			fd_table_free(table);
			return NULL;
		}
	}
	return table;
}

/* Empty the descriptor; its file, whose reference is the caller's then, or NULL. */
static struct file *chunk_take(struct fd_chunk *chunk, u32 i)
{
	struct file *file = chunk->files[i];

	chunk->files[i] = NULL;
	chunk->used &= ~(1ull << i);
	chunk->close_on_exec &= ~(1ull << i);
	return file;
}

static void chunk_close(struct fd_chunk *chunk, u64 which)
{
	for (u32 i = 0; i < CHUNK_FDS; i++)
		if (which & (1ull << i))
			file_unref(chunk_take(chunk, i));
}

void fd_table_free(struct fd_table *table)
{
	for (u32 i = 0; i < table->room; i++) {
		if (table->chunks[i])
			chunk_close(table->chunks[i], table->chunks[i]->used);
		kfree(table->chunks[i]);
	}
	kfree(table);
}

void fd_table_close_on_exec(struct fd_table *table)
{
	for (u32 i = 0; i < table->room; i++)
		if (table->chunks[i])
			chunk_close(table->chunks[i], table->chunks[i]->close_on_exec);
}

struct file *fd_peek(const struct fd_table *table, u32 fd)
{
	struct fd_chunk *chunk = chunk_of(table, fd);

	return chunk ? chunk->files[fd % CHUNK_FDS] : NULL;
}

bool fd_next(const struct fd_table *table, u32 *fd)
{
	for (u32 i = *fd; i < table->room * CHUNK_FDS; i++) {
		if (!chunk_of(table, i))
			i |= CHUNK_FDS - 1;
		else if (fd_peek(table, i)) {
			*fd = i;
			return true;
		}
	}
	return false;
}

struct file *fd_get(i32 fd)
{
	struct file *file = fd_peek(current->files, (u32)fd);

	if (file)
		file_ref(file);
	return file;
}

/* Make the chunk of that descriptor. */
static int table_reach(struct fd_table *table, u32 fd)
{
	u32 i = fd / CHUNK_FDS;

	if (!table->chunks[i])
		table->chunks[i] = kzalloc(sizeof(struct fd_chunk));
	if (!table->chunks[i])
		return -ENOMEM;
	table->room = MAX(table->room, i + 1);
	return 0;
}

u32 fd_limit(void)
{
	return MIN(current->rlimits[RLIMIT_NOFILE].soft, CHUNKS_MAX * CHUNK_FDS);
}

/* The lowest free descriptor from `min` up, whether its chunk exists or not. */
static u32 lowest_free(const struct fd_table *table, u32 min)
{
	u32 i = min / CHUNK_FDS;
	u64 below = (1ull << min % CHUNK_FDS) - 1;

	for (; i < table->room && table->chunks[i]; i++, below = 0)
		if (~(table->chunks[i]->used | below))
			return i * CHUNK_FDS + (u32)__builtin_ctzll(~(table->chunks[i]->used | below));
	return MAX(min, i * CHUNK_FDS);
}

i32 fd_find(u32 min)
{
	u32 fd;

	if (min >= fd_limit())
		return -EMFILE;
	fd = lowest_free(current->files, min);
	if (fd >= fd_limit())
		return -EMFILE;
	return table_reach(current->files, fd) ? -ENOMEM : (i32)fd;
}

void fd_install(i32 fd, struct file *file, bool close_on_exec)
{
	struct fd_chunk *chunk = chunk_with(fd);
	u64 bit = 1ull << fd % CHUNK_FDS;

	chunk->files[fd % CHUNK_FDS] = file;
	chunk->used |= bit;
	fd_set_close_on_exec(fd, close_on_exec);
}

i32 fd_install_lowest(struct file *file, bool close_on_exec)
{
	i32 fd = fd_find(0);

	if (fd < 0)
		file_unref(file);
	else
		fd_install(fd, file, close_on_exec);
	return fd;
}

int fd_replace(i32 fd, struct file *file, bool close_on_exec)
{
	struct file *old;

	if (table_reach(current->files, (u32)fd))
		return -ENOMEM;
	old = fd_take(fd);
	fd_install(fd, file, close_on_exec);
	if (old)
		file_unref(old);
	return 0;
}

struct file *fd_take(i32 fd)
{
	struct fd_chunk *chunk = chunk_of(current->files, (u32)fd);

	return chunk ? chunk_take(chunk, (u32)fd % CHUNK_FDS) : NULL;
}

bool fd_close_on_exec(i32 fd)
{
	return chunk_with(fd)->close_on_exec & (1ull << fd % CHUNK_FDS);
}

void fd_set_close_on_exec(i32 fd, bool on)
{
	struct fd_chunk *chunk = chunk_with(fd);
	u64 bit = 1ull << fd % CHUNK_FDS;

	chunk->close_on_exec = on ? chunk->close_on_exec | bit : chunk->close_on_exec & ~bit;
}
