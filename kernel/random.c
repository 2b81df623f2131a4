/* A xoshiro128++ generator (Blackman and Vigna, 2019), stirred with the time-stamp counter at each request. */
#include "kernel/random.h"
#include "kernel/lib/string.h"
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
