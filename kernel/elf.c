/*
 * Mapping ELF32 executables. Every number of the file is hostile until checked: what is mapped lies below USER_END, and inside the
 * file where it comes from the file. Of overlapping segments the later one wins, as on Linux. Program headers are read one at a time,
 * so their number needs no memory.
 *
 *   PT_LOAD   vaddr ├── filesz: the file's pages, private ──┤── memsz - filesz: zeroes ──┤
 */
#include "kernel/exec.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/object.h"
#include "mm/remote.h"
#include "mm/space.h"

enum { ELF_CLASS_32 = 1, ELF_DATA_LITTLE = 1, ELF_TYPE_EXEC = 2, ELF_TYPE_DYN = 3, ELF_MACHINE_386 = 3 };
enum { SEGMENT_LOAD = 1, SEGMENT_INTERP = 3, SEGMENT_STACK = 0x6474e551 }; /* the last: GNU's, its flags are the stack's */
enum { SEGMENT_EXEC = 1, SEGMENT_WRITE = 2, SEGMENT_READ = 4 };

#define POSITION_INDEPENDENT_BASE 0x56555000u  /* where Linux puts such programs when it does not randomize */
#define PROGRAM_HEADERS_MAX (65536u / sizeof(struct elf_segment))

struct elf_header {
	u8 magic[4], class, data, ident_version, padding[9];
	u16 type, machine;
	u32 version, entry, segments_offset, sections_offset, flags;
	u16 header_size, segment_size, segment_count, section_size, section_count, names_section;
};
struct elf_segment {
	u32 type, offset, vaddr, paddr, file_size, memory_size, flags, align;
};
_Static_assert(sizeof(struct elf_header) == 52 && sizeof(struct elf_segment) == 32, "ELF32");

/* One load under way. */
struct elf_load {
	struct space *space;
	struct file *file;
	struct elf_header header;
	u32 bias;                      /* added to every address of the file */
	struct elf_image *image;
};

/* Read n bytes of the file. -ENOEXEC: it ends before. */
static int read_exactly(struct file *file, void *to, u32 n, u64 position)
{
	i32 got = file_read_kernel(file, to, n, position);

	if (got < 0)
		return got;
	return (u32)got == n ? 0 : -ENOEXEC;
}

static int header_check(const struct elf_header *header)
{
	if (memcmp(header->magic, "\177ELF", 4) || header->class != ELF_CLASS_32 || header->data != ELF_DATA_LITTLE)
		return -ENOEXEC;
	if ((header->type != ELF_TYPE_EXEC && header->type != ELF_TYPE_DYN) || header->machine != ELF_MACHINE_386)
		return -ENOEXEC;
	if (header->segment_size != sizeof(struct elf_segment))
		return -ENOEXEC;
	return header->segment_count && header->segment_count <= PROGRAM_HEADERS_MAX ? 0 : -ENOEXEC;
}

static int segment_check(const struct elf_segment *segment, const struct file *file)
{
	if (segment->file_size > segment->memory_size)
		return -EINVAL;
	if (segment->memory_size > USER_END || segment->vaddr > USER_END - segment->memory_size)
		return -EINVAL;
	if ((segment->vaddr - segment->offset) % PAGE_SIZE)
		return -ENOEXEC;
	return (u64)segment->offset + segment->file_size <= file->inode->size ? 0 : -ENOEXEC;
}

static u8 segment_prot(const struct elf_segment *segment)
{
	return (segment->flags & SEGMENT_READ ? AREA_READ : 0) | (segment->flags & SEGMENT_WRITE ? AREA_WRITE : 0) |
	       (segment->flags & SEGMENT_EXEC ? AREA_EXEC : 0);
}

