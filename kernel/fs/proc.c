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

struct dentry *proc_root;

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
	struct text_page *next;

	if (!text || --text->refs)
		return;
	for (; text->first; text->first = next) {
		next = text->first->next;
		kfree(text->first);
	}
	kfree(text);
}

/* A page more at the end; false: no memory. */
static bool text_grow(struct proc_text *text)
{
	struct text_page *page = kmalloc(sizeof(*page));

	if (!page)
		return false;
	page->next = NULL;
	if (text->last)
		text->last->next = page;
	else
		text->first = page;
	text->last = page;
	return true;
}

void proc_write(struct proc_text *text, const void *bytes, u32 n)
{
	for (u32 part; n && !text->failed; n -= part, bytes = (const char *)bytes + part) {
		u32 offset = text->size % PAGE_BYTES;

		part = MIN(n, PAGE_BYTES - offset);
		if (!offset && !text_grow(text)) {
			text->failed = true;
			return;
		}
		memcpy(text->last->bytes + offset, bytes, part);
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

/* The bytes at `at`, and how many lie together there. */
static const char *text_at(struct proc_text *text, u32 at, u32 *n)
{
	u32 offset;

	if (!text->cursor || at < text->cursor_start) {
		text->cursor = text->first;
		text->cursor_start = 0;
	}
	for (; at - text->cursor_start >= PAGE_BYTES; text->cursor_start += PAGE_BYTES)
		text->cursor = text->cursor->next;
	offset = at - text->cursor_start;
	*n = MIN(PAGE_BYTES - offset, text->size - at);
	return text->cursor->bytes + offset;
}

/* Copy from the text to the user; the caller holds a reference. */
static i32 text_copy(struct proc_text *text, char *user, u32 n, u64 *position)
{
	u32 done = 0, part;

	for (; done < n && *position < text->size; done += part, *position += part) {
		const char *from = text_at(text, (u32)*position, &part);

		part = MIN(part, n - done);
		if (copy_to_user(user + done, from, part))
			return done ? (i32)done : -EFAULT;
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

/* ---- Registered files ---------------------------------------------------------------------------------------------- */

static const char *skip_space(const char *text)
{
	while (*text == ' ' || *text == '\n' || *text == '\t')
		text++;
	return text;
}

int proc_parse(const char *text, i64 *out)
{
	const char *digits = skip_space(text), *end;
	bool negative = *digits == '-';
	u32 base = 10;
	u64 value;

	digits += negative;
	for (end = digits; *end && skip_space(end) == end; end++)
		;
	if (digits[0] == '0' && (digits[1] | 0x20) == 'x') {
		base = 16;
		digits += 2;
	} else if (digits[0] == '0') {
		base = 8;
	}
	if (*skip_space(end) || end - digits > 15 || !digits_value(digits, (size_t)(end - digits), base, &value))
		return -EINVAL;
	*out = negative ? -(i64)value : (i64)value;
	return 0;
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

static int file_show(struct proc_text *text, struct inode *inode)
{
	const struct proc_file *file = inode->private;

	if (file->show)
		file->show(text);
	else if (file->line)
		proc_printf(text, "%s\n", file->line);
	else
		proc_printf(text, file->is_signed ? "%d\n" : "%u\n", *file->number);
	return 0;
}

static int file_store(struct inode *inode, const char *text)
{
	const struct proc_file *file = inode->private;
	i64 value;

	if (!file->number)
		return -EIO;
	if (proc_parse(text, &value) || value < 0 || value > (i64)file->max)
		return -EINVAL;
	*file->number = (u32)value;
	if (file->changed)
		file->changed();
	return 0;
}

static const struct inode_ops file_inode_ops = { .show = file_show, .store = file_store };

void proc_register(const struct proc_file *files, u32 count)
{
	for (u32 i = 0; i < count; i++)
		proc_add(files[i].path,
			 proc_inode(S_IFREG | files[i].mode, &file_inode_ops, &proc_text_ops, (void *)&files[i]));
}

void proc_init(void)
{
	proc_root = dentry_create(fs_root, "proc", 4, proc_inode(S_IFDIR | 0555, &proc_root_ops, &dir_file_ops, NULL));
	if (!proc_root)
		panic("no memory for /proc");
	dentry_link(proc_root);
	proc_task_init();
	proc_system_init();
}
