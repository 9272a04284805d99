// SPDX-License-Identifier: GPL-2.0
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __aarch64__
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#define TEXT_MAX	(1 << 20)	/* octets of a file */
#define LINE_MAX_LEN	1024
#define WORDS_MAX	16
#define MESSAGE_MAX	512

/* Where we are, and in what. */
struct parser {
	struct xc_config *config;
	const char *name;
	int line;
	xc_config_report report;
	void *ctx;
	unsigned int seen;	/* keywords that may stand once, by their place in the table */
	int faults;
};

struct words {
	int n;
	char *word[WORDS_MAX];
};

struct keyword {
	const char *name;
	const char *usage;
	int min;		/* words behind it */
	int max;
	bool many;		/* may stand on more than one line */
	void (*set)(struct parser *p, const struct words *words);
};

static void __attribute__((format(printf, 2, 3))) fault(struct parser *p, const char *fmt, ...)
{
	char message[MESSAGE_MAX];
	int n = snprintf(message, sizeof(message), "%s:%d: ", p->name, p->line);
	va_list ap;

	p->faults++;
	if (n < 0 || n >= (int)sizeof(message))
		return;
	va_start(ap, fmt);
	vsnprintf(message + n, sizeof(message) - n, fmt, ap);
	va_end(ap);
	p->report(p->ctx, message);
}

/* --- values --- */

/* A number from min to max; ends at *end, which is set. False if there is none. */
static bool number(const char *word, unsigned long max, unsigned long *value, const char **end)
{
	*value = 0;
	*end = word;
	for (; **end >= '0' && **end <= '9'; (*end)++) {
		*value = *value * 10 + (**end - '0');
		if (*value > max)
			return false;
	}
	return *end != word;
}

static void set_number(struct parser *p, const char *word, unsigned int min, unsigned int max,
		       unsigned int *dst)
{
	unsigned long value;
	const char *end;

	if (!number(word, max, &value, &end) || *end || value < min)
		fault(p, "\"%s\" must be a whole number from %u to %u", word, min, max);
	else
		*dst = value;
}

/* Seconds of a time unit, 0 if it is none. */
static unsigned int unit(const char *text)
{
	static const struct { const char *name; unsigned int seconds; } units[] = {
		{ "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 },
	};
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!strcmp(text, units[i].name))
			return units[i].seconds;
	}
	return 0;
}

static void set_time(struct parser *p, const char *word, unsigned int max, const char *max_text,
		     unsigned int *dst)
{
	unsigned long value;
	const char *end;

	if (!number(word, max, &value, &end) || !unit(end) || !value || value > max / unit(end))
		fault(p, "\"%s\" must be a time from 1s to %s, as in 90s, 30m, 2h, 1d", word,
		      max_text);
	else
		*dst = value * unit(end);
}

/* --- keywords --- */

static void fault_suite(struct parser *p, const char *word)
{
	struct xc_suite_list all = { 0 };
	char names[XC_SUITE_LIST_TEXT];
	int i;

	for (i = 0; xc_suite_at(i); i++)
		xc_suite_list_add(&all, xc_suite_at(i));
	xc_suite_list_format(names, &all);
	fault(p, "unknown suite \"%s\"; there are: %s", word, names);
}

static void set_suites(struct parser *p, const struct words *words)
{
	struct xc_suite_list *list = &p->config->suites;
	int i;

	list->n = 0;
	for (i = 0; i < words->n; i++) {
		struct xc_word word = { words->word[i], strlen(words->word[i]) };
		const struct xc_suite *suite = xc_suite_find(word);

		if (!suite)
			fault_suite(p, words->word[i]);
		else if (xc_suite_list_add(list, suite))
			fault(p, "suite \"%s\" is named twice; remove one", words->word[i]);
	}
}

static void set_lifetime(struct parser *p, const struct words *words)
{
	set_time(p, words->word[0], 30 * 86400, "30d", &p->config->ring.lifetime);
}

static void set_disk(struct parser *p, const struct words *words)
{
	if (words->n != 2 || words->word[1][0] != '/' ||
	    strlen(words->word[1]) >= sizeof(p->config->dir)) {
		fault(p, "\"cache disk\" needs an absolute path, as in: %s",
		      "cache disk /var/lib/xcryptd");
		return;
	}
	strcpy(p->config->dir, words->word[1]);
	p->config->ring.mode = XC_CACHE_DISK;
}

