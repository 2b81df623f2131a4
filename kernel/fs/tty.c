/*
 * The terminal on COM1: termios(3)'s line discipline. Input is edited as it comes, in the interrupt handler, so that ^C works whatever
 * the programs do; while there is no room, it waits in the console's ring.
 *
 *   COM1 ──► ring ──► pump() ──► signals, echo, erase ──► line  [ taken … ready … used )
 *                                                              deliverable   being edited
 *
 * Invariant: in raw mode all is deliverable. `tty` is changed with interrupts off.
 */
#include "kernel/args.h"
#include "kernel/fs/fs.h"
#include "kernel/session.h"
#include "kernel/x86/cpu.h"

enum {                                 /* bits and indices of struct termios (asm-generic/termbits.h) */
	ICRNL = 0400, OPOST = 1, ONLCR = 4,
	ISIG = 1, ICANON = 2, ECHO = 010, ECHOE = 020, ECHOK = 040, ECHONL = 0100, NOFLSH = 0200, TOSTOP = 0400, ECHOCTL = 01000,
	ECHOKE = 04000, IEXTEN = 0100000,
	VINTR = 0, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSUSP = 10, VEOL, VWERASE = 14, NCCS = 19,
};

struct termios {
	u32 iflag, oflag, cflag, lflag;
	u8 line, cc[NCCS];
};
_Static_assert(sizeof(struct termios) == 36, "i386 ABI");

struct winsize {
	u16 rows, columns, width, height;
};

#define LINE_SIZE 4096u                /* Linux's; a power of two */
#define LINE_END 0x100u                /* a byte with it ends a line that was edited */
#define END_OF_FILE (LINE_END | 0x200u)        /* ends one without being part of it; raw mode reads it as 0 */

static struct {
	struct termios termios;
	struct winsize size;
	u16 line[LINE_SIZE];           /* place i at i % LINE_SIZE */
	u32 taken, ready, used;
	bool wired;                    /* COM1 is for people */
} tty = {
	.termios = { .iflag = ICRNL, .oflag = OPOST | ONLCR, .cflag = 0x4bf,
		     .lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
		     .cc = { 3, 034, 0177, 025, 4, 0, 1, 0, 021, 023, 032, 0, 022, 017, 027, 026 } },
	.size = { .rows = 25, .columns = 80 },
};

static u32 mode(u32 bits) { return tty.termios.lflag & bits; }

static bool is_key(u8 c, u32 index) { return c && tty.termios.cc[index] == c; }

static u16 *cell(u32 place) { return &tty.line[place % LINE_SIZE]; }

/* ---- Output -------------------------------------------------------------------------------------------------------- */

static void output(const u8 *text, u32 n)
{
	bool cooked = (tty.termios.oflag & (OPOST | ONLCR)) == (OPOST | ONLCR);
	u32 from = 0;

	for (u32 i = 0; cooked && i < n; i++) {
		if (text[i] != '\n')
			continue;
		console_write(text + from, i - from);
		console_write("\r\n", 2);
		from = i + 1;
	}
	console_write(text + from, n - from);
}

/* How many columns a byte's echo takes. Control characters show as ^X. */
static u32 echo_width(u8 c) { return mode(ECHOCTL) && (c < ' ' || c == 0177) && c != '\t' && c != '\n' ? 2 : 1; }

static void echo(u8 c)
{
	const u8 form[] = { '^', c ^ 0100, c };
	u32 width = echo_width(c);

	if (mode(c == '\n' ? ECHO | ECHONL : ECHO))
		output(width == 2 ? form : form + 2, width);
}

/* ---- Editing ------------------------------------------------------------------------------------------------------- */

/* Erase what was typed from that place on, by this key. */
static void erase(u32 from, u8 key)
{
	if (tty.used != from && !mode(ECHOE))
		echo(key);
	while (tty.used != from) {
		u32 width = echo_width((u8)*cell(--tty.used));

		for (; width && mode(ECHO) && mode(ECHOE); width--)
			output((const u8 *)"\b \b", 3);
	}
}

static bool in_word(u8 c) { return (c >= '0' && c <= '9') || ((c | 040) >= 'a' && (c | 040) <= 'z') || c == '_'; }

/* Where the last word begins: what is none at the end goes with it. */
static u32 last_word(void)
{
	u32 from = tty.used;

	while (from != tty.ready && !in_word((u8)*cell(from - 1)))
		from--;
	while (from != tty.ready && in_word((u8)*cell(from - 1)))
		from--;
	return from;
}

