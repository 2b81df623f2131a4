/*
 * /proc: registered files, and the text that they and the files of tasks are read from.
 *
 *   open file ──► text: page ─► page ─► …       one consistent whole, made by the read from position 0, however long
 *
 * The tree of /proc is made of ordinary dentries, whose inodes have another device; nobody can add to it.
 */
#include "kernel/fs/proc_fs.h"

#include "kernel/fs/inode.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/panic.h"
#include "kernel/uaccess.h"
#include "mm/kmalloc.h"
#include "mm/memlayout.h"

#define LINE_MAX 512u                  /* what one proc_printf() can say */
#define STORE_MAX 256u

static struct dentry *proc_root;

/* ---- Text ---------------------------------------------------------------------------------------------------------- */

struct text_page {
	struct text_page *next;
	char bytes[PAGE_SIZE - sizeof(struct text_page *)];
};
#define PAGE_BYTES (sizeof(((struct text_page *)0)->bytes))

struct proc_text {
	u32 refs;                      /* the open file, and who is reading from it */
	u32 size;
	bool failed;                   /* no memory for all of it */
	struct text_page *first, *last;
	/* where the last read ended: reading on costs no walk from the first page */
	struct text_page *cursor;
	u32 cursor_start;              /* offset of its first byte */
};

static void text_unref(struct proc_text *text)
{
	if (!text || --text->refs)
		return;
	while (text->first) {
		struct text_page *next = text->first->next;

		kfree(text->first);
		text->first = next;
	}
	kfree(text);
}

/* The page that the next byte goes to; NULL: no memory. */
static struct text_page *text_room(struct proc_text *text)
{
	struct text_page *page;

	if (text->size % PAGE_BYTES || text->failed)
		return text->failed ? NULL : text->last;
	page = kmalloc(sizeof(*page));
	if (!page) {
		text->failed = true;
		return NULL;
	}
	page->next = NULL;
	if (text->last)
		text->last->next = page;
	else
		text->first = page;
	text->last = page;
	return page;
}

void proc_write(struct proc_text *text, const void *bytes, u32 n)
{
	struct text_page *page;
	u32 done = 0;

	while (done < n && (page = text_room(text))) {
		u32 offset = text->size % PAGE_BYTES, part = MIN(n - done, PAGE_BYTES - offset);

		memcpy(page->bytes + offset, (const char *)bytes + done, part);
		done += part;
		text->size += part;
	}
}

void proc_printf(struct proc_text *text, const char *format, ...)
{
	char line[LINE_MAX];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	proc_write(text, line, MIN((u32)n, LINE_MAX - 1));
}

/* Copy from the text to the user; the caller holds a reference. */
static i32 text_copy(struct proc_text *text, void *user, u32 n, u64 *position)
{
	u32 done = 0;

	while (done < n && *position < text->size) {
		u32 at = (u32)*position, offset, part;

		if (!text->cursor || at < text->cursor_start) {
			text->cursor = text->first;
			text->cursor_start = 0;
		}
		for (; at - text->cursor_start >= PAGE_BYTES; text->cursor_start += PAGE_BYTES)
			text->cursor = text->cursor->next;
		offset = at - text->cursor_start;
		part = MIN(n - done, MIN(PAGE_BYTES - offset, text->size - at));
		if (copy_to_user((char *)user + done, text->cursor->bytes + offset, part))
			return done ? (i32)done : -EFAULT;
		done += part;
		*position += part;
	}
	return (i32)done;
}

/* Make the text anew. Another task may read the old one meanwhile, or be making its own: the last one stays. */
static int text_make(struct file *file)
{
	struct proc_text *text = kzalloc(sizeof(*text));
	int err;

	if (!text)
		return -ENOMEM;
	text->refs = 1;
	err = file->inode->ops->show(text, file->inode);
	if (!err && text->failed)
		err = -ENOMEM;
	if (err) {
		text_unref(text);
		return err;
	}
	text_unref(file->private);
	file->private = text;
	return 0;
}

static i32 text_read(struct file *file, void *user, u32 n, u64 *position)
{
	int err = *position == 0 || !file->private ? text_make(file) : 0;
	struct proc_text *text = file->private;
	i32 result;

	if (err)
		return err;
	text->refs++;
	result = text_copy(text, user, n, position);
	text_unref(text);
	return result;
}

static void text_release(struct file *file)
{
	text_unref(file->private);
}

