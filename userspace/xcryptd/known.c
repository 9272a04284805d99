// SPDX-License-Identifier: GPL-2.0
#include "known.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "common/base64.h"
#include "peers/identityfile.h"

#define KEY_TEXT	(XC_BASE64_LEN(XC_IDENTITY_LEN) + 1)
#define DAY		86400

uint16_t xc_known_today(void)
{
	return xc_day(time(NULL));
}

/* --- who we are --- */

static void log_identity(const struct xc_known *known, const char *event)
{
	char text[KEY_TEXT];

	xc_base64_encode(text, xc_identity_public(known->identity), XC_IDENTITY_LEN);
	xc_log(known->log, LOG_NOTICE, "identity event=%s identity=%s", event, text);
}

static void log_identity_fault(const struct xc_known *known, const char *event, int err,
			       const char *hint)
{
	if (err == -EBADMSG)
		hint = "it must be an Ed25519 key as openssl genpkey writes it; move the file away to have another one made";
	xc_log(known->log, LOG_ERR, "identity event=%s path=%s error=\"%s\" hint=\"%s\"", event,
	       known->options.identity, strerror(-err), hint ? hint : xc_place_advice(err));
}

/* Where no file can be made, one that lasts until the end. */
static int make_passing(struct xc_known *known, int err)
{
	known->identity = xc_identity_new();
	if (!known->identity)
		return -ENOMEM;
	xc_log(known->log, LOG_WARNING, "identity event=memory-only path=%s error=\"%s\" hint=\"others will take us for another host after the next start; %s\"",
	       known->options.identity, strerror(-err), xc_place_advice(err));
	return 0;
}

static int load_identity(struct xc_known *known)
{
	const char *hint;
	bool made;
	int err = xc_identityfile_load(known->options.identity, &known->identity, &made, &hint);

	if (err && xc_place_missing(known->options.identity, err))
		err = make_passing(known, err);
	else if (err)
		log_identity_fault(known, "not-read", err, hint);
	else
		known->kept = true;
	if (!err && made)
		log_identity(known, "made");
	return err;
}

static void take_identity(struct xc_known *known, struct xc_identity *fresh)
{
	xc_identity_free(known->identity);
	known->identity = fresh;
	log_identity(known, "replaced");
}

bool xc_known_reread(struct xc_known *known)
{
	struct xc_identity *fresh;
	const char *hint;
	bool made;
	int err;

	if (!known->kept)
		return false;
	err = xc_identityfile_load(known->options.identity, &fresh, &made, &hint);
	if (err) {
		log_identity_fault(known, "not-read", err, hint);
		return false;
	}
	if (!memcmp(xc_identity_public(fresh), xc_identity_public(known->identity),
		    XC_IDENTITY_LEN)) {
		xc_identity_free(fresh);
		return false;
	}
	take_identity(known, fresh);
	return true;
}

int xc_known_replace(struct xc_known *known)
{
	struct xc_identity *fresh = xc_identity_new();
	const char *hint = NULL;
	int err = -ENOMEM;

	if (fresh)
		err = known->kept ? xc_identityfile_replace(known->options.identity, fresh, &hint) : 0;
	if (!err) {
		take_identity(known, fresh);
		return 0;
	}
	log_identity_fault(known, "not-written", err, hint);
	xc_identity_free(fresh);
	return err;
}

/* --- whom we met --- */

static unsigned int days_of(unsigned int seconds)
{
	return (seconds + DAY - 1) / DAY;
}

void xc_known_forget_after(struct xc_known *known, unsigned int seconds)
{
	known->peers->days = days_of(seconds);
	known->peers->swept = 0;
}

static int load_peers(struct xc_known *known)
{
	int err;

	known->peers = xc_peers_new(known->options.size, days_of(known->options.forget));
	if (!known->peers)
		return -ENOMEM;
	err = xc_peers_file_open(&known->file, known->options.file, known->peers, known->log);
	if (!err)
		xc_peers_expire(known->peers, xc_known_today());
	return err;
}

int xc_known_open(struct xc_known *known, const struct xc_peers_options *options,
		  const struct xc_log *log)
{
	int err;

	known->log = log;
	known->options = *options;
	known->file.file.dir = -1;
	known->file.file.fd = -1;
	err = load_identity(known);
	return err ? err : load_peers(known);
}

void xc_known_close(struct xc_known *known)
{
	if (!known->log)
		return;
	if (known->peers)
		xc_peers_file_sync(&known->file, known->peers);
	xc_peers_file_close(&known->file);
	xc_peers_free(known->peers);
	xc_identity_free(known->identity);
}

void xc_known_upkeep(struct xc_known *known)
{
	xc_peers_expire(known->peers, xc_known_today());
}

/* --- what did not go as it should --- */

const struct xc_incident *xc_known_incident(const struct xc_known *known, const char *name)
{
	unsigned long n = known->incidents, i;

	for (i = 0; i < n && i < XC_INCIDENTS; i++) {
		const struct xc_incident *one = &known->incident[(n - 1 - i) % XC_INCIDENTS];

		if (!strcmp(one->name, name))
			return one;
	}
	return NULL;
}

struct xc_incident *xc_known_incident_new(struct xc_known *known)
{
	return &known->incident[known->incidents++ % XC_INCIDENTS];
}
