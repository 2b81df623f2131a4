/*
 * The runner: forks each test into a process group of its own, judges it, and looks afterwards whether it left the
 * system as it was. It allocates nothing between the two looks, so on Commons free memory has to be equal to the page.
 */
#include "test.h"

#include <fnmatch.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/utsname.h>
#include <time.h>

#define MOST_IDS 32768
#define MOST_TESTS 1000
#define SETTLE_ROUNDS 2000

extern const struct test *const __start_test_table[];
extern const struct test *const __stop_test_table[];
extern const struct program *const __start_program_table[];
extern const struct program *const __stop_program_table[];

enum system { COMMONS, LINUX, HOST64 };

static const struct test *tests[MOST_TESTS];    /* the wanted ones, in the order of the source text */
static int test_count;
static enum system the_system = COMMONS;
static unsigned time_limit = 900;
static char **patterns;                         /* NULL-terminated; empty: every test */
static volatile pid_t running;                  /* the process group that the watchdog ends */

/* What a test tells the runner besides its exit status; shared with it, between two pages that no test can reach. */
struct report {
        char skip[256];
};
static struct report *report;

static int ids_before[2][MOST_IDS];            /* segments, sets of semaphores: id by index, -1 for none */
static char text[16384];

static const char *const setting_names[] = { "shmmax", "shmall", "shmmni", "shm_rmid_forced", "sem" };
static char settings_before[ARRAY_SIZE(setting_names)][64];

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
        char line[512];
        va_list args;

        va_start(args, format);
        int n = vsnprintf(line, sizeof line, format, args);
        va_end(args);
        if (n >= (int)sizeof line)
                n = sizeof line - 1;
        if (write(1, line, n) != n)
                _exit(2);
}

void test_skip(const char *format, ...)
{
        va_list args;

        va_start(args, format);
        vsnprintf(report->skip, sizeof report->skip, format, args);
        va_end(args);
        _exit(0);
}

/* ---- What is looked at around a test ----------------------------------------------------------------------------- */

enum kind { SEGMENTS, SETS, KINDS };

static int highest_index(enum kind kind)
{
        struct seminfo sets;
        struct shminfo segments;

        return kind == SETS ? semctl(0, 0, IPC_INFO, &sets) : shmctl(0, IPC_INFO, (struct shmid_ds *)&segments);
}

static int id_at(enum kind kind, int index)
{
        struct shmid_ds segment;
        struct semid_ds set;

        return kind == SETS ? semctl(index, 0, SEM_STAT, &set) : shmctl(index, SHM_STAT, &segment);
}

static void ids_note(void)
{
        for (enum kind kind = 0; kind < KINDS; kind++) {
                int highest = highest_index(kind);

                for (int i = 0; i < MOST_IDS; i++)
                        ids_before[kind][i] = i <= highest ? id_at(kind, i) : -1;
        }
}

/* Remove every segment or set that was not there before the test; how many. */
static int ids_remove_new(enum kind kind)
{
        int highest = highest_index(kind), removed = 0;

        for (int i = 0; i <= highest && i < MOST_IDS; i++) {
                int id = id_at(kind, i);

                if (id >= 0 && id != ids_before[kind][i])
                        removed += !(kind == SETS ? semctl(id, 0, IPC_RMID) : shmctl(id, IPC_RMID, NULL));
        }
        return removed;
}

static void setting_path(char *path, size_t size, unsigned i)
{
        snprintf(path, size, "/proc/sys/kernel/%s", setting_names[i]);
}

static void settings_note(void)
{
        char path[64];

        for (unsigned i = 0; i < ARRAY_SIZE(setting_names); i++) {
                setting_path(path, sizeof path, i);
                if (file_read(path, settings_before[i], sizeof settings_before[i]) < 0)
                        settings_before[i][0] = '\0';
        }
}

/* Put back the settings that a test left changed; how many. */
static int settings_restore(void)
{
        char path[64], now[64];
        int changed = 0;

        for (unsigned i = 0; i < ARRAY_SIZE(setting_names); i++) {
                setting_path(path, sizeof path, i);
                if (file_read(path, now, sizeof now) < 0 || !strcmp(now, settings_before[i]))
                        continue;
                file_write(path, settings_before[i]);
                changed++;
        }
        return changed;
}

