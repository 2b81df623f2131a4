/* Hostile programs: whatever an ELF file says, execve answers an error or the process dies; nothing else happens. */
#include "temp.h"

#include <elf.h>
#include <stddef.h>

/* A whole program of one segment: exit(42). */
struct image {
        Elf32_Ehdr header;
        Elf32_Phdr segments[2];
        unsigned char code[16];
};

#define BASE 0x08048000u

static const unsigned char exit_42[] = { 0xb8, 1, 0, 0, 0, 0xbb, 42, 0, 0, 0, 0xcd, 0x80, 0xf4 };

static struct image good_image(void)
{
        struct image image = {
                .header = {
                        .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT },
                        .e_type = ET_EXEC,
                        .e_machine = EM_386,
                        .e_version = EV_CURRENT,
                        .e_entry = BASE + offsetof(struct image, code),
                        .e_phoff = offsetof(struct image, segments),
                        .e_ehsize = sizeof(Elf32_Ehdr),
                        .e_phentsize = sizeof(Elf32_Phdr),
                        .e_phnum = 1,
                },
                .segments[0] = {
                        .p_type = PT_LOAD,
                        .p_vaddr = BASE,
                        .p_paddr = BASE,
                        .p_filesz = sizeof(struct image),
                        .p_memsz = sizeof(struct image),
                        .p_flags = PF_R | PF_X,
                        .p_align = PAGE,
                },
        };

        memcpy(image.code, exit_42, sizeof exit_42);
        return image;
}

#define FAILED(error) (0x1000 + (error))

static void make_program(const char *path, const void *bytes, size_t size, mode_t mode)
{
        unlink(path);
        int fd = CHECK_OK(open(path, O_WRONLY | O_CREAT, mode));

        CHECK_EQ(write(fd, bytes, size), size);
        close(fd);
}

/*
 * Execute a file of these bytes. The wait status of what ran, or FAILED(errno) when execve answered. An image that
 * loops is ended by an alarm.
 */
static int run_bytes(const void *bytes, size_t size)
{
        char path[64];
        int status, fds[2], error = 0;

        snprintf(path, sizeof path, "/tmp/elf.%d", getpid());
        make_program(path, bytes, size, 0700);
        CHECK_OK(pipe2(fds, O_CLOEXEC));
        pid_t pid = CHECK_OK(fork());
        if (pid == 0) {
                char *args[] = { path, NULL }, *environment[] = { NULL };
                struct rlimit no_core = { 0, 0 };

                setrlimit(RLIMIT_CORE, &no_core);
                signal(SIGALRM, SIG_DFL);
                alarm(2);
                execve(path, args, environment);
                error = errno;
                _exit(write(fds[1], &error, sizeof error) != sizeof error);
        }
        close(fds[1]);
        if (read(fds[0], &error, sizeof error) != sizeof error)
                error = 0;
        close(fds[0]);
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK_OK(unlink(path));
        return error ? FAILED(error) : status;
}

static int run_image(const struct image *image)
{
        return run_bytes(image, sizeof *image);
}

#define EXIT_42 (42 << 8)

/* It must not have got as far as running its code. */
static void check_not_run(int result)
{
        CHECK(result >= 0x1000 || WIFSIGNALED(result));
}

/* Verifies that the smallest program runs, so that the others fail for the reason they are given. */
TEST(proc_elf_smallest)
{
        struct image image = good_image();

        CHECK_EQ(run_image(&image), EXIT_42);
        image.segments[0].p_memsz = 64 * PAGE;
        image.segments[0].p_flags = PF_R | PF_W | PF_X;
        CHECK_EQ(run_image(&image), EXIT_42);
}

/* Verifies that a file cut off anywhere in its headers is refused, or its process dies. */
TEST(proc_elf_truncated)
{
        struct image image = good_image();

        for (size_t size = 0; size < offsetof(struct image, code); size++) {
                int result = run_bytes(&image, size);

                if (size < sizeof image.header)
                        CHECK_EQ(result, FAILED(ENOEXEC));
                else if (size < offsetof(struct image, segments[1]))
                        CHECK(result >= 0x1000);
        }
}

/* Verifies that each field of the header that must have a certain value is looked at. */
TEST(proc_elf_wrong_header)
{
        struct image image;

#define REFUSED(field, value) \
        do { \
                image = good_image(); \
                image.header.field = (value); \
                CHECK_EQ(run_image(&image), FAILED(ENOEXEC)); \
        } while (0)

        REFUSED(e_ident[0], 'e');
        REFUSED(e_ident[3], 0);
        REFUSED(e_type, ET_REL);
        REFUSED(e_type, ET_CORE);
        REFUSED(e_type, 0);
        REFUSED(e_machine, EM_ARM);
        REFUSED(e_machine, EM_SPARC);
        REFUSED(e_phnum, 0);
        REFUSED(e_phnum, 0xffff);
        REFUSED(e_phentsize, 0);
        REFUSED(e_phentsize, sizeof(Elf32_Phdr) - 1);
        REFUSED(e_phentsize, 56);
#undef REFUSED
}

