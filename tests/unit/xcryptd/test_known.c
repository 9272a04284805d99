// SPDX-License-Identifier: GPL-2.0
/*
 * What the daemon makes of attempts at servers, and the commands of the control socket on
 * identity and peers; over a restart, too.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base64.h"
#include "tap.h"
#include "xcryptd/attempt.h"
#include "xcryptd/peeranswer.h"
#include "xcryptd/state.h"

static char dir[] = "/tmp/xcryptd-test-XXXXXX";
static char logged[8192];
static struct xc_daemon *d;
static uint8_t key[4][XC_IDENTITY_LEN];
static char key_text[4][64];
static struct in6_addr addr;

static void hear(void *ctx, int level, const char *line)
{
	size_t len = strlen(logged);

	(void)ctx;
	(void)level;
	snprintf(logged + len, sizeof(logged) - len, "%s\n", line);
}

static void no_fault(void *ctx, const char *message)
{
	(void)ctx;
	printf("# %s\n", message);
}

/* A daemon with what is on disk. */
static int start(const char *lines)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "identity %s/identity\npeers %s/peers\n%s", dir, dir, lines);

	d = calloc(1, sizeof(*d));
	logged[0] = '\0';
	d->log = (struct xc_log){ .to = XC_LOG_CALL, .level = LOG_DEBUG, .call = hear };
	d->config = xc_config_parse("conf", text, n, no_fault, NULL);
	d->env.ring = xc_keyring_new(&d->config->ring, &d->config->suites, &d->log);
	return xc_known_open(&d->known, &d->config->peers, &d->log);
}

static void stop(void)
{
	xc_known_close(&d->known);
	xc_keyring_free(d->env.ring);
	xc_config_free(d->config);
	free(d);
}

/* --- attempts --- */

static struct xc_attempt attempt;

static void begin(enum xc_policy_mode policy, const char *host, const char *domain)
{
	logged[0] = '\0';
	xc_attempt_begin(&attempt, policy, host, domain, &addr);
}

static bool log_it(bool go)
{
	if (attempt.news)
		xc_attempt_log(&d->known, &attempt);
	return go;
}

static bool show(int id, const char *version)
{
	return log_it(xc_attempt_identity(&d->known, &attempt, key[id], version));
}

static bool end(enum xc_protection protection)
{
	return log_it(xc_attempt_end(&d->known, &attempt, protection));
}

/* A whole exchange with an identity: whether it went through. */
static bool meet(enum xc_policy_mode policy, const char *host, const char *domain, int id,
		 const char *version)
{
	begin(policy, host, domain);
	return show(id, version) && end(XC_PROTECTED_3);
}

/* One that came to less. */
static bool fall(enum xc_policy_mode policy, const char *host, const char *domain,
		 enum xc_protection protection)
{
	begin(policy, host, domain);
	return end(protection);
}

static void test_opportunistic(void)
{
	is(meet(XC_POLICY_OPPORTUNISTIC, "MX.example.org.", "", 0, "3.0") && !logged[0],
	   "a first meeting goes on, nothing is said");
	is(meet(XC_POLICY_OPPORTUNISTIC, "mx.example.org", "", 0, "3.1") && !logged[0], "so does the second");
	is(meet(XC_POLICY_OPPORTUNISTIC, "mx.example.org", "", 1, "3.1") &&
	   strstr(logged, "peer name=mx.example.org domain=- warning=identity policy=opportunistic end=3.x version=3.1") &&
	   strstr(logged, key_text[1]) && strstr(logged, "known=\"first ") && strstr(logged, key_text[0]) &&
	   strstr(logged, "message=goes-on hint=\"xcryptctl peers explain mx.example.org\""),
	   "another identity goes on, and is told of");
	is(meet(XC_POLICY_OPPORTUNISTIC, "mx.example.org", "", 1, "3.1") && strstr(logged, "warning=identity"),
	   "at every meeting");
	is(meet(XC_POLICY_OPPORTUNISTIC, "mx.example.org", "", 0, "3.0") && strstr(logged, "warning=version"),
	   "an older version");
	is(fall(XC_POLICY_OPPORTUNISTIC, "mx.example.org", "", XC_PROTECTED_NOT) &&
	   strstr(logged, "warning=stripped") && strstr(logged, "end=clear"), "the clear goes on, and is told of");
	is(fall(XC_POLICY_OPPORTUNISTIC, "other.example.org", "", XC_PROTECTED_NOT) && !logged[0],
	   "of a server that nobody knows nothing is said");
	is(d->known.warned[0] == 2 && d->known.warned[1] == 1 && d->known.warned[2] == 1 &&
	   !d->known.refused, "all of it is counted");
}

