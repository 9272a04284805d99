/* SPDX-License-Identifier: GPL-2.0 */
/* The release of all programs, as --version, the control socket and the metrics tell it. */
#ifndef XC_COMMON_VERSION_H
#define XC_COMMON_VERSION_H

#include "../../kmod/version.h"

#define XC_VERSION	XCRYPT_RELEASE

#endif
