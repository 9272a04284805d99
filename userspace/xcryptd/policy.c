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
};

int xc_policy_mode_parse(enum xc_policy_mode *mode, const char *word)
{
	int i;

	for (i = XC_POLICY_OFF; i <= XC_POLICY_REQUIRE; i++) {
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
	if (err != -EINVAL)
		return err;
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

/* len is name's without a trailing dot. */
static bool name_matches(const char *pattern, const char *name, size_t len)
{
	size_t n = strlen(pattern);

	if (pattern[0] == '.')
		return len > n && !strncasecmp(name + len - n, pattern, n);
	return len == n && !strncasecmp(name, pattern, n);
}

static enum xc_policy_mode find(const struct xc_policy *policy, const struct in6_addr *addr,
				const char *name)
{
	size_t len = strlen(name);
	int i;

	if (len && name[len - 1] == '.')
		len--;
	for (i = 0; i < policy->n; i++) {
		const struct xc_policy_rule *rule = &policy->rule[i];

		if (rule->name[0] ? name_matches(rule->name, name, len) :
				    xc_addr_in(addr, &rule->net))
			return rule->mode;
	}
	return policy->fallback;
}

enum xc_policy_mode xc_policy_find(const struct xc_policy *policy, const struct in6_addr *addr,
				   const char *name, enum xc_policy_mode asked)
{
	if (asked == XC_POLICY_REQUIRE)
		return asked;
	return find(policy, addr, name);
}
