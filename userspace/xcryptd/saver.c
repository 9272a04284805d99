// SPDX-License-Identifier: GPL-2.0
#include "saver.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/thread.h"

#define STACK	(128 << 10)	/* octets, which are locked memory */

/* --- the thread --- */

static void tell_loop(const struct xc_saver *saver)
{
	const uint64_t one = 1;

	/* It cannot be full: the loop takes it before there is more work. */
	if (write(saver->done.fd, &one, sizeof(one)) < 0)
		return;
}

static void saver_run(void *arg)
{
	struct xc_saver *saver = arg;
	int i;

	pthread_mutex_lock(&saver->lock);
	for (;;) {
		while (!saver->stop && (!saver->busy || saver->ran))
			pthread_cond_wait(&saver->turn, &saver->lock);
		if (saver->stop)
			break;
		pthread_mutex_unlock(&saver->lock);
		for (i = 0; i < saver->count; i++)
			xc_keyring_write_run(saver->write[i]);
		if (saver->peers)
			xc_peers_write_run(saver->peers);
		pthread_mutex_lock(&saver->lock);
		saver->ran = true;
		pthread_cond_broadcast(&saver->turn);
		tell_loop(saver);
	}
	pthread_mutex_unlock(&saver->lock);
}

/* --- the loop --- */

/* The thread rests: all but the lock is the loop's. */
static void finish(struct xc_saver *saver)
{
	int i;

	for (i = 0; i < saver->count; i++)
		xc_keyring_write_end(saver->ring, saver->write[i]);
	if (saver->peers)
		xc_peers_write_end(saver->peers);
	saver->count = 0;
	saver->peers = NULL;
	saver->ran = false;
	saver->busy = false;
}

static void saver_ready(struct xc_source *source, uint32_t events)
{
	struct xc_saver *saver = (struct xc_saver *)source;
	uint64_t n;

	(void)events;
	if (read(source->fd, &n, sizeof(n)) != sizeof(n))
		return;
	pthread_mutex_lock(&saver->lock);
	if (saver->ran)
		finish(saver);
	pthread_mutex_unlock(&saver->lock);
}

static void take_work(struct xc_saver *saver, struct xc_peers_file *file, struct xc_peers *peers)
{
	while (saver->count < XC_SUITES_MAX) {
		struct xc_keyring_write *write = xc_keyring_write_begin(saver->ring);

		if (!write)
			break;
		saver->write[saver->count++] = write;
	}
	saver->peers = xc_peers_write_begin(file, peers);
	saver->busy = saver->count || saver->peers;
}

void xc_saver_save(struct xc_saver *saver, struct xc_keyring *ring, struct xc_peers_file *file,
		   struct xc_peers *peers)
{
	pthread_mutex_lock(&saver->lock);
	if (!saver->busy) {
		saver->ring = ring;
		take_work(saver, file, peers);
		if (saver->busy)
			pthread_cond_broadcast(&saver->turn);
	}
	pthread_mutex_unlock(&saver->lock);
}

void xc_saver_wait(struct xc_saver *saver)
{
	pthread_mutex_lock(&saver->lock);
	while (saver->busy && !saver->ran)
		pthread_cond_wait(&saver->turn, &saver->lock);
	if (saver->ran)
		finish(saver);
	pthread_mutex_unlock(&saver->lock);
}

/* --- start and end --- */

int xc_saver_open(struct xc_saver *saver, struct xc_loop *loop)
{
	int err;

	saver->loop = loop;
	saver->done.ready = saver_ready;
	saver->done.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (saver->done.fd < 0)
		return -errno;
	pthread_mutex_init(&saver->lock, NULL);
	pthread_cond_init(&saver->turn, NULL);
	err = xc_loop_wait(loop, &saver->done, EPOLLIN);
	if (!err)
		err = xc_thread_start(&saver->thread, STACK, saver_run, saver);
	if (!err)
		return 0;
	close(saver->done.fd);
	saver->done.fd = 0;
	return err;
}

void xc_saver_close(struct xc_saver *saver)
{
	if (saver->done.fd <= 0)
		return;
	xc_saver_wait(saver);
	pthread_mutex_lock(&saver->lock);
	saver->stop = true;
	pthread_cond_broadcast(&saver->turn);
	pthread_mutex_unlock(&saver->lock);
	pthread_join(saver->thread, NULL);
	xc_loop_wait(saver->loop, &saver->done, 0);
	close(saver->done.fd);
	saver->done.fd = 0;
}
