/* /proc/sysvipc/shm byte by byte, and how /proc/self/maps names an attach. */
#include "shm.h"

static const char header[] = "       key      shmid perms       size  cpid  lpid nattch   uid   gid  cuid  cgid"
                             "      atime      dtime      ctime        rss       swap\n";

/* The line that the file must have for this segment. */
static void line_wanted(char *line, size_t size, int id, unsigned long resident)
{
        struct shmid_ds ds = stat_of(id);

        snprintf(line, size, "%10d %10d  %4o %10lu %5u %5u  %5lu %5u %5u %5u %5u %10lu %10lu %10lu %10lu %10lu\n",
                 ds.shm_perm.__key, id, ds.shm_perm.mode, (unsigned long)ds.shm_segsz, ds.shm_cpid, ds.shm_lpid,
                 ds.shm_nattch, ds.shm_perm.uid, ds.shm_perm.gid, ds.shm_perm.cuid, ds.shm_perm.cgid,
                 (unsigned long)ds.shm_atime, (unsigned long)ds.shm_dtime, (unsigned long)ds.shm_ctime,
                 resident * PAGE, 0ul);
}

/* Find the segment's line in the file; false when it is not listed. */
static bool line_found(char *line, size_t size, int id)
{
        FILE *file = fopen("/proc/sysvipc/shm", "r");
        bool found = false;
        int its_id;

        CHECK(file != NULL);
        while (!found && fgets(line, size, file))
                found = sscanf(line, "%*d %d", &its_id) == 1 && its_id == id;
        fclose(file);
        return found;
}

static void check_line(int id, unsigned long resident)
{
        char want[512], got[512];

        line_wanted(want, sizeof want, id, resident);
        CHECK(line_found(got, sizeof got, id));
        if (strcmp(got, want))
                FAIL("the line is\n%s#  and should be\n%s", got, want);
}

/* Verifies that without segments the file is its header line. */
TEST_FLAGS(sysvipc_header, NOT_64)
{
        char text[512];

        if (totals().used_ids)
                SKIP("there are segments of others here");
        CHECK_EQ(file_read("/proc/sysvipc/shm", text, sizeof text), strlen(header));
        CHECK(!strcmp(text, header));
}

/* Verifies a segment's line to the byte at each step of its life: negative key, owner, pages, lock, removal. */
TEST_FLAGS(sysvipc_line, NOT_64 | NEEDS_ROOT)
{
        int id = CHECK_OK(shmget(fresh_key() - 0x7fffffff - 1, 5000, IPC_CREAT | 0644));
        struct shmid_ds ds = stat_of(id);

        check_line(id, 0);
        char *p = attach(id);

        check_line(id, 0);
        p[0] = 1;
        check_line(id, 1);
        p[PAGE] = 1;
        ds.shm_perm.uid = 1234567;
        ds.shm_perm.gid = STAFF;
        CHECK_OK(shmctl(id, IPC_SET, &ds));
        check_line(id, 2);
        CHECK_OK(shmctl(id, SHM_LOCK, NULL));
        check_line(id, 2);
        CHECK_OK(shmctl(id, SHM_UNLOCK, NULL));
        IN_CHILD { check_line(id, 2); }
        check_line(id, 2);
        destroy(id);
        check_line(id, 2);
        detach(p);
        char line[512];

        CHECK(!line_found(line, sizeof line, id));
}

/* Verifies that a small size at large widths is right-aligned like every other column, and mode 7 shows as 7. */
TEST_FLAGS(sysvipc_columns, NOT_64)
{
        int small = segment(1, 0007), large = CHECK_OK(shmget(IPC_PRIVATE, 0x70000000, SHM_NORESERVE | 0));

        check_line(small, 0);
        check_line(large, 0);
        destroy(small);
        destroy(large);
}

/* Verifies that everybody may read the file, the segments that he has no permission for included. */
TEST_FLAGS(sysvipc_for_everybody, NEEDS_ROOT)
{
        int id = segment(PAGE, 0);

        IN_CHILD {
                char line[512];

                become(ALICE, STAFF);
                CHECK(line_found(line, sizeof line, id));
        }
        destroy(id);
}

static int by_index(const void *a, const void *b)
{
        return (*(const int *)a & 0x7fff) - (*(const int *)b & 0x7fff);
}

/* Verifies that a walk over many segments in small reads lists every one exactly once, in the order of the index. */
TEST(sysvipc_many_segments_in_small_reads)
{
        enum { COUNT = 200 };
        int ids[COUNT], seen = 0, fd;
        char byte, line[512];
        size_t n = 0;

        for (int i = 0; i < COUNT; i++)
                ids[i] = segment(PAGE, 0600);
        qsort(ids, COUNT, sizeof ids[0], by_index);
        fd = CHECK_OK(open("/proc/sysvipc/shm", O_RDONLY));
        while (read(fd, &byte, 1) == 1) {
                line[n++] = byte;
                CHECK(n < sizeof line);
                if (byte != '\n')
                        continue;
                line[n] = '\0';
                n = 0;
                int id;

                if (sscanf(line, "%*d %d", &id) == 1 && seen < COUNT && id == ids[seen])
                        seen++;
        }
        close(fd);
        CHECK_EQ(n, 0);
        CHECK_EQ(seen, COUNT);
        for (int i = 0; i < COUNT; i++)
                destroy(ids[i]);
}

/* The maps line of the area that contains p must have this range, access, offset and name. */
static void check_maps(const char *p, size_t size, const char *access, unsigned long offset, int id, key_t key)
{
        char line[512], want[64], got_access[8], name[64], rest[64] = "";
        unsigned long start, end, got_offset, inode;

        CHECK(maps_line(p, line, sizeof line));
        CHECK(sscanf(line, "%lx-%lx %7s %lx %*s %lu %63s %63s", &start, &end, got_access, &got_offset, &inode, name,
                     rest) >= 6);
        snprintf(want, sizeof want, "/SYSV%08x", key);
        if (start != (unsigned long)p || end != start + size || strcmp(got_access, access) || got_offset != offset ||
            strcmp(name, want) || strcmp(rest, "(deleted)") || inode != (unsigned long)id)
                FAIL("%p, %zu bytes of id %d, key %#x: %s", p, size, id, key, line);
}

/* Verifies the name /SYSVkkkkkkkk (deleted), access and offset of attaches, and that the inode number is the id. */
TEST(maps_name_of_an_attach)
{
        key_t key = fresh_key();
        int id = CHECK_OK(shmget(key, 4 * PAGE, IPC_CREAT | 0700)), private = segment(1, 0600);
        char *p = attach(id), *q = CHECK_PTR(shmat(id, NULL, SHM_RDONLY)), *r = attach(private);

        check_maps(p, 4 * PAGE, "rw-s", 0, id, key);
        check_maps(q, 4 * PAGE, "r--s", 0, id, key);
        check_maps(r, PAGE, "rw-s", 0, private, 0);
        CHECK_OK(mprotect(p + PAGE, PAGE, PROT_READ));
        check_maps(p, PAGE, "rw-s", 0, id, key);
        check_maps(p + PAGE, PAGE, "r--s", PAGE, id, key);
        check_maps(p + 2 * PAGE, 2 * PAGE, "rw-s", 2 * PAGE, id, key);
        detach(q);
        q = CHECK_PTR(shmat(id, NULL, SHM_RDONLY | SHM_EXEC));
        check_maps(q, 4 * PAGE, "r-xs", 0, id, key);
        destroy(id);
        check_maps(q, 4 * PAGE, "r-xs", 0, id, key);
        detach(p);
        detach(q);
        detach(r);
        destroy(private);
}
