/* SPDX-License-Identifier: GPL-2.0 */
/* The signature at a module's end, and the certificates that firmware and shim hold. */
#ifndef XCRYPTCTL_SIGNATURE_H
#define XCRYPTCTL_SIGNATURE_H

#include "doctor.h"

#define SIGNATURE_NAME	256	/* octets of a signer's name with its NUL */

enum signature_verdict {
	SIGNATURE_NONE,		/* the module is not signed */
	SIGNATURE_TRUSTED,	/* by a key of the list of machine owner keys, or of the firmware's */
	SIGNATURE_ENROLLING,	/* by a key whose enrolment waits for the next boot */
	SIGNATURE_OTHER,	/* by another: it may be the distribution's */
	SIGNATURE_UNREADABLE,	/* the file, or its signature */
};

/*
 * The signature of the module at path (.ko, or compressed by gzip, xz or zstd), and whether the
 * next boot knows its key: by issuer and serial number, as the kernel looks for it. It is not
 * verified.
 */
enum signature_verdict signature_check(const struct doctor *d, const char *path,
				       char signer[SIGNATURE_NAME]);

#endif
