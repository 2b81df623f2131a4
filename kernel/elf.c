/*
 * Mapping ELF32 executables. Every number of the file is hostile until checked: what is mapped lies below USER_END, and inside the
 * file where it comes from the file. Of overlapping segments the later one wins, as on Linux. Program headers are read one at a time,
 * so their number needs no memory.
 *
 *   PT_LOAD   vaddr ├── filesz: the file's pages, private ──┤── memsz - filesz: zeroes ──┤
 *   PT_INTERP the file that is mapped beside it and started in its place: the dynamic loader
 */
#include "kernel/exec.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/lib/string.h"
#include "kernel/uaccess.h"
#include "mm/space.h"

#define ELF_IDENT "\177ELF\1\1"         /* of 32 bits, little-endian */
enum { ELF_TYPE_EXEC = 2, ELF_TYPE_DYN = 3, ELF_MACHINE_386 = 3 };
enum { SEGMENT_LOAD = 1, SEGMENT_INTERP = 3, SEGMENT_STACK = 0x6474e551 }; /* the last: GNU's, its flags are the stack's */
enum { SEGMENT_EXEC = 1, SEGMENT_WRITE = 2, SEGMENT_READ = 4 };

#define POSITION_INDEPENDENT_BASE 0x400000u    /* where Linux puts such programs when it does not randomize */
#define PROGRAM_HEADERS_MAX (65536u / sizeof(struct elf_segment))

struct elf_header {
	u8 ident[16];
	u16 type, machine;
	u32 version, entry, segments_offset, sections_offset, flags;
	u16 header_size, segment_size, segment_count, section_size, section_count, names_section;
};
struct elf_segment { u32 type, offset, vaddr, paddr, file_size, memory_size, flags, align; };
_Static_assert(sizeof(struct elf_header) == 52 && sizeof(struct elf_segment) == 32, "ELF32");

/* One file being loaded. */
struct elf_load {
	struct space *space;
	struct file *file;
	char *buffer;                  /* a page */
	struct elf_load *interpreter;  /* of a program; NULL: this is one */
	struct elf_header header;
	int bad;                       /* what to answer when it is not such a file: -ENOEXEC, an interpreter -ELIBBAD */
	u32 bias;                      /* added to every address of the file */
	struct elf_image *image;
};

/* Read n bytes of the file. too_short: it ends before. */
static int read_exactly(struct file *file, void *to, u32 n, u64 position, int too_short)
{
	i32 got = file_read_kernel(file, to, n, position);

	if (got < 0)
		return got;
	return (u32)got == n ? 0 : too_short;
}

static int header_read(struct elf_load *load, int too_short)
{
	const struct elf_header *header = &load->header;
	int error = read_exactly(load->file, &load->header, sizeof(load->header), 0, too_short);

	if (error)
		return error;
	if (memcmp(header->ident, ELF_IDENT, strlen(ELF_IDENT)) || header->machine != ELF_MACHINE_386)
		return load->bad;
	if ((header->type != ELF_TYPE_EXEC && header->type != ELF_TYPE_DYN) || header->segment_size != sizeof(struct elf_segment))
		return load->bad;
	return header->segment_count && header->segment_count <= PROGRAM_HEADERS_MAX ? 0 : load->bad;
}

static bool is_loaded(const struct elf_segment *segment) { return segment->type == SEGMENT_LOAD && segment->memory_size; }

/* The segment of that number; what is to be loaded is good. */
static int segment_read(const struct elf_load *load, u32 number, struct elf_segment *out)
{
	u64 position = (u64)load->header.segments_offset + number * sizeof(*out);
	int error = read_exactly(load->file, out, sizeof(*out), position, load->bad);

	if (error || !is_loaded(out))
		return error;
	if (out->file_size > out->memory_size || out->memory_size > USER_END || out->vaddr > USER_END - out->memory_size)
		return -EINVAL;
	if ((out->vaddr - out->offset) % PAGE_SIZE)
		return -ENOEXEC;
	return (u64)out->offset + out->file_size <= load->file->inode->size ? 0 : -ENOEXEC;
}

static u8 prot_of(u32 flags)
{
	return (flags & SEGMENT_READ ? AREA_READ : 0) | (flags & SEGMENT_WRITE ? AREA_WRITE : 0) | (flags & SEGMENT_EXEC ? AREA_EXEC : 0);
}