/* Any user may show the daemon a server of his own and call it by any name. */
static void test_stranger(void)
{
	is(!xc_attempt_is_stranger(0) && !xc_attempt_is_stranger(999) &&
	   xc_attempt_is_stranger(1000) && xc_attempt_is_stranger(65534), "whose word counts");
	is(!xc_attempt_is_stranger(61184) && !xc_attempt_is_stranger(65519) &&
	   xc_attempt_is_stranger(61183) && xc_attempt_is_stranger(65520),
	   "the word of a service of systemd's DynamicUser= does");
	begin(XC_POLICY_OPPORTUNISTIC, "bank.example", "bank.example");
	attempt.stranger = true;
	is(show(3, "3.1") && end(XC_PROTECTED_3), "his exchange goes on");
	is(meet(XC_POLICY_OPPORTUNISTIC, "bank.example", "bank.example", 2, "3.0") && !logged[0],
	   "but nothing was learned from it");
	begin(XC_POLICY_OPPORTUNISTIC, "evil.example", "bank.example");
	attempt.stranger = true;
	is(end(XC_PROTECTED_NOT) &&
	   meet(XC_POLICY_OPPORTUNISTIC, "evil.example", "bank.example", 1, "3.0") &&
	   strstr(logged, "warning=domain"), "nor that a domain has another server: %s", logged);
	xc_peers_forget(d->known.peers, "bank.example", NULL);
	xc_peers_forget(d->known.peers, "evil.example", NULL);
	xc_domains_forget(&d->known.peers->domains, "bank.example");
	memset(d->known.warned, 0, sizeof(d->known.warned));
}

static void test_require(void)
{
	is(meet(XC_POLICY_REQUIRE, "require.example", "", 0, "3.1"), "require: a first meeting");
	is(!fall(XC_POLICY_REQUIRE, "require.example", "", XC_PROTECTED_TLS) &&
	   strstr(logged, "end=tls") && strstr(logged, "message=stays-queued") &&
	   strstr(attempt.text, "require.example did not speak XCRYPT 3, for which it is known; known: first "),
	   "then TLS is refused: %s", attempt.text);
	is(!fall(XC_POLICY_REQUIRE, "require.example", "", XC_PROTECTED_2), "and 2.x");
	is(fall(XC_POLICY_REQUIRE, "new.example", "", XC_PROTECTED_2) &&
	   fall(XC_POLICY_REQUIRE, "new.example", "", XC_PROTECTED_TLS) && !logged[0],
	   "which will do where nothing is known");
	is(!fall(XC_POLICY_REQUIRE, "new.example", "", XC_PROTECTED_NOT) && !logged[0] && !attempt.text[0],
	   "the clear will not: that is policy's matter alone");
}

static void test_verify(void)
{
	begin(XC_POLICY_VERIFY, "verify.example", "");
	is(!show(0, "3.1") &&
	   strstr(attempt.text, "verify.example showed an identity that is not pinned; known: nothing; see xcryptctl peers explain verify.example"),
	   "verify: a first meeting is refused: %s", attempt.text);
	logged[0] = '\0';
	is(!end(XC_PROTECTED_NOT) && !logged[0],
	   "and its end, which we made, is not told of again");
	is(!meet(XC_POLICY_VERIFY, "verify.example", "", 0, "3.1"), "nothing was learned by it");
	xc_peers_pin(d->known.peers, "verify.example", key[0], xc_known_today());
	is(meet(XC_POLICY_VERIFY, "verify.example", "", 0, "3.1") && !logged[0], "pinned: it goes");
	is(!meet(XC_POLICY_VERIFY, "verify.example", "", 1, "3.1") && strstr(logged, "warning=identity") &&
	   strstr(attempt.text, "known: pinned ") && strstr(attempt.text, key_text[0]),
	   "another than the pinned one is refused");
	is(!fall(XC_POLICY_VERIFY, "verify.example", "", XC_PROTECTED_NOT), "the clear, too");
	is(!fall(XC_POLICY_VERIFY, "unknown.example", "", XC_PROTECTED_TLS) &&
	   strstr(attempt.text, "did not prove an identity, which has to be pinned"), "and TLS with nothing known");
}

/* We went on, and then the exchange broke. */
static void test_broken(void)
{
	begin(XC_POLICY_OPPORTUNISTIC, "broken.example", "");
	is(show(2, "3.1") &&
	   end(XC_PROTECTED_NOT) && !logged[0] &&
	   meet(XC_POLICY_OPPORTUNISTIC, "broken.example", "", 3, "3.1") && !logged[0],
	   "an exchange that did not become complete teaches nothing");
	begin(XC_POLICY_REQUIRE, "broken.example", "");
	is(show(3, "3.1") &&
	   !end(XC_PROTECTED_NOT) && strstr(logged, "stripped"),
	   "with a known server it is an end like others");
}

