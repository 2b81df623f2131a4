/*
 * /proc: registered files, and the text that they and the files of tasks are read from.
 *
 *   open file ──► text: page ─► page ─► …       one consistent whole, made by the read from position 0, however long
 *
 * The tree of /proc is made of ordinary dentries, whose inodes have another device; nobody can add to it.
 */
#include "kernel/fs/proc_fs.h"

#define LINE_MAX 512u                  /* what one proc_printf() can say */
#define STORE_MAX 256u

struct dentry *proc_root;

/* ---- Text ---------------------------------------------------------------------------------------------------------- */

struct text_page {
	struct list link;              /* proc_text.pages */
	u8 bytes[PAGE_SIZE - sizeof(struct list)];
};
#define PAGE_BYTES (sizeof(((struct text_page *)0)->bytes))

struct proc_text {
	struct list pages;
	u32 size;
	bool failed;                   /* no memory for all of it */
};

static void text_free(struct proc_text *text)
{
	struct text_page *page, *next;

	if (text)
		list_for_each_safe(page, next, &text->pages, link)
			kfree(page);
	kfree(text);
}

void proc_write(struct proc_text *text, const void *bytes, u32 n)
{
	for (u32 part; n && !text->failed; n -= part, bytes = (const char *)bytes + part) {
		u32 offset = text->size % PAGE_BYTES;
		struct text_page *page = offset ? list_entry(text->pages.prev, struct text_page, link) : kmalloc(sizeof(*page));

		part = MIN(n, PAGE_BYTES - offset);
		text->failed = !page;
		if (!page)
			return;
		if (!offset)
			list_push_back(&text->pages, &page->link);
		memcpy(page->bytes + offset, bytes, part);
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

/* Make the text anew. Another task may be making its own meanwhile: the last one stays. */
static int text_make(struct file *file)
{
	struct proc_text *text = kzalloc(sizeof(*text));
	int err;

	if (!text)
		return -ENOMEM;
	list_init(&text->pages);
	err = file->inode->ops->show(text, file->inode) ?: text->failed ? -ENOMEM : 0;
	text_free(err ? text : file->private);
	if (!err)
		file->private = text;
	return err;
}

static i32 text_take(const struct stream *stream, u8 *buf, u32 n)
{
	int err = stream->position == 0 || !stream->file->private ? text_make(stream->file) : 0;
	struct proc_text *text = stream->file->private;
	u32 at = (u32)stream->position;
	struct list *page;

	if (err || stream->position >= text->size)
		return err;
	n = MIN(n, text->size - at);
	for (page = text->pages.next; at >= PAGE_BYTES; at -= PAGE_BYTES)
		page = page->next;
	n = MIN(n, PAGE_BYTES - at);
	memcpy(buf, list_entry(page, struct text_page, link)->bytes + at, n);
	return (i32)n;
}

static void text_close(struct file *file) { text_free(file->private); }

/* What does not begin at the beginning is taken and ignored, as on Linux (kernel.sysctl_writes_strict). */
i32 proc_text_write(struct file *file, const void *user, u32 n, u64 *position)
{
	const struct inode_ops *ops = file->inode->ops;
	char text[STORE_MAX];
	const char *left = text;
	i32 result = n;

	if (!ops->store)
		return -EIO;
	if (n >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, user, n))
		return -EFAULT;
	text[n] = 0;
	if (n && *position == 0)
		result = ops->store(file->inode, &left) ?: left - text;
	*position += MAX(result, 0);
	return result;
}

const struct file_ops proc_text_ops = { .read = stream_read, .take = text_take, .write = proc_text_write, .release = text_close };

/* ---- Registered files ---------------------------------------------------------------------------------------------- */

static const char *skip_space(const char *text)
{
	while (*text == ' ' || *text == '\n' || *text == '\t')
		text++;
	return text;
}

int proc_parse(const char **text, i64 *out)
{
	const char *digits = skip_space(*text), *end;
	bool negative = *digits == '-', hex;
	u64 value;
	u32 base;

	digits += negative;
	for (end = digits; *end && skip_space(end) == end; end++)
		;
	*text = skip_space(end);
	hex = digits[0] == '0' && (digits[1] | 0x20) == 'x';
	base = hex ? 16 : digits[0] == '0' ? 8 : 10;
	digits += hex ? 2 : 0;
	if (end - digits > 15 || !digits_value(digits, (size_t)(end - digits), base, &value))
		return -EINVAL;
	*out = negative ? -(i64)value : (i64)value;
	return 0;
}

struct inode *proc_inode(u32 mode, const struct inode_ops *ops, const struct file_ops *file_ops, void *private)
{
	struct inode *inode = inode_create(mode, ops, file_ops);

	if (inode) {
		inode->device = PROC_DEVICE;
		inode->private = private;
	}
	return inode;
}

/* A new entry of dir. It is not referenced, for it stays for ever. */
static struct dentry *proc_entry(struct dentry *dir, const char *name, u32 length, struct inode *inode)
{
	struct dentry *entry = dentry_create(dir, name, length, inode);

	if (!entry)
		panic("no memory for /proc");
	dentry_link(entry);
	dentry_unref(entry);
	return entry;
}

void proc_add(const char *path, struct inode *inode)
{
	struct dentry *dir = proc_root, *next;
	const char *slash;

	for (; (slash = strchr(path, '/')); path = slash + 1, dir = next) {
		u32 length = (u32)(slash - path);

		if (dentry_lookup(dir, path, length, &next))
			next = proc_entry(dir, path, length, proc_inode(S_IFDIR | 0555, NULL, &dir_file_ops, NULL));
		else
			dentry_unref(next);
	}
	proc_entry(dir, path, (u32)strlen(path), inode);
}

static int file_show(struct proc_text *text, struct inode *inode)
{
	const struct proc_file *file = inode->private;

	if (file->show)
		file->show(text);
	else if (file->line)
		proc_printf(text, "%s\n", file->line);
	for (u32 i = 0; file->number && i <= file->more; i++)
		proc_printf(text, file->is_signed ? "%d%c" : "%u%c", file->number[i], i < file->more ? '\t' : '\n');
	return 0;
}

/* As on Linux, what is missing stays as it is, what is too much is not looked at, and what comes before a mistake is stored. */
static int file_store(struct inode *inode, const char **text)
{
	const struct proc_file *file = inode->private;
	i64 value;

	if (!file->number)
		return -EIO;
	for (u32 i = 0; i <= file->more && (i == 0 || **text); i++) {
		if (proc_parse(text, &value) || value < file->min || value > (i64)file->max)
			return -EINVAL;
		file->number[i] = (u32)value;
	}
	return file->changed ? file->changed() : 0;
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
	proc_root = proc_entry(fs_root, "proc", 4, proc_inode(S_IFDIR | 0555, &proc_root_ops, &dir_file_ops, NULL));
	proc_task_init();
	proc_system_init();
}
