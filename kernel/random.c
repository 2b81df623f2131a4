/* Random bytes: a splitmix64 generator (Steele, Lea and Flood, 2014), stirred with the time-stamp counter. */
#include "kernel/random.h"
#include "kernel/fs/file.h"
#include "kernel/lib/string.h"
#include "kernel/uaccess.h"
#include "kernel/x86/cpu.h"

void random_bytes(void *to, size_t n)
{
	static u64 state;
	size_t part;

	for (u8 *at = to; n; n -= part, at += part) {
		u64 word = state += 0x9e3779b97f4a7c15 ^ rdtsc();

		word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
		word = (word ^ word >> 27) * 0x94d049bb133111eb;
		word ^= word >> 31;
		part = MIN(n, sizeof(word));
		memcpy(at, &word, part);
	}
}

i32 random_to_user(u8 *to, u32 n)
{
	u8 chunk[256];
	u32 done = 0;

	n = MIN(n, (u32)INT32_MAX);
	for (u32 part; done < n && !file_pause(); done += part) {
		part = MIN(n - done, sizeof(chunk));
		random_bytes(chunk, part);
		if (copy_to_user(to + done, chunk, part))
			return done ? (i32)done : -EFAULT;
	}
	return (i32)done;
}

#define GETRANDOM_FLAGS 7u             /* GRND_NONBLOCK, GRND_RANDOM, GRND_INSECURE: all the same here */

i32 sys_getrandom(u8 *to, u32 n, u32 flags) { return flags & ~GETRANDOM_FLAGS ? -EINVAL : random_to_user(to, n); }
