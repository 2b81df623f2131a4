/*
 * Open files: their life and how they are mapped; and the tables of descriptors: chunks of slots, made as descriptors need them, so
 * that a table costs what it holds.
 */
#include "kernel/fs/fs.h"
#include "kernel/sched.h"

struct file *file_create(struct inode *inode, struct dentry *dentry, u32 flags)
{
	struct file *file = kmalloc(sizeof(*file));

	if (file)
		*file = (struct file){ .ops = inode->file_ops, .inode = inode_ref(inode), .refs = 1, .flags = flags,
				       .dentry = dentry ? dentry_ref(dentry) : NULL };
	return file;
}

struct file *file_ref(struct file *file)
{
	file->refs++;
	return file;
}

void file_unref(struct file *file)
{
	if (!file || --file->refs)
		return;
	if (file->ops->release)
		file->ops->release(file);
	dentry_unref(file->dentry);
	inode_unref(file->inode);
	kfree(file);
}

bool file_pause(void)
{
	might_sleep();
	if (need_resched)
		sched_yield();
	return signal_kill_pending(current);
}

static void file_area_open(struct area *area) { file_ref(area->owner); }
static void file_area_close(struct area *area) { file_unref(area->owner); }

static void file_area_label(const struct area *area, struct area_label *out)
{
	const struct file *file = area->owner;

	if (dentry_path(file->dentry, out->path, sizeof(out->path)) < 0)
		out->path[0] = 0;
	out->device = file->inode->device;
	out->inode = file->inode->number;
	out->deleted = file->dentry->deleted;
}

const struct area_ops file_area_ops = { .open = file_area_open, .close = file_area_close, .label = file_area_label };

int file_map(struct file *file, struct map_request *request)
{
	bool read_only = !(request->flags & AREA_PRIVATE) && !file_writable(file);

	if (!file_readable(file) || (read_only && (request->prot & AREA_WRITE)))
		return -EACCES;
	if (!file->ops->map)
		return -ENODEV;
	request->flags |= read_only ? AREA_DENY_WRITE : 0;
	request->ops = &file_area_ops;
	request->owner = file;
	return file->ops->map(file, request);
}

#define CHUNK_FDS 32u
#define CHUNKS_MAX 128u

struct fd_slot {
	struct file *file;
	bool close_on_exec;
};

struct fd_chunk {
	u32 used;                      /* a bit for each slot; what others hold is old */
	struct fd_slot slots[CHUNK_FDS];
};

struct fd_table {
	u32 lowest;                    /* none below it is free */
	struct fd_chunk first;
	struct fd_chunk **more;        /* CHUNKS_MAX of them, NULL where there is none yet, as the first; or NULL */
};

struct fd_table *fd_table_create(void)
{
	struct fd_table *table = kmalloc(sizeof(*table));

	if (table) {
		table->lowest = table->first.used = 0;
		table->more = NULL;
	}
	return table;
}

/* No descriptor from this one on is in use. */
static u32 table_end(const struct fd_table *table) { return table->more ? CHUNKS_MAX * CHUNK_FDS : CHUNK_FDS; }

/* Of a descriptor below table_end(). */
static struct fd_chunk *chunk_at(const struct fd_table *table, u32 fd)
{
	return fd < CHUNK_FDS ? (struct fd_chunk *)&table->first : table->more[fd / CHUNK_FDS];
}

/* Of any; NULL: it is not there. */
static struct fd_chunk *chunk_of(const struct fd_table *t, u32 fd) { return fd < table_end(t) ? chunk_at(t, fd) : NULL; }

/* NULL: not in use. */
static struct fd_slot *slot_of(const struct fd_table *table, u32 fd)
{
	struct fd_chunk *chunk = chunk_of(table, fd);

	return chunk && (chunk->used >> fd % CHUNK_FDS & 1) ? &chunk->slots[fd % CHUNK_FDS] : NULL;
}