static void test_domain(void)
{
	meet(XC_POLICY_OPPORTUNISTIC, "mx1.domain.example", "Domain.Example", 0, "3.1");
	is(!logged[0], "a domain's first server");
	is(meet(XC_POLICY_OPPORTUNISTIC, "mx.evil.example", "domain.example", 1, "3.1") &&
	   strstr(logged, "domain=domain.example warning=domain "), "a new one is told of");
	is(meet(XC_POLICY_OPPORTUNISTIC, "mx.evil.example", "domain.example", 1, "3.1") && !logged[0], "once");
	is(fall(XC_POLICY_OPPORTUNISTIC, "mx.plain.example", "domain.example", XC_PROTECTED_NOT) &&
	   strstr(logged, "warning=domain"), "one in the clear, too");
	is(!fall(XC_POLICY_REQUIRE, "mx.2.example", "domain.example", XC_PROTECTED_NOT) &&
	   !fall(XC_POLICY_REQUIRE, "mx.2.example", "domain.example", XC_PROTECTED_NOT) &&
	   strstr(logged, "warning=domain"), "one that was refused did not serve it");
	is(fall(XC_POLICY_OFF, "mx.3.example", "domain.example", XC_PROTECTED_NOT) && !logged[0],
	   "off says nothing");
}

/* The log may have no room for another line; then it is counted alone. */
static void test_news(void)
{
	uint64_t before = d->known.warned[2];

	begin(XC_POLICY_OPPORTUNISTIC, "mx.example.org", "");
	is(xc_attempt_end(&d->known, &attempt, XC_PROTECTED_NOT) && !logged[0] && attempt.news &&
	   d->known.warned[2] == before + 1, "it is the caller who has it logged");
}

/* First it is clear that there will be no 3.x, then there is no 2.x either. */
static void test_twice(void)
{
	uint64_t before = d->known.warned[3];

	begin(XC_POLICY_REQUIRE, "mx.unknown.example", "domain.example");
	is(end(XC_PROTECTED_2) && d->known.warned[3] == before + 1, "2.x would do, and is told of");
	is(!end(XC_PROTECTED_NOT) && d->known.warned[3] == before + 1,
	   "the clear will not, and nothing is told twice");
	is(fall(XC_POLICY_OPPORTUNISTIC, "mx.unknown.example", "", XC_PROTECTED_2) &&
	   end(XC_PROTECTED_NOT), "opportunistic takes both");
}

/* --- commands --- */

static char *text;

/* The answer's text; NULL: the line is no command of these. */
static const char *command(const char *line)
{
	struct xc_answer at = { 0 };
	size_t len;
	FILE *to;
	bool known;

	free(text);
	to = open_memstream(&text, &len);
	known = xc_peeranswer_begin(to, d, &at, line, 0);
	while (known && at.part && at.part(to, d, &at))
		;
	fclose(to);
	return known ? text : NULL;
}

static const char *command_with(const char *line, int id)
{
	char whole[XC_REQUEST_MAX];

	snprintf(whole, sizeof(whole), "%s %s", line, key_text[id]);
	return command(whole);
}

static bool has(const char *line, const char *say)
{
	const char *said = command(line);

	if (said && strstr(said, say))
		return true;
	printf("# %s: %s\n", line, said ? said : "no command");
	return false;
}

static bool done(const char *said)
{
	return said && !strcmp(said, "ok\n");
}

static void test_commands(void)
{
	is(!command("peers") && !command("peers lost") && !command("peers list x") &&
	   !command("peers pin a") && !command("peers explain") && !command("peers explain a b") &&
	   !command("identity x") && !command("") && !command("peers forget a b c d"), "what is no command");
	is(done(command_with("peers pin pin.example", 0)) &&
	   has("peers explain Pin.Example.", "ok\npolicy opportunistic\npeer pin.example - pinned:"), "pin");
	is(has("peers pin pin.example xyz", "error argument that is no identity") &&
	   has("peers pin pin..example x", "error argument that is neither"), "with a bad key or name");
	meet(XC_POLICY_OPPORTUNISTIC, "pin.example", "", 1, "3.1");
	is(has("peers explain pin.example", " identity sent opportunistic 3.x 3.1 "), "explain says what went wrong");
	is(done(command("peers confirm pin.example")) && meet(XC_POLICY_VERIFY, "pin.example", "", 1, "3.1"),
	   "confirm takes the only unconfirmed one");
	is(has("peers confirm pin.example", "error none"), "and says when there is none");
	meet(XC_POLICY_OPPORTUNISTIC, "pin.example", "", 2, "3.1");
	meet(XC_POLICY_OPPORTUNISTIC, "pin.example", "", 3, "3.1");
	is(has("peers confirm pin.example", "error several"), "of several it wants to know which");
	is(done(command_with("peers confirm pin.example", 3)) &&
	   meet(XC_POLICY_VERIFY, "pin.example", "", 3, "3.1"), "and takes that");
	is(done(command_with("peers forget pin.example", 3)) &&
	   !meet(XC_POLICY_VERIFY, "pin.example", "", 3, "3.1"), "forget one");
	is(done(command("peers forget pin.example")) && has("peers forget pin.example", "error none") &&
	   !strstr(command("peers explain pin.example"), "\npeer "), "forget all");
	is(done(command("peers forget @domain.example")) && has("peers forget @domain.example", "error none"),
	   "forget a domain");
	is(has("peers list", "\npeer mx.example.org 3.1 first:") &&
	   !strstr(command("peers list"), "pin.example"), "list");
}