/* Free memory in KiB after the last of the test's processes has really gone, which may take a moment. */
static long memory_settled(long before)
{
        const struct timespec moment = { .tv_nsec = 1000000 };
        long now = memory_unused();

        for (int i = 0; i < SETTLE_ROUNDS && now != before; i++) {
                nanosleep(&moment, NULL);
                now = memory_unused();
        }
        return now;
}

/* ---- One test ---------------------------------------------------------------------------------------------------- */

static void watchdog(int sig)
{
        (void)sig;
        if (kill(-running, SIGKILL))
                kill(running, SIGKILL);
}

static void reap_orphans(void)
{
        const struct timespec moment = { .tv_nsec = 1000000 };

        for (int i = 0; i < SETTLE_ROUNDS; i++) {
                pid_t pid = waitpid(-1, NULL, WNOHANG);

                if (pid < 0)
                        return;
                if (pid == 0)
                        nanosleep(&moment, NULL);
        }
}

/* Run it to its end, with all its descendants; its wait status. */
static int test_run(void (*run)(void))
{
        int status = 0;
        pid_t pid = fork();

        if (pid < 0)
                return -1;
        if (pid == 0) {
                signal(SIGALRM, SIG_DFL);
                setpgid(0, 0);
                run();
                _exit(0);
        }
        running = pid;
        setpgid(pid, pid);
        alarm(time_limit);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        alarm(0);
        kill(-pid, SIGKILL);
        reap_orphans();
        return status;
}

static bool status_good(int status)
{
        if (WIFEXITED(status))
                return WEXITSTATUS(status) == 0;
        if (WTERMSIG(status) == SIGKILL)
                say("# killed, perhaps by the watchdog after %u s\n", time_limit);
        else
                say("# ended by signal %d\n", WTERMSIG(status));
        return false;
}

/* Whether the test left things as they were; puts back what can be. */
static bool left_clean(long memory_before)
{
        int segments = ids_remove_new(SEGMENTS), sets = ids_remove_new(SETS), settings = settings_restore();
        bool clean = !segments && !sets && !settings;

        if (segments)
                say("# left %d segment(s) behind\n", segments);
        if (sets)
                say("# left %d set(s) of semaphores behind\n", sets);
        if (settings)
                say("# left %d setting(s) changed\n", settings);
        if (file_read("/proc/mm_check", text, sizeof text) < 0)
                return clean;
        if (strcmp(text, "ok\n")) {
                say("# mm_check: %s\n", text);
                clean = false;
        }
        long after = memory_settled(memory_before);

        if (after != memory_before) {
                say("# free memory was %ld KiB, is %ld KiB\n", memory_before, after);
                clean = false;
        }
        return clean;
}

static bool judge(const struct test *test)
{
        report->skip[0] = '\0';
        ids_note();
        settings_note();
        long memory = memory_unused();
        bool good = status_good(test_run(test->run));

        return left_clean(memory) && good;
}

static const char *reason_to_skip(const struct test *test)
{
        if ((test->flags & NOT_64) && the_system == HOST64)
                return "a 64-bit kernel answers differently";
        if ((test->flags & COMMONS_ONLY) && the_system != COMMONS)
                return "only Commons has this";
        if ((test->flags & LINUX_ONLY) && the_system == COMMONS)
                return "only Linux has this";
        if ((test->flags & NEEDS_ROOT) && geteuid() != 0)
                return "needs root";
        return NULL;
}

/* ---- All of them ------------------------------------------------------------------------------------------------- */

static bool wanted(const struct test *test)
{
        for (char **p = patterns; *p; p++)
                if (!fnmatch(*p, test->name, 0))
                        return true;
        return !*patterns;
}

static int by_place(const void *a, const void *b)
{
        const struct test *x = *(const struct test *const *)a, *y = *(const struct test *const *)b;
        int order = strcmp(x->file, y->file);

        return order ? order : x->line - y->line;
}

static void collect(void)
{
        for (const struct test *const *t = __start_test_table; t < __stop_test_table; t++)
                if (wanted(*t) && test_count < MOST_TESTS)
                        tests[test_count++] = *t;
        qsort(tests, test_count, sizeof tests[0], by_place);
}

/* Run one and print its line; whether it did not fail. */
static bool run_one(int number, const struct test *test)
{
        const char *skip = reason_to_skip(test);
        bool good = skip || judge(test);

        if (!skip && report->skip[0])
                skip = report->skip;
        say("%sok %d - %s%s%s\n", good ? "" : "not ", number, test->name, good && skip ? " # SKIP " : "",
            good && skip ? skip : "");
        return good;
}

