/* What programs remember: identifiers, and where the kernel put attaches. */
#include "diff.h"

#include <sys/shm.h>

struct place *place_add(uint32_t start, uint32_t size)
{
	for (unsigned i = 0; i < PLACES; i++)
		if (!me->places[i].number) {
			me->places[i] = (struct place){ start, size, ++world->placed };
			return &me->places[i];
		}
	return NULL;
}

struct place *place_of(uint32_t address)
{
	for (unsigned i = 0; me && i < PLACES; i++)
		if (me->places[i].number && address - me->places[i].start < me->places[i].size)
			return &me->places[i];
	return NULL;
}

struct place *place_any(void)
{
	struct place *place = &me->places[below(PLACES)];

	return place->number ? place : NULL;
}

void attach_remember(uint32_t address)
{
	me->attached[me->many_attached++ % PLACES] = address;
}

void id_add(unsigned kind, int id)
{
	world->ids[kind][world->many_ids[kind]++ % REMEMBERED] = id;
}

void id_forget(unsigned kind, int id)
{
	for (unsigned i = 0; i < REMEMBERED; i++)
		if (world->ids[kind][i] == id)
			world->ids[kind][i] = one_of(world->ids[kind]);
}

uint32_t segment_size(int id)
{
	struct shmid_ds ds;

	return shmctl(id & 0x7fff, SHM_STAT_ANY, &ds) < 0 ? 0 : ds.shm_segsz;
}
