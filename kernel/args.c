/* Kernel arguments: two copies of the line, one as it came and one cut into words. */
#include "kernel/args.h"
#include "kernel/lib/string.h"

#define LINE_SIZE 1024u

static char line[LINE_SIZE], words[LINE_SIZE + 1]; /* words: each ends with NUL, an empty one comes last */

void args_init(const char *from)
{
	char *to = words;

	strlcpy(line, from, sizeof(line));
	for (const char *p = line; *p; p++)
		if (*p != ' ' || (to > words && to[-1]))
			*to++ = *p == ' ' ? '\0' : *p;
	to[0] = to[1] = '\0';
}

/* What follows the name in its last word: "" or "=value"; NULL: there is none. */
static const char *find(const char *name)
{
	size_t n = strlen(name);
	const char *found = NULL;

	for (const char *word = words; *word; word += strlen(word) + 1)
		if (strncmp(word, name, n) == 0 && (!word[n] || word[n] == '='))
			found = word + n;
	return found;
}

bool args_has(const char *name) { return find(name); }

const char *args_value(const char *name)
{
	const char *rest = find(name);

	return rest && *rest ? rest + 1 : NULL;
}

bool args_is(const char *name, const char *value) { return strcmp(args_value(name) ?: "", value) == 0; }

const char *args_line(void) { return line; }
