// SPDX-License-Identifier: GPL-2.0
/*
 * Each call is made over and over: the first allocation or user copy in it fails, then the
 * second, until it comes through without. After each the connection must be as if the call
 * had done what it returned and nothing else.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "fault.h"
#include "pair.h"
#include "pattern.h"
#include "sweep.h"
#include "tap.h"

#define STREAM	0x6661756c74ULL
#define MOST	(64 * 1024)
#define LIMIT	2000	/* faults in one call: more means that it never ends */

static unsigned char data[MOST];
static int file, pipe_fds[2];

/* @act is what fails; @after looks at what it left, tries again and checks all. */
struct call {
	const char *name;
	enum stage stage;
	size_t len;
	const char *(*before)(struct pair *pair, size_t len);
	ssize_t (*act)(struct pair *pair, size_t len);
	const char *(*after)(struct pair *pair, size_t len, ssize_t ret);
};

static ssize_t act_attach(struct pair *pair, size_t len)
{
	return pair_attach(pair->tx);
}

static const char *after_attach(struct pair *pair, size_t len, ssize_t ret)
{
	char name[16] = "";
	socklen_t size = sizeof(name);

	if (getsockopt(pair->tx, SOL_TCP, TCP_ULP, name, &size))
		return "getsockopt(TCP_ULP) failed";
	if ((ret == 0) != !strcmp(name, "xcrypt"))
		return "the ULP's name tells otherwise";
	if (ret && pair_attach(pair->tx))
		return "attaching again failed";
	if (pair_attach(pair->rx) || pair_key(pair, pair->tx, XCRYPT_TX) ||
	    pair_key(pair, pair->rx, XCRYPT_RX))
		return "keys were refused afterwards";
	return pair_settle(pair, len);
}

static ssize_t act_tx_key(struct pair *pair, size_t len)
{
	return pair_key(pair, pair->tx, XCRYPT_TX);
}

static ssize_t act_rx_key(struct pair *pair, size_t len)
{
	return pair_key(pair, pair->rx, XCRYPT_RX);
}

static const char *key_again(struct pair *pair, int fd, int option, ssize_t ret)
{
	struct xcrypt_info info;

	if (pair_info(fd, option, &info))
		return "getsockopt failed";
	if (info.keyed != (ret == 0))
		return "getsockopt tells otherwise of the key";
	return ret && pair_key(pair, fd, option) ? "the key was refused afterwards" : NULL;
}

static const char *after_tx_key(struct pair *pair, size_t len, ssize_t ret)
{
	const char *wrong = key_again(pair, pair->tx, XCRYPT_TX, ret);

	if (!wrong && pair_key(pair, pair->rx, XCRYPT_RX))
		wrong = "the peer's key was refused";
	return wrong ?: pair_settle(pair, len);
}

static const char *after_rx_key(struct pair *pair, size_t len, ssize_t ret)
{
	return key_again(pair, pair->rx, XCRYPT_RX, ret) ?: pair_settle(pair, len);
}

/* What is to be sent lies in memory, in a file and in a pipe. */
static const char *before_send(struct pair *pair, size_t len)
{
	pattern_fill(STREAM, 0, data, len);
	if (pwrite(file, data, len, 0) != (ssize_t)len)
		return "pwrite failed";
	return NULL;
}

/* Behind an octet alone, memory is not aligned as a cipher may want it. */
static const char *before_odd_send(struct pair *pair, size_t len)
{
	const char *wrong = pair_send(pair, 1);

	pattern_fill(STREAM, 1, data, len);
	return wrong;
}

static const char *before_pipe(struct pair *pair, size_t len)
{
	char waste[4096];

	fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK);
	while (read(pipe_fds[0], waste, sizeof(waste)) > 0)
		;
	fcntl(pipe_fds[0], F_SETFL, 0);
	pattern_fill(STREAM, 0, data, len);
	return write(pipe_fds[1], data, len) == (ssize_t)len ? NULL : "the pipe is short";
}

static ssize_t act_send(struct pair *pair, size_t len)
{
	return send(pair->tx, data, len, MSG_NOSIGNAL);
}