static void set_cache(struct parser *p, const struct words *words)
{
	const char *mode = words->word[0];

	if (!strcmp(mode, "disk"))
		set_disk(p, words);
	else if (words->n == 1 && !strcmp(mode, "memory"))
		p->config->ring.mode = XC_CACHE_MEMORY;
	else if (words->n == 1 && !strcmp(mode, "off"))
		p->config->ring.mode = XC_CACHE_OFF;
	else
		fault(p, "\"cache\" must be memory, off, or disk DIRECTORY");
}

static void set_cache_size(struct parser *p, const struct words *words)
{
	set_number(p, words->word[0], 1, 65536, &p->config->ring.size);
}

static void set_cache_share(struct parser *p, const struct words *words)
{
	set_number(p, words->word[0], 1, 65536, &p->config->ring.share);
}

static void set_time_limit(struct parser *p, const struct words *words)
{
	set_time(p, words->word[0], 600, "10m", &p->config->time_limit);
}

static void set_exchanges(struct parser *p, const struct words *words)
{
	set_number(p, words->word[0], 1, 100000, &p->config->exchanges);
}

static void set_log(struct parser *p, const struct words *words)
{
	static const char * const levels[] = {
		[LOG_ERR] = "error", [LOG_WARNING] = "warning", [LOG_INFO] = "info",
		[LOG_DEBUG] = "debug",
	};
	const char *to = words->word[0];
	size_t i;

	if (strcmp(to, "syslog") && strcmp(to, "stderr"))
		fault(p, "\"log %s\" must be log syslog or log stderr", to);
	p->config->log.to = strcmp(to, "stderr") ? XC_LOG_SYSLOG : XC_LOG_STDERR;
	if (words->n == 1)
		return;
	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (levels[i] && !strcmp(words->word[1], levels[i])) {
			p->config->log.level = i;
			return;
		}
	}
	fault(p, "log level \"%s\" must be error, warning, info or debug", words->word[1]);
}

static void set_policy(struct parser *p, const struct words *words)
{
	const char *pattern = words->word[0];
	enum xc_policy_mode mode;
	int err;

	if (xc_policy_mode_parse(&mode, words->word[1])) {
		fault(p, "policy \"%s\" must be off, opportunistic or require", words->word[1]);
		return;
	}
	err = xc_policy_add(&p->config->policy, pattern, mode);
	if (err == -ERANGE)
		fault(p, "network \"%s\" has a prefix length out of range or bits set behind it; "
		      "write it as in 192.0.2.0/24 or 2001:db8::/32", pattern);
	else if (err == -EEXIST)
		fault(p, "policy default is given twice; leave one of the lines out");
	else if (err == -ENOMEM)
		fault(p, "out of memory");
	else if (err)
		fault(p, "\"%s\" is no address, network, host name, .suffix or \"default\"",
		      pattern);
}

static const struct keyword keywords[] = {
	{ "suites", "SUITE ...", 1, XC_SUITES_MAX, false, set_suites },
	{ "key-lifetime", "TIME", 1, 1, false, set_lifetime },
	{ "cache", "memory | off | disk DIRECTORY", 1, 2, false, set_cache },
	{ "cache-size", "ENTRIES", 1, 1, false, set_cache_size },
	{ "cache-share", "ENTRIES", 1, 1, false, set_cache_share },
	{ "time-limit", "TIME", 1, 1, false, set_time_limit },
	{ "exchanges", "NUMBER", 1, 1, false, set_exchanges },
	{ "policy", "DESTINATION off | opportunistic | require", 2, 2, true, set_policy },
	{ "log", "syslog | stderr [error | warning | info | debug]", 1, 2, false, set_log },
};

#define N_KEYWORDS	((int)(sizeof(keywords) / sizeof(keywords[0])))

/* --- lines --- */

static void apply(struct parser *p, const struct keyword *k, const struct words *words)
{
	unsigned int bit = 1u << (k - keywords);

	if (words->n < k->min || words->n > k->max)
		fault(p, "write: %s %s", k->name, k->usage);
	else if (!k->many && (p->seen & bit))
		fault(p, "\"%s\" stands on an earlier line already; remove one", k->name);
	else
		k->set(p, words);
	p->seen |= bit;
}

