// SPDX-License-Identifier: GPL-2.0
/*
 * The table of protocol 3, section 5: every vector; then every row, column and state, against
 * the table as it is printed there.
 */
#include <stdlib.h>
#include <string.h>

#include "peers/judge.h"
#include "pvectors.h"
#include "peers_vectors.h"
#include "tap.h"

/* --- vectors --- */

static enum xc_policy_mode policy_of(const char *name)
{
	return !strcmp(name, "verify") ? XC_POLICY_VERIFY : !strcmp(name, "require") ?
	       XC_POLICY_REQUIRE : XC_POLICY_OPPORTUNISTIC;
}

static uint16_t version_of(const char *text)
{
	return text[0] ? (text[0] - '0') << 8 | (text[2] - '0') : 0;
}

static enum xc_peer_state state_of(const char *name)
{
	enum xc_peer_state s = XC_PEER_PINNED;

	while (s != XC_PEER_UNKNOWN && strcmp(name, xc_peer_state_name(s)))
		s--;
	return s;
}

static enum xc_protection protection_of(const struct policy_vector *v)
{
	if (v->identity[0])
		return XC_PROTECTED_3;
	return !strcmp(v->protection, "tls") ? XC_PROTECTED_TLS :
	       !strcmp(v->protection, "2.x") ? XC_PROTECTED_2 : XC_PROTECTED_NOT;
}

