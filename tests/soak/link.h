/* SPDX-License-Identifier: GPL-2.0 */
/* A connection between the namespaces soak0 and soak1. */
#ifndef SOAK_LINK_H
#define SOAK_LINK_H

#include <linux/xcrypt.h>
#include <stdint.h>
#include "pattern.h"

#define LINK_TX	XCRYPT_TX
#define LINK_RX	XCRYPT_RX

/* In the place of a cipher: TCP without us. */
#define LINK_PLAIN "plain"

/* Gives a socket of each side, with random keys for both directions. */
void link_connect(int fds[2], const char *cipher, struct random *random);
uint64_t link_octets(int fd, int option);

#endif
