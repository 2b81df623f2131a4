/* Random bytes: a xoshiro128++ generator (Blackman and Vigna, 2019), stirred with the time-stamp counter at each request. */
#include "kernel/random.h"
#include "kernel/fs/file.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/uaccess.h"
#include "kernel/x86/cpu.h"

static u32 state[4] = { 0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x6a09e667 };

static u32 rotate(u32 value, u32 by)
{
	return value << by | value >> (32 - by);
}

static u32 next(void)
{
	u32 result = rotate(state[0] + state[3], 7) + state[0], shifted = state[1] << 9;

	state[2] ^= state[0];
	state[3] ^= state[1];
	state[1] ^= state[2];
	state[0] ^= state[3];
	state[2] ^= shifted;
	state[3] = rotate(state[3], 11);
	return result;
}

void random_bytes(void *to, size_t n)
{
	u8 *at = to;
	size_t part;

	state[0] ^= (u32)rdtsc();
	for (; n; n -= part, at += part) {
		u32 word = next();

		part = MIN(n, sizeof(word));
		memcpy(at, &word, part);
	}
}

i32 random_to_user(u8 *to, u32 n)
{
	u8 chunk[256];
	u32 done = 0;

	while (done < n && !file_pause()) {
		u32 part = MIN(n - done, sizeof(chunk));

		random_bytes(chunk, part);
		if (copy_to_user(to + done, chunk, part))
			return done ? (i32)done : -EFAULT;
		done += part;
	}
	return (i32)done;
}

#define GETRANDOM_FLAGS 7u             /* GRND_NONBLOCK, GRND_RANDOM, GRND_INSECURE: all the same here */

i32 sys_getrandom(u8 *to, u32 n, u32 flags)
{
	return flags & ~GETRANDOM_FLAGS ? -EINVAL : random_to_user(to, MIN(n, (u32)INT32_MAX));
}
