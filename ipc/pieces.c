/* Arrays in pieces. */
#include "ipc/pieces.h"
#include "mm/kmalloc.h"

void pieces_free(void *structure, u32 head, u32 bytes)
{
	void **pieces = (void **)((char *)structure + head);

	for (u32 i = 0; structure && i < bytes_to_pages(bytes); i++)
		kfree(pieces[i]);
	kfree(structure);
}

void *pieces_create(u32 head, u32 bytes)
{
	char *structure = kzalloc(head + bytes_to_pages(bytes) * sizeof(void *));
	void **pieces = (void **)(structure + head);

	for (u32 done = 0; structure && done < bytes; done += PAGE_SIZE, pieces++) {
		*pieces = kzalloc(MIN(bytes - done, PAGE_SIZE));
		if (!*pieces) {
			pieces_free(structure, head, bytes);
			return NULL;
		}
	}
	return structure;
}
