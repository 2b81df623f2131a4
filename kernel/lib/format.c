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

static void put_times(struct output *out, char c, u32 times)
{
	while (times--)
		put(out, c);
}

/* A sign ("-" or nothing) and a body, padded to the width; zeroes go between the two. */
static void put_field(struct output *out, const struct spec *spec, const char *sign, const char *body, u32 n)
{
	u32 used = strlen(sign) + n, pad = spec->width > used ? spec->width - used : 0;

	if (!spec->left && !spec->zero)
		put_times(out, ' ', pad);
	while (*sign)
		put(out, *sign++);
	if (!spec->left && spec->zero)
		put_times(out, '0', pad);
	while (n--)
		put(out, *body++);
	if (spec->left)
		put_times(out, ' ', pad);
}

static void put_number(struct output *out, const struct spec *spec, const char *sign, u64 value, u32 base)
{
	static const char digits[] = "0123456789abcdef";
	char text[DIGITS_MAX], *p = text + sizeof(text);

	for (; value >> 32; value /= base)
		*--p = digits[value % base];
	for (u32 low = value; low || p == text + sizeof(text); low /= base)
		*--p = digits[low % base];
	put_field(out, spec, sign, p, text + sizeof(text) - p);
}

static u32 parse_number(const char **format, va_list *args)
{
	u32 n = 0;

	if (**format == '*') {
		(*format)++;
		return va_arg(*args, u32);
	}
	while (**format >= '0' && **format <= '9')
		n = n * 10 + *(*format)++ - '0';
	return n;
}

/* Reads the specification behind a '%'. */
static const char *parse(const char *format, struct spec *spec, va_list *args)
{
	*spec = (struct spec){ 0 };
	for (; *format == '-' || *format == '0'; format++)
		*(*format == '-' ? &spec->left : &spec->zero) = true;
	spec->width = parse_number(&format, args);
	for (; *format == 'l'; format++)
		spec->longs++;
	spec->conversion = *format;
	return *format ? format + 1 : format;
}

static void put_unsigned(struct output *out, const struct spec *spec, u32 base, va_list *args)
{
	u64 value = spec->longs > 1 ? va_arg(*args, u64) : va_arg(*args, u32);

	put_number(out, spec, "", value, base);
}

static void put_signed(struct output *out, const struct spec *spec, va_list *args)
{
	i64 value = spec->longs > 1 ? va_arg(*args, i64) : va_arg(*args, i32);

	put_number(out, spec, value < 0 ? "-" : "", value < 0 ? -(u64)value : (u64)value, 10);
}

static void convert(struct output *out, const struct spec *spec, va_list *args)
{
	const char *text;
	char c;

	switch (spec->conversion) {
	case 'd':
		put_signed(out, spec, args);
		break;
	case 'u':
		put_unsigned(out, spec, 10, args);
		break;
	case 'o':
		put_unsigned(out, spec, 8, args);
		break;
	case 'x':
		put_unsigned(out, spec, 16, args);
		break;
	case 's':
		text = va_arg(*args, const char *);
		text = text ? text : "(null)";
		put_field(out, spec, "", text, strlen(text));
		break;
	case 'c':
		c = va_arg(*args, int);
		put_field(out, spec, "", &c, 1);
		break;
	default:
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
