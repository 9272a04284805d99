/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xcryptctl's commands. Each gives an exit status: 0; CTL_FOUND: what was asked for is not so;
 * CTL_NO_DAEMON; or one of sysexits.h. xcryptctl(8) says what each means here.
 */
#ifndef XCRYPTCTL_H
#define XCRYPTCTL_H

#include <sysexits.h>

#define CTL_GATEWAY_SOCKET	"/run/xcrypt-gateway/socket"

#define CTL_FOUND	1
#define CTL_NO_DAEMON	EX_UNAVAILABLE

/* How stats and sessions are printed. */
enum ctl_format {
	CTL_TABLE,
	CTL_JSON,
	CTL_PROMETHEUS,
};

/**
 * struct ctl_system - what check looks at
 * @root:	before the path of each file of the system: "", or where another one is mounted
 * @socket:	of the daemon
 * @conf:	its configuration, unless it says another
 */
struct ctl_system {
	const char *root;
	const char *socket;
	const char *conf;
};

int ctl_status(const char *socket);
int ctl_stats(const char *socket, enum ctl_format format);
int ctl_sessions(const char *socket, enum ctl_format format);

/* Our identity, which others compare with what they were shown. */
int ctl_identity(const char *socket, enum ctl_format format);

/* All known peers. */
int ctl_peers(const char *socket, enum ctl_format format);

/* verb is explain, pin, confirm or forget; identity may be NULL. format is for explain. */
int ctl_peers_named(const char *socket, enum ctl_format format, const char *verb, const char *name,
		    const char *identity);

/* What the gateway has counted, by its own socket. */
int ctl_gateway_stats(const char *socket, enum ctl_format format);
int ctl_gateway_status(const char *socket);
int ctl_gateway_plain(const char *socket);

/* The nftables rules that lead connections to it: "on", "off" or "clear". conf: NULL, or a file. */
int ctl_gateway_rules(const char *what, const char *conf);

/* All numbers for Prometheus, to stdout or, whole or not at all, to a file. */
int ctl_metrics(const char *socket, const char *file);

int ctl_check(const struct ctl_system *system);

/* patience: seconds for a connection, and for each answer. */
int ctl_check_host(const char *host, const char *port, int patience);

#endif
