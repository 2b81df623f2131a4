/*
 * execve. The new space is built completely before the old one is given up: until exec_commit() every failure leaves the caller as it
 * was, and nothing after it can fail.
 *
 *   open ─► strings ─► scripts: open their interpreter ─► segments ─► vectors ─► commit: space, ids, signals, descriptors, registers
 */
#include "kernel/exec.h"
#include "kernel/fork.h"
#include "kernel/fs/file.h"
#include "kernel/fs/path.h"
#include "kernel/futex.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/rlimit.h"
#include "kernel/signal.h"
#include "kernel/uaccess.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/descriptors.h"
#include "mm/kmalloc.h"
#include "mm/space.h"

static void exec_destroy(struct exec *exec)
{
	if (exec->space)
		space_unref(exec->space);
	if (exec->file)
		file_unref(exec->file);
	kfree(exec->path);
	kfree(exec->buffer);
}

/* What every exec begins with; exec_destroy() is owed even on failure. */
static int exec_create(struct exec *exec)
{
	*exec = (struct exec){ .path = kmalloc(PATH_MAX), .buffer = kmalloc(PAGE_SIZE), .space = space_create() };
	if (!exec->path || !exec->buffer || !exec->space)
		return -ENOMEM;
	rlimits_apply(current->rlimits, exec->space);
	return 0;
}

/* ---- Scripts ---------------------------------------------------------------------------------------------------------- */

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* Cut the blanks off both ends. */
static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && is_blank(end[-1]))
		*--end = '\0';
	while (is_blank(*text))
		text++;
	return text;
}

/* Split "#! interpreter [argument]" in place; *argument may be empty. -ENOEXEC: no interpreter, or its name may have been cut off. */
static int script_parse(char head[EXEC_HEAD_SIZE], char **interpreter, char **argument)
{
	char *end = strchr(head, '\n');

	if (end)
		*end = '\0';
	*interpreter = trim(head + 2);
	for (end = *interpreter; *end && !is_blank(*end); end++)
		;
	if (end == *interpreter || end == head + EXEC_HEAD_SIZE - 1)
		return -ENOEXEC;
	if (*end)
		*end++ = '\0';
	*argument = trim(end);
	return 0;
}

/* The script's path and its interpreter's argument go before the arguments, and the interpreter is what is executed. */
static int script_redirect(struct exec *exec, const char *interpreter, const char *argument)
{
	int error;

	exec->arg_count += *argument ? 2 : 1;
	error = exec_push(exec, exec->path);
	if (!error && *argument)
		error = exec_push(exec, argument);
	if (error)
		return error;
	strlcpy(exec->path, interpreter, PATH_MAX);
	exec->named = true;
	file_unref(exec->file);
	exec->file = NULL;
	return file_open_exec(exec->path, &exec->file);
}

/* While the file is a script, execute its interpreter instead. */
static int exec_follow_scripts(struct exec *exec)
{
	char head[EXEC_HEAD_SIZE], *interpreter, *argument;

	for (u32 depth = 0; ; depth++) {
		i32 n = file_read_kernel(exec->file, head, sizeof(head) - 1, 0);
		int error;

		if (n < 0)
			return n;
		head[n] = '\0';
		if (head[0] != '#' || head[1] != '!')
			return 0;
		if (depth > EXEC_SCRIPT_DEPTH)
			return -ELOOP;
		error = script_parse(head, &interpreter, &argument);
		if (!error)
			error = script_redirect(exec, interpreter, argument);
		if (error)
			return error;
	}
}

/* ---- Committing ------------------------------------------------------------------------------------------------------- */

static void registers_reset(vaddr_t entry, vaddr_t stack)
{
	*task_regs(current) = (struct regs){
		.ds = USER_DS, .es = USER_DS, .ss = USER_DS, .cs = USER_CS,
		.eip = entry, .esp = stack, .eflags = EFLAGS_IF | EFLAGS_FIXED, .orig_eax = ~0u,
	};
	memset(current->tls, 0, sizeof(current->tls));
	tls_load(current->tls);
	fpu_init_image(current->fpu);
	fpu_load(current->fpu);
}

static void exec_commit(struct exec *exec)
{
	struct cred *cred = &current->cred;

	exec->space->image = (struct space_image){
		.brk_start = exec->image.brk, .brk = exec->image.brk, .args_start = exec->arg_string,
		.args_end = exec->env_string, .env_start = exec->env_string, .env_end = exec->path_string,
	};
	futex_release();
	task_use_space(exec->space);
	exec->space = NULL;
	task_release_vfork(current);
	current->has_execed = true;
	cred->suid = cred->fsuid = cred->euid;
	cred->sgid = cred->fsgid = cred->egid;
	memcpy(current->name, exec->name, sizeof(current->name));
	signals_exec(current);
	fd_table_close_on_exec(current->files);
	registers_reset(exec->image.start, exec->stack);
}

/* Open exec->path, and put it on the new stack. */
static int exec_open(struct exec *exec)
{
	const char *slash = strrchr(exec->path, '/');
	int error = file_open_exec(exec->path, &exec->file);

	strlcpy(exec->name, slash ? slash + 1 : exec->path, sizeof(exec->name));
	if (!error)
		error = exec_stack_create(exec);
	if (!error)
		error = exec_push(exec, exec->path);
	exec->path_string = exec->stack;
	return error;
}

/* All strings, from the last of the environment to the first argument: that one says which program it is, after all scripts. */
static int exec_push_strings(struct exec *exec, char *const *argv, char *const *envp)
{
	u32 args = 0;
	int error = exec_count_user(exec, envp, &exec->env_count);

	if (!error)
		error = exec_count_user(exec, argv, &args);
	exec->arg_count = MAX(args, 1u);        /* without arguments there is an empty argv[0] all the same, as on Linux */
	if (!error)
		error = exec_push_user(exec, envp, 0, exec->env_count);
	if (!error)
		error = exec_push_user(exec, argv, 1, args);
	if (!error)
		error = exec_follow_scripts(exec);
	if (error)
		return error;
	if (exec->named || !args)
		return exec_push(exec, exec->named ? exec->path : "");
	return exec_push_user(exec, argv, 0, 1);
}

/* Execute exec->path, from opening it to the point of no return. */
static int exec_run(struct exec *exec, char *const *argv, char *const *envp)
{
	int error = exec_open(exec);

	if (!error)
		error = exec_push_strings(exec, argv, envp);
	if (!error)
		error = elf_load(exec->space, exec->file, &exec->image);
	if (!error)
		error = exec_stack_finish(exec);
	if (!error)
		exec_commit(exec);
	return error;
}

i32 sys_execve(const char *path, char *const *argv, char *const *envp)
{
	struct exec exec;
	i32 result = exec_create(&exec);

	might_sleep();
	if (!result)
		result = copy_string_from_user(exec.path, path, PATH_MAX);
	if (result >= 0)
		result = *exec.path ? exec_run(&exec, argv, envp) : -ENOENT;
	exec_destroy(&exec);
	return result;
}

int kernel_exec_init(const char *path)
{
	struct exec exec;
	int error = exec_create(&exec);

	if (!error) {
		strlcpy(exec.path, path, PATH_MAX);
		exec.named = true;
		error = exec_run(&exec, NULL, NULL);
	}
	exec_destroy(&exec);
	return error;
}
