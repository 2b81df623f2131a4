/* What the applets of the multi-call program share. Included first in each of them. */
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#define _FILE_OFFSET_BITS 64

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define PAGE 4096u

/* X(name) once for each applet; the function is box_NAME. */
#define APPLETS(X) \
	X(attach) X(cat) X(dmesg) X(echo) X(false) X(free) X(init) X(kill) X(ls) X(pageout) \
	X(poweroff) X(ps) X(sh) X(shmlock) X(shmmap) X(sleep) X(story) X(swapoff) X(swapon) X(true)

#define DECLARE_APPLET(name) int box_##name(int argc, char **argv);
APPLETS(DECLARE_APPLET)

/* A line of /proc/sysvipc/shm. */
struct segment {
	unsigned key;
	int id;
	unsigned mode;
	unsigned long long size, rss, swap;		/* bytes */
	int cpid, lpid;
	unsigned nattch, uid;
};

/* Is there a segment ID? If so *OUT describes it, else it holds anything. */
bool segment_by_id(int id, struct segment *out);

/* The pagemap entry of address VA in process PID: 0 when nothing is there. Ends the program if it cannot be read. */
uint64_t pagemap_entry(pid_t pid, uintptr_t va);
/* The frame that a pagemap entry shows, 0 when it shows none. */
uint64_t entry_frame(uint64_t entry);
/* The slot of the swap disk that it tells of, 0 when it tells of none. (Linux tells of private memory's only.) */
uint64_t entry_slot(uint64_t entry);
/* Is it by the segment's own page table that a pagemap entry is shown? (Linux: never.) */
bool entry_by_table(uint64_t entry);
/* How many times a frame is mapped, by everybody together. */
unsigned frame_mapped(uint64_t frame);

/* The value of line NAME of /proc/meminfo, in kB; -1 when there is no such line. */
long meminfo(const char *name);
/* Call FN for every process that there is. */
void for_each_process(void (*fn)(pid_t pid, void *arg), void *arg);