/* Map [start, end) of the space, from the file or as zeroes. */
static int map_part(struct elf_load *load, const struct elf_segment *segment, vaddr_t start, vaddr_t end, bool from_file)
{
	struct map_request request = {
		.at = start, .pages = (end - start) >> PAGE_SHIFT,
		.place = MAP_AT_FIXED | (cred_privileged(current_cred()) ? MAP_AT_PRIVILEGED : 0),
		.prot = segment_prot(segment), .flags = AREA_PRIVATE, .index = segment->offset >> PAGE_SHIFT,
	};
	int error = 0;

	if (start >= end)
		return 0;
	if (from_file)
		error = file_map(load->file, &request);
	if (error)
		return error;
	error = space_map(load->space, &request, &start);
	if (request.object)
		object_unref(request.object);
	return error;
}

/* The last page of the file's part may hold more of the file: zeroes belong there. A read-only one stays, as on Linux. */
static int zero_tail(struct elf_load *load, const struct elf_segment *segment, vaddr_t from)
{
	bool zeroes = segment->file_size && segment->memory_size > segment->file_size;

	if (!zeroes || !(segment->flags & SEGMENT_WRITE) || from % PAGE_SIZE == 0)
		return 0;
	return space_write(load->space, from, NULL, PAGE_SIZE - from % PAGE_SIZE) ? -ENOMEM : 0;
}

static bool segment_holds_headers(const struct elf_load *load, const struct elf_segment *segment)
{
	u32 offset = load->header.segments_offset;

	return segment->offset <= offset && offset - segment->offset < segment->file_size;
}

static int segment_map(struct elf_load *load, const struct elf_segment *segment)
{
	vaddr_t start = segment->vaddr + load->bias, file_end = start + segment->file_size;
	vaddr_t memory_end = start + segment->memory_size, border = segment->file_size ? page_ceil(file_end) : page_floor(start);
	int error;

	if (start < load->bias || memory_end < start || memory_end > USER_END - PAGE_SIZE)
		return -ENOMEM;
	error = map_part(load, segment, page_floor(start), border, true);
	if (!error)
		error = map_part(load, segment, border, page_ceil(memory_end), false);
	if (!error)
		error = zero_tail(load, segment, file_end);
	if (segment_holds_headers(load, segment))
		load->image->headers = start + load->header.segments_offset - segment->offset;
	load->image->brk = MAX(load->image->brk, page_ceil(memory_end));
	return error;
}

/* The program says how it wants its stack, which ends at USER_END. */
static int stack_protect(struct elf_load *load, const struct elf_segment *segment)
{
	struct area *stack = space_area(load->space, USER_END - 1);

	return space_protect(load->space, stack->start, USER_END, AREA_READ | AREA_WRITE | segment_prot(segment));
}

/* Look at the segment of that number, and map it if it is to be loaded. */
static int segment_load(struct elf_load *load, u32 number)
{
	struct elf_segment segment;
	int error = read_exactly(load->file, &segment, sizeof(segment), (u64)load->header.segments_offset + number * sizeof(segment));

	if (error)
		return error;
	if (segment.type == SEGMENT_INTERP)
		return -ENOEXEC;
	if (segment.type == SEGMENT_STACK)
		return stack_protect(load, &segment);
	if (segment.type != SEGMENT_LOAD || !segment.memory_size)
		return 0;
	error = segment_check(&segment, load->file);
	return error ? error : segment_map(load, &segment);
}

int elf_load(struct space *space, struct file *file, struct elf_image *out)
{
	struct elf_load load = { .space = space, .file = file, .image = out };
	int error = read_exactly(file, &load.header, sizeof(load.header), 0);

	if (!error)
		error = header_check(&load.header);
	if (error)
		return error;
	load.bias = load.header.type == ELF_TYPE_DYN ? POSITION_INDEPENDENT_BASE : 0;
	*out = (struct elf_image){ .header_count = load.header.segment_count };
	for (u32 i = 0; i < load.header.segment_count && !error; i++)
		error = segment_load(&load, i);
	if (error)
		return error;
	if (!out->brk || load.header.entry >= USER_END - load.bias)
		return -ENOEXEC;
	out->entry = out->start = load.header.entry + load.bias;
	return 0;
}
