/*
 * What gcc calls for 64-bit numbers, by the names it has for them. libgcc's own expect their arguments on the stack, and the kernel passes
 * arguments in registers.
 */
#include "kernel/lib/types.h"

u64 __udivdi3(u64 dividend, u64 divisor);
u64 __udivmoddi4(u64 dividend, u64 divisor, u64 *remainder);
i64 __divmoddi4(i64 dividend, i64 divisor, i64 *remainder);
int __ctzdi2(u64 value);

/* Divisors have 32 bits, which is all that the kernel needs: a larger one is an invalid instruction. */
u64 __udivmoddi4(u64 dividend, u64 divisor, u64 *remainder)
{
	u32 high = dividend >> 32, by = divisor, low, rest;

	if (divisor >> 32)
		__builtin_trap();
	__asm__("divl %4" : "=a"(low), "=d"(rest) : "a"((u32)dividend), "d"(high % by), "rm"(by));
	*remainder = rest;
	return (u64)(high / by) << 32 | low;
}

u64 __udivdi3(u64 dividend, u64 divisor)
{
	u64 remainder;

	return __udivmoddi4(dividend, divisor, &remainder);
}

/* The quotient is rounded towards 0, and the remainder has the dividend's sign. */
i64 __divmoddi4(i64 dividend, i64 divisor, i64 *remainder)
{
	u64 over = dividend < 0 ? -(u64)dividend : (u64)dividend, by = divisor < 0 ? -(u64)divisor : (u64)divisor;
	u64 rest, quotient = __udivmoddi4(over, by, &rest);

	*remainder = dividend < 0 ? -rest : rest;
	return (dividend < 0) != (divisor < 0) ? -quotient : quotient;
}

/* The number of zero bits below the lowest one; value is not 0. */
int __ctzdi2(u64 value) { return (u32)value ? __builtin_ctz(value) : 32 + __builtin_ctz(value >> 32); }