i32 proc_text_write(struct file *file, const void *user, u32 n, u64 *position UNUSED)
{
	const struct inode_ops *ops = file->inode->ops;
	char text[STORE_MAX];
	int err;

	if (!ops->store)
		return -EIO;
	if (n >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, user, n))
		return -EFAULT;
	text[n] = 0;
	err = ops->store(file->inode, text);
	return err ? err : (i32)n;
}

const struct file_ops proc_text_ops = { .read = text_read, .write = proc_text_write, .release = text_release };

/* ---- Registered files and settings --------------------------------------------------------------------------------- */

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

static u32 digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (u32)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (u32)(c - 'a') + 10 : 16;
}

int proc_parse(const char *text, i64 *out)
{
	bool negative, any = false;
	u32 base = 10;
	i64 value = 0;

	while (is_space(*text))
		text++;
	negative = *text == '-';
	text += negative;
	if (text[0] == '0' && (text[1] | 0x20) == 'x') {
		base = 16;
		text += 2;
	} else if (text[0] == '0') {
		base = 8;
	}
	for (; digit_of(*text) < base && value < (1ll << 40); text++, any = true)
		value = value * base + digit_of(*text);
	while (is_space(*text))
		text++;
	*out = negative ? -value : value;
	return any && !*text ? 0 : -EINVAL;
}

struct inode *proc_inode(u32 mode, const struct inode_ops *ops, const struct file_ops *file_ops, void *private)
{
	struct inode *inode = inode_create(mode, ops, file_ops);

	if (!inode)
		return NULL;
	inode->device = PROC_DEVICE;
	inode->private = private;
	return inode;
}

/* The entry of that name below dir, made when it is not there; a directory when inode is NULL. Not referenced. */
static struct dentry *proc_entry(struct dentry *dir, const char *name, u32 length, struct inode *inode)
{
	struct dentry *entry;

	if (!inode && dentry_lookup(dir, name, length, &entry) == 0) {
		dentry_unref(entry);
		return entry;
	}
	if (!inode)
		inode = proc_inode(S_IFDIR | 0555, NULL, &dir_file_ops, NULL);
	entry = dentry_create(dir, name, length, inode);
	if (!entry)
		panic("no memory for /proc");
	dentry_link(entry);
	dentry_unref(entry);
	return entry;
}

void proc_add(const char *path, struct inode *inode)
{
	struct dentry *dir = proc_root;
	const char *slash;

	for (; (slash = strchr(path, '/')); path = slash + 1)
		dir = proc_entry(dir, path, (u32)(slash - path), NULL);
	if (!inode)
		panic("no memory for /proc/%s", path);
	proc_entry(dir, path, (u32)strlen(path), inode);
}

static int registered_show(struct proc_text *text, struct inode *inode)
{
	((const struct proc_file *)inode->private)->show(text);
	return 0;
}

static int registered_store(struct inode *inode, const char *text)
{
	const struct proc_file *file = inode->private;

	return file->store ? file->store(text) : -EIO;
}

static const struct inode_ops registered_ops = { .show = registered_show, .store = registered_store };

void proc_register(const struct proc_file *file)
{
	proc_add(file->path, proc_inode(S_IFREG | file->mode, &registered_ops, &proc_text_ops, (void *)file));
}

static int setting_show(struct proc_text *text, struct inode *inode)
{
	const struct proc_setting *setting = inode->private;

	proc_printf(text, setting->is_signed ? "%d\n" : "%u\n", *setting->value);
	return 0;
}

static int setting_store(struct inode *inode, const char *text)
{
	const struct proc_setting *setting = inode->private;
	i64 min = setting->is_signed ? (i32)setting->min : (i64)setting->min, value;

	if (proc_parse(text, &value) || value < min || value > (i64)setting->max)
		return -EINVAL;
	*setting->value = (u32)value;
	if (setting->changed)
		setting->changed();
	return 0;
}

static const struct inode_ops setting_ops = { .show = setting_show, .store = setting_store };

void proc_register_setting(const struct proc_setting *setting)
{
	proc_add(setting->path, proc_inode(S_IFREG | 0644, &setting_ops, &proc_text_ops, (void *)setting));
}

void proc_init(void)
{
	proc_root = dentry_create(fs_root, "proc", 4, proc_inode(S_IFDIR | 0555, &proc_root_ops, &dir_file_ops, NULL));
	if (!proc_root)
		panic("no memory for /proc");
	dentry_link(proc_root);
	proc_task_init();
	proc_memory_init();
	proc_system_init();
}