/* Verifies that program headers that lie beyond the file are refused. */
TEST(proc_elf_headers_elsewhere)
{
        static const Elf32_Off offsets[] = { sizeof(struct image), 0x7fffffff, 0x80000000, 0xffffffe0, 0xffffffff };

        for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
                struct image image = good_image();

                image.header.e_phoff = offsets[i];
                CHECK(run_image(&image) >= 0x1000);
        }
}

/* Verifies that a program with nothing to load does not run. */
TEST(proc_elf_nothing_to_load)
{
        struct image image = good_image();

        image.segments[0].p_type = PT_NOTE;
        check_not_run(run_image(&image));
}

/* Verifies that a segment in or across the kernel's addresses, or with a size that wraps, does not load. */
TEST(proc_elf_kernel_addresses)
{
        static const struct {
                Elf32_Addr address;
                Elf32_Word size;
        } bad[] = {
                { 0xfffff000, sizeof(struct image) }, { 0xffffe000, 3 * PAGE }, { 0xfffff000, 0xfffff000 }, { BASE, 0xffffffff },
                { BASE, 0xf8000000 }, { 0x80000000, 0x90000000 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                struct image image = good_image();

                image.segments[0].p_vaddr = bad[i].address;
                image.segments[0].p_memsz = bad[i].size;
                image.header.e_entry = bad[i].address + offsetof(struct image, code);
                check_not_run(run_image(&image));
        }
}

/* Verifies that gigabytes of file contents that are not there, and offsets beyond the end, harm nobody. */
TEST(proc_elf_sizes)
{
        static const Elf32_Word sizes[] = { 0x40000000, 0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff };
        struct image image;

        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
                image = good_image();
                image.segments[0].p_filesz = sizes[i];
                check_not_run(run_image(&image));       /* more in the file than in memory */
                image.segments[0].p_memsz = sizes[i];
                run_image(&image);
                image = good_image();
                image.segments[0].p_offset = sizes[i] & ~(PAGE - 1);
                check_not_run(run_image(&image));
        }
}

/* Verifies that an offset and an address that do not agree within the page are refused. */
TEST(proc_elf_incongruent)
{
        struct image image = good_image();

        image.segments[0].p_offset = 16;
        check_not_run(run_image(&image));
}

/* Verifies that overlapping segments are no more than that: the later one wins. */
TEST(proc_elf_overlapping)
{
        struct image image = good_image();

        image.header.e_phnum = 2;
        image.segments[1] = image.segments[0];
        CHECK_EQ(run_image(&image), EXIT_42);
        image.segments[1].p_vaddr = BASE - PAGE;
        image.segments[1].p_memsz = 2 * PAGE;
        run_image(&image);
        image.segments[1].p_vaddr = BASE + PAGE;
        image.segments[1].p_memsz = 0xf0000000;
        run_image(&image);
}

/* Verifies that an entry point where nothing is, or in the kernel, is a SIGSEGV of the program. */
TEST(proc_elf_wild_entry)
{
        static const Elf32_Addr entries[] = { 0, 0x1000, BASE + 16 * PAGE, 0xfffff000, 0xffffffff };

        for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
                struct image image = good_image();

                image.header.e_entry = entries[i];
                int result = run_image(&image);

                CHECK(result >= 0x1000 || (WIFSIGNALED(result) && WTERMSIG(result) == SIGSEGV));
        }
}

/* ---- Programs that name an interpreter ---------------------------------------------------------------------------- */

#define LOADER "/tmp/elf.ld"

/* A program whose own code would be wrong to run; the name of its interpreter is where that code would be. */
static struct image dynamic_image(const char *interpreter)
{
        struct image image = good_image();

        image.header.e_phnum = 2;
        image.segments[1] = (Elf32_Phdr){
                .p_type = PT_INTERP, .p_offset = offsetof(struct image, code), .p_filesz = strlen(interpreter) + 1,
        };
        CHECK(strlen(interpreter) < sizeof image.code);
        strcpy((char *)image.code, interpreter);
        return image;
}

/* The same as an interpreter: it may lie anywhere, and Linux wants to write zeroes behind it. */
static struct image loader_image(void)
{
        struct image image = good_image();

        image.header.e_type = ET_DYN;
        image.header.e_entry -= BASE;
        image.segments[0].p_vaddr = 0;
        image.segments[0].p_flags |= PF_W;
        return image;
}

/* What comes of a program whose interpreter is a file of these bytes. */
static int run_with_loader(const void *bytes, size_t size)
{
        struct image image = dynamic_image(LOADER);

        make_program(LOADER, bytes, size, 0700);
        int result = run_image(&image);

        CHECK_OK(unlink(LOADER));
        return result;
}