static int counter(const char *name)
{
	size_t len;
	char *all, *at;
	FILE *to = open_memstream(&all, &len);
	int value = -1;

	xc_peeranswer_stats(to, d);
	fclose(to);
	at = strstr(all, name);
	if (at)
		value = atoi(at + strlen(name));
	free(all);
	return value;
}

static void test_stats(void)
{
	is(counter("peers_warnings_total{kind=\"stripped\"} ") == (int)d->known.warned[2] &&
	   counter("peers_refused_total ") == (int)d->known.refused && d->known.refused > 3 &&
	   counter("peers_names ") == (int)d->known.peers->names.count &&
	   counter("peers_in_file ") == 1 && counter("peers_write_failed ") == 0 &&
	   counter("peers_room ") == 16384, "counters");
}

/* --- identity, restart --- */

static void test_identity(void)
{
	char before[128], after[128];

	snprintf(before, sizeof(before), "%s", command("identity"));
	is(strstr(before, "ok\nidentity ") && strstr(before, "/identity\n"), "identity");
	is(done(command("identity replace")), "replaced");
	snprintf(after, sizeof(after), "%s", command("identity"));
	is(strcmp(before, after) && strstr(logged, "identity event=replaced identity="), "by another one");
	stop();
	is(!start("") && !strcmp(command("identity"), after), "which is there after a restart");
	is(!xc_known_reread(&d->known), "and read anew it is the same");
}

static void test_restart(void)
{
	struct xc_peer peer;

	command_with("peers pin restart.example", 0);
	meet(XC_POLICY_OPPORTUNISTIC, "learned.example", "", 1, "3.1");
	stop();
	is(!start("policy restart.example verify\npolicy learned.example require\n") &&
	   meet(XC_POLICY_VERIFY, "restart.example", "", 0, "3.1") &&
	   xc_peers_find(d->known.peers, "learned.example", xc_known_today(), &peer),
	   "pins and what was learned are there after a restart");
	is(has("peers explain restart.example", "policy verify") &&
	   has("peers explain learned.example", "policy require"), "with the policy of each name");
}

/* What cannot be used is not replaced: the pins in it would be lost. */
static void test_damaged(void)
{
	char path[64];
	FILE *file;

	stop();
	snprintf(path, sizeof(path), "%s/peers", dir);
	file = fopen(path, "a");
	fputs("nonsense\n", file);
	fclose(file);
	is(start("") && strstr(logged, "event=bad-line") && strstr(logged, "event=not-read"),
	   "a damaged file keeps it from starting");
	stop();
	file = fopen(path, "r+");
	fseek(file, -9, SEEK_END);
	is(fgetc(file) == 'n', "and is as it was");
	fclose(file);
	unlink(path);
	snprintf(path, sizeof(path), "%s/identity", dir);
	if (truncate(path, 20))
		abort();
	is(start("") && strstr(logged, "identity event=not-read") && strstr(logged, "openssl genpkey"),
	   "so does a damaged identity");
	stop();
	unlink(path);
	snprintf(path, sizeof(path), "%s/peers", dir);
	unlink(path);
	rmdir(dir);
	is(!start("") && strstr(logged, "identity event=memory-only") &&
	   strstr(logged, "peers event=memory-only"), "without a directory both are in memory, told of");
	is(done(command("identity replace")) && done(command_with("peers pin a.example", 0)) &&
	   has("identity", "file -"), "and work");
	stop();
}

int main(void)
{
	int i;

	if (!mkdtemp(dir))
		abort();
	for (i = 0; i < 4; i++) {
		memset(key[i], i + 2, XC_IDENTITY_LEN);
		xc_base64_encode(key_text[i], key[i], XC_IDENTITY_LEN);
	}
	is(!start("") && strstr(logged, "identity event=made"), "a first start");
	test_stranger();
	test_opportunistic();
	test_require();
	test_verify();
	test_broken();
	test_domain();
	test_news();
	test_twice();
	test_commands();
	test_stats();
	test_identity();
	test_restart();
	test_damaged();
	free(text);
	return tap_done();
}
