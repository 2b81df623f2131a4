/*
 * What gcc calls for 64-bit numbers, by the names it has for them. libgcc's own expect their arguments on the stack, and the kernel passes
 * arguments in registers.
 */
#include "kernel/lib/types.h"

u64 __udivdi3(u64 dividend, u64 divisor);
u64 __udivmoddi4(u64 dividend, u64 divisor, u64 *remainder);
i64 __divdi3(i64 dividend, i64 divisor);
i64 __divmoddi4(i64 dividend, i64 divisor, i64 *remainder);
int __ctzdi2(u64 value);

/* high : low / divisor, where the quotient fits 32 bits. */
static u32 divide_step(u32 high, u32 low, u32 divisor, u32 *remainder)
{
	u32 quotient;

	__asm__("divl %4" : "=a"(quotient), "=d"(*remainder) : "a"(low), "d"(high), "rm"(divisor));
	return quotient;
}

/* Bit by bit: nothing that happens often divides by more than 32 bits. */
static u64 divide_long(u64 dividend, u64 divisor, u64 *remainder)
{
	u64 quotient = 0, rest = 0;

	for (u32 bit = 64; bit-- > 0;) {
		rest = rest << 1 | (dividend >> bit & 1);
		if (rest >= divisor) {
			rest -= divisor;
			quotient |= 1ull << bit;
		}
	}
	*remainder = rest;
	return quotient;
}

u64 __udivmoddi4(u64 dividend, u64 divisor, u64 *remainder)
{
	u32 high, low, rest;

	if (divisor >> 32)
		return divide_long(dividend, divisor, remainder);
	high = divide_step(0, dividend >> 32, divisor, &rest);
	low = divide_step(rest, dividend, divisor, &rest);
	*remainder = rest;
	return (u64)high << 32 | low;
}

u64 __udivdi3(u64 dividend, u64 divisor)
{
	u64 remainder;

	return __udivmoddi4(dividend, divisor, &remainder);
}

static u64 magnitude(i64 value) { return value < 0 ? -(u64)value : (u64)value; }

/* The quotient is rounded towards 0, and the remainder has the dividend's sign. */
i64 __divmoddi4(i64 dividend, i64 divisor, i64 *remainder)
{
	u64 rest, quotient = __udivmoddi4(magnitude(dividend), magnitude(divisor), &rest);

	*remainder = dividend < 0 ? -rest : rest;
	return (dividend < 0) != (divisor < 0) ? -quotient : quotient;
}

i64 __divdi3(i64 dividend, i64 divisor)
{
	i64 remainder;

	return __divmoddi4(dividend, divisor, &remainder);
}

/* The number of zero bits below the lowest one; value is not 0. */
int __ctzdi2(u64 value) { return (u32)value ? __builtin_ctz(value) : 32 + __builtin_ctz(value >> 32); }
