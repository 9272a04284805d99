/* SPDX-License-Identifier: GPL-2.0 */
/* The release of the module and of the programs beside it. */
#ifndef _XCRYPT_VERSION_H
#define _XCRYPT_VERSION_H

#define XCRYPT_RELEASE	"0.3"

#endif
