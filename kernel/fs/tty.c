/*
 * The console as a terminal. Input is edited when somebody reads or polls:
 *
 *   COM1 ──► edit (echo, erase, kill) ──► line  [ taken … ready … used )
 *                                                 deliverable  being edited
 */
#include "kernel/fs/fs.h"

#include "kernel/fs/mode.h"
#include "kernel/fs/stream.h"
#include "kernel/lib/errno.h"
#include "kernel/uaccess.h"
#include "kernel/x86/cpu.h"

enum {                                 /* bits and indices of struct termios (asm-generic/termbits.h) */
	ICRNL = 0400, OPOST = 1, ONLCR = 4, ISIG = 1, ICANON = 2, ECHO = 010, ECHOE = 020, ECHOK = 040,
	VERASE = 2, VKILL = 3, VEOF = 4, VMIN = 6,
	NCCS = 19,
};

struct termios {
	u32 iflag, oflag, cflag, lflag;
	u8 line, cc[NCCS];
};
_Static_assert(sizeof(struct termios) == 36, "i386 ABI");

struct winsize {
	u16 rows, columns, width, height;
};

static struct {
	struct termios termios;
	struct winsize size;
	char line[1024];
	u32 taken, ready, used;
	bool end;                      /* ^D on an empty line: one read gives 0 */
} tty = {
	.termios = { .iflag = ICRNL, .oflag = OPOST | ONLCR, .cflag = 0x4bf, .lflag = ICANON | ECHO | ECHOE | ECHOK,
		     .cc = { 3, 034, 0177, 025, 4, 0, 1, 0, 021, 023, 032 } },
	.size = { .rows = 25, .columns = 80 },
};

static void echo(const char *text, size_t n)
{
	if (tty.termios.lflag & ECHO)
		console_write(CONSOLE_COM1, text, n);
}

static void erase(u32 down_to)
{
	while (tty.used > down_to) {
		tty.used--;
		echo("\b \b", 3);
	}
}

static void put(char c)
{
	if (tty.used < sizeof(tty.line))
		tty.line[tty.used++] = c;
}

/* One byte of a line being edited. */
static void edit(u8 c)
{
	if (c == tty.termios.cc[VERASE] || c == '\b') {
		if (tty.used > tty.ready)
			erase(tty.used - 1);
	} else if (c == tty.termios.cc[VKILL]) {
		erase(tty.ready);
	} else if (c == tty.termios.cc[VEOF]) {
		tty.end = tty.used == tty.taken;
		tty.ready = tty.used;
	} else if (c == '\n') {
		put('\n');
		tty.line[tty.used - 1] = '\n';     /* even when it is full */
		tty.ready = tty.used;
		echo("\r\n", 2);
	} else {
		put((char)c);
		echo((char *)&c, 1);
	}
}

/* Take what has come. */
static void pump(void)
{
	u8 c;

	if (tty.taken == tty.used)
		tty.taken = tty.ready = tty.used = 0;
	while ((tty.used < sizeof(tty.line) || tty.ready < tty.used) && console_read(&c, 1)) {
		if (c == '\r' && (tty.termios.iflag & ICRNL))
			c = '\n';
		if (tty.termios.lflag & ICANON) {
			edit(c);
			continue;
		}
		put((char)c);
		tty.ready = tty.used;
		echo((char *)&c, 1);
	}
}

/* Wait for something to deliver; interrupts are off. */
static int wait_for_input(const struct file *file)
{
	int err = 0;

	for (pump(); !err && tty.taken == tty.ready && !tty.end; pump()) {
		if (!(tty.termios.lflag & ICANON) && !tty.termios.cc[VMIN])
			break;
		err = stream_wait(file, &console_input.waiters);
	}
	return err;
}

/* Deliver one line at most. */
static i32 tty_give(const struct stream *stream, u8 *buf, u32 n)
{
	u32 flags = irq_save(), done = 0;
	int err = stream->done ? 0 : wait_for_input(stream->file);

	if (!err && !stream->done) {
		tty.end = tty.end && tty.taken != tty.ready;
		while (done < n && tty.taken < tty.ready) {
			buf[done++] = (u8)tty.line[tty.taken++];
			if (buf[done - 1] == '\n' && (tty.termios.lflag & ICANON))
				break;
		}
	}
	irq_restore(flags);
	return err ? err : (i32)done;
}

static i32 tty_accept(const struct stream *stream UNUSED, u8 *buf, u32 n)
{
	bool cooked = (tty.termios.oflag & (OPOST | ONLCR)) == (OPOST | ONLCR);
	u32 from = 0;

	for (u32 i = 0; cooked && i < n; i++) {
		if (buf[i] != '\n')
			continue;
		console_write(CONSOLE_COM1, buf + from, i - from);
		console_write(CONSOLE_COM1, "\r\n", 2);
		from = i + 1;
	}
	console_write(CONSOLE_COM1, buf + from, n - from);
	return (i32)n;
}

enum {
	TCGETS = 0x5401, TCSETS, TCSETSW, TCSETSF, TCSBRK = 0x5409, TCFLSH = 0x540b, TIOCGWINSZ = 0x5413,
	TIOCSWINSZ = 0x5414,
};

i32 tty_ioctl(struct file *file UNUSED, u32 command, vaddr_t argument)
{
	void *user = (void *)argument;

	switch (command) {
	case TCGETS:
		return copy_to_user(user, &tty.termios, sizeof(tty.termios));
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return copy_from_user(&tty.termios, user, sizeof(tty.termios));
	case TIOCGWINSZ:
		return copy_to_user(user, &tty.size, sizeof(tty.size));
	case TIOCSWINSZ:
		return copy_from_user(&tty.size, user, sizeof(tty.size));
	case FIONREAD:
		return put_user((i32)(tty.ready - tty.taken), (i32 *)user);
	case TCSBRK:
	case TCFLSH:
		return 0;
	}
	return -ENOTTY;
}

static u32 tty_poll(struct file *file UNUSED)
{
	pump();
	return POLLOUT | POLLWRNORM | (tty.taken < tty.ready || tty.end ? POLLIN | POLLRDNORM : 0);
}

const struct file_ops tty_file_ops = {
	.read = stream_read,
	.write = stream_write,
	.take = tty_give,
	.put = tty_accept,
	.ioctl = tty_ioctl,
	.poll = tty_poll,
};
