/* Pages that the kernel itself reads and writes, for files: pinned, so that they stay while it does. */
#include "mm/object.h"
#include "mm/reclaim.h"

static int pin_page(struct object *object, u32 index, bool write, struct frame **out)
{
	pte_t *entry;
	int error;

	reclaim_make_room();
	if (index - object->list.first >= object->list.pages)
		return -EFBIG;
	entry = object_entry(object, index);
	if (!write && (!entry || !*entry))
		return 0;
	error = object_page(object, index, &entry);
	if (error)
		return error;
	assert(entry);
	if (write)
		entry_set(entry, *entry | PTE_D);
	*out = frame_of(pte_pfn(*entry));
	(*out)->pins++;
	return 0;
}

int object_pin(struct object *object, u32 index, bool write, struct frame **out)
{
	int error;

	*out = NULL;
	do {
		error = pin_page(object, index, write, out);
	} while (error == -EAGAIN);
	return error;
}
