/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file that holds the host's identity: 0600, the daemon's user's alone, replaced as a whole.
 * It is open only while it is read or written, so that hosts of one name, and daemons of one
 * host, can share it.
 */
#ifndef XCRYPTD_PEERS_IDENTITYFILE_H
#define XCRYPTD_PEERS_IDENTITYFILE_H

#include "identity.h"

/*
 * The identity in the file, made if there is none there yet, which *made tells. 0; -EBADMSG: the
 * file has something else; -ENOMEM; as xc_cachefile_open(), *hint too. It waits a few seconds for
 * another daemon that is making it.
 */
int xc_identityfile_load(const char *path, struct xc_identity **identity, bool *made,
			 const char **hint);

/* Put this one in its place; what was there is overwritten. 0 or as above. */
int xc_identityfile_replace(const char *path, const struct xc_identity *identity,
			    const char **hint);

#endif
