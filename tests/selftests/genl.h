/* SPDX-License-Identifier: GPL-2.0 */
/* The daemon's side of the handshake: the words of the generic netlink family. */
#ifndef _SELFTESTS_GENL_H
#define _SELFTESTS_GENL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <linux/xcrypt.h>

/* What the kernel says unasked: XCRYPT_CMD_READY, or XCRYPT_CMD_CANCEL with the rest. */
struct genl_event {
	int cmd;
	__u32 id;
	__u32 error;
};

struct genl {
	int fd;
	int family;
	__u32 seq;
	int events;
	struct genl_event event[64];	/* came while an answer was awaited */
};

/* A message in the making, then its answer. */
struct genl_msg {
	size_t len;
	char buf[8192] __attribute__((aligned(8)));
};

/* A request as the kernel hands it over. */
struct genl_request {
	__u32 id;
	int fd;
	__u8 role;
	__u32 timeout;
	__u32 uid;
	struct in6_addr peer;
	struct in6_addr local;
	int peer_port;
	int local_port;
	int line_len;
	int host_len;			/* -1: none */
	int domain_len;
	int early_len;
	int flags;			/* -1: none */
	char line[XCRYPT_LINE_MAX + 1];
	char host[XCRYPT_HOST_MAX + 1];
	char domain[XCRYPT_DOMAIN_MAX + 1];
	char early[XCRYPT_EARLY_MAX + 1];
	char offer[XCRYPT_SUITES_MAX + 1];
};

/* All return 0, or -1 and errno. ETIME: the kernel did not answer. */

/* A socket that knows the family's number; it does not serve yet. */
int genl_open(struct genl *genl);
void genl_close(struct genl *genl);

void genl_begin(struct genl_msg *msg, const struct genl *genl, int cmd);
void genl_put(struct genl_msg *msg, int attr, const void *data, size_t len);
void genl_put_u32(struct genl_msg *msg, int attr, __u32 value);
void genl_put_u8(struct genl_msg *msg, int attr, __u8 value);
void genl_put_string(struct genl_msg *msg, int attr, const char *value);
int genl_send(struct genl *genl, struct genl_msg *msg);
int genl_call(struct genl *genl, struct genl_msg *msg);

/* An attribute's payload in an answer, or NULL. */
const void *genl_get(const struct genl_msg *msg, int attr, int *len);

/* XCRYPT_CMD_SERVE of our version; @timeout below 0: not said. */
int genl_serve(struct genl *genl, const char *suites, int timeout);
int genl_accept(struct genl *genl, struct genl_request *req);
int genl_done(struct genl *genl, __u32 id, int class, int error);

/* The next event @cmd, others are dropped. -1 after @ms. */
int genl_event(struct genl *genl, int cmd, struct genl_event *event, int ms);

/* Wait for a request and take it. */
int genl_next(struct genl *genl, struct genl_request *req);

#endif /* _SELFTESTS_GENL_H */
