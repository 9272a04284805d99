// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "pump.h"
#include "tls.h"

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t moved(ssize_t n, const char *call)
{
	if (n < 0)
		err(1, "%s", call);
	if (!n)
		errx(1, "%s: the stream ended", call);
	return n;
}

/* Differs at any two places that are near, so that no shift goes unseen. */
static void fill(unsigned char *data, size_t len)
{
	unsigned int x = 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1103515245 + 12345;
		data[i] = x >> 16;
	}
}

void pump_open(struct pump *pump, enum call call, size_t size, size_t burst)
{
	pump->call = call;
	pump->size = size;
	pump->burst = burst;
	pump->null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	pump->file = memfd_create("load", MFD_CLOEXEC);
	if (pump->null < 0 || pump->file < 0 || ftruncate(pump->file, burst) ||
	    pipe2(pump->pipe, O_CLOEXEC))
		err(1, "cannot make the file to send");
	pump->data = mmap(NULL, burst, PROT_READ | PROT_WRITE, MAP_SHARED, pump->file, 0);
	pump->in = malloc(burst);
	if (pump->data == MAP_FAILED || !pump->in)
		err(1, "no memory for %zu octets", burst);
	fill(pump->data, burst);
	memset(pump->in, 0, burst);
}

static size_t splice_all(int from, loff_t *offset, int to, const struct pump *pump, size_t len)
{
	size_t n = moved(splice(from, offset, pump->pipe[1], NULL, len, 0), "splice to a pipe");

	for (size_t left = n; left;)
		left -= moved(splice(pump->pipe[0], NULL, to, NULL, left, 0),
			      "splice from a pipe");
	return n;
}

static size_t write_some(const struct pair *pair, const void *data, size_t len)
{
	if (pair->tls_tx)
		return tls_write(pair->tls_tx, data, len);
	return moved(write(pair->tx, data, len), "write");
}

static size_t sendfile_some(struct pump *pump, const struct pair *pair, loff_t *offset, size_t len)
{
	if (!pair->tls_tx)
		return moved(sendfile(pair->tx, pump->file, offset, len), "sendfile");
	len = moved(pread(pump->file, pump->in, len, *offset), "pread");
	len = tls_write(pair->tls_tx, pump->in, len);
	*offset += len;
	return len;
}

void pump_send(struct pump *pump, const struct pair *pair)
{
	loff_t offset = 0;

	if (pump->call == CALL_SPLICE && pair->tls_tx)
		errx(1, "user-space TLS cannot splice");
	while ((size_t)offset < pump->burst) {
		size_t n = least(pump->size, pump->burst - offset);

		if (pump->call == CALL_WRITE)
			offset += write_some(pair, pump->data + offset, n);
		else if (pump->call == CALL_SENDFILE)
			sendfile_some(pump, pair, &offset, n);
		else
			splice_all(pump->file, &offset, pair->tx, pump, n);
	}
}

static size_t read_some(const struct pair *pair, void *data, size_t len)
{
	if (pair->tls_rx)
		return tls_read(pair->tls_rx, data, len);
	return moved(read(pair->rx, data, len), "read");
}

static void read_burst(struct pump *pump, const struct pair *pair)
{
	size_t done = 0;

	while (done < pump->burst)
		done += read_some(pair, pump->in + done, least(pump->size, pump->burst - done));
}

void pump_receive(struct pump *pump, const struct pair *pair)
{
	size_t done = 0;

	if (pump->call != CALL_SPLICE) {
		read_burst(pump, pair);
		return;
	}
	while (done < pump->burst)
		done += splice_all(pair->rx, NULL, pump->null, pump,
				   least(pump->size, pump->burst - done));
}

void pump_check(struct pump *pump, const struct pair *pair)
{
	pump_send(pump, pair);
	/* user-space TLS sends a file by way of it */
	memset(pump->in, 0, pump->burst);
	read_burst(pump, pair);
	if (memcmp(pump->in, pump->data, pump->burst))
		errx(1, "other octets arrive than were sent");
}
