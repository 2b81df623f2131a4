/* Futexes: words of user memory that tasks sleep on until somebody wakes them. */
#pragma once

/*
 * The running task leaves its space, to end or to execute: what it held of robust mutexes is marked ownerless, the word that clone or
 * set_tid_address named is cleared, and who sleeps on them is woken. May sleep.
 */
void futex_release(void);
