/* Random bytes: a splitmix64 generator (Steele, Lea and Flood, 2014), stirred with the time-stamp counter. */
#include "kernel/random.h"
#include "kernel/fs/file.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/uaccess.h"
#include "kernel/x86/cpu.h"

static u64 next(void)
{
	static u64 state;
	u64 z;

	state += 0x9e3779b97f4a7c15 ^ rdtsc();
	z = state;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void random_bytes(void *to, size_t n)
{
	u8 *at = to;
	size_t part;

	for (; n; n -= part, at += part) {
		u64 word = next();

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