/* Cut a line into words, in place. -E2BIG if there are too many. */
static int split(struct words *words, char *line)
{
	char *save, *word;

	words->n = 0;
	for (word = strtok_r(line, " \t\r", &save); word; word = strtok_r(NULL, " \t\r", &save)) {
		if (words->n == WORDS_MAX)
			return -E2BIG;
		words->word[words->n++] = word;
	}
	return 0;
}

static void parse_line(struct parser *p, char *line)
{
	struct words words;
	char *name;
	int i;

	line[strcspn(line, "#")] = '\0';
	if (split(&words, line)) {
		fault(p, "more than %d words; see xcryptd.conf(5)", WORDS_MAX);
		return;
	}
	if (!words.n)
		return;
	name = words.word[0];
	memmove(words.word, words.word + 1, --words.n * sizeof(words.word[0]));
	for (i = 0; i < N_KEYWORDS; i++) {
		if (!strcmp(name, keywords[i].name)) {
			apply(p, &keywords[i], &words);
			return;
		}
	}
	fault(p, "unknown keyword \"%s\"; see xcryptd.conf(5) for those there are", name);
}

static void parse_lines(struct parser *p, const char *text, size_t len)
{
	const char *end = text + len;
	char line[LINE_MAX_LEN + 1];

	for (p->line = 1; text < end; p->line++) {
		const char *lf = memchr(text, '\n', end - text);
		size_t n = (lf ? lf : end) - text;

		if (memchr(text, '\0', n)) {
			fault(p, "a NUL octet: this is not a text file");
		} else if (n > LINE_MAX_LEN) {
			fault(p, "a line of more than %d characters", LINE_MAX_LEN);
		} else {
			memcpy(line, text, n);
			line[n] = '\0';
			parse_line(p, line);
		}
		text += n + 1;
	}
}

/* --- the whole --- */

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

/* The suites that are on; the one that costs this machine less comes first. */
static void default_suites(struct xc_suite_list *list)
{
	static const struct xc_word aes = { "aes256ctr_2.0", sizeof("aes256ctr_2.0") - 1 };
	struct xc_suite_list all;
	int i;

	xc_suite_list_default(&all);
	memset(list, 0, sizeof(*list));
	if (processor_has_aes())
		xc_suite_list_add(list, xc_suite_find(aes));
	for (i = 0; i < all.n; i++)
		xc_suite_list_add(list, all.suite[i]);
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
	config->time_limit = 30;
	config->exchanges = 4096;
	config->policy.fallback = XC_POLICY_OPPORTUNISTIC;
	config->log.to = XC_LOG_SYSLOG;
	config->log.level = LOG_INFO;
	return config;
}

struct xc_config *xc_config_parse(const char *name, const char *text, size_t len,
				  xc_config_report report, void *ctx)
{
	struct parser p = { .name = name, .report = report, .ctx = ctx };

	p.config = defaults();
	if (!p.config) {
		fault(&p, "out of memory");
		return NULL;
	}
	parse_lines(&p, text, len);
	if (p.faults) {
		xc_config_free(p.config);
		return NULL;
	}
	return p.config;
}

/* The octets of a file to dst. Their number or -errno. */
static long read_file(const char *path, char *dst, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (n > 0 && len < size) {
		n = read(fd, dst + len, size - len);
		if (n > 0)
			len += n;
	}
	n = n < 0 ? -errno : n;
	close(fd);
	return n < 0 ? n : len == size ? -EFBIG : (long)len;
}

struct xc_config *xc_config_load(const char *path, xc_config_report report, void *ctx)
{
	struct xc_config *config = NULL;
	char *text = malloc(TEXT_MAX);
	char message[MESSAGE_MAX];
	long len = text ? read_file(path, text, TEXT_MAX) : -ENOMEM;

	if (len >= 0) {
		config = xc_config_parse(path, text, len, report, ctx);
	} else {
		snprintf(message, sizeof(message), "%s: cannot be read: %s", path, strerror(-len));
		report(ctx, message);
	}
	free(text);
	return config;
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
