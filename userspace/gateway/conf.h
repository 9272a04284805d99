/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The gateway's configuration: lines of "keyword value ...", explained in xcrypt-gateway.conf,
 * which states the defaults.
 */
#ifndef XCRYPT_GATEWAY_CONF_H
#define XCRYPT_GATEWAY_CONF_H

#include <stdbool.h>

#include "common/log.h"
#include "config/policy.h"
#include "proxyline.h"

#define GW_LISTEN_MAX	16	/* listeners */
#define GW_ARGS_MAX	16	/* words of a command */
#define GW_REDIRECT_MAX	8
#define GW_WHO_MAX	128	/* octets with the NUL */

enum gw_direction { GW_IN, GW_OUT, GW_HEALTH };

/* How an inbound session comes to the MTA. */
enum gw_backend { GW_PROXY_V1 = 1, GW_PROXY_V2, GW_COMMAND };

/* Which of the two is used where a server offers STARTTLS, too. */
enum gw_over_tls { GW_OVER_TLS_NO, GW_OVER_TLS_3, GW_OVER_TLS_ALL };

struct gw_listen {
	enum gw_direction direction;
	struct endpoint at;
	bool v6;			/* and only that */
	enum gw_backend backend;	/* of GW_IN */
	struct endpoint to;		/* of the MTA */
	char *argv[GW_ARGS_MAX + 1];	/* of GW_COMMAND; %a and %p in it stand for the client */
};

/* Whose connections nftables leads to us. */
enum gw_by { GW_BY_USER, GW_BY_CGROUP };

struct gw_redirect {
	enum gw_by by;
	char who[GW_WHO_MAX];	/* a user's name or number; a path below /sys/fs/cgroup */
};

/**
 * struct gw_conf - what the file says
 * @listen:	in the order of the file
 * @redirect:	for rules.c
 * @policy:	for servers that the MTA sends to
 * @inbound:	for clients
 * @over_tls:	see enum gw_over_tls
 * @mark:	of the gateway's own connections, which nftables lets pass
 * @sessions:	at once, in all
 * @share:	of them for one site: an IPv4 address or an IPv6 /64
 * @connect:	seconds for a connection to a server
 * @idle:	seconds without an octet after which a settled session ends
 * @log:	where to, how much
 */
struct gw_conf {
	struct gw_listen listen[GW_LISTEN_MAX];
	unsigned int listens;
	struct gw_redirect redirect[GW_REDIRECT_MAX];
	unsigned int redirects;
	struct xc_policy policy;
	struct xc_policy inbound;
	enum gw_over_tls over_tls;
	unsigned int mark;
	unsigned int sessions;
	unsigned int share;
	unsigned int connect;
	unsigned int idle;
	struct xc_log log;
};

/* NULL if anything is wrong; "FILE:LINE: what, and what to write instead" went to stderr. */
struct gw_conf *gw_conf_load(const char *path);
void gw_conf_free(struct gw_conf *conf);

#endif