/* Make the chunk of that descriptor. */
static int table_reach(struct fd_table *table, u32 fd)
{
	if (chunk_of(table, fd))
		return 0;
	if (!table->more)
		table->more = kzalloc(CHUNKS_MAX * sizeof(*table->more));
	if (!table->more)
		return -ENOMEM;
	table->more[fd / CHUNK_FDS] = kzalloc(sizeof(struct fd_chunk));
	return table->more[fd / CHUNK_FDS] ? 0 : -ENOMEM;
}

struct fd_table *fd_table_copy(const struct fd_table *from)
{
	struct fd_table *table = fd_table_create();

	for (u32 fd = 0; table && fd < table_end(from); fd += CHUNK_FDS) {
		const struct fd_chunk *chunk = chunk_at(from, fd);
		struct fd_chunk *copy;

		if (!chunk)
			continue;
		if (table_reach(table, fd)) {
			fd_table_free(table);
			return NULL;
		}
		copy = chunk_at(table, fd);
		copy->used = chunk->used;
		for (u32 left = chunk->used; left; left &= left - 1) {
			u32 i = (u32)__builtin_ctz(left);

			copy->slots[i] = chunk->slots[i];
			file_ref(chunk->slots[i].file);
		}
	}
	return table;
}

void fd_table_free(struct fd_table *table)
{
	for (u32 fd = 0; fd < table_end(table); fd += CHUNK_FDS) {
		struct fd_chunk *chunk = chunk_of(table, fd);

		while (chunk && chunk->used) {
			u32 i = (u32)__builtin_ctz(chunk->used);

			chunk->used &= chunk->used - 1;
			file_unref(chunk->slots[i].file);
		}
		if (fd)
			kfree(chunk);
	}
	kfree(table->more);
	kfree(table);
}

void fd_close_for_exec(void)
{
	for (u32 fd = 0; fd_next(current->files, &fd); fd++)
		if (chunk_at(current->files, fd)->slots[fd % CHUNK_FDS].close_on_exec)
			file_unref(fd_take((i32)fd));
}

struct file *fd_peek(const struct fd_table *table, u32 fd)
{
	const struct fd_slot *slot = slot_of(table, fd);

	return slot ? slot->file : NULL;
}

bool fd_next(const struct fd_table *table, u32 *fd)
{
	for (; *fd < table_end(table); *fd = (*fd / CHUNK_FDS + 1) * CHUNK_FDS) {
		const struct fd_chunk *chunk = chunk_of(table, *fd);
		u32 used = chunk ? chunk->used >> *fd % CHUNK_FDS : 0;

		if (used) {
			*fd += (u32)__builtin_ctz(used);
			return true;
		}
	}
	return false;
}

struct file *fd_file(i32 fd) { return fd_peek(current->files, (u32)fd); }

u32 fd_limit(void) { return MIN(current->rlimits[RLIMIT_NOFILE].soft, CHUNKS_MAX * CHUNK_FDS); }

i32 fd_find(u32 min)
{
	struct fd_table *table = current->files;
	u32 fd = MAX(min, table->lowest);

	while (fd_peek(table, fd))
		fd++;
	if (min <= table->lowest)
		table->lowest = fd;
	if (fd >= fd_limit())
		return -EMFILE;
	return table_reach(table, fd) ? -ENOMEM : (i32)fd;
}

void fd_install(i32 fd, struct file *file, bool close_on_exec)
{
	struct fd_chunk *chunk = chunk_at(current->files, (u32)fd);

	chunk->used |= 1u << fd % CHUNK_FDS;
	chunk->slots[fd % CHUNK_FDS] = (struct fd_slot){ file, close_on_exec };
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
	if (table_reach(current->files, (u32)fd))
		return -ENOMEM;
	file_unref(fd_take(fd));
	fd_install(fd, file_ref(file), close_on_exec);
	return 0;
}

struct file *fd_take(i32 fd)
{
	struct fd_table *table = current->files;
	struct file *file = fd_file(fd);

	if (file) {
		chunk_at(table, (u32)fd)->used &= ~(1u << fd % CHUNK_FDS);
		table->lowest = MIN(table->lowest, (u32)fd);
	}
	return file;
}

bool *fd_close_on_exec(i32 fd) { return &slot_of(current->files, (u32)fd)->close_on_exec; }
