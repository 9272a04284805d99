/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls that sleep in a page fault for as long as their caller likes: their memory is served by
 * userfaultfd, as a file system in user space could, and nobody serves it.
 */
#ifndef _SELFTESTS_STUCK_H
#define _SELFTESTS_STUCK_H

/* Users may handle the kernel's faults. To be called with privilege. 0, or -1 and errno. */
int stuck_allow(void);

/*
 * In a thread, a call on @fd that sleeps with the socket's lock held. Before, as the socket is
 * still nobody's, stuck_prepare() gives it the filter that is read then. 0, or -1 and errno.
 */
int stuck_prepare(int fd);
int stuck_with_lock(int fd);

/*
 * In a thread, a wait on an epoll instance that watches @fd, asleep with its mutex held.
 * stuck_watch() adds others to the instance before. 0, or -1 and errno.
 */
int stuck_watch(int fd);
int stuck_with_epoll(int fd);

/*
 * A call of the caller's own that comes to @page, which nobody has touched, sleeps there until it
 * is served, with zeros. stuck_await() waits until one does. 0, or -1 and errno.
 */
int stuck_page(void *page);
int stuck_await(void);
int stuck_serve(void *page);

/* Every sleeper goes on, and has returned. Once a process. */
void stuck_release(void);

#endif /* _SELFTESTS_STUCK_H */
