/*
 * Process groups, sessions, and the terminal: there is one, so it is the controlling terminal of one session at most.
 *
 *   session (sid) ─┬─ group (pgid) ── tasks       the foreground: reads the terminal, gets its signals
 *        │         └─ group ── tasks              the background: stopped when it reads
 *     terminal
 */
#pragma once

#include "kernel/task.h"

/*
 * Is there nobody who could continue the group's tasks, that is, no parent in another group of the same session? `leaver` (may be NULL)
 * does not count any more.
 */
bool group_orphaned(pid_t pgid, const struct task *leaver);
/* `task` has lost its parent `parent`, or is the running one and ends: if that orphans its group, and tasks of it are stopped, they get SIGHUP and SIGCONT. */
void group_untie(const struct task *task, const struct task *parent);
/* The running task ends: it unties its group; with a session's leader goes its terminal, and the foreground gets SIGHUP. */
void session_leave(void);

/* The foreground of the task's terminal; -1: it has none. */
pid_t terminal_foreground(const struct task *task);
/* Is the terminal the running task's? */
bool terminal_is_mine(void);
/* The running task, which must lead a session, makes it its own; `steal` (for privileged ones): even from another session. -EPERM. */
int terminal_take(bool steal);
/*
 * May the running task use the terminal, or is it in the background? Then its group is sent `sig`, SIGTTIN or SIGTTOU, and this is
 * -ERESTARTSYS; -EIO where that would not stop it. 0, without a signal, when it is SIGTTOU that it ignores.
 */
int terminal_check(u32 sig);
/* Signal the foreground. For interrupt handlers. */
void terminal_signal(u32 sig);
/* TIOCSCTTY, TIOCGPGRP, TIOCSPGRP, TIOCGSID; else -ENOTTY. */
i32 terminal_ioctl(u32 command, vaddr_t argument);
