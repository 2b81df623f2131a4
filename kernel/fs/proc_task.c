/*
 * /proc/PID: directories and files that are made when they are looked up and go with their users. They know their task by pid
 * and time of birth, so that a later task of the same pid is not mistaken for it.
 */
#include "kernel/fs/file.h"
#include "kernel/fs/path.h"
#include "kernel/fs/proc_fs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task.h"
#include "kernel/uaccess.h"
#include "mm/kmalloc.h"
#include "mm/space.h"

/* What a file of a task is. */
struct task_file {
	const char *name;
	u32 mode;
	proc_task_maker *make;                       /* texts */
	const struct inode_ops *ops;
	const struct file_ops *file_ops;
	/* links: what they lead to, not referenced; NULL: nothing */
	struct dentry *(*target)(struct task *task, u32 fd);
};

/* inode->private */
struct task_ref {
	pid_t pid;
	u64 born;
	const struct task_file *file;                /* NULL: the directory itself */
	u32 fd;                                      /* of links in fd/ */
};

static const struct inode_ops task_dir_ops, fd_dir_ops;

static struct task *ref_task(const struct task_ref *ref)
{
	struct task *task = task_find(ref->pid);

	return task && task->start_ns == ref->born ? task : NULL;
}

static struct task *inode_task(const struct inode *inode)
{
	return ref_task(inode->private);
}

static void ref_destroy(struct inode *inode)
{
	kfree(inode->private);
}

/* May the current task look into that one? As ptrace would say, without capabilities. */
static bool may_look(const struct task *task)
{
	const struct cred *cred = current_cred(), *other = &task->cred;

	return cred->fsuid == 0 || task == current ||
	       (cred->fsuid == other->uid && cred->fsuid == other->euid && cred->fsuid == other->suid);
}

static struct inode *ref_inode(const struct task *task, u32 mode, const struct task_file *file, u32 fd)
{
	struct task_ref *ref = kmalloc(sizeof(*ref));
	struct inode *inode;

	if (!ref)
		return NULL;
	*ref = (struct task_ref){ .pid = task->pid, .born = task->start_ns, .file = file, .fd = fd };
	inode = proc_inode(mode, file ? file->ops : &task_dir_ops, file && file->file_ops ? file->file_ops : &dir_file_ops, ref);
	if (!inode) {
		kfree(ref);
		return NULL;
	}
	inode->uid = task->cred.euid;
	inode->gid = task->cred.egid;
	inode->nlink = mode_is(mode, S_IFDIR) ? 2 : 1;
	return inode;
}

/* ---- Texts --------------------------------------------------------------------------------------------------------- */

static int task_show(struct proc_text *text, struct inode *inode)
{
	const struct task_ref *ref = inode->private;
	struct task *task = ref_task(ref);

	return task ? ref->file->make(text, task) : -ESRCH;
}

/* Addresses are shown only to those who may look: files beyond plain status ask for it. */
static int task_open(struct inode *inode, struct file *file UNUSED)
{
	const struct task *task = inode_task(inode);

	if (!task)
		return -ESRCH;
	return may_look(task) ? 0 : -EACCES;
}

static i32 pagemap_read(struct file *file, void *user, u32 n, u64 *position)
{
	struct task *task = inode_task(file->inode);
	struct space *space = task ? task->space : NULL;
	i32 result;

	if (!space)
		return 0;
	space_ref(space);
	result = proc_pagemap_read(space, file->private, user, n, position);
	space_unref(space);
	return result;
}

/* Frame numbers are for whom opened it as the superuser. */
static int pagemap_open(struct inode *inode, struct file *file)
{
	file->private = cred_privileged(current_cred()) ? file : NULL;
	return task_open(inode, file);
}

/* Neither reading nor writing allocates, or it would itself be what fails. */
static i32 fail_nth_read(struct file *file, void *user, u32 n, u64 *position)
{
	const struct task *task = inode_task(file->inode);
	char text[12];
	u32 length;

	if (!task)
		return -ESRCH;
	length = (u32)snprintf(text, sizeof(text), "%u\n", task->fail_nth);
	if (*position >= length)
		return 0;
	n = MIN(n, length - (u32)*position);
	if (copy_to_user(user, text + *position, n))
		return -EFAULT;
	*position += n;
	return (i32)n;
}

static int fail_nth_store(struct inode *inode, const char *text)
{
	struct task *task = inode_task(inode);
	i64 value;

	if (proc_parse(text, &value) || value < 0 || value > INT32_MAX)
		return -EINVAL;
	if (!task)
		return -ESRCH;
	task->fail_nth = (u32)value;
	return 0;
}


