/*
 * Unpacking newc archives (cpio(5)): per entry a header of 110 characters, the name, the contents, each padded to 4 bytes.
 *
 *   "070701" ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check    8 hex digits each
 *
 * Nothing in the archive is believed: every length is checked against what is left of it.
 */
#include "kernel/fs/fs.h"
#include "kernel/printk.h"

enum { INO, MODE, UID, GID, NLINK, MTIME, SIZE, DEV_MAJOR, DEV_MINOR, RDEV_MAJOR, RDEV_MINOR, NAME_SIZE, CHECK, FIELDS };
#define HEADER_SIZE (6u + FIELDS * 8u)
#define LINKS_KEPT 64u                 /* archive inodes remembered for hard links at once */

struct entry {
	u32 field[FIELDS];
	const char *name;              /* NUL-terminated, without leading slashes */
	const char *data;
};

struct archive {
	const char *start, *at, *end;
	struct link {
		u32 ino;
		struct inode *inode;   /* referenced */
	} links[LINKS_KEPT];           /* files with several names, by their number in the archive */
	u32 link_count;
};

/* Step over n bytes and their padding; NULL: the archive is not that long. */
static const char *take(struct archive *archive, u32 n)
{
	const char *from = archive->at;
	u32 left = (u32)(archive->end - from), past = (u32)(from - archive->start) + n;

	if (n > left)
		return NULL;
	archive->at += n + MIN(-past & 3, left - n);
	return from;
}

/* False: it is none, or longer than what is left. */
static bool next_entry(struct archive *archive, struct entry *entry)
{
	const char *header = archive->at;
	u32 name_size, size;
	u64 value;

	if ((size_t)(archive->end - header) < HEADER_SIZE || (memcmp(header, "070701", 6) && memcmp(header, "070702", 6)))
		return false;
	for (u32 i = 0; i < FIELDS; i++) {
		if (!digits_value(header + 6 + i * 8, 8, 16, &value))
			return false;
		entry->field[i] = (u32)value;
	}
	/* only the name's end is padded: it begins at 110 */
	name_size = entry->field[NAME_SIZE];
	entry->name = name_size - 1 < PATH_MAX ? take(archive, HEADER_SIZE + name_size) : NULL;
	if (!entry->name || entry->name[HEADER_SIZE + name_size - 1])
		return false;
	entry->name += HEADER_SIZE;
	size = entry->field[SIZE];
	entry->data = take(archive, size);
	if (!entry->data || !mode_is(entry->field[MODE], S_IFLNK))
		return entry->data;
	return size > 0 && size < PATH_MAX && entry->data[0];     /* a target that a symbolic link can have */
}

/* A file's inode, referenced: that of an earlier name of it, or a new one. NULL: no memory. */
static struct inode *file_inode(struct archive *archive, const struct entry *entry)
{
	bool shared = entry->field[NLINK] > 1;
	struct inode *inode;

	for (u32 i = 0; shared && i < archive->link_count; i++)
		if (archive->links[i].ino == entry->field[INO])
			return inode_ref(archive->links[i].inode);
	inode = memfs_inode(S_IFREG, 0);
	if (inode && shared && archive->link_count < LINKS_KEPT)
		archive->links[archive->link_count++] = (struct link){ entry->field[INO], inode_ref(inode) };
	return inode;
}

static int unpack_entry(struct archive *archive, const struct entry *entry)
{
	u32 kind = entry->field[MODE] & S_IFMT;
	struct inode *inode;
	int err;

	if (kind == S_IFREG)
		inode = file_inode(archive, entry);
	else if (kind == S_IFDIR)
		inode = memfs_inode(S_IFDIR, 0);
	else if (kind == S_IFLNK)
		inode = memfs_symlink(entry->data, strnlen(entry->data, entry->field[SIZE]));
	else                                       /* /dev is the kernel's own */
		return kind == S_IFCHR || kind == S_IFBLK || kind == S_IFIFO || kind == S_IFSOCK ? 0 : -EINVAL;
	err = path_make(entry->name, inode, &inode);
	if (err)
		return err;
	if (kind == S_IFREG && entry->field[SIZE] && !inode->size)     /* the contents come with one of the names */
		err = memfs_write_kernel(inode, entry->data, entry->field[SIZE]);
	inode->mode = kind | (entry->field[MODE] & 07777);
	inode->uid = entry->field[UID];
	inode->gid = entry->field[GID];
	inode->mtime = (i64)entry->field[MTIME] * 1000000000;
	inode_unref(inode);
	return err;
}

static int unpack_all(struct archive *archive)
{
	struct entry entry;
	int err;

	while (next_entry(archive, &entry)) {
		if (strcmp(entry.name, "TRAILER!!!") == 0)
			return 0;
		err = unpack_entry(archive, &entry);
		if (err == -ENOSPC || err == -ENOMEM)
			return -ENOSPC;
		if (err) {
			printk("cpio: \"%s\" cannot be unpacked (error %d)\n", entry.name, -err);
			return -EINVAL;
		}
	}
	printk("cpio: no newc entry, or a broken one, at byte %u of the archive\n", (u32)(archive->at - archive->start));
	return -EINVAL;
}

int cpio_unpack(const void *start, size_t size)
{
	struct archive archive = { .start = start, .at = start, .end = (const char *)start + size };
	int err = unpack_all(&archive);

	while (archive.link_count)
		inode_unref(archive.links[--archive.link_count].inode);
	return err;
}
