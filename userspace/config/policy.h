/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is done for a destination: which servers we, as a, encrypt to.
 */
#ifndef XCRYPTD_POLICY_H
#define XCRYPTD_POLICY_H

#include "common/addr.h"
#include "peers/judge.h"

#define XC_NAME_MAX	253	/* characters of a host name */

/* One line of the configuration: an address pattern or, if name is not empty, a name. */
struct xc_policy_rule {
	struct xc_net net;
	bool domain;			/* of the recipient, not of the server */
	char name[XC_NAME_MAX + 1];
	enum xc_policy_mode mode;
};

/* Rules in the order of the configuration, the first that matches counts. */
struct xc_policy {
	int n;
	struct xc_policy_rule *rule;
	enum xc_policy_mode fallback;	/* where none matches */
	bool has_default;		/* a rule has set that */
};

/*
 * Add a rule. pattern is an address, a network ("192.0.2.0/24"), a host name, a suffix with a
 * leading dot (".example.org": every name below it), either of them behind an "@" for the
 * recipient's domain, or "default", which sets the fallback.
 * 0; -EINVAL: none of these; -ERANGE: a network with a bad prefix length or host bits;
 * -EEXIST: a second "default"; -ENOMEM.
 */
int xc_policy_add(struct xc_policy *policy, const char *pattern, enum xc_policy_mode mode);

void xc_policy_free(struct xc_policy *policy);

/**
 * struct xc_destination - where a message goes
 * @addr:	of the server
 * @name:	of the server, "" if the caller was told none
 * @domain:	of the recipient, "" likewise
 */
struct xc_destination {
	const struct in6_addr *addr;
	const char *name;
	const char *domain;
};

/* asked is what the MTA wants: where it requires encryption no rule loosens that. */
enum xc_policy_mode xc_policy_find(const struct xc_policy *policy, const struct xc_destination *to,
				   enum xc_policy_mode asked);

/* 0, or -EINVAL if the word is no mode. */
int xc_policy_mode_parse(enum xc_policy_mode *mode, const char *word);
const char *xc_policy_mode_name(enum xc_policy_mode mode);

#endif
