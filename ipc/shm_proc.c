/* What /proc shows of shared memory: /proc/sysvipc/shm in Linux's i386 columns, and the settings. */
#include "ipc/shm.h"
#include "kernel/fs/proc.h"
#include "mm/account.h"
#include "mm/object.h"

static void show_segment(struct proc_text *text, const struct shm_segment *segment)
{
	const struct ipc_perm *perm = &segment->perm;
	struct object_stat stat = object_stat(segment->object);

	proc_printf(text, "%10d %10d  %4o %10u %5u %5u  %5u %5u %5u %5u %5u %10u %10u %10u %10u %10u\n",
	            perm->key, perm->id, perm->mode, segment->size, segment->cpid, segment->lpid, segment->nattch,
	            perm->uid, perm->gid, perm->cuid, perm->cgid, segment->atime, segment->dtime, segment->ctime,
	            stat.resident * PAGE_SIZE, stat.swapped * PAGE_SIZE);
}

static void show_segments(struct proc_text *text)
{
	struct ipc_perm *perm;

	proc_printf(text, "       key      shmid perms       size  cpid  lpid nattch   uid   gid  cuid  cgid      atime"
	                  "      dtime      ctime        rss       swap\n");
	for (u32 index = 0; (perm = ipc_next(&shm_ids, index)); index = ipc_index(perm) + 1)
		show_segment(text, shm_of(perm));
}

static const struct proc_file files[] = {
	{ "sysvipc/shm", 0444, .show = show_segments },
	{ "sys/kernel/shmmax", 0644, .number = &shm_max, .max = UINT32_MAX },
	{ "sys/kernel/shmall", 0644, .number = &shm_all, .max = UINT32_MAX },
	{ "sys/kernel/shmmni", 0644, .number = &shm_ids.limit, .max = IPC_MAX },
	{ "sys/kernel/shm_rmid_forced", 0644, .number = &shm_rmid_forced, .max = 1, .changed = shm_destroy_orphans },
	{ "sys/kernel/shm_next_id", 0644, .number = (u32 *)&shm_ids.next_id, .max = INT32_MAX, .is_signed = true },
};

void shm_init(void)
{
	ipc_ids_init(&shm_ids, SHMMNI, account.limit);
	proc_register(files, ARRAY_SIZE(files));
}
