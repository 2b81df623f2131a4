/* The settings below /proc/sys/kernel: shmmax, shmall, shmmni, shm_next_id, shm_rmid_forced. */
#include "shm.h"

#include <sys/fsuid.h>

/* Verifies the values that a 32-bit kernel starts with. */
TEST_FLAGS(limits_defaults, NOT_64)
{
        CHECK_EQ(setting("shmmax"), 4278190079);
        CHECK_EQ(setting("shmall"), 4278190079);
        CHECK_EQ(setting("shmmni"), 4096);
        CHECK_EQ(setting("shm_rmid_forced"), 0);
}

/* Verifies the text of a setting: a decimal number and a newline. */
TEST(limits_text)
{
        char text[32];

        CHECK_EQ(file_read("/proc/sys/kernel/shmmni", text, sizeof text), 5);
        CHECK(!strcmp(text, "4096\n"));
        CHECK_EQ(file_read("/proc/sys/kernel/shm_rmid_forced", text, sizeof text), 2);
        CHECK(!strcmp(text, "0\n"));
}

/* Verifies that only root may write the settings, the effective and not the file system's, and that everybody reads the limits. */
TEST_FLAGS(limits_written_by_root_only, NEEDS_ROOT)
{
        static const char *const names[] = { "shmmax", "shmall", "shmmni", "shm_rmid_forced" };

        IN_CHILD {
                become(ALICE, STAFF);
                for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
                        long long now = setting(names[i]);

                        CHECK_ERR(EACCES, setting_write(names[i], now));
                }
        }
        IN_CHILD {
                setfsuid(ALICE);
                CHECK_OK(setting_write("shmmni", setting("shmmni")));
        }
}

/* Verifies that shmmni is 0 to 32768 and shm_rmid_forced 0 or 1, with EINVAL beyond and the value unchanged. */
TEST_FLAGS(limits_out_of_range, NEEDS_ROOT)
{
        long long mni = setting("shmmni");

        CHECK_ERR(EINVAL, setting_write("shmmni", 32769));
        CHECK_ERR(EINVAL, setting_write("shmmni", -1));
        CHECK_EQ(setting("shmmni"), mni);
        CHECK_OK(setting_write("shmmni", 32768));
        CHECK_EQ(setting("shmmni"), 32768);
        CHECK_OK(setting_write("shmmni", 0));
        CHECK_ERR(ENOSPC, shmget(IPC_PRIVATE, PAGE, 0600));
        CHECK_OK(setting_write("shmmni", mni));
        CHECK_ERR(EINVAL, setting_write("shm_rmid_forced", 2));
        CHECK_ERR(EINVAL, setting_write("shm_rmid_forced", -1));
        CHECK_EQ(setting("shm_rmid_forced"), 0);
        CHECK_ERR(EINVAL, file_write("/proc/sys/kernel/shmmni", "many\n"));
        CHECK_EQ(setting("shmmni"), mni);
}

/* Verifies that a setting is what is written at the beginning of its file, and that more is taken and ignored. */
TEST_FLAGS(limits_written_on, NEEDS_ROOT)
{
        long long before = setting("shmmni");
        int fd = CHECK_OK(open("/proc/sys/kernel/shmmni", O_RDWR));

        CHECK_EQ(write(fd, "2222 ", 5), 5);
        CHECK_EQ(write(fd, "3333\n", 5), 5);
        CHECK_EQ(pwrite(fd, "4444\n", 5, 3), 5);
        CHECK_EQ(setting("shmmni"), 2222);
        CHECK_EQ(pwrite(fd, "1111\n", 5, 0), 5);
        CHECK_EQ(setting("shmmni"), 1111);
        setting_put("shmmni", before);
}

/* Verifies that SHMMNI is the number of segments at once, that a removed but attached one still counts, and that what
 * exists above a lowered limit stays usable. */
TEST_FLAGS(limits_shmmni, NEEDS_ROOT)
{
        long long before = setting("shmmni");
        unsigned used = totals().used_ids;

        setting_put("shmmni", used + 2);
        int a = segment(PAGE, 0600), b = segment(PAGE, 0600);
        char *p = attach(a);

        CHECK_ERR(ENOSPC, shmget(IPC_PRIVATE, PAGE, 0600));
        destroy(a);
        CHECK_ERR(ENOSPC, shmget(IPC_PRIVATE, PAGE, 0600));
        detach(p);
        a = segment(PAGE, 0600);
        setting_put("shmmni", used + 1);
        detach(attach(b));
        destroy(b);
        CHECK_ERR(ENOSPC, shmget(IPC_PRIVATE, PAGE, 0600));
        destroy(a);
        destroy(segment(PAGE, 0600));
        setting_put("shmmni", before);
}

/* Verifies that shm_next_id is -1, asks for the id of one new segment, and is then -1 again. */
TEST_FLAGS(limits_shm_next_id, NEEDS_ROOT)
{
        int wanted = (77 << 15) + 123;

        struct stat st;

        setting_need("shm_next_id");
        CHECK_OK(stat("/proc/sys/kernel/shm_next_id", &st));
        CHECK_EQ(st.st_mode & 0777, 0444);      /* root writes all the same */
        CHECK_EQ(setting("shm_next_id"), -1);
        setting_put("shm_next_id", wanted);
        CHECK_EQ(setting("shm_next_id"), wanted);
        int id = segment(PAGE, 0600);

        CHECK_EQ(id, wanted);
        CHECK_EQ(stat_of(id).shm_perm.__seq, 77);
        CHECK_EQ(setting("shm_next_id"), -1);
        int next = segment(PAGE, 0600);

        CHECK(next != id);
        detach(attach(id));
        destroy(id);
        destroy(next);
}

