/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The store as text, for its file and for an administrator's eyes. Lines, of words parted by
 * single spaces:
 *
 *	# a comment
 *	peer NAME VERSION STATE:SINCE:LAST:IDENTITY ...
 *	domain NAME SINCE:LAST:SERVER ...
 *
 * VERSION is the highest met ("3.1"), SINCE the day ("2026-11-26") since when it is known, LAST
 * that of the latest meeting, "-" where there was none, IDENTITY is base64. Names with pins come first, then those met longest
 * ago; domains likewise.
 */
#ifndef XCRYPTD_PEERS_FORM_H
#define XCRYPTD_PEERS_FORM_H

#include <stddef.h>

#include "store.h"

/* The store as it is, to be freed; *len octets without a NUL. NULL: no memory. */
char *xc_peers_write(const struct xc_peers *peers, size_t *len);

/* Takes "FILE:LINE: what is wrong and what there should be". */
typedef void (*xc_peers_report)(void *ctx, const char *message);

/*
 * Read text into an empty store; name is the file's, for messages. 0, or -EBADMSG: something is
 * wrong, which has been reported (of many faults the first few); -ENOMEM. Of more names than
 * there is room for the unpinned ones met longest ago go; where pinned ones would have to, that
 * is a fault.
 */
int xc_peers_read(struct xc_peers *peers, const char *name, const char *text, size_t len,
		  xc_peers_report report, void *ctx);

/* "STATE:SINCE:LAST:IDENTITY" with its NUL, and one for dst. */
#define XC_MET_TEXT	88
void xc_met_format(char dst[XC_MET_TEXT], const struct xc_met *met);

/* An identity as people type it. False: it is none. */
bool xc_peer_identity_of(uint8_t identity[XC_IDENTITY_LEN], const char *text);

#endif
