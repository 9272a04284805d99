/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration file: lines of "keyword value ...", "#" begins a comment. The keywords
 * are explained in xcryptd.conf, which states the defaults.
 */
#ifndef XCRYPTD_CONFIG_H
#define XCRYPTD_CONFIG_H

#include <stddef.h>

#include "keyring.h"
#include "log.h"
#include "policy.h"
#include "suite.h"

#define XC_PATH_MAX	256

/**
 * struct xc_config - what the file says
 * @suites:	in use, best first
 * @ring:	key-lifetime, cache, cache-size, cache-share
 * @dir:	behind @ring.dir
 * @time_limit:	seconds for one exchange
 * @exchanges:	at once, at most
 * @policy:	by destination
 * @log:	where to, how much
 */
struct xc_config {
	struct xc_suite_list suites;
	struct xc_keyring_options ring;
	char dir[XC_PATH_MAX];
	unsigned int time_limit;
	unsigned int exchanges;
	struct xc_policy policy;
	struct xc_log log;
};

/* Takes "FILE:LINE: what is wrong and what to write instead", once for each fault. */
typedef void (*xc_config_report)(void *ctx, const char *message);

/*
 * Read a configuration from text, or from a file. NULL if anything is wrong with it, all of
 * which has been reported.
 */
struct xc_config *xc_config_parse(const char *name, const char *text, size_t len,
				  xc_config_report report, void *ctx);
struct xc_config *xc_config_load(const char *path, xc_config_report report, void *ctx);

void xc_config_free(struct xc_config *config);

/*
 * Load path anew. If it is good the old one is freed and *config replaced, 0 returned; else
 * *config stays as it is, -EINVAL.
 */
int xc_config_reload(struct xc_config **config, const char *path, xc_config_report report,
		     void *ctx);

#endif
