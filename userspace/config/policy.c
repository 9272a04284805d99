// SPDX-License-Identifier: GPL-2.0
#include "policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char * const mode_names[] = {
	[XC_POLICY_OFF]			= "off",
	[XC_POLICY_OPPORTUNISTIC]	= "opportunistic",
	[XC_POLICY_REQUIRE]		= "require",
	[XC_POLICY_VERIFY]		= "verify",
};

int xc_policy_mode_parse(enum xc_policy_mode *mode, const char *word)
{
	int i;

	for (i = XC_POLICY_OFF; i <= XC_POLICY_VERIFY; i++) {
		if (!strcmp(word, mode_names[i])) {
			*mode = i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *xc_policy_mode_name(enum xc_policy_mode mode)
{
	return mode_names[mode];
}

/* Letters, digits, hyphens and underscores in parts with single dots between them, and a
 * letter somewhere in the last: what is all digits was meant to be an address.
 */
static bool is_name(const char *name)
{
	const char *letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *others = "0123456789-_.";
	const char *last = strrchr(name, '.');
	size_t len = strspn(name, letters);

	while (name[len] && (strchr(letters, name[len]) || strchr(others, name[len])))
		len++;
	return !name[len] && len && len <= XC_NAME_MAX && !strstr(name, "..") &&
	       strpbrk(last ? last : name, letters);
}

static int parse_pattern(struct xc_policy_rule *rule, const char *pattern)
{
	int err = xc_addr_parse(&rule->net, pattern);

	rule->name[0] = '\0';
	rule->domain = pattern[0] == '@';
	if (err != -EINVAL)
		return err;
	if (rule->domain)
		pattern++;
	if (!is_name(pattern))
		return -EINVAL;
	strcpy(rule->name, pattern);
	return 0;
}

int xc_policy_add(struct xc_policy *policy, const char *pattern, enum xc_policy_mode mode)
{
	struct xc_policy_rule rule = { .mode = mode };
	struct xc_policy_rule *more;
	int err;

	if (!strcmp(pattern, "default")) {
		if (policy->has_default)
			return -EEXIST;
		policy->has_default = true;
		policy->fallback = mode;
		return 0;
	}
	err = parse_pattern(&rule, pattern);
	if (err)
		return err;
	more = reallocarray(policy->rule, policy->n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	policy->rule = more;
	policy->rule[policy->n++] = rule;
	return 0;
}

void xc_policy_free(struct xc_policy *policy)
{
	free(policy->rule);
	policy->rule = NULL;
	policy->n = 0;
}

/* Whether a name, with or without the dot of the root, is the pattern's. */
static bool name_matches(const char *pattern, const char *name)
{
	size_t n = strlen(pattern), len = strlen(name);

	if (len && name[len - 1] == '.')
		len--;
	if (pattern[0] == '.')
		return len > n && !strncasecmp(name + len - n, pattern, n);
	return len == n && !strncasecmp(name, pattern, n);
}

static bool rule_matches(const struct xc_policy_rule *rule, const struct xc_destination *to)
{
	if (rule->name[0])
		return name_matches(rule->name, rule->domain ? to->domain : to->name);
	return xc_addr_in(to->addr, &rule->net);
}

static enum xc_policy_mode policy_match(const struct xc_policy *policy,
					const struct xc_destination *to)
{
	int i;

	for (i = 0; i < policy->n; i++) {
		if (rule_matches(&policy->rule[i], to))
			return policy->rule[i].mode;
	}
	return policy->fallback;
}

enum xc_policy_mode xc_policy_find(const struct xc_policy *policy, const struct xc_destination *to,
				   enum xc_policy_mode asked)
{
	enum xc_policy_mode found = policy_match(policy, to);

	return asked >= XC_POLICY_REQUIRE && found < asked ? asked : found;
}
