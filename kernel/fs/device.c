/* The tree as it begins, and the character devices of memory and of the host in it. The terminal is in tty.c, disks are in disk.c. */
#include "kernel/args.h"
#include "kernel/block.h"
#include "kernel/fs/proc_fs.h"
#include "kernel/random.h"
#include "kernel/x86/cpu.h"

/* ---- Memory: the numbers are Linux's ------------------------------------------------------------------------------ */

static i32 read_end(struct file *file UNUSED, void *user UNUSED, u32 n UNUSED, u64 *at UNUSED) { return 0; }
static i32 read_random(struct file *file UNUSED, void *user, u32 n, u64 *at UNUSED) { return random_to_user(user, n); }

static i32 write_nowhere(struct file *file UNUSED, const void *user UNUSED, u32 n, u64 *at UNUSED) { return (i32)n; }
static i32 write_full(struct file *file UNUSED, const void *user UNUSED, u32 n UNUSED, u64 *at UNUSED) { return -ENOSPC; }

static i32 take_zeroes(const struct stream *stream UNUSED, u8 *buf, u32 n)
{
	memset(buf, 0, n);
	return (i32)n;
}

/* Shared windows on zeroes are shared with the children only: each mapping is an object of its own. */
static int map_zeroes(struct file *file UNUSED, struct map_request *request)
{
	request->object = NULL;
	return request->flags & AREA_PRIVATE ? 0 : object_create(request->index, request->pages, 0, &request->object);
}

static const struct file_ops null_ops = { .read = read_end, .write = write_nowhere };
static const struct file_ops zero_ops = { .read = stream_read, .take = take_zeroes, .write = write_nowhere, .map = map_zeroes };
static const struct file_ops full_ops = { .read = stream_read, .take = take_zeroes, .write = write_full };
static const struct file_ops random_ops = { .read = read_random, .write = write_nowhere };

/* ---- The host: the three streams of tools/run, and where the status goes ------------------------------------------ */

enum { HOST_MAJOR = 60, HOST_IN = 0, HOST_OUT, HOST_ERR, HOST_EXIT };    /* a major for local use */

#define ESCAPE 0xffu                   /* twice: itself; followed by 0: the end of the file */
static bool host_escaped, host_ended;

/* Decode in place; the bytes that are left. */
static u32 host_decode(u8 *bytes, u32 n)
{
	u32 kept = 0;

	for (u32 i = 0; i < n && !host_ended; i++) {
		bool escape = bytes[i] == ESCAPE && !host_escaped;

		host_ended = host_escaped && !bytes[i];
		if (!escape && !host_ended)
			bytes[kept++] = bytes[i];
		host_escaped = escape;
	}
	return kept;
}

static i32 host_take(const struct stream *stream, u8 *buf, u32 n)
{
	u32 flags = irq_save(), got = 0;
	int err = 0;

	while (!err && !got && !host_ended) {
		got = host_decode(buf, console_read(buf, n));
		if (got || host_ended || console_readable())
			continue;
		if (stream->done)
			break;
		err = stream_wait(stream->file, &console_input.waiters);
	}
	irq_restore(flags);
	return got ? (i32)got : err;
}

static u32 host_in_poll(struct file *file UNUSED) { return console_readable() || host_ended ? POLLIN | POLLRDNORM : 0; }
static u32 host_out_poll(struct file *file UNUSED) { return POLLOUT | POLLWRNORM; }

static i32 host_put(const struct stream *stream, u8 *buf, u32 n)
{
	static const u16 ports[] = { [HOST_OUT] = 0xe9, [HOST_ERR] = 0xea, [HOST_EXIT] = 0xeb };  /* QEMU's debug consoles */

	outsb(ports[stream->file->inode->rdev & 0xff], buf, n);
	return (i32)n;
}

/* Is the stream a terminal on the host? The kernel argument tty=XYZ says so of stdin, stdout and stderr. */
static i32 host_ioctl(struct file *file, u32 command, vaddr_t argument)
{
	const char *terminals = args_value("tty");
	u32 stream = file->inode->rdev & 0xff;

	if (stream > HOST_ERR || !terminals || strlen(terminals) <= stream || terminals[stream] != '1')
		return -ENOTTY;
	return tty_ioctl(file, command, argument);
}

static const struct file_ops input_ops = { .read = stream_read, .take = host_take, .ioctl = host_ioctl, .poll = host_in_poll };
static const struct file_ops output_ops = { .write = stream_write, .put = host_put, .ioctl = host_ioctl, .poll = host_out_poll };

/* ---- What there is ------------------------------------------------------------------------------------------------ */

#define NUMBER(major, minor) ((major) << 8 | (minor))

/* Made in this order at boot, below the root. */
static const struct {
	const char *path;
	u32 mode, rdev;
	const struct file_ops *ops;
} first_files[] = {
	{ "/dev", S_IFDIR | 0755, 0, NULL },
	{ "/dev/shm", S_IFDIR | 01777, 0, NULL },
	{ "/tmp", S_IFDIR | 01777, 0, NULL },
	{ "/dev/null", S_IFCHR | 0666, NUMBER(1, 3), &null_ops },
	{ "/dev/zero", S_IFCHR | 0666, NUMBER(1, 5), &zero_ops },
	{ "/dev/full", S_IFCHR | 0666, NUMBER(1, 7), &full_ops },
	{ "/dev/random", S_IFCHR | 0666, NUMBER(1, 8), &random_ops },
	{ "/dev/urandom", S_IFCHR | 0666, NUMBER(1, 9), &random_ops },
	{ "/dev/tty", S_IFCHR | 0666, TTY_OWN, &tty_file_ops },
	{ "/dev/console", S_IFCHR | 0600, TTY_CONSOLE, &tty_file_ops },
	{ "/dev/ttyS0", S_IFCHR | 0600, TTY_COM1, &tty_file_ops },
	{ "/dev/hostin", S_IFCHR | 0666, NUMBER(HOST_MAJOR, HOST_IN), &input_ops },
	{ "/dev/hostout", S_IFCHR | 0666, NUMBER(HOST_MAJOR, HOST_OUT), &output_ops },
	{ "/dev/hosterr", S_IFCHR | 0666, NUMBER(HOST_MAJOR, HOST_ERR), &output_ops },
	{ "/dev/hostexit", S_IFCHR | 0600, NUMBER(HOST_MAJOR, HOST_EXIT), &output_ops },
};

const struct file_ops *device_file_ops(u32 rdev)
{
	for (u32 i = 0; i < ARRAY_SIZE(first_files); i++)
		if (first_files[i].rdev == rdev)
			return first_files[i].ops;
	return NULL;
}

void fs_init(void)
{
	struct block_device *disk;
	char path[16];

	fs_root = dentry_create(NULL, "", 0, memfs_inode(S_IFDIR | 0755, 0));
	if (!fs_root)
		panic("no memory for a root directory");
	fs_root->inode->nlink++;
	for (u32 i = 0; i < ARRAY_SIZE(first_files); i++)
		if (path_make(first_files[i].path, memfs_inode(first_files[i].mode, first_files[i].rdev), NULL))
			panic("%s cannot be made", first_files[i].path);
	list_for_each(disk, &block_devices, link) {
		snprintf(path, sizeof(path), "/dev/%s", disk->name);
		if (path_make(path, disk_inode(disk), NULL))
			panic("%s cannot be made", path);
	}
	tty_init();
	proc_init();
}