static const struct file_ops pagemap_ops = { .read = pagemap_read };
static const struct file_ops fail_nth_ops = { .read = fail_nth_read, .write = proc_text_write };
static const struct inode_ops task_ops = { .show = task_show, .destroy = ref_destroy };
static const struct inode_ops fail_nth_inode_ops = { .store = fail_nth_store, .destroy = ref_destroy };
static const struct inode_ops task_text_ops = { .open = task_open, .show = task_show, .destroy = ref_destroy };
static const struct inode_ops pagemap_inode_ops = { .open = pagemap_open, .destroy = ref_destroy };

/* ---- Links --------------------------------------------------------------------------------------------------------- */

/* The program is the lowest executable area that shows a file. */
static struct dentry *exe_target(struct task *task, u32 fd UNUSED)
{
	struct area *area = task->space ? space_area_from(task->space, 0) : NULL;

	for (; area; area = space_area_next(area))
		if (area->ops == &file_area_ops && (area->prot & AREA_EXEC))
			return ((struct file *)area->owner)->dentry;
	return NULL;
}

static struct dentry *cwd_target(struct task *task, u32 fd UNUSED)
{
	return task->cwd;
}

static struct dentry *root_target(struct task *task UNUSED, u32 fd UNUSED)
{
	return fs_root;
}

static struct file *task_fd(const struct task *task, u32 fd)
{
	return task->files ? fd_peek(task->files, fd) : NULL;
}

static struct dentry *fd_target(struct task *task, u32 fd)
{
	struct file *file = task_fd(task, fd);

	return file ? file->dentry : NULL;
}

/* Where a link leads; an open file without a name (*pipe) has no dentry. */
static int link_target(const struct inode *inode, struct dentry **out, struct file **pipe)
{
	const struct task_ref *ref = inode->private;
	struct task *task = ref_task(ref);

	if (!task)
		return -ENOENT;
	if (!may_look(task))
		return -EACCES;
	*out = ref->file->target(task, ref->fd);
	*pipe = !*out && ref->file->target == fd_target ? task_fd(task, ref->fd) : NULL;
	return *out || *pipe ? 0 : -ENOENT;
}

static int link_readlink(struct inode *inode, char *text)
{
	struct dentry *target;
	struct file *pipe;
	const char *path;
	int err = link_target(inode, &target, &pipe);

	if (err)
		return err;
	if (!target) {
		snprintf(text, PATH_MAX, "pipe:[%u]", pipe->inode->number);
		return 0;
	}
	path = dentry_path(target, text, PATH_MAX);
	if (!path)
		return -ENAMETOOLONG;
	memmove(text, path, strlen(path) + 1);
	if (target->deleted && strlen(text) + sizeof(" (deleted)") <= PATH_MAX)
		strlcpy(text + strlen(text), " (deleted)", sizeof(" (deleted)"));
	return 0;
}

static int link_follow(struct inode *inode, struct dentry **out)
{
	struct file *pipe;
	int err = link_target(inode, out, &pipe);

	if (err)
		return err;
	if (!*out)
		return -ENXIO;           /* a pipe cannot be opened once more */
	dentry_ref(*out);
	return 0;
}

static const struct inode_ops task_link_ops = { .readlink = link_readlink, .follow = link_follow, .destroy = ref_destroy };

/* ---- Directories --------------------------------------------------------------------------------------------------- */

static const struct task_file task_files[] = {
	{ "cmdline", S_IFREG | 0444, proc_task_cmdline, &task_ops, &proc_text_ops, NULL },
	{ "comm", S_IFREG | 0444, proc_task_comm, &task_ops, &proc_text_ops, NULL },
	{ "cwd", S_IFLNK | 0777, NULL, &task_link_ops, NULL, cwd_target },
	{ "environ", S_IFREG | 0400, proc_task_environ, &task_text_ops, &proc_text_ops, NULL },
	{ "exe", S_IFLNK | 0777, NULL, &task_link_ops, NULL, exe_target },
	{ "fail-nth", S_IFREG | 0644, NULL, &fail_nth_inode_ops, &fail_nth_ops, NULL },
	{ "fd", S_IFDIR | 0500, NULL, &fd_dir_ops, NULL, NULL },
	{ "maps", S_IFREG | 0444, proc_task_maps, &task_text_ops, &proc_text_ops, NULL },
	{ "pagemap", S_IFREG | 0400, NULL, &pagemap_inode_ops, &pagemap_ops, NULL },
	{ "root", S_IFLNK | 0777, NULL, &task_link_ops, NULL, root_target },
	{ "stat", S_IFREG | 0444, proc_task_stat, &task_ops, &proc_text_ops, NULL },
	{ "statm", S_IFREG | 0444, proc_task_statm, &task_ops, &proc_text_ops, NULL },
	{ "status", S_IFREG | 0444, proc_task_status, &task_ops, &proc_text_ops, NULL },
};

