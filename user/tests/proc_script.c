/* Scripts: "#!" and what becomes of the arguments. */
#include "temp.h"

/* Execute `script` with the arguments "one" "two words" and compare what the interpreter's program prints. */
static void check_script(const char *script, const char *want)
{
        int out = temp_file(), status;
        char got[300] = "";

        pid_t pid = CHECK_OK(fork());
        if (pid == 0) {
                char *args[] = { "given name", "one", "two words", NULL }, *environment[] = { NULL };

                dup2(out, 1);
                execve(script, args, environment);
                _exit(100 + errno);
        }
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK_EQ(status, 0);
        ssize_t n = CHECK_OK(pread(out, got, sizeof got - 1, 0));
        got[n] = 0;
        if (strcmp(got, want))
                FAIL("%s gave \"%s\", not \"%s\"", script, got, want);
        close(out);
}

PROGRAM(show_arguments)
{
        for (int i = 1; i < argc; i++)
                printf("[%s]", argv[i]);
        fflush(stdout);
        return 0;
}

#define INTERPRETER PROGRAM_PREFIX "show_arguments"

/* Verifies that the interpreter gets its one argument, the script's path, and the arguments after the first. */
TEST(proc_script_arguments)
{
        char dir[64];

        enter_dir(dir);
        CHECK_OK(symlink(program_path(), INTERPRETER));
        make_file("plain", 0755, "#!" INTERPRETER "\nrest\n");
        check_script("./plain", "[./plain][one][two words]");
        make_file("spaced", 0755, "#! \t" INTERPRETER "  -x y  \n");
        check_script("spaced", "[-x y][spaced][one][two words]");
        make_file("unended", 0755, "#!" INTERPRETER);
        check_script("./unended", "[./unended][one][two words]");
        make_file("nested", 0755, "#!./spaced 1\n");
        check_script("nested", "[-x y][./spaced][1][nested][one][two words]");
        /* The last of 256 bytes belongs to no argument. */
        char line[400], want[400];
        int name = sprintf(line, "#!%s ", INTERPRETER);
        memset(line + name, 'x', sizeof line - name);
        line[sizeof line - 1] = 0;
        make_file("long", 0755, line);
        sprintf(want, "[%.*s][long][one][two words]", 255 - name, line + name);
        check_script("long", want);
        CHECK_OK(unlink("long") | unlink(INTERPRETER) | unlink("plain") | unlink("spaced") | unlink("unended") | unlink("nested"));
        leave_dir(dir);
}

static int try_script(const char *line)
{
        char *args[] = { "s", NULL }, *environment[] = { NULL };

        make_file("s", 0755, line);
        execve("s", args, environment);
        return -1;
}

/* Verifies the errors of interpreters that are not there, not named, not executable, or scripts without end. */
TEST(proc_script_errors)
{
        char dir[64], longer[600];

        enter_dir(dir);
        CHECK_ERR(ENOENT, try_script("#!/nonexistent\n"));
        CHECK_ERR(ENOEXEC, try_script("#!\n"));
        CHECK_ERR(ENOEXEC, try_script("#!   \t \n"));
        CHECK_ERR(ENOEXEC, try_script("#"));
        CHECK_ERR(EACCES, try_script("#!/\n"));
        CHECK_ERR(ELOOP, try_script("#!s\n"));
        memset(longer, 'x', sizeof longer - 1);
        memcpy(longer, "#!/", 3);
        longer[sizeof longer - 1] = 0;
        CHECK_ERR(ENOEXEC, try_script(longer));
        longer[256] = '\n';
        CHECK_ERR(ENOEXEC, try_script(longer));
        longer[255] = '\n';                     /* the last byte that is looked at */
        CHECK_ERR(ENOENT, try_script(longer));
        CHECK_OK(unlink("s"));
        leave_dir(dir);
}
