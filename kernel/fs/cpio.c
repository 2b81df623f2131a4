/*
 * Unpacking newc archives (cpio(5)): per entry a header of 110 characters, the name, the contents, each padded to 4 bytes.
 *
 *   "070701" ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check    8 hex digits each
 *
 * Nothing in the archive is believed: every length is checked against what is left of it.
 */
#include "kernel/fs/cpio.h"

#include "kernel/fs/path.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/printk.h"
#include "mm/kmalloc.h"

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
	struct {
		u32 ino;
		struct inode *inode;   /* referenced */
	} links[LINKS_KEPT];           /* files with several names, by their number in the archive */
	u32 link_count;
};

static int broken(const struct archive *archive, const char *what)
{
	printk("cpio: %s at byte %u of the archive\n", what, (u32)(archive->at - archive->start));
	return -EINVAL;
}

/* Eight hexadecimal digits. */
static bool parse_hex(const char *digits, u32 *out)
{
	*out = 0;
	for (u32 i = 0; i < 8; i++) {
		char c = digits[i], lower = (char)(c | 0x20);

		if (c >= '0' && c <= '9')
			*out = *out << 4 | (u32)(c - '0');
		else if (lower >= 'a' && lower <= 'f')
			*out = *out << 4 | (u32)(lower - 'a' + 10);
		else
			return false;
	}
	return true;
}

/* Step over n bytes and their padding; NULL: the archive is not that long. */
static const char *take(struct archive *archive, u32 n)
{
	const char *from = archive->at;
	u32 left = (u32)(archive->end - from), past, padding;

	if (n > left)
		return NULL;
	past = (u32)(from - archive->start) + n;
	padding = -past & 3;
	archive->at += n + MIN(padding, left - n);
	return from;
}

static int next_entry(struct archive *archive, struct entry *entry)
{
	const char *header = archive->at;

	if ((size_t)(archive->end - header) < HEADER_SIZE)
		return broken(archive, "the end, without a trailer,");
	if (memcmp(header, "070701", 6) && memcmp(header, "070702", 6))
		return broken(archive, "no newc header");
	for (u32 i = 0; i < FIELDS; i++)
		if (!parse_hex(header + 6 + i * 8, &entry->field[i]))
			return broken(archive, "a header with a field that is no number");
	/* only the name's end is padded: it begins at 110 */
	if (entry->field[NAME_SIZE] < 1 || entry->field[NAME_SIZE] > PATH_MAX)
		return broken(archive, "a name of impossible length");
	entry->name = take(archive, HEADER_SIZE + entry->field[NAME_SIZE]);
	if (!entry->name || entry->name[HEADER_SIZE + entry->field[NAME_SIZE] - 1])
		return broken(archive, "a name that does not end");
	entry->name += HEADER_SIZE;
	entry->data = take(archive, entry->field[SIZE]);
	if (!entry->data)
		return broken(archive, "a file longer than the rest");
	return 0;
}

/* Mode, owner and time as the archive says. */
static void set_attributes(struct inode *inode, const struct entry *entry)
{
	inode->mode = (inode->mode & S_IFMT) | (entry->field[MODE] & 07777);
	inode->uid = entry->field[UID];
	inode->gid = entry->field[GID];
	inode->mtime = (i64)entry->field[MTIME] * 1000000000;
}

/* The file of that number that an earlier entry made, or NULL. */
static struct inode *find_link(const struct archive *archive, u32 ino)
{
	for (u32 i = 0; i < archive->link_count; i++)
		if (archive->links[i].ino == ino)
			return archive->links[i].inode;
	return NULL;
}

static int unpack_file(struct archive *archive, const struct entry *entry)
{
	bool shared = entry->field[NLINK] > 1;
	struct inode *inode = shared ? find_link(archive, entry->field[INO]) : NULL;
	int err = 0;

	if (inode) {
		inode_ref(inode);
	} else {
		inode = memfs_inode(S_IFREG, 0);
		if (!inode)
			return -ENOMEM;
		if (shared && archive->link_count < LINKS_KEPT) {
			inode_ref(inode);
			archive->links[archive->link_count].ino = entry->field[INO];
			archive->links[archive->link_count++].inode = inode;
		}
	}
	inode_ref(inode);
	err = path_make(entry->name, inode, NULL);
	if (!err && entry->field[SIZE] && !inode->size)     /* the contents come with one of the names */
		err = memfs_write_kernel(inode, entry->data, entry->field[SIZE]);
	set_attributes(inode, entry);
	inode_unref(inode);
	return err;
}

static int unpack_directory(const struct entry *entry)
{
	struct inode *dir;
	int err = path_make(entry->name, memfs_inode(S_IFDIR, 0), &dir);

	if (err)
		return err;
	set_attributes(dir, entry);
	inode_unref(dir);
	return 0;
}

static int unpack_symlink(const struct entry *entry)
{
	char *target = entry->field[SIZE] < PATH_MAX ? dentry_name(entry->data, entry->field[SIZE]) : NULL;
	struct inode *link;
	int err;

	if (!target)
		return entry->field[SIZE] < PATH_MAX ? -ENOMEM : -ENAMETOOLONG;
	link = *target ? memfs_symlink(target) : NULL;
	err = *target ? path_make(entry->name, link, NULL) : -EINVAL;
	kfree(target);
	return err;
}

static int unpack_entry(struct archive *archive, struct entry *entry)
{
	switch (entry->field[MODE] & S_IFMT) {
	case S_IFREG:
		return unpack_file(archive, entry);
	case S_IFDIR:
		return unpack_directory(entry);
	case S_IFLNK:
		return unpack_symlink(entry);
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return 0;                          /* /dev is the kernel's own */
	}
	return -EINVAL;
}

static int unpack_all(struct archive *archive)
{
	struct entry entry;
	int err;

	for (;;) {
		err = next_entry(archive, &entry);
		if (err)
			return err;
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
}

int cpio_unpack(const void *start, size_t size)
{
	struct archive *archive = kzalloc(sizeof(*archive));
	int err;

	if (!archive)
		return -ENOSPC;
	archive->start = archive->at = start;
	archive->end = archive->start + size;
	err = unpack_all(archive);
	for (u32 i = 0; i < archive->link_count; i++)
		inode_unref(archive->links[i].inode);
	kfree(archive);
	return err;
}
