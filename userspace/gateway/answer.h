/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands of the gateway's control socket, see service/control.h: "status", "stats" as lines of
 * NAME VALUE, "plain", the list of unencrypted.h.
 */
#ifndef XCRYPT_GATEWAY_ANSWER_H
#define XCRYPT_GATEWAY_ANSWER_H

struct gateway;

/* Serve at the socket. 0 or -errno. */
int answer_open(struct gateway *gw, int fd);

#endif
