// SPDX-License-Identifier: GPL-2.0
#include "mta.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

const char *mta_class_name(int class)
{
	static const char * const names[] = { "encrypted", "none", "answered", "closed" };

	return class >= 0 && class < 4 ? names[class] : "unknown";
}

int mta_attach(int fd)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, "xcrypt", sizeof("xcrypt")) ? -errno : 0;
}

#define ASK_MAX	(sizeof(struct xcrypt_handshake) + XCRYPT_LINE_MAX + XCRYPT_HOST_MAX + \
		 XCRYPT_DOMAIN_MAX + XCRYPT_EARLY_MAX)

static size_t append(char *buf, size_t at, const char *text, size_t len)
{
	if (len)
		memcpy(buf + at, text, len);
	return at + len;
}

static size_t length(const char *text)
{
	return text ? strlen(text) : 0;
}

int mta_ask(int fd, const struct mta_request *request)
{
	char buf[ASK_MAX] = { 0 };
	struct xcrypt_handshake *ask = (struct xcrypt_handshake *)buf;
	size_t host = length(request->host), domain = length(request->domain);
	size_t early = length(request->early), at = sizeof(*ask);

	if (request->len > XCRYPT_LINE_MAX || host > XCRYPT_HOST_MAX ||
	    domain > XCRYPT_DOMAIN_MAX || early > XCRYPT_EARLY_MAX)
		return -EINVAL;
	ask->version = XCRYPT_VERSION;
	ask->role = request->role;
	ask->flags = request->flags;
	ask->line_len = request->len;
	ask->host_len = host;
	ask->domain_len = domain;
	ask->early_len = early;
	at = append(buf, at, request->line, request->len);
	at = append(buf, at, request->host, host);
	at = append(buf, at, request->domain, domain);
	at = append(buf, at, request->early, early);
	return setsockopt(fd, SOL_XCRYPT, XCRYPT_HANDSHAKE, buf, at) ? -errno : 0;
}

int mta_outcome(int fd, struct xcrypt_outcome *outcome)
{
	socklen_t len = sizeof(*outcome);

	/* A kernel of before there was a text gives less. */
	memset(outcome, 0, sizeof(*outcome));
	if (getsockopt(fd, SOL_XCRYPT, XCRYPT_HANDSHAKE, outcome, &len))
		return -errno;
	return outcome->state == XCRYPT_STATE_ENDED ? 0 : -EINPROGRESS;
}