/* The last place is kept for what ends a line. */
static void put(u32 entry)
{
	if (tty.used - tty.taken < LINE_SIZE - !(entry & LINE_END))
		*cell(tty.used++) = (u16)entry;
	if ((entry & LINE_END) || !mode(ICANON))
		tty.ready = tty.used;
}

static void flush(void) { tty.taken = tty.ready = tty.used; }

/* Take one byte that was typed. */
static void receive(u8 c)
{
	u32 sig = is_key(c, VINTR) ? SIGINT : is_key(c, VQUIT) ? SIGQUIT : is_key(c, VSUSP) ? SIGTSTP : 0;
	bool line = mode(ICANON);

	if (sig && mode(ISIG)) {
		if (!mode(NOFLSH))
			flush();
		echo(c);
		terminal_signal(sig);
		return;
	}
	if (c == '\r' && (tty.termios.iflag & ICRNL))
		c = '\n';
	if (line && (is_key(c, VERASE) || c == '\b')) {
		erase(tty.used - (tty.used != tty.ready), c);
	} else if (line && is_key(c, VKILL)) {
		erase(tty.ready, c);
	} else if (line && is_key(c, VWERASE) && mode(IEXTEN)) {
		erase(last_word(), c);
	} else if (line && is_key(c, VEOF)) {
		put(END_OF_FILE);
	} else {
		echo(c);
		put(line && (c == '\n' || is_key(c, VEOL)) ? c | LINE_END : c);
	}
}

/* Take what has come. A line that is too long loses its end, but anything else waits until there is room. */
static void pump(void)
{
	u8 c;

	while ((tty.used - tty.taken < LINE_SIZE - 1 || (mode(ICANON) && tty.ready == tty.taken)) && tty.wired && console_read(&c, 1))
		receive(c);
}

void tty_init(void)
{
	tty.wired = !args_is("stdio", "host");
	console_input.received = pump;
}

/* ---- Files --------------------------------------------------------------------------------------------------------- */

/* Nobody is stopped for using the console by that name: as on Linux, so that messages get out. */
static int may_use(const struct file *file, u32 sig) { return file->inode->rdev == TTY_CONSOLE ? 0 : terminal_check(sig); }

/* How long a read waits from its beginning, or from the last byte that came, when `have` bytes are there. */
static u64 patience(u32 have)
{
	const u8 *cc = tty.termios.cc;

	return !mode(ICANON) && (!cc[VMIN] || (cc[VTIME] && have)) ? cc[VTIME] * 100 * NS_PER_MS : WAIT_FOREVER;
}

/* Wait for a line; in raw mode for what VMIN and VTIME say. Interrupts are off. */
static int wait_for_input(const struct file *file, u32 n)
{
	u64 since = clock_now_ns(), deadline;
	u32 have, had = 0;

	for (;; had = have) {
		int err;

		pump();
		have = tty.ready - tty.taken;
		if (have != had)
			since = clock_now_ns();
		deadline = patience(have) == WAIT_FOREVER ? WAIT_FOREVER : since + patience(have);
		if (have >= (mode(ICANON) ? 1 : MIN(MAX(tty.termios.cc[VMIN], 1u), n)) || clock_now_ns() >= deadline)
			return 0;
		err = file->flags & O_NONBLOCK ? -EAGAIN : wait_sleep_until(&console_input.waiters, true, deadline);
		if (err && err != -ETIMEDOUT)
			return have ? 0 : err;
	}
}

/* One line at most, and one step of a read. */
static i32 tty_give(const struct stream *stream, u8 *buf, u32 n)
{
	u32 flags, done = 0, entry = 0;
	int err;

	if (stream->done)
		return 0;
	flags = irq_save();
	err = may_use(stream->file, SIGTTIN) ?: wait_for_input(stream->file, n);
	while (!err && done < n && tty.taken != tty.ready && !(entry & LINE_END)) {
		entry = *cell(tty.taken++);
		if (!mode(ICANON))
			entry &= 0xff;
		if (entry != END_OF_FILE)
			buf[done++] = (u8)entry;
	}
	pump();
	irq_restore(flags);
	return err ?: (i32)done;
}

static i32 tty_accept(const struct stream *stream, u8 *buf, u32 n)
{
	int err = mode(TOSTOP) ? may_use(stream->file, SIGTTOU) : 0;

	if (!err)
		output(buf, n);
	return err ?: (i32)n;
}

