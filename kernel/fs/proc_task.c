/*
 * /proc/PID: directories and files that are made when they are looked up and go with their users. They know their task by pid
 * and time of birth, so that a later task of the same pid is not mistaken for it.
 */
#include "kernel/fs/proc_fs.h"

/* What a file of a task is. */
struct task_file {
	const char *name;
	u32 mode;
	const struct inode_ops *ops;
	const struct file_ops *file_ops;
	proc_task_maker *make;                       /* of texts */
};

/* inode->private */
struct task_ref {
	pid_t pid;
	u64 born;
	const struct task_file *file;
	i32 fd;                                      /* of links in fd/, or EXE */
};
#define EXE (-1)

static struct task *ref_task(const struct task_ref *ref)
{
	struct task *task = task_find(ref->pid);

	return task && task->start_ns == ref->born ? task : NULL;
}

struct task *proc_inode_task(const struct inode *inode) { return ref_task(inode->private); }

static void ref_destroy(struct inode *inode) { kfree(inode->private); }

/* May the current task look into that one? As ptrace would say, without capabilities. */
static bool may_look(const struct task *task)
{
	uid_t uid = current_cred()->fsuid;

	return uid == 0 || task == current || (uid == task->cred.uid && uid == task->cred.euid && uid == task->cred.suid);
}

/* A name for one user, and the inode that it leads to. */
static int make_name(struct dentry *dir, const char *name, u32 length, const struct task_ref *what, struct dentry **out)
{
	const struct task_file *file = what->file;
	struct task_ref *ref = kmalloc(sizeof(*ref));
	struct inode *inode = ref ? proc_inode(file->mode, file->ops, file->file_ops, ref) : NULL;

	if (!inode) {
		kfree(ref);
		return -ENOMEM;
	}
	*ref = *what;
	inode->uid = ref_task(ref)->cred.euid;
	inode->gid = ref_task(ref)->cred.egid;
	inode->nlink = mode_is(file->mode, S_IFDIR) ? 2 : 1;
	*out = dentry_create(dir, name, length, inode);
	return *out ? 0 : -ENOMEM;
}

/* ---- Files --------------------------------------------------------------------------------------------------------- */

static int task_show(struct proc_text *text, struct inode *inode)
{
	const struct task_ref *ref = inode->private;
	struct task *task = ref_task(ref);

	if (!task)
		return -ESRCH;
	ref->file->make(text, task);
	return 0;
}

/* Addresses are shown only to those who may look: files beyond plain status ask for it. */
static int private_open(struct inode *inode, struct file *file UNUSED)
{
	const struct task *task = proc_inode_task(inode);

	if (!task)
		return -ESRCH;
	return may_look(task) ? 0 : -EACCES;
}

/* Frame numbers are for whom opened it as the superuser. */
static int pagemap_open(struct inode *inode, struct file *file)
{
	file->private = cred_privileged(current_cred()) ? file : NULL;
	return private_open(inode, file);
}

/* Neither reading nor writing allocates, or it would itself be what fails. */
static i32 fail_nth_read(struct file *file, void *user, u32 n, u64 *position)
{
	const struct task *task = proc_inode_task(file->inode);
	char text[12];
	u32 length = task ? (u32)snprintf(text, sizeof(text), "%u\n", task->fail_nth) : 0, at = (u32)MIN(*position, length);

	if (!task)
		return -ESRCH;
	n = MIN(n, length - at);
	if (copy_to_user(user, text + at, n))
		return -EFAULT;
	*position += n;
	return (i32)n;
}

static int fail_nth_store(struct inode *inode, const char **text)
{
	struct task *task = proc_inode_task(inode);
	i64 value;

	if (proc_parse(text, &value) || **text || value < 0 || value > INT32_MAX)
		return -EINVAL;
	if (!task)
		return -ESRCH;
	task->fail_nth = (u32)value;
	return 0;
}

static const struct file_ops fail_nth_file_ops = { .read = fail_nth_read, .write = proc_text_write };
static const struct inode_ops text_ops = { .show = task_show, .destroy = ref_destroy };
static const struct inode_ops private_text_ops = { .open = private_open, .show = task_show, .destroy = ref_destroy };
static const struct inode_ops pagemap_ops = { .open = pagemap_open, .destroy = ref_destroy };
static const struct inode_ops fail_nth_ops = { .store = fail_nth_store, .destroy = ref_destroy };

/* ---- Links --------------------------------------------------------------------------------------------------------- */

/* The program is the lowest executable area that shows a file. */
static struct file *exe_file(struct task *task)
{
	struct area *area = task->space ? space_area_from(task->space, 0) : NULL;

	for (; area; area = space_area_next(area))
		if (area->ops == &file_area_ops && (area->prot & AREA_EXEC))
			return area->owner;
	return NULL;
}

static struct file *task_fd(const struct task *task, i32 fd) { return task->files ? fd_peek(task->files, (u32)fd) : NULL; }

/* The file that a link leads to, not referenced. */
static int link_target(const struct inode *inode, struct file **out)
{
	const struct task_ref *ref = inode->private;
	struct task *task = ref_task(ref);

	if (!task)
		return -ENOENT;
	if (!may_look(task))
		return -EACCES;
	*out = ref->fd == EXE ? exe_file(task) : task_fd(task, ref->fd);
	return *out ? 0 : -ENOENT;
}

static int link_readlink(struct inode *inode, char *text)
{
	struct file *file;
	int length, err = link_target(inode, &file);

	if (err)
		return err;
	if (!file->dentry) {
		snprintf(text, PATH_MAX, "pipe:[%u]", file->inode->number);
		return 0;
	}
	length = dentry_path(file->dentry, text, PATH_MAX - sizeof(" (deleted)"));
	if (length > 0 && file->dentry->deleted)
		strlcpy(text + length, " (deleted)", sizeof(" (deleted)"));
	return MIN(length, 0);
}

