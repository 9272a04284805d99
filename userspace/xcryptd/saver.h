/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Brings key pairs, caches and known peers to the disk from a thread of its own: a disk may take
 * seconds, and exchanges do not wait for it.
 */
#ifndef XCRYPTD_SAVER_H
#define XCRYPTD_SAVER_H

#include <pthread.h>
#include <stdbool.h>

#include "common/loop.h"
#include "keys/keyring.h"
#include "peers/file.h"

/**
 * struct xc_saver - the thread and its work
 * @done:	an eventfd that tells the loop of work that was done
 * @loop:	the loop
 * @lock:	for what is below
 * @turn:	there is work, or it is done, or the thread is to end
 * @busy:	files are written; else the thread has nothing to do
 * @ring:	whose files those are that @write has
 * @write:	one for each file
 * @count:	of @write
 * @peers:	of the file of known peers, or NULL
 * @ran:	all of them were tried
 * @stop:	end
 */
struct xc_saver {
	struct xc_source done;
	struct xc_loop *loop;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t turn;
	bool busy;
	struct xc_keyring *ring;
	struct xc_keyring_write *write[XC_SUITES_MAX];
	int count;
	struct xc_peers_write *peers;
	bool ran;
	bool stop;
};

/* To be called with the privileges that the thread is to have. 0 or -errno. */
int xc_saver_open(struct xc_saver *saver, struct xc_loop *loop);

/*
 * Write what has changed in the ring and in the store, whose file may be none. It does not wait;
 * while a write is under way it does nothing.
 */
void xc_saver_save(struct xc_saver *saver, struct xc_keyring *ring, struct xc_peers_file *file,
		   struct xc_peers *peers);

/* Until no write is under way: before ring or store are synced or freed. */
void xc_saver_wait(struct xc_saver *saver);

/* After the latest write. */
void xc_saver_close(struct xc_saver *saver);

#endif
