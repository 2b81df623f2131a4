/* Small things that several tests want: scratch files, a check of an address. */
#pragma once

#include "test.h"

/* A new empty file open for reading and writing, already without a name. */
static inline int temp_file(void)
{
        char path[64];

        snprintf(path, sizeof path, "/tmp/temp.%d", getpid());
        int fd = CHECK_OK(open(path, O_RDWR | O_CREAT | O_EXCL, 0600));
        CHECK_OK(unlink(path));
        return fd;
}

/* Create a file of this name with this text in it. */
static inline void make_file(const char *path, mode_t mode, const char *text)
{
        int fd = CHECK_OK(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600));

        CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
        CHECK_OK(fchmod(fd, mode));
        close(fd);
}

/* Make an empty folder of the test's own and go there; leave_dir removes it again. */
static inline void enter_dir(char path[64])
{
        snprintf(path, 64, "/tmp/dir.%d", getpid());
        CHECK_OK(mkdir(path, 0755));
        CHECK_OK(chdir(path));
}

static inline void leave_dir(const char *path)
{
        CHECK_OK(chdir("/"));
        CHECK_OK(rmdir(path));
}

/* The call that answers an address, or (void *)-1, answers this one. */
#define CHECK_AT(expr, want) CHECK(CHECK_PTR(expr) == (void *)(want))
