/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file that keeps the store: 0600, locked for as long as it is open, replaced as a whole.
 */
#ifndef XCRYPTD_PEERS_FILE_H
#define XCRYPTD_PEERS_FILE_H

#include "common/log.h"
#include "place.h"
#include "store.h"

/**
 * struct xc_peers_file - the file
 * @file:	fd -1: there is none, the store is in memory alone
 * @path:	of it
 * @log:	outlives it
 * @writing:	somebody has a struct xc_peers_write of it
 * @error:	-errno of the last write, 0 if it went well
 */
struct xc_peers_file {
	struct xc_cachefile file;
	const char *path;
	const struct xc_log *log;
	bool writing;
	int error;
};

/*
 * Open or make it, and read it into the empty store. 0, there being no file if none can be made or
 * another process has it; or -errno: there is one that must not be used nor replaced. Either is
 * logged.
 */
int xc_peers_file_open(struct xc_peers_file *file, const char *path, struct xc_peers *peers,
		       const struct xc_log *log);
void xc_peers_file_close(struct xc_peers_file *file);

/* Write what has changed, waiting for the disk. 0 or -errno, which has been logged. */
int xc_peers_file_sync(struct xc_peers_file *file, struct xc_peers *peers);

/*
 * The same in parts, for a thread that may wait:
 *
 *	begin	take a picture; NULL if nothing has changed, or it is being written already
 *	run	write it. In any thread; touches neither store nor log
 *	end	back where the store lives: 0 or -errno, logged
 */
struct xc_peers_write *xc_peers_write_begin(struct xc_peers_file *file, struct xc_peers *peers);
void xc_peers_write_run(struct xc_peers_write *write);
int xc_peers_write_end(struct xc_peers_write *write);

#endif
