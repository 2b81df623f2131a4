/* Tests of path walking, descriptors and pipes. */
#include "kernel/fs/file.h"
#include "kernel/fs/mode.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/path.h"
#include "kernel/tests/ktest.h"
#include "kernel/lib/string.h"
#include "kernel/task.h"
#include "kernel/tests/fs_test.h"
#include "mm/frame.h"
#include "mm/kmalloc.h"

int lookup(const char *path, bool follow, struct dentry **out)
{
	struct walk walk;
	int err = walk_begin_kernel(&walk, path, follow ? WALK_FOLLOW : 0);

	if (err)
		return err;
	*out = dentry_ref(walk.found);
	walk_end(&walk);
	return 0;
}

bool remove_path(const char *path)
{
	struct dentry *dentry;

	if (lookup(path, false, &dentry))
		return false;
	dentry_unlink(dentry);
	dentry_unref(dentry);
	return true;
}

/* The error of a lookup, 0 where there is something. */
static int lookup_error(const char *path, bool follow)
{
	struct dentry *dentry;
	int err = lookup(path, follow, &dentry);

	if (!err)
		dentry_unref(dentry);
	return err;
}

static bool leads_to(const char *path, const char *absolute)
{
	struct dentry *dentry;
	char buf[256];
	bool same;

	if (lookup(path, true, &dentry))
		return false;
	same = dentry_path(dentry, buf, sizeof(buf)) > 0 && strcmp(buf, absolute) == 0;
	dentry_unref(dentry);
	return same;
}

static struct inode *symlink_to(const char *target) { return memfs_symlink(target, strlen(target)); }

static void make_tree(void)
{
	path_make("/k", memfs_inode(S_IFDIR | 0755, 0), NULL);
	path_make("/k/d", memfs_inode(S_IFDIR | 0755, 0), NULL);
	path_make("/k/d/f", memfs_inode(S_IFREG | 0644, 0), NULL);
	path_make("/k/up", symlink_to("../k/d/"), NULL);
	path_make("/k/abs", symlink_to("/k/up/f"), NULL);
	path_make("/k/loop", symlink_to("loop"), NULL);
	path_make("/k/gone", symlink_to("missing/deep"), NULL);
}

static void remove_tree(void)
{
	static const char *const paths[] = { "/k/gone", "/k/loop", "/k/abs", "/k/up", "/k/d/f", "/k/d", "/k" };

	for (u32 i = 0; i < ARRAY_SIZE(paths); i++)
		remove_path(paths[i]);
}

/* Verifies that dots, slashes and links lead where they should, and nowhere above the root. */
KTEST(path_forms)
{
	u32 before = frame_free_count();

	make_tree();
	KCHECK(leads_to("/k/d/f", "/k/d/f"));
	KCHECK(leads_to("//k///./d/../d//f", "/k/d/f"));
	KCHECK(leads_to("../../k/d/.", "/k/d"));
	KCHECK(leads_to("/..", "/"));
	KCHECK(leads_to("/k/up", "/k/d"));
	KCHECK(leads_to("/k/up/", "/k/d"));
	KCHECK(leads_to("/k/up/..", "/k"));
	KCHECK(leads_to("/k/abs", "/k/d/f"));
	remove_tree();
	KCHECK(frame_free_count() == before);
}

/* Verifies each way in which a walk fails. */
KTEST(path_errors)
{
	static char long_name[300];

	make_tree();
	memset(long_name, 'x', sizeof(long_name) - 1);
	KCHECK(lookup_error("", true) == -ENOENT);
	KCHECK(lookup_error("/k/none", true) == -ENOENT);
	KCHECK(lookup_error("/k/none/f", true) == -ENOENT);
	KCHECK(lookup_error("/k/d/f/", true) == -ENOTDIR);
	KCHECK(lookup_error("/k/d/f/.", true) == -ENOTDIR);
	KCHECK(lookup_error("/k/d/f/..", true) == -ENOTDIR);
	KCHECK(lookup_error("/k/abs/", true) == -ENOTDIR);
	KCHECK(lookup_error("/k/loop", true) == -ELOOP);
	KCHECK(lookup_error("/k/loop", false) == 0);
	KCHECK(lookup_error("/k/loop/", false) == -ELOOP);
	KCHECK(lookup_error("/k/gone", true) == -ENOENT);
	KCHECK(lookup_error(long_name, true) == -ENAMETOOLONG);
	remove_tree();
}

/* Verifies that creating through a dangling link never makes a name on the way to where it points. */
KTEST(path_dangling_link)
{
	struct walk walk;

	make_tree();
	KCHECK(walk_begin_kernel(&walk, "/k/gone", WALK_FOLLOW | WALK_MISSING) == -ENOENT);
	KCHECK(lookup_error("/k/missing", true) == -ENOENT);
	remove_tree();
}

/* Verifies that the longest chain of links that Linux follows is followed, and one more is not. */
KTEST(path_forty_links)
{
	char name[8], target[8] = "/k";

	make_tree();
	for (u32 i = 0; i <= 40; i++) {
		snprintf(name, sizeof(name), "/l%02u", i);
		KCHECK(path_make(name, symlink_to(target), NULL) == 0);
		strlcpy(target, name, sizeof(target));
	}
	KCHECK(leads_to("/l39", "/k"));
	KCHECK(lookup_error("/l40", true) == -ELOOP);
	for (u32 i = 0; i <= 40; i++) {
		snprintf(name, sizeof(name), "/l%02u", i);
		KCHECK(remove_path(name));
	}
	remove_tree();
}

/* Verifies that the lowest free descriptor is found, across chunks too, and that the limit holds. */
KTEST(fd_lowest_free)
{
	struct fd_table *saved = current->files;
	struct rlimit limit = current->rlimits[RLIMIT_NOFILE];
	struct file *ends[2];

	current->rlimits[RLIMIT_NOFILE].soft = 200;
	current->files = fd_table_create();
	KCHECK(current->files && pipe_create(0, ends) == 0);
	for (i32 i = 0; i < 200; i++) {
		file_ref(ends[0]);
		KCHECK(fd_install_lowest(ends[0], false) == i);
	}
	KCHECK(fd_find(0) == -EMFILE);
	file_unref(fd_take(130));
	file_unref(fd_take(63));
	KCHECK(fd_find(0) == 63 && fd_find(64) == 130 && fd_find(131) == -EMFILE);
	fd_table_free(current->files);
	current->files = saved;
	current->rlimits[RLIMIT_NOFILE] = limit;
	KCHECK(ends[0]->refs == 1);
	file_unref(ends[0]);
	file_unref(ends[1]);
}

/* Verifies what the ends of a pipe say as the other one goes, and that nothing of it stays. */
KTEST(pipe_ends)
{
	u32 before = frame_free_count();
	struct file *ends[2];

	KCHECK(pipe_create(0, ends) == 0);
	KCHECK(ends[0]->ops->poll(ends[0]) == 0);
	KCHECK(ends[1]->ops->poll(ends[1]) & POLLOUT);
	file_unref(ends[1]);
	KCHECK(ends[0]->ops->poll(ends[0]) == POLLHUP);
	file_unref(ends[0]);
	KCHECK(pipe_create(0, ends) == 0);
	file_unref(ends[0]);
	KCHECK(ends[1]->ops->poll(ends[1]) & POLLERR);
	file_unref(ends[1]);
	KCHECK(frame_free_count() == before);
}