static u32 tty_poll(struct file *file UNUSED)
{
	u32 enough = mode(ICANON) || tty.termios.cc[VTIME] ? 1 : MAX(tty.termios.cc[VMIN], 1u);

	pump();
	return POLLOUT | POLLWRNORM | (tty.ready - tty.taken >= enough ? POLLIN | POLLRDNORM : 0);
}

/* /dev/tty is whatever terminal the opener has; a session's leader gets one by opening it. */
static int tty_open(struct inode *inode, struct file *file)
{
	if (inode->rdev == TTY_OWN)
		return terminal_is_mine() ? 0 : -ENXIO;
	if (inode->rdev != TTY_CONSOLE && file_readable(file) && !(file->flags & O_NOCTTY))
		terminal_take(false);
	return 0;
}

const struct inode_ops tty_inode_ops = { .open = tty_open };

const struct file_ops tty_file_ops = {
	.read = stream_read, .write = stream_write, .take = tty_give, .put = tty_accept, .ioctl = tty_ioctl, .poll = tty_poll,
};

/* ---- ioctl --------------------------------------------------------------------------------------------------------- */

enum {
	TCGETS = 0x5401, TCSETS, TCSETSW, TCSETSF, TCSBRK = 0x5409, TCFLSH = 0x540b, TIOCSTI = 0x5412, TIOCGWINSZ,
	TIOCSWINSZ, TCIFLUSH = 0, TCOFLUSH, TCIOFLUSH
};

/* With what waits in the ring; ^C in it still means what it does. */
static void flush_all(void)
{
	u32 flags = irq_save();

	do {
		flush();
		pump();
	} while (tty.taken != tty.used);
	irq_restore(flags);
}

static i32 set_termios(const struct termios *user, bool discard)
{
	struct termios new;
	u32 flags;

	if (get_user(new, user))
		return -EFAULT;
	flags = irq_save();
	if (discard)
		flush_all();
	if (mode(ICANON) != (new.lflag & ICANON)) {
		tty.ready = tty.used;
		*cell(tty.ready - 1) |= LINE_END;
	}
	tty.termios = new;
	irq_restore(flags);
	wait_wake_all(&console_input.waiters);
	return 0;
}

static i32 set_size(const struct winsize *user)
{
	struct winsize new, old = tty.size;

	if (get_user(new, user))
		return -EFAULT;
	tty.size = new;
	if (memcmp(&new, &old, sizeof(new)))
		terminal_signal(SIGWINCH);
	return 0;
}

/* As if it were typed. */
static i32 type_byte(const u8 *user)
{
	u32 flags;
	u8 c;

	if (!terminal_is_mine() && !cred_privileged(current_cred()))
		return -EPERM;
	if (get_user(c, user))
		return -EFAULT;
	flags = irq_save();
	receive(c);
	irq_restore(flags);
	wait_wake_all(&console_input.waiters);
	return 0;
}

static i32 readable_bytes(void)
{
	i32 n = 0;

	for (u32 i = tty.taken; i != tty.ready; i++)
		n += !mode(ICANON) || *cell(i) != END_OF_FILE;
	return n;
}

/* What changes the terminal: not for the background. */
static i32 tty_change(u32 command, vaddr_t argument)
{
	int err = terminal_check(SIGTTOU);

	if (err || command == TCSBRK)
		return err;
	if (command != TCFLSH)
		return set_termios((const struct termios *)argument, command == TCSETSF);
	if (argument == TCIFLUSH || argument == TCIOFLUSH)
		flush_all();
	return argument > TCIOFLUSH ? -EINVAL : 0;
}

i32 tty_ioctl(struct file *file UNUSED, u32 command, vaddr_t argument)
{
	switch (command) {
	case TCGETS: return put_user(tty.termios, (struct termios *)argument);
	case TCSETS ... TCSETSF:
	case TCSBRK:
	case TCFLSH: return tty_change(command, argument);
	case TIOCGWINSZ: return put_user(tty.size, (struct winsize *)argument);
	case TIOCSWINSZ: return set_size((const struct winsize *)argument);
	case TIOCSTI: return type_byte((const u8 *)argument);
	case FIONREAD: return put_user(readable_bytes(), (i32 *)argument);
	}
	return terminal_ioctl(command, argument);
}
