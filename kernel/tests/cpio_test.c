/* Tests of unpacking archives: good ones, and ones made to do harm. */
#include "kernel/fs/file.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/string.h"
#include "kernel/tests/fs_test.h"
#include "kernel/tests/ktest.h"
#include "mm/check.h"
#include "mm/frame.h"

static char archive[2048];
static u32 used;

static void pad(void)
{
	while (used % 4)
		archive[used++] = 0;
}

static void add(const char *name, u32 mode, u32 ino, u32 links, const char *data)
{
	u32 size = (u32)strlen(data), length = (u32)strlen(name) + 1;

	used += (u32)snprintf(archive + used, sizeof(archive) - used, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
			      ino, mode, 5, 6, links, 1000, size, 0, 0, 0, 0, length, 0);
	memcpy(archive + used, name, length);
	used += length;
	pad();
	memcpy(archive + used, data, size);
	used += size;
	pad();
}

static void make_archive(void)
{
	used = 0;
	add("a", 0040755, 1, 2, "");
	add("a/file", 0100640, 2, 1, "contents");
	add("a/one", 0100644, 3, 2, "");
	add("a/two", 0100644, 3, 2, "both");
	add("a/link", 0120777, 4, 1, "file");
	add("TRAILER!!!", 0, 0, 1, "");
}

static void remove_archive(void)
{
	static const char *const paths[] = { "/a/file", "/a/one", "/a/two", "/a/link", "/a", "/b" };

	for (u32 i = 0; i < ARRAY_SIZE(paths); i++)
		remove_path(paths[i]);
}

static bool contains(const char *path, const char *want)
{
	struct file *file;
	char buf[32];
	i32 n;

	if (file_open_kernel(path, 0, &file))
		return false;
	n = file_read_kernel(file, buf, sizeof(buf), 0);
	file_unref(file);
	return n == (i32)strlen(want) && !memcmp(buf, want, (size_t)n);
}

/* Verifies that directories, files, both kinds of links, owners and times come out as they went in. */
KTEST(cpio_good)
{
	u32 before = frame_free_count();
	struct dentry *found;

	make_archive();
	KCHECK(cpio_unpack(archive, used) == 0);
	KCHECK(contains("/a/file", "contents") && contains("/a/link", "contents"));
	KCHECK(contains("/a/one", "both") && contains("/a/two", "both"));
	KCHECK(lookup("/a/file", true, &found) == 0);
	KCHECK(found->inode->mode == 0100640 && found->inode->uid == 5 && found->inode->gid == 6);
	KCHECK(found->inode->mtime == 1000000000000ll);
	dentry_unref(found);
	KCHECK(lookup("/a/two", true, &found) == 0 && found->inode->nlink == 2);
	dentry_unref(found);
	remove_archive();
	KCHECK(frame_free_count() == before);
}

/* Verifies that a later archive replaces the files of an earlier one. */
KTEST(cpio_over_another)
{
	make_archive();
	KCHECK(cpio_unpack(archive, used) == 0);
	used = 0;
	add("a", 0040700, 1, 2, "");
	add("a/file", 0100640, 2, 1, "new");
	add("TRAILER!!!", 0, 0, 1, "");
	KCHECK(cpio_unpack(archive, used) == 0);
	KCHECK(contains("/a/file", "new") && contains("/a/two", "both"));
	remove_archive();
}

/* Verifies that names which are made when they are looked up cannot be replaced. */
KTEST(cpio_over_proc)
{
	struct dentry *found;

	for (u32 i = 0; i < 2; i++) {
		used = 0;
		add(i ? "proc/self" : "proc/1/stat", i ? 0120777 : 0100644, 1, 1, "x");
		add("TRAILER!!!", 0, 0, 1, "");
		KCHECK(cpio_unpack(archive, used) == -EINVAL);
	}
	KCHECK(lookup("/proc/self", false, &found) == 0);
	dentry_unref(found);
}

/* Verifies that an archive cut off anywhere before its end is refused, and that nothing of it is lost or left. */
KTEST(cpio_truncated)
{
	u32 before = frame_free_count(), whole;
	char words[128];

	make_archive();
	whole = used - 3;                /* the last padding may be missing */
	for (u32 size = 0; size < whole; size += size < 130 ? 1 : 13) {
		KCHECK(cpio_unpack(archive, size) == -EINVAL);
		remove_archive();
	}
	KCHECK(frame_free_count() == before && mm_check(words, sizeof(words)));
}

/* Put a field of the first header and see what comes of it. */
static int with_field(u32 field, const char *digits)
{
	int err;

	make_archive();
	memcpy(archive + 6 + field * 8, digits, 8);
	err = cpio_unpack(archive, used);
	remove_archive();
	return err;
}

/* Verifies that impossible numbers in a header are refused. */
KTEST(cpio_impossible_fields)
{
	enum { MODE = 1, SIZE = 6, NAME_SIZE = 11 };

	KCHECK(with_field(MODE, "0000000g") == -EINVAL);
	KCHECK(with_field(MODE, "00000000") == -EINVAL);
	KCHECK(with_field(SIZE, "ffffffff") == -EINVAL);
	KCHECK(with_field(SIZE, "fffffffd") == -EINVAL);
	KCHECK(with_field(SIZE, "7fffffff") == -EINVAL);
	KCHECK(with_field(NAME_SIZE, "00000000") == -EINVAL);
	KCHECK(with_field(NAME_SIZE, "00000001") == -EINVAL);
	KCHECK(with_field(NAME_SIZE, "ffffffff") == -EINVAL);
	KCHECK(with_field(NAME_SIZE, "ffffff92") == -EINVAL);
	KCHECK(with_field(NAME_SIZE, "00000ff0") == -EINVAL);
	make_archive();
	archive[5] = '7';
	KCHECK(cpio_unpack(archive, used) == -EINVAL);
}

/* Verifies that names that climb stay in the tree, and that an entry cannot take the place of what it must not. */
KTEST(cpio_hostile_names)
{
	used = 0;
	add("../../../b", 0100644, 1, 1, "x");
	add("TRAILER!!!", 0, 0, 1, "");
	KCHECK(cpio_unpack(archive, used) == 0 && contains("/b", "x"));
	remove_archive();
	used = 0;
	add("dev", 0100644, 1, 1, "x");
	KCHECK(cpio_unpack(archive, used) == -EINVAL);
	used = 0;
	add("proc/x", 0100644, 1, 1, "x");
	KCHECK(cpio_unpack(archive, used) == -EINVAL);
	used = 0;
	add("missing/x", 0100644, 1, 1, "x");
	KCHECK(cpio_unpack(archive, used) == -EINVAL);
	used = 0;
	add("b", 0120777, 1, 1, "");
	KCHECK(cpio_unpack(archive, used) == -EINVAL);
}
