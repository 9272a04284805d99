// SPDX-License-Identifier: GPL-2.0
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"

#ifdef __aarch64__
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#define DAY		86400
#define PADDING_MAX	4096	/* octets: the protocol's */
#define REQUESTS_MAX	4096	/* that the kernel takes at once, of all users */

/* --- keywords --- */

static struct xc_config *made(const struct xc_parser *p)
{
	return p->config;
}

static void fault_suite(struct xc_parser *p, struct xc_word word)
{
	const struct xc_suite *known = xc_suite_known(word);
	struct xc_suite_list all = { 0 };
	char names[XC_SUITE_LIST_TEXT];
	int i;

	for (i = 0; xc_suite_at(i); i++)
		xc_suite_list_add(&all, xc_suite_at(i));
	xc_suite_list_format(names, &all);
	if (known)
		xc_parser_fault(p, "suite \"%s\" cannot be used: %s; there are: %s", known->name,
				xc_suite_missing(known), names);
	else
		xc_parser_fault(p, "unknown suite \"%s\"; there are: %s", word.at, names);
}

static void set_suites(struct xc_parser *p, const struct xc_words *words)
{
	struct xc_suite_list *list = &made(p)->suites;
	int i;

	list->n = 0;
	for (i = 0; i < words->n; i++) {
		struct xc_word word = { words->word[i], strlen(words->word[i]) };
		const struct xc_suite *suite = xc_suite_find(word);

		if (!suite)
			fault_suite(p, word);
		else if (xc_suite_list_add(list, suite))
			xc_parser_fault(p, "suite \"%s\" is named twice; remove one", words->word[i]);
	}
}

static void set_lifetime(struct xc_parser *p, const struct xc_words *words)
{
	xc_parser_time(p, words->word[0], 30 * 86400, "30d", &made(p)->ring.lifetime);
}

static const enum xc_cache_mode cache_modes[] = { XC_CACHE_MEMORY, XC_CACHE_DISK, XC_CACHE_OFF };

static void set_cache(struct xc_parser *p, const struct xc_words *words)
{
	const char *dir = words->n == 2 ? words->word[1] : NULL;
	size_t i, n = sizeof(cache_modes) / sizeof(cache_modes[0]);

	for (i = 0; i < n && strcmp(words->word[0], xc_cache_mode_name(cache_modes[i])); i++)
		;
	if (i == n) {
		xc_parser_fault(p, "\"cache\" must be memory, off, or disk DIRECTORY");
	} else if (dir ? *dir != '/' || strlen(dir) >= sizeof(made(p)->dir) :
		   cache_modes[i] == XC_CACHE_DISK) {
		xc_parser_fault(p, "\"cache %s\" needs an absolute path, as in: cache %s %s", words->word[0],
		      words->word[0], XC_STATE_DIR);
	} else {
		made(p)->ring.mode = cache_modes[i];
		if (dir)
			strcpy(made(p)->dir, dir);
	}
}

static void set_cache_size(struct xc_parser *p, const struct xc_words *words)
{
	xc_parser_number(p, words->word[0], 1, 1000000, &made(p)->ring.size);
}

static void set_cache_share(struct xc_parser *p, const struct xc_words *words)
{
	xc_parser_number(p, words->word[0], 1, 1000000, &made(p)->ring.share);
}

/* A file of its own directory, or of one that others of ours are in. */
static void set_file(struct xc_parser *p, const struct xc_words *words, const char *keyword,
		     char dst[XC_PLACE_PATH])
{
	if (xc_place_good(words->word[0]))
		strcpy(dst, words->word[0]);
	else
		xc_parser_fault(p, "\"%s\" needs an absolute path whose last part has at most %d characters, as in: %s %s/%s",
				keyword, XC_PLACE_NAME - 1, keyword, XC_STATE_DIR, keyword);
}

static void set_identity(struct xc_parser *p, const struct xc_words *words)
{
	set_file(p, words, "identity", made(p)->peers.identity);
}

static void set_peers(struct xc_parser *p, const struct xc_words *words)
{
	set_file(p, words, "peers", made(p)->peers.file);
}

static void set_peers_size(struct xc_parser *p, const struct xc_words *words)
{
	xc_parser_number(p, words->word[0], 1, 1000000, &made(p)->peers.size);
}

static void set_peers_forget(struct xc_parser *p, const struct xc_words *words)
{
	struct xc_peers_options *peers = &made(p)->peers;

	xc_parser_time(p, words->word[0], 3650 * DAY, "3650d", &peers->forget);
	if (peers->forget < DAY)
		xc_parser_fault(p, "\"%s\" must be a day or more, as days of meetings are kept",
				words->word[0]);
}

