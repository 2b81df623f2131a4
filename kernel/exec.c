/*
 * execve. The new space is built completely before the old one is given up: until exec_commit() every failure leaves the caller as it
 * was, and nothing after it can fail.
 *
 *   open ─► scripts: open their interpreter ─► strings ─► segments ─► vectors ─► commit: space, ids, signals, descriptors, registers
 */
#include "kernel/exec.h"
#include "kernel/fork.h"
#include "kernel/fs/file.h"
#include "kernel/fs/inode.h"
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
	memset(exec, 0, sizeof(*exec));
	exec->path = kmalloc(PATH_MAX);
	exec->buffer = kmalloc(PAGE_SIZE);
	exec->space = space_create();
	if (!exec->path || !exec->buffer || !exec->space)
		return -ENOMEM;
	rlimits_apply(current->rlimits, exec->space);
	return 0;
}

/* ---- Scripts ---------------------------------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Split "#! interpreter [argument]" in place; *argument may become NULL. -ENOEXEC: no interpreter, or its name may have been cut off.
 */
static int script_parse(char *line, char **interpreter, char **argument)
{
	char *end = strchr(line, '\n'), *at = line + 2;

	if (end)
		*end = '\0';
	else
		end = line + strlen(line);
	while (end > at && is_blank(end[-1]))
		*--end = '\0';
	while (is_blank(*at))
		at++;
	*interpreter = at;
	while (*at && !is_blank(*at))
		at++;
	if (at == *interpreter || at == line + EXEC_HEAD_SIZE - 1)
		return -ENOEXEC;
	*argument = NULL;
	if (*at) {
		*at++ = '\0';
		while (is_blank(*at))
			at++;
		*argument = at;
	}
	return 0;
}

/* Put interpreter, its argument and the script's path in the place of argv[0], and open the interpreter. */
static int script_redirect(struct exec *exec, const char *script, char *interpreter, const char *argument)
{
	int error = exec_drop_first(exec);

	if (!error)
		error = exec_push(exec, script);
	if (!error && argument)
		error = exec_push(exec, argument);
	if (!error)
		error = exec_push(exec, interpreter);
	if (error)
		return error;
	exec->arg_count += argument ? 3 : 2;
	file_unref(exec->file);
	exec->file = NULL;
	return file_open_exec(interpreter, &exec->file);
}

/* While the file is a script, execute its interpreter instead. */
static int exec_follow_scripts(struct exec *exec)
{
	char head[EXEC_HEAD_SIZE], script[EXEC_HEAD_SIZE];
	const char *path = exec->path;
	char *interpreter, *argument;

	for (u32 depth = 0; ; depth++) {
		i32 n = file_read_kernel(exec->file, head, sizeof(head) - 1, 0);
		int error;

		if (n < 0)
			return n;
		head[n] = '\0';
		if (n < 2 || head[0] != '#' || head[1] != '!')
			return 0;
		if (depth > EXEC_SCRIPT_DEPTH)
			return -ELOOP;
		error = script_parse(head, &interpreter, &argument);
		if (!error)
			error = script_redirect(exec, path, interpreter, argument);
		if (error)
			return error;
		strlcpy(script, interpreter, sizeof(script));
		path = script;
	}
}

/* ---- Committing ------------------------------------------------------------------------------------------------------- */

/* The ids that the program runs with: set-id bits of its file count. Result: they give it rights of others. */
static bool exec_cred(const struct exec *exec, struct cred *cred)
{
	const struct inode *inode = exec->file->inode;

	*cred = current->cred;
	if (inode->mode & S_ISUID)
		cred->euid = inode->uid;
	if ((inode->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		cred->egid = inode->gid;
	cred->suid = cred->fsuid = cred->euid;
	cred->sgid = cred->fsgid = cred->egid;
	return cred->euid != cred->uid || cred->egid != cred->gid;
}

static void exec_describe(struct exec *exec)
{
	struct space_image *image = &exec->space->image;

	image->brk_start = image->brk = exec->image.brk;
	image->args_start = exec->arg_string;
	image->args_end = image->env_start = exec->env_string;
	image->env_end = exec->path_string;
}

static void registers_reset(vaddr_t entry, vaddr_t stack)
{
	struct regs *regs = task_regs(current);

	*regs = (struct regs){
		.ds = USER_DS, .es = USER_DS, .ss = USER_DS, .cs = USER_CS,
		.eip = entry, .esp = stack, .eflags = EFLAGS_IF | EFLAGS_FIXED, .orig_eax = ~0u,
	};
	memset(current->tls, 0, sizeof(current->tls));
	tls_load(current->tls);
	fpu_init_image(current->fpu);
	fpu_load(current->fpu);
}

static void exec_commit(struct exec *exec, const struct cred *cred)
{
	const char *slash = strrchr(exec->path, '/');

	exec_describe(exec);
	task_use_space(exec->space);
	exec->space = NULL;
	task_release_vfork(current);
	current->has_execed = true;
	current->clear_child_tid = 0;
	current->cred = *cred;
	strlcpy(current->name, slash ? slash + 1 : exec->path, sizeof(current->name));
	signals_exec(current->signals);
	fd_table_close_on_exec(current->files);
	registers_reset(exec->image.start, exec->stack);
}

/* From an open file and strings pushed to the point of no return. */
static int exec_run(struct exec *exec)
{
	struct cred cred;
	bool secure;
	int error = exec_follow_scripts(exec);

	if (!error)
		error = elf_load(exec->space, exec->file, &exec->image);
	if (error)
		return error;
	secure = exec_cred(exec, &cred);
	error = exec_stack_finish(exec, &cred, secure);
	if (!error)
		exec_commit(exec, &cred);
	return error;
}

/* Open exec->path, and put it on the new stack. */
static int exec_open(struct exec *exec)
{
	int error = file_open_exec(exec->path, &exec->file);

	if (!error)
		error = exec_stack_create(exec);
	if (!error)
		error = exec_push(exec, exec->path);
	exec->path_string = exec->stack;
	return error;
}

/* Without arguments there is an empty argv[0] all the same, as on Linux. */
static int exec_push_vectors(struct exec *exec, char *const *argv, char *const *envp)
{
	int error = exec_push_user(exec, envp, &exec->env_count);

	if (!error)
		error = exec_push_user(exec, argv, &exec->arg_count);
	if (!error && !exec->arg_count) {
		exec->arg_count = 1;
		error = exec_push(exec, "");
	}
	return error;
}

i32 sys_execve(const char *path, char *const *argv, char *const *envp)
{
	struct exec exec;
	int error = exec_create(&exec);
	i32 length = 0;

	might_sleep();
	if (!error)
		length = copy_string_from_user(exec.path, path, PATH_MAX);
	if (length <= 0 && !error)
		error = length ? length : -ENOENT;
	if (!error)
		error = exec_open(&exec);
	if (!error)
		error = exec_push_vectors(&exec, argv, envp);
	if (!error)
		error = exec_run(&exec);
	exec_destroy(&exec);
	return error;
}

int kernel_exec_init(const char *path)
{
	struct exec exec;
	int error = exec_create(&exec);

	if (!error)
		strlcpy(exec.path, path, PATH_MAX);
	if (!error)
		error = exec_open(&exec);
	if (!error)
		error = exec_push(&exec, path);
	exec.arg_count = 1;
	if (!error)
		error = exec_run(&exec);
	exec_destroy(&exec);
	return error;
}
