/* Tests of kernel arguments. They put back the line that the kernel was started with. */
#include "kernel/args.h"
#include "kernel/lib/string.h"
#include "kernel/tests/ktest.h"

static char kept[1024];

static void set(const char *line)
{
	strlcpy(kept, args_line(), sizeof(kept));
	args_init(line);
}

/* Verifies that words are found whole, with and without values, the last one winning. */
KTEST(args_words)
{
	bool found, values;

	set("  kernel.elf batch init=/a  log=  init=/b=c ");
	found = args_has("batch") && args_has("init") && args_has("log") && !args_has("bat") && !args_has("in") && !args_has("/a");
	values = strcmp(args_value("init"), "/b=c") == 0 && !*args_value("log") && !args_value("batch") && !args_value("none");
	args_init(kept);
	KCHECK(found && values);
}

/* Verifies that an empty line has no words. */
KTEST(args_empty)
{
	bool has;

	set("");
	has = args_has("");
	args_init(kept);
	KCHECK(!has);
}