/* Verifies that shm_next_id keeps its sequence number and takes the next free index when its own is taken. */
TEST_FLAGS(limits_shm_next_id_taken, NEEDS_ROOT)
{
        int wanted = (78 << 15) + 200;

        setting_need("shm_next_id");
        setting_put("shm_next_id", wanted);
        int a = segment(PAGE, 0600);

        setting_put("shm_next_id", wanted);
        int b = segment(PAGE, 0600);

        CHECK_EQ(a, wanted);
        CHECK_EQ(b, wanted + 1);
        CHECK_ERR(EINVAL, setting_write("shm_next_id", -2));
        CHECK_EQ(setting("shm_next_id"), -1);
        destroy(a);
        destroy(b);
}

/* Verifies the first half of shm_rmid_forced: a segment goes with its last detach, though nobody removed it. */
TEST_FLAGS(forced_segment_goes_with_its_last_detach, NEEDS_ROOT)
{
        key_t key = fresh_key();
        int id = CHECK_OK(shmget(key, PAGE, IPC_CREAT | 0600));
        char *p = attach(id), *q = attach(id);

        setting_put("shm_rmid_forced", 1);
        detach(p);
        CHECK_EQ(attaches(id), 1);
        CHECK_EQ(stat_of(id).shm_perm.mode, 0600);
        detach(q);
        CHECK_ERR(EINVAL, shmat(id, NULL, 0));
        CHECK_ERR(ENOENT, shmget(key, 0, 0));
        setting_put("shm_rmid_forced", 0);
}

/* Verifies that the exit of the last process attached is a last detach. */
TEST_FLAGS(forced_segment_goes_with_the_last_exit, NEEDS_ROOT)
{
        int id = segment(PAGE, 0600);
        pid_t pid;

        setting_put("shm_rmid_forced", 1);
        SPAWN(pid) {
                attach(id)[0] = 1;
                raise(SIGKILL);
        }
        JOIN_KILLED(pid, SIGKILL);
        CHECK_ERR(EINVAL, shmat(id, NULL, 0));
        setting_put("shm_rmid_forced", 0);
}

/* Verifies the second half: a segment that nobody has attached goes when its creator exits, one that somebody has
 * attached goes with that attach. */
TEST_FLAGS(forced_segment_goes_with_its_creator, NEEDS_ROOT)
{
        key_t key = fresh_key(), attached = fresh_key();
        struct gate made = gate_create(), go = gate_create();
        pid_t pid;

        setting_put("shm_rmid_forced", 1);
        SPAWN(pid) {
                CHECK_OK(shmget(key, PAGE, IPC_CREAT | 0600));
                CHECK_OK(shmget(attached, PAGE, IPC_CREAT | 0600));
                gate_open(&made);
                gate_wait(&go);
        }
        gate_wait(&made);
        char *p = attach(CHECK_OK(shmget(attached, 0, 0)));

        CHECK_OK(shmget(key, 0, 0));
        gate_open(&go);
        JOIN(pid);
        CHECK_ERR(ENOENT, shmget(key, 0, 0));
        CHECK_EQ(attaches(CHECK_OK(shmget(attached, 0, 0))), 1);
        detach(p);
        CHECK_ERR(ENOENT, shmget(attached, 0, 0));
        setting_put("shm_rmid_forced", 0);
}

/* Verifies that with the setting off the creator's exit leaves the segment, and that exec is no exit. */
TEST_FLAGS(forced_is_off_by_default, NEEDS_ROOT)
{
        key_t key = fresh_key();

        IN_CHILD { CHECK_OK(shmget(key, PAGE, IPC_CREAT | 0600)); }
        detach(attach(CHECK_OK(shmget(key, 0, 0))));
        destroy(CHECK_OK(shmget(key, 0, 0)));
}

/* Verifies that switching it on destroys the segments that have nobody attached and whose creator is gone. */
TEST_FLAGS(forced_switched_on_cleans_up, NEEDS_ROOT)
{
        key_t orphan = fresh_key(), mine = fresh_key(), held = fresh_key();

        IN_CHILD {
                CHECK_OK(shmget(orphan, PAGE, IPC_CREAT | 0600));
                CHECK_OK(shmget(held, PAGE, IPC_CREAT | 0600));
        }
        int id = CHECK_OK(shmget(mine, PAGE, IPC_CREAT | 0600));
        char *p = attach(CHECK_OK(shmget(held, 0, 0)));

        setting_put("shm_rmid_forced", 1);
        CHECK_ERR(ENOENT, shmget(orphan, 0, 0));
        CHECK_EQ(shmget(mine, 0, 0), id);
        CHECK_OK(shmget(held, 0, 0));
        detach(p);
        CHECK_ERR(ENOENT, shmget(held, 0, 0));
        setting_put("shm_rmid_forced", 0);
        destroy(id);
}