static void set_time_limit(struct xc_parser *p, const struct xc_words *words)
{
	xc_parser_time(p, words->word[0], 600, "10m", &made(p)->time_limit);
}

static void set_exchanges(struct xc_parser *p, const struct xc_words *words)
{
	xc_parser_number(p, words->word[0], 2, REQUESTS_MAX, &made(p)->exchanges);
}

static void set_exchange_share(struct xc_parser *p, const struct xc_words *words)
{
	xc_parser_number(p, words->word[0], 1, REQUESTS_MAX, &made(p)->exchange_share);
}

static void config_set_log(struct xc_parser *p, const struct xc_words *words)
{
	static const char * const levels[] = {
		[LOG_ERR] = "error", [LOG_WARNING] = "warning", [LOG_INFO] = "info",
		[LOG_DEBUG] = "debug",
	};
	const char *to = words->word[0];
	size_t i;

	if (strcmp(to, "syslog") && strcmp(to, "stderr"))
		xc_parser_fault(p, "\"log %s\" must be log syslog or log stderr", to);
	made(p)->log.to = strcmp(to, "stderr") ? XC_LOG_SYSLOG : XC_LOG_STDERR;
	if (words->n == 1)
		return;
	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (levels[i] && !strcmp(words->word[1], levels[i])) {
			made(p)->log.level = i;
			return;
		}
	}
	xc_parser_fault(p, "log level \"%s\" must be error, warning, info or debug", words->word[1]);
}

static void set_policy(struct xc_parser *p, const struct xc_words *words)
{
	const char *pattern = words->word[0];
	enum xc_policy_mode mode;
	int err;

	if (xc_policy_mode_parse(&mode, words->word[1])) {
		xc_parser_fault(p, "policy \"%s\" must be off, opportunistic, require or verify", words->word[1]);
		return;
	}
	err = xc_policy_add(&made(p)->policy, pattern, mode);
	if (err == -ERANGE)
		xc_parser_fault(p, "network \"%s\" has a prefix length out of range or bits set behind it; "
		      "write it as in 192.0.2.0/24 or 2001:db8::/32", pattern);
	else if (err == -EEXIST)
		xc_parser_fault(p, "policy default is given twice; leave one of the lines out");
	else if (err == -ENOMEM)
		xc_parser_fault(p, "out of memory");
	else if (err)
		xc_parser_fault(p, "\"%s\" is no address, network, host name, .suffix, @domain or \"default\"",
		      pattern);
}

static void set_padding(struct xc_parser *p, const struct xc_words *words)
{
	unsigned int n = 0;

	xc_parser_number(p, words->word[0], 1, PADDING_MAX, &n);
	if (n & (n - 1))
		xc_parser_fault(p, "\"padding\" must be a power of two, as in: padding 128");
	else if (n)
		made(p)->padding = n;
}

static const struct xc_keyword keywords[] = {
	{ "suites", "SUITE ...", 1, XC_SUITES_MAX, false, set_suites },
	{ "key-lifetime", "TIME", 1, 1, false, set_lifetime },
	{ "cache", "memory [DIRECTORY] | off [DIRECTORY] | disk DIRECTORY", 1, 2, false, set_cache },
	{ "cache-size", "ENTRIES", 1, 1, false, set_cache_size },
	{ "cache-share", "ENTRIES", 1, 1, false, set_cache_share },
	{ "identity", "FILE", 1, 1, false, set_identity },
	{ "peers", "FILE", 1, 1, false, set_peers },
	{ "peers-size", "NAMES", 1, 1, false, set_peers_size },
	{ "peers-forget", "TIME", 1, 1, false, set_peers_forget },
	{ "time-limit", "TIME", 1, 1, false, set_time_limit },
	{ "exchanges", "NUMBER", 1, 1, false, set_exchanges },
	{ "exchange-share", "NUMBER", 1, 1, false, set_exchange_share },
	{ "policy", "DESTINATION off | opportunistic | require | verify", 2, 2, true, set_policy },
	{ "padding", "OCTETS", 1, 1, false, set_padding },
	{ "log", "syslog | stderr [error | warning | info | debug]", 1, 2, false, config_set_log },
	{ 0 },
};

_Static_assert(sizeof(keywords) / sizeof(keywords[0]) <= XC_KEYWORDS_MAX + 1, "too many keywords");

/* --- the whole --- */

