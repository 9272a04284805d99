// SPDX-License-Identifier: GPL-2.0
#include "file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "form.h"

#define TEXT_MAX	(1L << 30)

struct xc_peers_write {
	struct xc_peers_file *file;
	struct xc_peers *peers;
	char *text;
	size_t len;
	int err;
};

static void log_fault(const struct xc_peers_file *file, const char *event, int err,
		      const char *hint)
{
	xc_log(file->log, LOG_ERR, "peers event=%s path=%s error=\"%s\" hint=\"%s\"", event,
	       file->path, strerror(-err), hint ? hint : xc_place_advice(err));
}

/* --- reading --- */

static void report(void *ctx, const char *message)
{
	const struct xc_peers_file *file = ctx;

	xc_log(file->log, LOG_ERR, "peers event=bad-line error=\"%s\"", message);
}

static bool is_dirty(const struct xc_peers *peers)
{
	return peers->dirty || peers->domains.dirty;
}

static void set_dirty(struct xc_peers *peers, bool dirty)
{
	peers->dirty = dirty;
	peers->domains.dirty = dirty;
}

static int read_text(const struct xc_peers_file *file, struct xc_peers *peers, long len)
{
	char *text = malloc(len + 1);
	int err;

	if (!text)
		return -ENOMEM;
	err = xc_cachefile_read(&file->file, (uint8_t *)text, len);
	if (!err)
		err = xc_peers_read(peers, file->path, text, len, report, (void *)file);
	free(text);
	return err;
}

static int read_file(const struct xc_peers_file *file, struct xc_peers *peers)
{
	long len = xc_cachefile_length(&file->file);
	int err;

	if (len < 0)
		return len;
	err = len > TEXT_MAX ? -EFBIG : read_text(file, peers, len);
	/* Names for which there was no room any more are to leave the file. */
	set_dirty(peers, !err && peers->stats.displaced);
	return err;
}

int xc_peers_file_open(struct xc_peers_file *file, const char *path, struct xc_peers *peers,
		       const struct xc_log *log)
{
	const char *hint = NULL;
	int err;

	*file = (struct xc_peers_file){ .path = path, .log = log };
	err = xc_place_open(&file->file, path, &hint);
	if (err == -EBUSY || (err && xc_place_missing(path, err))) {
		xc_log(log, LOG_WARNING, "peers event=memory-only path=%s error=\"%s\" hint=\"what is learned and pinned is forgotten at the end; %s\"",
		       path, strerror(-err), xc_place_advice(err));
		return 0;
	}
	if (!err) {
		err = read_file(file, peers);
		if (err == -EBADMSG)
			hint = "mend the lines named above, or move the file away and pin anew";
	}
	if (err) {
		log_fault(file, "not-read", err, hint);
		xc_peers_file_close(file);
	}
	return err;
}

void xc_peers_file_close(struct xc_peers_file *file)
{
	xc_cachefile_close(&file->file);
}

/* --- writing --- */

struct xc_peers_write *xc_peers_write_begin(struct xc_peers_file *file, struct xc_peers *peers)
{
	struct xc_peers_write *write;

	if (file->file.fd < 0 || file->writing || !is_dirty(peers))
		return NULL;
	write = calloc(1, sizeof(*write));
	if (!write)
		return NULL;
	*write = (struct xc_peers_write){ .file = file, .peers = peers };
	write->text = xc_peers_write(peers, &write->len);
	if (!write->text) {
		free(write);
		return NULL;
	}
	file->writing = true;
	set_dirty(peers, false);
	return write;
}

void xc_peers_write_run(struct xc_peers_write *write)
{
	write->err = xc_cachefile_replace(&write->file->file, (const uint8_t *)write->text,
					  write->len);
}

/* Of a fault that lasts the first write is told, and the one that went well again. */
static void log_write(const struct xc_peers_file *file, int err)
{
	if (err && err != file->error)
		log_fault(file, "write-failed", err, NULL);
	else if (!err && file->error)
		xc_log(file->log, LOG_NOTICE, "peers event=written-again path=%s", file->path);
}

int xc_peers_write_end(struct xc_peers_write *write)
{
	struct xc_peers_file *file = write->file;
	int err = write->err;

	log_write(file, err);
	file->error = err;
	file->writing = false;
	if (err)
		write->peers->dirty = true;
	free(write->text);
	free(write);
	return err;
}

int xc_peers_file_sync(struct xc_peers_file *file, struct xc_peers *peers)
{
	struct xc_peers_write *write = xc_peers_write_begin(file, peers);

	if (!write)
		return file->file.fd >= 0 && is_dirty(peers) ? -ENOMEM : 0;
	xc_peers_write_run(write);
	return xc_peers_write_end(write);
}
