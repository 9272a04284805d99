// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stuck.h"

#define PAGES	512
#define WAIT_MS	10000

static int uffd = -1;
static char *pages;
static int used;
static int watched = -1;

int stuck_allow(void)
{
	int fd = open("/proc/sys/vm/unprivileged_userfaultfd", O_WRONLY | O_CLOEXEC);
	int ok = fd >= 0 && write(fd, "1", 1) == 1;

	close(fd);
	return ok ? 0 : -1;
}

/* Nobody serves the pages of @start. */
static int serve_not(void *start, size_t size)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (unsigned long)start, size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	if (uffd < 0) {
		uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
		if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api))
			return -1;
	}
	return ioctl(uffd, UFFDIO_REGISTER, &reg);
}

/* A page that nobody serves. */
static void *page_new(void)
{
	const size_t size = (size_t)PAGES * getpagesize();

	if (!pages) {
		pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
		if (pages == MAP_FAILED || serve_not(pages, size))
			return NULL;
	}
	errno = ENOMEM;
	return used < PAGES ? pages + (size_t)used++ * getpagesize() : NULL;
}

/* Until one more thread sleeps in a fault. */
static int await_fault(void)
{
	struct pollfd p = { .fd = uffd, .events = POLLIN };
	struct uffd_msg msg;

	errno = ETIME;
	return poll(&p, 1, WAIT_MS) == 1 && read(uffd, &msg, sizeof(msg)) == sizeof(msg) &&
	       msg.event == UFFD_EVENT_PAGEFAULT ? 0 : -1;
}

struct call {
	pthread_t thread;
	int fd;
	void *page;
};

static struct call calls[PAGES];

static int start(void *(*fn)(void *call), int fd)
{
	void *page = page_new();
	struct call *call;
	pthread_attr_t attr;

	if (!page)
		return -1;
	call = &calls[used - 1];
	call->fd = fd;
	call->page = page;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	errno = pthread_create(&call->thread, &attr, fn, call);
	return errno ? -1 : await_fault();
}

int stuck_prepare(int fd)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
	struct sock_fprog prog = { .len = 1, .filter = &all };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
}

/* The core copies the filter out with the lock held, and it has no way to refuse that. */
static void *get_filter(void *arg)
{
	struct call *call = arg;
	socklen_t len = 1;

	getsockopt(call->fd, SOL_SOCKET, SO_GET_FILTER, call->page, &len);
	return NULL;
}

int stuck_with_lock(int fd)
{
	return start(get_filter, fd);
}

static void *wait_epoll(void *arg)
{
	struct call *call = arg;

	epoll_wait(watched, call->page, 1, -1);
	return NULL;
}

/* With something that has an event whatever becomes of the others. */
static int watch_begin(void)
{
	struct epoll_event ev = { .events = EPOLLOUT };

	watched = epoll_create1(EPOLL_CLOEXEC);
	return watched < 0 ? -1 : epoll_ctl(watched, EPOLL_CTL_ADD, eventfd(0, EFD_CLOEXEC), &ev);
}

int stuck_watch(int fd)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT };

	if (watched < 0 && watch_begin())
		return -1;
	return epoll_ctl(watched, EPOLL_CTL_ADD, fd, &ev);
}

int stuck_with_epoll(int fd)
{
	return stuck_watch(fd) ? -1 : start(wait_epoll, -1);
}

int stuck_page(void *page)
{
	return serve_not(page, getpagesize());
}

int stuck_await(void)
{
	return await_fault();
}

int stuck_serve(void *page)
{
	struct uffdio_zeropage zero = {
		.range = { (unsigned long)page, getpagesize() },
	};

	return ioctl(uffd, UFFDIO_ZEROPAGE, &zero);
}

void stuck_release(void)
{
	struct uffdio_zeropage zero = {
		.range = { (unsigned long)pages, (size_t)PAGES * getpagesize() },
	};

	ioctl(uffd, UFFDIO_ZEROPAGE, &zero);
	while (used)
		pthread_join(calls[--used].thread, NULL);
}