static int link_follow(struct inode *inode, struct dentry **out)
{
	struct file *file;
	int err = link_target(inode, &file);

	if (!err && !file->dentry)
		err = -ENXIO;            /* a pipe cannot be opened once more */
	if (!err)
		*out = dentry_ref(file->dentry);
	return err;
}

static const struct inode_ops link_ops = { .readlink = link_readlink, .follow = link_follow, .destroy = ref_destroy };

/* ---- Directories --------------------------------------------------------------------------------------------------- */

static void list_number(struct dir_name *out, u32 number, u32 mode)
{
	*out = (struct dir_name){ .inode = 0x10000000 + number, .mode = (u16)mode };
	snprintf(out->name, sizeof(out->name), "%u", number);
}

/* The number that a name spells without leading zeroes; -1: none. */
static i32 number_of(const char *name, u32 length)
{
	bool padded = length > 1 && name[0] == '0';
	u64 number;

	return length <= 9 && !padded && digits_value(name, length, 10, &number) ? (i32)number : -1;
}

static const struct task_file fd_link = { NULL, S_IFLNK | 0700, &link_ops, NULL, NULL };

static int fd_lookup(struct dentry *dir, const char *name, u32 length, struct dentry **out)
{
	struct task_ref ref = *(struct task_ref *)dir->inode->private;
	const struct task *task = ref_task(&ref);

	ref.file = &fd_link;
	ref.fd = number_of(name, length);
	return task && task_fd(task, ref.fd) ? make_name(dir, name, length, &ref, out) : -ENOENT;
}

static bool fd_list(struct inode *dir, u32 *place, struct dir_name *out)
{
	struct task *task = proc_inode_task(dir);

	if (!task || !task->files || !fd_next(task->files, place))
		return false;
	list_number(out, *place, fd_link.mode);
	return true;
}

static const struct inode_ops fd_ops = { .open = private_open, .lookup = fd_lookup, .list = fd_list, .destroy = ref_destroy };

static const struct task_file task_files[] = {
	{ "cmdline", S_IFREG | 0444, &text_ops, &proc_text_ops, proc_task_cmdline },
	{ "comm", S_IFREG | 0444, &text_ops, &proc_text_ops, proc_task_comm },
	{ "exe", S_IFLNK | 0777, &link_ops, NULL, NULL },
	{ "fail-nth", S_IFREG | 0644, &fail_nth_ops, &fail_nth_file_ops, NULL },
	{ "fd", S_IFDIR | 0500, &fd_ops, &dir_file_ops, NULL },
	{ "maps", S_IFREG | 0444, &private_text_ops, &proc_text_ops, proc_task_maps },
	{ "pagemap", S_IFREG | 0400, &pagemap_ops, &proc_pagemap_ops, NULL },
	{ "stat", S_IFREG | 0444, &text_ops, &proc_text_ops, proc_task_stat },
	{ "status", S_IFREG | 0444, &text_ops, &proc_text_ops, proc_task_status },
};

static int task_lookup(struct dentry *dir, const char *name, u32 length, struct dentry **out)
{
	struct task_ref ref = *(struct task_ref *)dir->inode->private;

	ref.fd = EXE;
	for (ref.file = task_files; ref_task(&ref) && ref.file < task_files + ARRAY_SIZE(task_files); ref.file++)
		if (strlen(ref.file->name) == length && !memcmp(ref.file->name, name, length))
			return make_name(dir, name, length, &ref, out);
	return -ENOENT;
}

static bool task_list(struct inode *dir, u32 *place, struct dir_name *out)
{
	if (!proc_inode_task(dir) || *place >= ARRAY_SIZE(task_files))
		return false;
	*out = (struct dir_name){ .inode = dir->number + *place + 1, .mode = (u16)task_files[*place].mode };
	strlcpy(out->name, task_files[*place].name, sizeof(out->name));
	return true;
}

static const struct inode_ops task_ops = { .lookup = task_lookup, .list = task_list, .destroy = ref_destroy };
static const struct task_file task_dir = { NULL, S_IFDIR | 0555, &task_ops, &dir_file_ops, NULL };

static int root_lookup(struct dentry *dir, const char *name, u32 length, struct dentry **out)
{
	struct task *task = task_find(number_of(name, length));

	if (!task)
		return -ENOENT;
	return make_name(dir, name, length, &(struct task_ref){ task->pid, task->start_ns, &task_dir, 0 }, out);
}

static bool root_list(struct inode *dir UNUSED, u32 *place, struct dir_name *out)
{
	struct task *task = task_next(NULL);

	while (task && (u32)task->pid < *place)
		task = task_next(task);
	if (task) {
		*place = (u32)task->pid;
		list_number(out, *place, task_dir.mode);
	}
	return task;
}

const struct inode_ops proc_root_ops = { .lookup = root_lookup, .list = root_list };

static int self_readlink(struct inode *inode UNUSED, char *text)
{
	snprintf(text, PATH_MAX, "%d", current->pid);
	return 0;
}

static int self_follow(struct inode *inode UNUSED, struct dentry **out)
{
	char name[12];
	u32 length = (u32)snprintf(name, sizeof(name), "%d", current->pid);

	return root_lookup(proc_root, name, length, out);
}

static const struct inode_ops self_ops = { .readlink = self_readlink, .follow = self_follow };

void proc_task_init(void) { proc_add("self", proc_inode(S_IFLNK | 0777, &self_ops, NULL, NULL)); }