/* "A=pinned B=first": how many there are, and how the one that was met is known. */
static void read_known(struct xc_meeting *m, const struct policy_vector *v)
{
	char known[256], *save, *word;

	strcpy(known, v->known);
	for (word = strtok_r(known, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		enum xc_peer_state state = state_of(word + 2);

		m->kept++;
		if (word[0] == v->identity[0])
			m->met = state;
	}
}

static unsigned int warnings_of(const char *text)
{
	unsigned int warn = 0;

	if (strstr(text, "another identity"))
		warn |= XC_WARN_IDENTITY;
	if (strstr(text, "version"))
		warn |= XC_WARN_VERSION;
	if (strstr(text, "not 3.x"))
		warn |= XC_WARN_STRIPPED;
	if (strstr(text, "domain"))
		warn |= XC_WARN_DOMAIN;
	return warn;
}

static void test_vector(const struct policy_vector *v, int i)
{
	struct xc_meeting m = {
		.policy = policy_of(v->policy), .highest = version_of(v->highest),
		.version = version_of(v->version), .end = protection_of(v),
		.new_name = v->new_name,
	};
	struct xc_judgement j;

	read_known(&m, v);
	j = xc_judge(&m);
	if (!is(j.go == v->go && j.warn == warnings_of(v->warn) && j.learn == state_of(v->learn),
		"vector %d, %s: %s", i, v->policy, v->note))
		printf("# go %d, warn %#x, learn %s\n", j.go, j.warn, xc_peer_state_name(j.learn));
}

/* --- the table --- */

enum column { NOTHING, PINNED, FIRST, ANOTHER, NOT_3, COLUMNS };

/* As printed: "+" go on, "-" refuse; f and u learn; ! warn. 2.x or TLS, where nothing is known: */
static const char * const table[][COLUMNS] = {
	[XC_POLICY_OPPORTUNISTIC] = { "+f", "+", "+", "+u!", "+!" },
	[XC_POLICY_REQUIRE]	  = { "+f", "+", "+", "+u!", "-!" },
	[XC_POLICY_VERIFY]	  = { "-", "+", "-", "-!", "-!" },
};
static const char * const nothing_known[][4] = {
	/*			      the clear  TLS   2.x */
	[XC_POLICY_OPPORTUNISTIC] = { "+",	 "+",  "+" },
	[XC_POLICY_REQUIRE]	  = { "-",	 "+",  "+" },
	[XC_POLICY_VERIFY]	  = { "-",	 "-",  "-" },
};

static bool says(const char *cell, const struct xc_judgement *j, unsigned int warning)
{
	enum xc_peer_state learn = strchr(cell, 'f') ? XC_PEER_FIRST :
				   strchr(cell, 'u') ? XC_PEER_UNCONFIRMED : XC_PEER_UNKNOWN;

	return j->go == (cell[0] == '+') && j->learn == learn &&
	       j->warn == (strchr(cell, '!') ? warning : 0);
}

static enum column column_of(const struct xc_meeting *m)
{
	if (m->end != XC_PROTECTED_3)
		return NOT_3;
	if (m->met == XC_PEER_PINNED)
		return PINNED;
	if (m->met == XC_PEER_FIRST)
		return FIRST;
	return m->kept ? ANOTHER : NOTHING;
}

/* An identity is met in version 3 only; one that is known is kept; nothing is known without. */
static bool possible(const struct xc_meeting *m)
{
	if (m->end != XC_PROTECTED_3)
		return !m->met && !m->version && (m->kept || !m->highest);
	return m->version && (m->kept || (!m->met && !m->highest));
}

/* One cell in one of its cases; true if the judgement is what the table says. */
static bool check_cell(const struct xc_meeting *m)
{
	struct xc_judgement j = xc_judge(m);
	bool lower = m->end == XC_PROTECTED_3 && m->version < m->highest;
	bool domain = m->new_name && column_of(m) != PINNED;
	const char *cell = table[m->policy][column_of(m)];
	char known[8];

	if (lower != !!(j.warn & XC_WARN_VERSION) || domain != !!(j.warn & XC_WARN_DOMAIN))
		return false;
	j.warn &= XC_WARN_IDENTITY | XC_WARN_STRIPPED;
	if (m->end != XC_PROTECTED_3 && !m->kept)
		return says(nothing_known[m->policy][m->end], &j, 0);
	strcpy(known, cell);
	/* A known unconfirmed one, or a ninth, is not learned again. */
	if ((m->met == XC_PEER_UNCONFIRMED || m->kept == XC_PEER_IDENTITIES) && known[1] == 'u')
		known[1] = ' ';
	return says(known, &j, m->end == XC_PROTECTED_3 ? XC_WARN_IDENTITY : XC_WARN_STRIPPED);
}

static const char * const column_name[] = {
	"nothing known", "pinned", "first", "another identity", "not 3.x",
};
static const char * const policy_name[] = { "off", "opportunistic", "require", "verify" };
static const uint16_t versions[] = { 0, 0x300, 0x301 };

static void test_column(enum xc_policy_mode policy, enum column column)
{
	unsigned int cases = 0, wrong = 0, i;

	for (i = 0; i < 9 * 3 * 2 * 4 * 3 * 4; i++) {
		struct xc_meeting m = {
			.policy = policy, .kept = i % 9,
			.highest = versions[i / 9 % 3], .new_name = i / 27 % 2,
			.end = i / 54 % 4, .version = versions[i / 216 % 3], .met = i / 648,
		};

		if (!possible(&m) || column_of(&m) != column)
			continue;
		cases++;
		wrong += !check_cell(&m);
	}
	is(cases && !wrong, "%s, %s: %u cases", policy_name[policy], column_name[column], cases);
}

static void test_off(void)
{
	struct xc_meeting m = { .policy = XC_POLICY_OFF, .kept = 1, .new_name = true };
	struct xc_judgement j = xc_judge(&m);

	is(j.go && !j.warn && !j.learn, "off says nothing");
}

int main(void)
{
	int i, k;

	for (i = 0; i < N_OF(policy_vectors); i++)
		test_vector(&policy_vectors[i], i);
	for (i = XC_POLICY_OPPORTUNISTIC; i <= XC_POLICY_VERIFY; i++) {
		for (k = 0; k < COLUMNS; k++)
			test_column(i, k);
	}
	test_off();
	is(!strcmp(xc_warning_name(2), "stripped"), "warnings have names");
	return tap_done();
}
