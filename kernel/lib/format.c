/* snprintf: %d %u %x %o %c %s %%, with l and ll, the flags 0 and -, and widths: what the kernel uses. */
#include "kernel/lib/string.h"

#define DIGITS_MAX 22u             /* of 2^64 in octal */

struct output {
	char *buf;
	size_t size, length;       /* length counts what did not fit, too */
};

struct spec {
	bool left, zero;
	u32 width;
	u8 longs;
	char conversion;
};

static void put(struct output *out, char c)
{
	if (out->length + 1 < out->size)
		out->buf[out->length] = c;
	out->length++;
}

/* A sign ("-" or nothing) and a body, padded to the width; zeroes go between the two. */
static void put_field(struct output *out, const struct spec *spec, const char *sign, const char *body, u32 n)
{
	u32 used = strlen(sign) + n, pad = spec->width > used ? spec->width - used : 0;

	for (; pad && !spec->left && !spec->zero; pad--)
		put(out, ' ');
	while (*sign)
		put(out, *sign++);
	for (; pad && !spec->left; pad--)
		put(out, '0');
	while (n--)
		put(out, *body++);
	for (; pad; pad--)
		put(out, ' ');
}

static void put_number(struct output *out, const struct spec *spec, va_list *args)
{
	static const char digits[] = "0123456789abcdef";
	u32 base = spec->conversion == 'x' ? 16 : spec->conversion == 'o' ? 8 : 10;
	u64 value = spec->longs > 1 ? va_arg(*args, u64) : va_arg(*args, u32);
	char text[DIGITS_MAX], *p = text + sizeof(text);
	bool negative = false;

	if (spec->conversion == 'd') {
		i64 number = spec->longs > 1 ? (i64)value : (i32)value;

		negative = number < 0;
		value = negative ? -(u64)number : (u64)number;
	}
	for (; value >> 32; value /= base)
		*--p = digits[value % base];
	for (u32 low = value; low || p == text + sizeof(text); low /= base)
		*--p = digits[low % base];
	put_field(out, spec, negative ? "-" : "", p, text + sizeof(text) - p);
}

/* Reads the specification behind a '%'. */
static const char *parse(const char *format, struct spec *spec, va_list *args)
{
	*spec = (struct spec){ 0 };
	for (; *format == '-' || *format == '0'; format++)
		*(*format == '-' ? &spec->left : &spec->zero) = true;
	if (*format == '*') {
		spec->width = va_arg(*args, u32);
		format++;
	}
	for (; *format >= '0' && *format <= '9'; format++)
		spec->width = spec->width * 10 + *format - '0';
	for (; *format == 'l'; format++)
		spec->longs++;
	spec->conversion = *format;
	return *format ? format + 1 : format;
}

static void convert(struct output *out, const struct spec *spec, va_list *args)
{
	if (spec->conversion == 's') {
		const char *text = va_arg(*args, const char *);

		text = text ? text : "(null)";
		put_field(out, spec, "", text, strlen(text));
	} else if (spec->conversion == 'c') {
		put_field(out, spec, "", &(char){ va_arg(*args, int) }, 1);
	} else if (spec->conversion && strchr("duox", spec->conversion)) {
		put_number(out, spec, args);
	} else {
		put(out, spec->conversion);
	}
}

int vsnprintf(char *buf, size_t size, const char *format, va_list arguments)
{
	struct output out = { buf, size, 0 };
	struct spec spec;
	va_list args;

	va_copy(args, arguments);
	while (*format) {
		if (*format != '%') {
			put(&out, *format++);
		} else {
			format = parse(format + 1, &spec, &args);
			convert(&out, &spec, &args);
		}
	}
	va_end(args);
	if (size)
		buf[MIN(out.length, size - 1)] = '\0';
	return out.length;
}

int snprintf(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(buf, size, format, args);
	va_end(args);
	return length;
}
