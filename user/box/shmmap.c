/*
 * shmmap ID: draw a segment: its attaches with their addresses and how many of their 4 MiB spans are shown by table and by entry, and
 * its pages with their frames and who shows them, or with their slots on the swap disk.
 */
#include "user/box/box.h"

#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <unistd.h>

#define WINDOWS 60	/* attaches drawn at most */
#define ROWS 48		/* rows of pages at most */
#define BATCH 512	/* pagemap entries read at a time */
#define SPAN (PAGE * 1024ul)

/* An area of a process that shows pages of the segment. */
struct window {
	pid_t pid;
	unsigned long start, end, first;	/* addresses; the page of the segment at start */
	char prot[8];
	int pagemap;
	uint64_t entries[BATCH];		/* of the addresses from "batch" on */
	unsigned long batch;
};

struct drawing {
	int id;
	unsigned count;
	struct window windows[WINDOWS];
};

/* What is seen of one page. */
struct view {
	uint64_t frame;			/* 0: no window shows one */
	uint64_t slot;			/* 0: it is not on the swap disk */
	unsigned mapped;		/* times, by everybody */
	uint64_t shown_in;		/* bit i: window i shows it */
};

static void add_windows(pid_t pid, void *arg)
{
	struct drawing *d = arg;
	char path[40], line[512];
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	f = fopen(path, "r");
	while (f && d->count < WINDOWS && fgets(line, sizeof line, f)) {
		struct window *w = &d->windows[d->count];
		unsigned long offset;
		int inode;

		if (strstr(line, "/SYSV") &&
		    sscanf(line, "%lx-%lx %7s %lx %*s %d", &w->start, &w->end, w->prot, &offset, &inode) == 5 &&
		    inode == d->id) {		/* Linux too gives the id as the inode */
			snprintf(path, sizeof path, "/proc/%d/pagemap", pid);
			w->pagemap = open(path, O_RDONLY);
			w->pid = pid;
			w->first = offset / PAGE;
			d->count++;
		}
	}
	if (f)
		fclose(f);
}

/* The pagemap entry of address VA, which is in the window. Addresses that follow each other cost one read in BATCH. */
static uint64_t window_entry(struct window *w, unsigned long va)
{
	if (!w->batch || va < w->batch || va >= w->batch + BATCH * PAGE) {
		memset(w->entries, 0, sizeof w->entries);
		if (pread(w->pagemap, w->entries, sizeof w->entries, (off_t)(va / PAGE * sizeof(uint64_t))) < 0)
			warn("pagemap of process %d", w->pid);
		w->batch = va;
	}
	return w->entries[(va - w->batch) / PAGE];
}

/* How many of the spans that the window lies in, where they show anything, do it by table, and by entry. */
static void count_spans(struct window *w, unsigned *by_table, unsigned *by_entry)
{
	unsigned long next;

	*by_table = *by_entry = 0;
	for (unsigned long va = w->start, end; va < w->end; va = next) {
		uint64_t entry = 0;

		next = (va | (SPAN - 1)) + 1;
		end = next < w->end ? next : w->end;
		for (; va < end && !entry_frame(entry); va += PAGE)
			entry = window_entry(w, va);
		if (entry_frame(entry))
			++*(entry_by_table(entry) ? by_table : by_entry);
	}
}

static void draw_window(struct window *w, unsigned i)
{
	unsigned by_table, by_entry;

	count_spans(w, &by_table, &by_entry);
	printf("  %c  pid %-6d 0x%08lx-0x%08lx %s from page %lu, by table %u, by entry %u\n", i < 26 ? (char)('A' + i) : '+', w->pid,
	       w->start, w->end, w->prot, w->first, by_table, by_entry);
}

static struct view view_of(struct drawing *d, unsigned long page)
{
	struct view v = { 0 };

	for (unsigned i = 0; i < d->count; i++) {
		struct window *w = &d->windows[i];
		unsigned long va = w->start + (page - w->first) * PAGE;
		uint64_t frame, entry;

		if (page < w->first || va >= w->end)
			continue;
		entry = window_entry(w, va);
		frame = entry_frame(entry);
		v.slot = entry_slot(entry);
		if (frame) {
			v.frame = frame;
			v.shown_in |= 1ull << i;
		}
	}
	if (v.frame)
		v.mapped = frame_mapped(v.frame);
	return v;
}

/* Does "next", so many pages after "v", continue its row: no frame and slot, or neighbouring ones? */
static bool continues(const struct view *v, uint64_t pages, const struct view *next)
{
	return next->frame == v->frame + (v->frame ? pages : 0) && next->slot == v->slot + (v->slot ? pages : 0) &&
	       next->mapped == v->mapped && next->shown_in == v->shown_in;
}

/* Where pages are that begin with "first" and are "more" after that: a number, or a range. */
static void put_place(char *text, size_t size, const char *format, uint64_t first, uint64_t more)
{
	int n = snprintf(text, size, format, first);

	if (more) {
		text[n++] = '-';
		snprintf(text + n, size - (size_t)n, strchr(format, '%'), first + more);
	}
}

static void draw_row(const struct drawing *d, unsigned long first, unsigned long last, const struct view *v)
{
	char pages[32], place[64] = ".";

	put_place(pages, sizeof pages, "%" PRIu64, first, last - first);
	if (v->frame)
		put_place(place, sizeof place, "%" PRIx64, v->frame, last - first);
	else if (v->slot)
		put_place(place, sizeof place, "slot %" PRIu64, v->slot, last - first);
	printf(v->frame ? "  %-15s %-17s %-7u" : "  %-15s %s", pages, place, v->mapped);
	for (unsigned i = 0; i < d->count; i++)
		if (v->shown_in & (1ull << i))
			printf(" %c", i < 26 ? (char)('A' + i) : '+');
	putchar('\n');
}

static void draw_pages(struct drawing *d, unsigned long pages)
{
	unsigned long first = 0;
	int rows = 0;

	puts("  page            frame             mapped  by");
	while (first < pages && rows++ < ROWS) {
		struct view v = view_of(d, first), next;
		unsigned long last = first;

		while (last + 1 < pages) {
			next = view_of(d, last + 1);
			if (!continues(&v, last + 1 - first, &next))
				break;
			last++;
		}
		draw_row(d, first, last, &v);
		first = last + 1;
	}
	if (first < pages)
		printf("  %lu-%lu ... not drawn\n", first, pages - 1);
}

int box_shmmap(int argc, char **argv)
{
	static struct drawing d;
	struct segment s;
	unsigned long pages;

	d.id = argc == 2 ? atoi(argv[1]) : -1;
	if (d.id < 0)
		errx(1, "usage: shmmap ID");
	if (!segment_by_id(d.id, &s))
		errx(1, "no segment %d", d.id);
	pages = (unsigned long)((s.size + PAGE - 1) / PAGE);
	printf("segment %d  key 0x%08x  mode %o  %llu bytes, %lu page%s, %llu resident, %llu swapped  attached %u times%s\n\n",
	       s.id, s.key, s.mode & 0777, s.size, pages, pages == 1 ? "" : "s", s.rss / PAGE, s.swap / PAGE, s.nattch,
	       s.mode & SHM_LOCKED ? "  locked" : "");
	for_each_process(add_windows, &d);
	for (unsigned i = 0; i < d.count; i++)
		draw_window(&d.windows[i], i);
	if (d.count < s.nattch)
		printf("  (%u more not drawn)\n", s.nattch - d.count);
	putchar('\n');
	draw_pages(&d, pages);
	return 0;
}
