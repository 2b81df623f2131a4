/* The system calls of System V IPC: the direct ones, and the multiplexer that both C libraries use. */
#include "ipc/sem.h"
#include "ipc/shm.h"
#include "kernel/uaccess.h"

#define IPC_64 0x100

enum { CALL_SEMOP = 1, CALL_SEMGET, CALL_SEMCTL, CALL_SEMTIMEDOP, CALL_SHMAT = 21, CALL_SHMDT, CALL_SHMGET, CALL_SHMCTL };

i32 sys_shmget(i32 key, u32 size, u32 flags) { return shm_get(key, size, flags); }

/* An address above 2 GiB is no error: only the last page's worth of numbers is. */
i32 sys_shmat(i32 id, vaddr_t addr, u32 flags)
{
	vaddr_t place;

	return shm_attach(id, addr, flags, &place) ?: (i32)place;
}

i32 sys_shmdt(vaddr_t addr) { return shm_detach(addr); }

i32 sys_shmctl(i32 id, i32 command, void *buffer) { return shm_control(id, command, buffer, IPC_LAYOUT_64); }

/* The place for the address is tried first, so that nothing stays attached that the caller cannot know of. */
static i32 multiplexed_shmat(i32 id, u32 flags, vaddr_t *result, vaddr_t addr)
{
	vaddr_t place;

	if (get_user(place, result) || put_user(place, result))
		return -EFAULT;
	return shm_attach(id, addr, flags, &place) ?: put_user(place, result);
}

i32 sys_semget(i32 key, i32 count, u32 flags) { return sem_get(key, count, flags); }

i32 sys_semctl(i32 id, i32 num, i32 command, vaddr_t arg) { return sem_control(id, num, command, arg, IPC_LAYOUT_64); }

i32 sys_semtimedop(i32 id, const struct sembuf *ops, u32 n, const void *time) { return sem_operate(id, ops, n, time); }

static enum ipc_layout layout_of(u32 command) { return command & IPC_64 ? IPC_LAYOUT_64 : IPC_LAYOUT_OLD; }

/* semctl's fourth argument is behind a pointer here. */
static i32 multiplexed_semctl(i32 id, i32 num, u32 command, const vaddr_t *pointer)
{
	vaddr_t argument;

	if (!pointer)
		return -EINVAL;
	return get_user(argument, pointer) ?: sem_control(id, num, command & ~IPC_64, argument, layout_of(command));
}

i32 sys_ipc(u32 call, i32 first, u32 second, u32 third, void *pointer, const void *fifth)
{
	u32 version = call >> 16;

	switch (call & 0xffff) {
	case CALL_SEMOP: return sem_operate(first, pointer, second, NULL);
	case CALL_SEMTIMEDOP: return sem_operate(first, pointer, second, fifth);
	case CALL_SEMGET: return sem_get(first, second, third);
	case CALL_SEMCTL: return multiplexed_semctl(first, second, third, pointer);
	case CALL_SHMAT: return version == 1 ? -EINVAL : multiplexed_shmat(first, second, (vaddr_t *)third, (vaddr_t)pointer);
	case CALL_SHMDT: return shm_detach((vaddr_t)pointer);
	case CALL_SHMGET: return shm_get(first, second, third);
	case CALL_SHMCTL: return shm_control(first, second & ~IPC_64, pointer, layout_of(second));
	default: return -ENOSYS;
	}
}
