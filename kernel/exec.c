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

/* ---- Scripts ---------------------------------------------------------------------------------------------------------- */

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* The rest of the text, from where its blanks are over, or its first word is. */
static char *skip(char *text, bool blanks)
{
	while (*text && is_blank(*text) == blanks)
		text++;
	return text;
}

/*
 * Execute what "#! interpreter [argument]" names instead: the argument and the script's path go before the arguments. -ENOEXEC: there is
 * no interpreter, or its name may have been cut off.
 */
static int script_redirect(struct exec *exec, char head[EXEC_HEAD_SIZE])
{
	char *end = strchr(head, '\n') ?: head + strlen(head), *interpreter, *argument;
	int error;

	while (is_blank(end[-1]))
		end--;
	*end = '\0';
	interpreter = skip(head + 2, true);
	end = skip(interpreter, false);
	if (end == interpreter || end == head + EXEC_HEAD_SIZE - 1)
		return -ENOEXEC;
	argument = skip(end, true);
	*end = '\0';
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
	char head[EXEC_HEAD_SIZE];

	for (u32 depth = 0; ; depth++) {
		i32 n = file_read_kernel(exec->file, head, sizeof(head) - 1, 0);

		if (n < 0)
			return n;
		head[n] = '\0';
		if (head[0] != '#' || head[1] != '!')
			return 0;
		n = depth > EXEC_SCRIPT_DEPTH ? -ELOOP : script_redirect(exec, head);
		if (n)
			return n;
	}
}

/* ---- The rest --------------------------------------------------------------------------------------------------------- */

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
	fd_close_for_exec();
	*task_regs(current) = (struct regs){
		.ds = USER_DS, .es = USER_DS, .ss = USER_DS, .cs = USER_CS,
		.eip = exec->image.start, .esp = exec->stack, .eflags = EFLAGS_IF | EFLAGS_FIXED, .orig_eax = ~0u,
	};
	memset(current->tls, 0, sizeof(current->tls));
	tls_load(current->tls);
	fpu_init_image(current->fpu);
	fpu_load(current->fpu);
}

/* All strings, from the last of the environment to the first argument: that one says which program it is, after all scripts. */
static int exec_push_strings(struct exec *exec, char *const *argv, char *const *envp)
{
	u32 args = 0;
	int error = exec_count_user(exec, envp, &exec->env_count) ?: exec_count_user(exec, argv, &args);

	exec->arg_count = MAX(args, 1u);        /* without arguments there is an empty argv[0] all the same, as on Linux */
	error = error ?: exec_push_user(exec, envp, 0, exec->env_count) ?: exec_push_user(exec, argv, 1, args);
	error = error ?: exec_follow_scripts(exec);
	if (error)
		return error;
	if (exec->named || !args)
		return exec_push(exec, exec->named ? exec->path : "");
	return exec_push_user(exec, argv, 0, 1);
}

/* Execute exec->path, from opening it to the point of no return. */
static int exec_run(struct exec *exec, char *const *argv, char *const *envp)
{
	const char *slash = strrchr(exec->path, '/');
	int error = file_open_exec(exec->path, &exec->file);

	strlcpy(exec->name, slash ? slash + 1 : exec->path, sizeof(exec->name));
	rlimits_apply(current->rlimits, exec->space);
	error = error ?: exec_stack_create(exec) ?: exec_push(exec, exec->path);
	exec->path_string = exec->stack;
	error = error ?: exec_push_strings(exec, argv, envp) ?: elf_load(exec->space, exec->file, &exec->image);
	error = error ?: exec_stack_finish(exec);
	if (!error)
		exec_commit(exec);
	return error;
}

/* Execute what is at the path, a user's or the kernel's own. */
static i32 execute(const char *path, bool users, char *const *argv, char *const *envp)
{
	struct exec exec = { .path = kmalloc(PATH_MAX), .buffer = kmalloc(PAGE_SIZE), .space = space_create(), .named = !users };
	i32 result = -ENOMEM;

	might_sleep();
	if (exec.path && exec.buffer && exec.space)
		result = users ? copy_string_from_user(exec.path, path, PATH_MAX) : (i32)strlcpy(exec.path, path, PATH_MAX);
	if (result >= 0)
		result = *exec.path ? exec_run(&exec, argv, envp) : -ENOENT;
	if (exec.space)
		space_unref(exec.space);
	file_unref(exec.file);
	kfree(exec.path);
	kfree(exec.buffer);
	return result;
}

i32 sys_execve(const char *path, char *const *argv, char *const *envp) { return execute(path, true, argv, envp); }

int kernel_exec_init(const char *path) { return execute(path, false, NULL, NULL); }