static int run_all(void)
{
        int failed = 0;

        say("TAP version 13\n1..%d\n", test_count);
        for (int i = 0; i < test_count; i++)
                failed += !run_one(i + 1, tests[i]);
        if (failed)
                say("# %d of %d failed\n", failed, test_count);
        return failed || !test_count;
}

static int list_all(void)
{
        for (int i = 0; i < test_count; i++)
                say("%s\n", tests[i]->name);
        return 0;
}

/* ---- Programs to execute ----------------------------------------------------------------------------------------- */

static const char *own_path = "";

const char *program_path(void)
{
        const char *const candidates[] = { "/proc/self/exe", own_path, "/run/prog" };

        for (unsigned i = 0; i < ARRAY_SIZE(candidates); i++)
                if (access(candidates[i], X_OK) == 0)
                        return candidates[i];
        FAIL("this program does not find its own file");
}

void program_exec(const char *name, ...)
{
        char first[64], *argv[16] = { first };
        va_list args;
        int n = 1;

        snprintf(first, sizeof first, PROGRAM_PREFIX "%s", name);
        va_start(args, name);
        while (n < (int)ARRAY_SIZE(argv) - 1 && (argv[n] = va_arg(args, char *)))
                n++;
        va_end(args);
        argv[n] = NULL;
        execv(program_path(), argv);
}

static int program_run(int argc, char **argv)
{
        const char *name = argv[0] + strlen(PROGRAM_PREFIX);

        for (const struct program *const *p = __start_program_table; p < __stop_program_table; p++)
                if (!strcmp((*p)->name, name))
                        return (*p)->main(argc, argv);
        return 127;
}

/* ---- Start ------------------------------------------------------------------------------------------------------- */

static void nothing(void)
{
}

/* More stack than the runner will ever be deep. */
static __attribute__((noinline)) void touch_stack(void)
{
        volatile char depth[65536];

        for (unsigned i = 0; i < sizeof depth; i += PAGE)
                depth[i] = 0;
}

static struct report *report_create(void)
{
        char *pages = CHECK_PTR(mmap(NULL, 3 * PAGE, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));

        CHECK_OK(mprotect(pages + PAGE, PAGE, PROT_READ | PROT_WRITE));
        return (struct report *)(pages + PAGE);
}

/* Touch everything that the runner will use, so that the first test is not charged for it. */
static void prepare(void)
{
        struct sigaction action = { .sa_handler = watchdog };
        struct utsname name;

        if (the_system == COMMONS && uname(&name) == 0 && !strcmp(name.machine, "x86_64"))
                the_system = HOST64;
        sigaction(SIGALRM, &action, NULL);
        prctl(PR_SET_CHILD_SUBREAPER, 1);
        report = report_create();
        memset(text, 1, sizeof text);
        touch_stack();
        for (int i = 0; i < 2; i++) {
                test_run(nothing);
                ids_note();
                settings_note();
                meminfo("MemFree");
        }
}

static void usage(const char *self)
{
        say("usage: %s [--linux|--host64] [--list] [--timeout=SECONDS] [NAME-or-glob...]\n"
            "  --linux    a 32-bit Linux: skip what only Commons has\n"
            "  --host64   a 64-bit Linux: skip also what differs there (implied by its uname)\n",
            self);
        _exit(2);
}

int main(int argc, char **argv)
{
        bool list = false;
        int i = 1;

        if (argc && !strncmp(argv[0], PROGRAM_PREFIX, strlen(PROGRAM_PREFIX)))
                return program_run(argc, argv);
        own_path = argv[0];
        for (; i < argc && !strncmp(argv[i], "--", 2); i++) {
                if (!strcmp(argv[i], "--linux"))
                        the_system = LINUX;
                else if (!strcmp(argv[i], "--host64"))
                        the_system = HOST64;
                else if (!strcmp(argv[i], "--list"))
                        list = true;
                else if (!strncmp(argv[i], "--timeout=", 10))
                        time_limit = strtoul(argv[i] + 10, NULL, 10);
                else
                        usage(argv[0]);
        }
        patterns = argv + i;
        collect();
        if (list)
                return list_all();
        prepare();
        return run_all();
}