static int segment_map(struct elf_load *load, const struct elf_segment *segment)
{
	u32 headers = load->header.segments_offset - segment->offset;   /* where in the segment: beyond its end if not there */
	vaddr_t start = segment->vaddr + load->bias, file_end = start + segment->file_size;
	vaddr_t memory_end = start + segment->memory_size, border = segment->file_size ? page_ceil(file_end) : page_floor(start), at;
	u32 tail = segment->file_size && file_end < memory_end ? border - file_end : 0;
	struct map_request contents = {
		.at = page_floor(start), .pages = (border - page_floor(start)) >> PAGE_SHIFT,
		.place = MAP_AT_FIXED | (cred_privileged(current_cred()) ? MAP_AT_PRIVILEGED : 0),
		.prot = prot_of(segment->flags), .flags = AREA_PRIVATE, .index = segment->offset >> PAGE_SHIFT,
	}, zeroes = contents;
	int error = memory_end < start || memory_end > USER_END - PAGE_SIZE ? -ENOMEM : 0;

	zeroes.at = border;
	zeroes.pages = (page_ceil(memory_end) - border) >> PAGE_SHIFT;
	if (!error && contents.pages)
		error = file_map(load->file, &contents) ?: space_map(load->space, &contents, &at);
	object_unref(contents.object);
	if (!error && zeroes.pages)
		error = space_map(load->space, &zeroes, &at);
	/* The last page of the file's part may hold more of the file: zeroes belong there. A read-only one stays, as on Linux. */
	if (!error && tail && (segment->flags & SEGMENT_WRITE) && space_write(load->space, file_end, NULL, tail))
		error = -ENOMEM;
	if (headers < segment->file_size)
		load->image->headers = start + headers;
	load->image->brk = MAX(load->image->brk, page_ceil(memory_end));
	return error;
}

/* Open the file that a PT_INTERP segment names, and read its header. */
static int interpreter_open(const struct elf_load *load, const struct elf_segment *segment)
{
	char *path = load->buffer;
	int error = segment->file_size < 2 || segment->file_size > PATH_MAX ? -ENOEXEC : 0;

	error = error ?: read_exactly(load->file, path, segment->file_size, segment->offset, -EIO);
	if (!error && path[segment->file_size - 1])
		error = -ENOEXEC;
	if (!error)                    /* no name is the current folder's, as on Linux */
		error = *path ? file_open_exec(path, &load->interpreter->file) : -EACCES;
	return error ?: header_read(load->interpreter, -EIO);
}

/*
 * Open the interpreter that a program's first PT_INTERP names, and decide where a position-independent file goes: a program to its base,
 * an interpreter where there is room.
 */
static int image_prepare(struct elf_load *load)
{
	vaddr_t low = USER_END, high = 0, place;
	struct elf_segment segment;

	for (u32 i = 0; i < load->header.segment_count; i++) {
		int error = segment_read(load, i, &segment);

		if (!error && segment.type == SEGMENT_INTERP && load->interpreter && !load->interpreter->file)
			error = interpreter_open(load, &segment);
		if (error)
			return error;
		if (is_loaded(&segment)) {
			low = MIN(low, page_floor(segment.vaddr));
			high = MAX(high, page_ceil(segment.vaddr + segment.memory_size));
		}
	}
	if (load->header.type == ELF_TYPE_EXEC)
		return 0;
	if (low >= high)
		return load->bad;
	place = load->interpreter ? POSITION_INDEPENDENT_BASE : space_find_place(load->space, (high - low) >> PAGE_SHIFT, NULL);
	load->bias = place - low;
	return place ? 0 : -ENOMEM;
}

/* Place and map all of the file, whose header has been read. A program also says how it wants its stack, which ends at USER_END. */
static int image_load(struct elf_load *load)
{
	struct elf_image *image = load->image;
	struct elf_segment segment;
	int error = image_prepare(load);

	*image = (struct elf_image){ .header_count = load->header.segment_count };
	for (u32 i = 0; i < load->header.segment_count && !error; i++) {
		error = segment_read(load, i, &segment);
		if (!error && is_loaded(&segment))
			error = segment_map(load, &segment);
		else if (!error && segment.type == SEGMENT_STACK && load->interpreter)
			error = space_protect(load->space, space_area(load->space, USER_END - 1)->start, USER_END,
			                      AREA_READ | AREA_WRITE | prot_of(segment.flags));
	}
	if (error)
		return error;
	image->entry = image->start = load->header.entry + load->bias;
	return image->brk && image->entry < USER_END ? 0 : load->bad;
}

int elf_load(struct space *space, struct file *file, char *buffer, struct elf_image *out)
{
	struct elf_image image;
	struct elf_load interpreter = { .space = space, .bad = -ELIBBAD, .image = &image };
	struct elf_load load = { space, file, buffer, .interpreter = &interpreter, .bad = -ENOEXEC, .image = out };
	int error = header_read(&load, -ENOEXEC) ?: image_load(&load);

	if (!error && interpreter.file) {
		error = image_load(&interpreter);
		out->start = image.entry;
		out->interpreter_base = interpreter.bias;
	}
	file_unref(interpreter.file);
	return error;
}