static ssize_t act_send_nonblocking(struct pair *pair, size_t len)
{
	return send(pair->tx, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static ssize_t act_writev(struct pair *pair, size_t len)
{
	struct iovec iov[2] = { { data, len / 2 }, { data + len / 2, len - len / 2 } };

	return writev(pair->tx, iov, 2);
}

static ssize_t act_sendfile(struct pair *pair, size_t len)
{
	off_t offset = 0;
	ssize_t n = sendfile(pair->tx, file, &offset, len);

	if (n > 0 && n != offset)
		warnx("sendfile returned %zd and moved by %lld", n, (long long)offset);
	return n;
}

static ssize_t act_splice_to(struct pair *pair, size_t len)
{
	return splice(pipe_fds[0], NULL, pair->tx, NULL, len, 0);
}

static const char *after_send(struct pair *pair, size_t len, ssize_t ret)
{
	if (ret > (ssize_t)len)
		return "it took more than was there";
	pair->sent += ret > 0 ? ret : 0;
	return pair_settle(pair, len + 100);
}

static const char *before_odd_recv(struct pair *pair, size_t len)
{
	const char *wrong = pair_send(pair, len + 1);

	if (!wrong && recv(pair->rx, data, 1, 0) != 1)
		wrong = "the first octet was not received";
	return wrong ?: pair_check(pair, data, 1);
}

static ssize_t act_recv(struct pair *pair, size_t len)
{
	return recv(pair->rx, data, len, MSG_DONTWAIT);
}

static ssize_t act_waitall(struct pair *pair, size_t len)
{
	return recv(pair->rx, data, len, MSG_WAITALL);
}

static ssize_t act_peek(struct pair *pair, size_t len)
{
	return recv(pair->rx, data, len, MSG_PEEK);
}

static ssize_t act_readv(struct pair *pair, size_t len)
{
	struct iovec iov[2] = { { data, len / 2 }, { data + len / 2, len - len / 2 } };

	return readv(pair->rx, iov, 2);
}

static ssize_t act_splice_from(struct pair *pair, size_t len)
{
	return splice(pair->rx, NULL, pipe_fds[1], NULL, len, SPLICE_F_NONBLOCK);
}

static const char *after_recv(struct pair *pair, size_t len, ssize_t ret)
{
	const char *wrong = ret > 0 ? pair_check(pair, data, ret) : NULL;

	return wrong ?: pair_settle(pair, len + 100);
}

static const char *after_peek(struct pair *pair, size_t len, ssize_t ret)
{
	const char *wrong = ret > 0 ? pair_check(pair, data, ret) : NULL;

	pair->received = 0;
	return wrong ?: pair_settle(pair, len + 100);
}

static const char *before_splice_from(struct pair *pair, size_t len)
{
	return before_pipe(pair, 1) ?: pair_send(pair, len);
}

/* One octet lay in the pipe before. */
static const char *after_splice_from(struct pair *pair, size_t len, ssize_t ret)
{
	ssize_t done = 0;
	char first;

	if (read(pipe_fds[0], &first, 1) != 1)
		return "the pipe lost an octet";
	while (done < ret) {
		ssize_t n = read(pipe_fds[0], data + done, ret - done);

		if (n <= 0)
			return "the pipe has less than splice returned";
		done += n;
	}
	return after_recv(pair, len, ret);
}

static ssize_t act_getsockopt(struct pair *pair, size_t len)
{
	struct xcrypt_info info;

	return pair_info(pair->tx, XCRYPT_TX, &info);
}

static const char *after_getsockopt(struct pair *pair, size_t len, ssize_t ret)
{
	return pair_settle(pair, len);
}

/* Of records, to count what there is opens one; of a stream it needs no memory at all. */
static ssize_t act_inq(struct pair *pair, size_t len)
{
	int n;

	return ioctl(pair->rx, FIONREAD, &n);
}

/* The peer has all that was written before; a FIN that found no memory is TCP's affair. */
static ssize_t act_shutdown(struct pair *pair, size_t len)
{
	return shutdown(pair->tx, SHUT_WR);
}

/* One fault does not cost the end record, without which there would be no end of file. */
static const char *after_shutdown(struct pair *pair, size_t len, ssize_t ret)
{
	const char *wrong = pair_settle(pair, len);
	ssize_t n = wrong ? 0 : recv(pair->rx, data, 1, MSG_DONTWAIT);

	if (n > 0 || (n < 0 && errno != EAGAIN))
		wrong = "the stream did not end in order";
	return wrong;
}

/* The end of the peer's stream waits, unread. */
static const char *before_close(struct pair *pair, size_t len)
{
	const char *wrong = pair_settle(pair, len);

	return wrong ?: shutdown(pair->tx, SHUT_WR) ? "shutdown failed" : NULL;
}

static ssize_t act_close(struct pair *pair, size_t len)
{
	int fd = pair->rx;

	pair->rx = -1;
	return close(fd);
}

/* A reset is what the peer gets where an end record could not be opened. */
static const char *after_close(struct pair *pair, size_t len, ssize_t ret)
{
	ssize_t n = recv(pair->tx, data, 1, MSG_DONTWAIT);

	if (n > 0 || (n < 0 && errno != EAGAIN && errno != ECONNRESET))
		return "the peer was told something else";
	return ret ? "close failed" : NULL;
}

static const struct call calls[] = {
	{ "attach", CONNECTED, 5000, NULL, act_attach, after_attach },
	{ "TX key", ATTACHED, 5000, NULL, act_tx_key, after_tx_key },
	{ "RX key", TX_KEYED, 5000, NULL, act_rx_key, after_rx_key },
	{ "RX key with octets queued", TX_KEYED, 5000, pair_send, act_rx_key, after_rx_key },
	{ "send", KEYED, 1, before_send, act_send, after_send },
	{ "send", KEYED, 4096, before_send, act_send, after_send },
	{ "send", KEYED, 65536, before_send, act_send, after_send },
	{ "send with MSG_DONTWAIT", KEYED, 65536, before_send, act_send_nonblocking, after_send },
	{ "send behind an octet", KEYED, 5000, before_odd_send, act_send, after_send },
	{ "writev", KEYED, 20000, before_send, act_writev, after_send },
	{ "sendfile", KEYED, 65536, before_send, act_sendfile, after_send },
	{ "splice to socket", KEYED, 20000, before_pipe, act_splice_to, after_send },
	{ "recv", KEYED, 1, pair_send, act_recv, after_recv },
	{ "recv", KEYED, 4096, pair_send, act_recv, after_recv },
	{ "recv", KEYED, 65536, pair_send, act_recv, after_recv },
	{ "recv behind an octet", KEYED, 5000, before_odd_recv, act_recv, after_recv },
	{ "recv with MSG_WAITALL", KEYED, 65536, pair_send, act_waitall, after_recv },
	{ "readv", KEYED, 20000, pair_send, act_readv, after_recv },
	{ "peek", KEYED, 1, pair_send, act_peek, after_peek },
	{ "peek", KEYED, 65536, pair_send, act_peek, after_peek },
	{ "splice from socket", KEYED, 20000, before_splice_from, act_splice_from,
	  after_splice_from },
	{ "FIONREAD", KEYED, 20000, pair_send, act_inq, after_getsockopt },
	{ "getsockopt", KEYED, 5000, NULL, act_getsockopt, after_getsockopt },
	{ "shutdown", KEYED, 5000, pair_send, act_shutdown, after_shutdown },
	{ "close", KEYED, 5000, before_close, act_close, after_close },
};

static bool allocates(const struct call *call, const struct cipher *cipher)
{
	return call->act != act_inq || cipher->sealed;
}

static bool documented(int error)
{
	return error == ENOMEM || error == ENOBUFS || error == EAGAIN || error == EFAULT;
}

/* The call with fault @nth. Return: NULL, or what is wrong. */
static const char *once(const struct call *call, const struct cipher *cipher, int nth, bool *hit)
{
	struct pair pair;
	const char *wrong;
	ssize_t ret;

	pair_open(&pair, cipher, call->stage, 0);
	wrong = call->before ? call->before(&pair, call->len) : NULL;
	fault_arm(nth);
	ret = call->act(&pair, call->len);
	*hit = fault_disarm();
	if (!wrong && ret < 0 && !*hit)
		wrong = "it failed without a fault";
	if (ret < 0 && !documented(errno)) {
		tap_say("fault %d: %s", nth, strerror(errno));
		wrong = wrong ?: "its error is not documented";
	}
	wrong = wrong ?: call->after(&pair, call->len, ret);
	pair_close(&pair);
	return wrong;
}

static void sweep(const struct call *call, const struct cipher *cipher)
{
	const char *wrong = NULL;
	bool hit = true;
	int nth;

	for (nth = 1; hit && nth < LIMIT; nth++) {
		const char *this = once(call, cipher, nth, &hit);

		if (this)
			tap_say("fault %d: %s", nth, this);
		wrong = wrong ?: this;
	}
	if ((nth > 2) != allocates(call, cipher))
		wrong = nth > 2 ? "it needed memory" : "no fault was injected";
	if (hit)
		wrong = "it never came through";
	tap_result(!wrong, "%s %s %zu: %d faults", cipher->name, call->name, call->len, nth - 2);
}

void sweep_all(const char *only)
{
	size_t i, j;

	file = memfd_create("faults", 0);
	if (file < 0 || pipe(pipe_fds))
		err(2, "memfd_create, pipe");
	for (i = 0; i < CIPHERS; i++)
		for (j = 0; j < sizeof(calls) / sizeof(calls[0]); j++)
			if (pair_wanted(&ciphers[i], only))
				sweep(&calls[j], &ciphers[i]);
}