/* A share that nobody asked for follows the whole; one that somebody did must fit in. */
static void check_share(struct xc_parser *p, const char *name, unsigned int *share,
			const char *whole_name, unsigned int whole)
{
	if (*share <= whole)
		return;
	p->line = xc_parser_line_of(p, name);
	if (p->line)
		xc_parser_fault(p, "%s %u is more than %s, which is %u; write %u or less", name, *share,
		      whole_name, whole, whole);
	*share = whole;
}

static void check_shares(struct xc_parser *p)
{
	struct xc_config *config = p->config;

	check_share(p, "cache-share", &config->ring.share, "cache-size", config->ring.size);
	check_share(p, "exchange-share", &config->exchange_share, "exchanges", config->exchanges);
}

/* Each is written over by its owner. */
static void check_files(struct xc_parser *p)
{
	const struct xc_peers_options *peers = &((struct xc_config *)p->config)->peers;

	if (strcmp(peers->identity, peers->file))
		return;
	p->line = xc_parser_line_of(p, xc_parser_line_of(p, "peers") ? "peers" : "identity");
	xc_parser_fault(p, "\"identity\" and \"peers\" name the same file; give each its own");
}

/* Instructions for AES make it the cheaper cipher; without them it also takes tables. */
static bool processor_has_aes(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __builtin_cpu_supports("aes");
#elif defined(__aarch64__)
	return getauxval(AT_HWCAP) & HWCAP_AES;
#else
	return false;
#endif
}

/* The suites that are on; of one version, those that cost this machine less come first. */
static void default_suites(struct xc_suite_list *list)
{
	bool has_aes = processor_has_aes();
	struct xc_suite_list all;
	int i, k;

	xc_suite_list_default(&all);
	memset(list, 0, sizeof(*list));
	for (i = 0; i < all.n; i++) {
		/* What is on the list is not added again. */
		for (k = i; has_aes && k < all.n && all.suite[k]->kex == all.suite[i]->kex; k++) {
			if (!strncmp(all.suite[k]->cipher, "aes", 3))
				xc_suite_list_add(list, all.suite[k]);
		}
		xc_suite_list_add(list, all.suite[i]);
	}
}

static struct xc_config *defaults(void)
{
	struct xc_config *config = calloc(1, sizeof(*config));

	if (!config)
		return NULL;
	default_suites(&config->suites);
	config->ring.lifetime = 2 * 3600;
	config->ring.mode = XC_CACHE_MEMORY;
	config->ring.size = 4096;
	config->ring.share = 64;
	config->ring.dir = config->dir;
	strcpy(config->dir, XC_STATE_DIR);
	strcpy(config->peers.identity, XC_STATE_DIR "/identity");
	strcpy(config->peers.file, XC_STATE_DIR "/peers");
	config->peers.size = 16384;
	config->peers.forget = 30 * DAY;
	config->time_limit = 30;
	config->exchanges = 2048;
	config->exchange_share = 64;
	config->padding = 128;
	config->policy.fallback = XC_POLICY_OPPORTUNISTIC;
	config->log.to = XC_LOG_SYSLOG;
	config->log.level = LOG_INFO;
	return config;
}

/* Of a text, or of the file with that name. */
static struct xc_config *make(const char *name, const char *text, size_t len,
			      xc_config_report report, void *ctx)
{
	struct xc_parser p = {
		.keywords = keywords, .page = "xcryptd.conf(5)", .name = name, .config = defaults(),
		.report = report, .ctx = ctx,
	};
	int err;

	if (!p.config) {
		xc_parser_fault(&p, "out of memory");
		return NULL;
	}
	err = text ? xc_parser_text(&p, text, len) : xc_parser_load(&p, name);
	check_shares(&p);
	check_files(&p);
	if (!err && !p.faults)
		return p.config;
	xc_config_free(p.config);
	return NULL;
}

struct xc_config *xc_config_parse(const char *name, const char *text, size_t len,
				  xc_config_report report, void *ctx)
{
	return make(name, text, len, report, ctx);
}

struct xc_config *xc_config_load(const char *path, xc_config_report report, void *ctx)
{
	return make(path, NULL, 0, report, ctx);
}

void xc_config_free(struct xc_config *config)
{
	if (!config)
		return;
	xc_policy_free(&config->policy);
	free(config);
}

int xc_config_reload(struct xc_config **config, const char *path, xc_config_report report,
		     void *ctx)
{
	struct xc_config *fresh = xc_config_load(path, report, ctx);

	if (!fresh)
		return -EINVAL;
	xc_config_free(*config);
	*config = fresh;
	return 0;
}
