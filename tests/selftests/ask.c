// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ask.h"
#include "job.h"
#include "sock.h"

static size_t append(struct xcrypt_handshake *ask, size_t at, const char *text)
{
	memcpy((char *)ask + at, text, strlen(text));
	return at + strlen(text);
}

size_t ask_make_more(void *buf, int role, const char *line, const char *host,
		     const struct ask_more *more)
{
	struct xcrypt_handshake *ask = buf;
	size_t len = sizeof(*ask);

	memset(ask, 0, sizeof(*ask));
	ask->version = XCRYPT_VERSION;
	ask->role = role;
	ask->flags = more->flags;
	ask->line_len = strlen(line);
	ask->host_len = strlen(host);
	ask->domain_len = strlen(more->domain);
	ask->early_len = strlen(more->early);
	len = append(ask, len, line);
	len = append(ask, len, host);
	len = append(ask, len, more->domain);
	return append(ask, len, more->early);
}

size_t ask_make(void *buf, int role, const char *line, const char *host, __u32 timeout)
{
	const struct ask_more none = { 0, "", "" };
	struct xcrypt_handshake *ask = buf;
	size_t len = ask_make_more(buf, role, line, host, &none);

	ask->timeout = timeout;
	return len;
}

int xc_ask(int fd, int role, const char *line, const char *host, __u32 timeout)
{
	char buf[ASK_SIZE];
	size_t len = ask_make(buf, role, line, host, timeout);

	return setsockopt(fd, SOL_XCRYPT, XCRYPT_HANDSHAKE, buf, len);
}

int xc_ask_more(int fd, int role, const char *line, const char *host,
		const struct ask_more *more)
{
	char buf[ASK_SIZE];
	size_t len = ask_make_more(buf, role, line, host, more);

	return setsockopt(fd, SOL_XCRYPT, XCRYPT_HANDSHAKE, buf, len);
}

int xc_ask_client(int fd)
{
	return xc_ask(fd, XCRYPT_ROLE_CLIENT, ASK_LINE, "", 0);
}

int xc_outcome(int fd, struct xcrypt_outcome *outcome)
{
	socklen_t len = sizeof(*outcome);

	memset(outcome, 0xee, sizeof(*outcome));
	return getsockopt(fd, SOL_XCRYPT, XCRYPT_HANDSHAKE, outcome, &len);
}

int xc_suites(int fd, char suites[XCRYPT_SUITES_MAX])
{
	socklen_t len = XCRYPT_SUITES_MAX;

	return getsockopt(fd, SOL_XCRYPT, XCRYPT_SUITES, suites, &len);
}

int xc_class(int fd, int error)
{
	struct xcrypt_outcome outcome;

	if (xc_outcome(fd, &outcome) || outcome.state != XCRYPT_STATE_ENDED)
		return -1;
	return outcome.error == error ? outcome.outcome_class : -1;
}

void mta_start(struct mta *mta, const struct genl *genl, int fd, int (*fn)(int fd))
{
	mta->end = mmap(NULL, sizeof(*mta->end), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	mta->pid = fork();
	if (mta->end == MAP_FAILED || mta->pid < 0)
		abort();
	if (mta->pid)
		return;
	if (genl)
		close(genl->fd);
	mta->end->ret = fn(fd);
	mta->end->err = errno;
	mta->end->at = now();
	_exit(0);
}

int mta_wait(struct mta *mta)
{
	int status;

	if (waitpid(mta->pid, &status, 0) != mta->pid || status) {
		errno = ECHILD;
		return -1;
	}
	errno = mta->end->err;
	return mta->end->ret < 0 ? -1 : 0;
}

int elsewhere(int fd, int (*fn)(int fd))
{
	struct mta mta;

	mta_start(&mta, NULL, fd, fn);
	return mta_wait(&mta);
}