/* Verifies that the interpreter is what runs, wherever program and interpreter want to lie, and whether or not it names one itself. */
TEST(proc_elf_interpreter_runs)
{
        struct image loader = loader_image(), fixed = good_image(), program = dynamic_image(LOADER);

        CHECK_EQ(run_with_loader(&loader, sizeof loader), EXIT_42);
        loader.header.e_phnum = 2;
        loader.segments[1] = (Elf32_Phdr){ .p_type = PT_INTERP, .p_offset = 0x7fffffff, .p_filesz = 0xffffffff };
        CHECK_EQ(run_with_loader(&loader, sizeof loader), EXIT_42);
        fixed.segments[0].p_flags |= PF_W;
        fixed.segments[0].p_vaddr += 16 * MIB;
        fixed.header.e_entry += 16 * MIB;
        CHECK_EQ(run_with_loader(&fixed, sizeof fixed), EXIT_42);
        make_program(LOADER, &loader, sizeof loader, 0700);
        program.header.e_type = ET_DYN;
        CHECK_EQ(run_image(&program), EXIT_42);
        program.segments[0].p_vaddr = 0x60000000;
        CHECK_EQ(run_image(&program), EXIT_42);
        CHECK_OK(unlink(LOADER));
}

/* Verifies that the name of an interpreter has a length, an end and a place in the file, and that an executable file bears it. */
TEST(proc_elf_interpreter_name)
{
        struct image image;

#define REFUSED(error, change) \
        do { \
                image = dynamic_image(LOADER); \
                change; \
                CHECK_EQ(run_image(&image), FAILED(error)); \
        } while (0)

        REFUSED(ENOENT, (void)0);
        REFUSED(ENOEXEC, image.segments[1].p_filesz = 0);
        REFUSED(ENOEXEC, image.segments[1].p_filesz = 1);
        REFUSED(ENOEXEC, image.segments[1].p_filesz = 5);
        REFUSED(ENOEXEC, image.segments[1].p_filesz = 4097);
        REFUSED(ENOEXEC, image.segments[1].p_filesz = 0x7fffffff);
        REFUSED(ENOEXEC, image.segments[1].p_filesz = 0xffffffff);
        REFUSED(EIO, image.segments[1].p_filesz = 4096);
        REFUSED(EIO, image.segments[1].p_offset = sizeof image);
        REFUSED(EACCES, memset(image.code, 0, 2); image.segments[1].p_filesz = 2); /* the current folder */
        REFUSED(EACCES, strcpy((char *)image.code, "/tmp"));
        make_program(LOADER, &image, sizeof image, 0600);
        REFUSED(EACCES, (void)0);
        CHECK_OK(unlink(LOADER));
#undef REFUSED
}

/* Verifies that an interpreter that is cut off is EIO, and one that is no program of this machine ELIBBAD. */
TEST(proc_elf_interpreter_bad)
{
        struct image loader = loader_image();

        for (size_t size = 0; size < sizeof loader.header; size += 17)
                CHECK_EQ(run_with_loader(&loader, size), FAILED(EIO));
        CHECK_EQ(run_with_loader(&loader, sizeof loader.header), FAILED(ELIBBAD));

#define REFUSED(field, value) \
        do { \
                loader = loader_image(); \
                loader.header.field = (value); \
                CHECK_EQ(run_with_loader(&loader, sizeof loader), FAILED(ELIBBAD)); \
        } while (0)

        REFUSED(e_ident[0], '#');
        REFUSED(e_machine, EM_ARM);
        REFUSED(e_phnum, 0);
        REFUSED(e_phnum, 0xffff);
        REFUSED(e_phentsize, 56);
        REFUSED(e_phoff, sizeof loader);
#undef REFUSED
}

/* Verifies that 600 random changes of the headers of a program and of an interpreter, a word each, lead to an error, a signal or an end. */
TEST(proc_elf_random_changes)
{
        struct image dynamic = dynamic_image(LOADER);
        static const unsigned words[] = { 0, 1, 0xfff, 0x1000, 0x7fffffff, 0x80000000, 0xbffff000, 0xc0000000, 0xffffffff };
        unsigned seed = 12345, changes = offsetof(struct image, code) / 4;

        for (int round = 0; round < 600; round++) {
                struct image image = round & 2 ? loader_image() : good_image();
                unsigned at, value;

                seed = seed * 1103515245 + 12345;
                at = (seed >> 8) % changes;
                seed = seed * 1103515245 + 12345;
                value = (round >> 3) % 3 ? words[(seed >> 8) % ARRAY_SIZE(words)] : seed;
                image.header.e_phnum = 1 + (round & 1);
                image.segments[1] = image.segments[0];
                memcpy((char *)&image + at * 4, &value, 4);
                if (round & 4)
                        make_program(LOADER, &image, sizeof image, 0700);
                run_image(round & 4 ? &dynamic : &image);
        }
        CHECK_OK(unlink(LOADER));
}