static const struct task_file fd_link = { NULL, S_IFLNK | 0700, NULL, &task_link_ops, NULL, fd_target };

/* A dentry made for one user. */
static int made_up(struct dentry *dir, const char *name, u32 length, struct inode *inode, struct dentry **out)
{
	*out = dentry_create(dir, name, length, inode);
	return *out ? 0 : -ENOMEM;
}

static int task_dir_lookup(struct dentry *dir, const char *name, u32 length, struct dentry **out)
{
	struct task *task = inode_task(dir->inode);

	for (u32 i = 0; task && i < ARRAY_SIZE(task_files); i++) {
		const struct task_file *file = &task_files[i];

		if (strlen(file->name) == length && !memcmp(file->name, name, length))
			return made_up(dir, name, length, ref_inode(task, file->mode, file, 0), out);
	}
	return -ENOENT;
}

static bool task_dir_list(struct inode *dir, u32 *place, struct dir_name *out)
{
	if (!inode_task(dir) || *place >= ARRAY_SIZE(task_files))
		return false;
	*out = (struct dir_name){ .inode = dir->number + *place + 1, .mode = (u16)task_files[*place].mode };
	strlcpy(out->name, task_files[*place].name, sizeof(out->name));
	return true;
}

static const struct inode_ops task_dir_ops = { .lookup = task_dir_lookup, .list = task_dir_list, .destroy = ref_destroy };

/* The number that a name spells without leading zeroes; -1: none. */
static i32 number_of(const char *name, u32 length)
{
	i32 number = 0;

	if (!length || length > 9 || (name[0] == '0' && length > 1))
		return -1;
	for (u32 i = 0; i < length; i++) {
		if (name[i] < '0' || name[i] > '9')
			return -1;
		number = number * 10 + (name[i] - '0');
	}
	return number;
}

static void name_number(struct dir_name *out, u32 number, u32 mode)
{
	*out = (struct dir_name){ .inode = 0x10000000 + number, .mode = (u16)mode };
	snprintf(out->name, sizeof(out->name), "%u", number);
}

static int fd_dir_lookup(struct dentry *dir, const char *name, u32 length, struct dentry **out)
{
	struct task *task = inode_task(dir->inode);
	i32 fd = number_of(name, length);

	if (!task || fd < 0 || !task_fd(task, (u32)fd))
		return -ENOENT;
	return made_up(dir, name, length, ref_inode(task, fd_link.mode, &fd_link, (u32)fd), out);
}

static bool fd_dir_list(struct inode *dir, u32 *place, struct dir_name *out)
{
	struct task *task = inode_task(dir);

	if (!task || !task->files || !fd_next(task->files, place))
		return false;
	name_number(out, *place, fd_link.mode);
	return true;
}

static const struct inode_ops fd_dir_ops = {
	.open = task_open,
	.lookup = fd_dir_lookup,
	.list = fd_dir_list,
	.destroy = ref_destroy,
};

static int root_lookup(struct dentry *dir, const char *name, u32 length, struct dentry **out)
{
	struct task *task = task_find(number_of(name, length));

	return task ? made_up(dir, name, length, ref_inode(task, S_IFDIR | 0555, NULL, 0), out) : -ENOENT;
}

static bool root_list(struct inode *dir UNUSED, u32 *place, struct dir_name *out)
{
	struct task *task = task_next(NULL);

	while (task && (u32)task->pid < *place)
		task = task_next(task);
	if (!task)
		return false;
	*place = (u32)task->pid;
	name_number(out, *place, S_IFDIR | 0555);
	return true;
}

const struct inode_ops proc_root_ops = { .lookup = root_lookup, .list = root_list };

static int self_readlink(struct inode *inode UNUSED, char *text)
{
	snprintf(text, PATH_MAX, "%d", current->pid);
	return 0;
}

static int self_follow(struct inode *inode UNUSED, struct dentry **out)
{
	struct dentry *proc;
	char name[12];
	int err = dentry_lookup(fs_root, "proc", 4, &proc);

	if (err)
		return err;
	err = root_lookup(proc, name, (u32)snprintf(name, sizeof(name), "%d", current->pid), out);
	dentry_unref(proc);
	return err;
}

static const struct inode_ops self_ops = { .readlink = self_readlink, .follow = self_follow };

void proc_task_init(void)
{
	proc_add("self", proc_inode(S_IFLNK | 0777, &self_ops, NULL, NULL));
}
