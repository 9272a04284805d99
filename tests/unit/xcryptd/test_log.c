// SPDX-License-Identifier: GPL-2.0
/* Log lines, addresses, memory for secrets. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/addr.h"
#include "drive.h"
#include "exchange/report.h"
#include "common/secret.h"
#include "tap.h"

static char kept[2048];

static void keep(void *ctx, int level, const char *line)
{
	(void)ctx;
	snprintf(kept, sizeof(kept), "<%d>%s", level, line);
}

static const struct xc_log log_to = { .to = XC_LOG_CALL, .level = LOG_INFO, .call = keep };

static void test_escape(void)
{
	char dst[XC_LOG_PEER_MAX + 1], text[600];
	int c;
	bool good = true;

	for (c = 0; c < 256; c++) {
		char octet = c, want[8];
		bool plain = c >= 0x20 && c <= 0x7e && c != '"' && c != '\\';

		snprintf(want, sizeof(want), plain ? "%c" : "\\x%02x", c);
		xc_log_escape(dst, &octet, 1);
		good &= !strcmp(dst, want);
	}
	is(good, "each octet is plain or escaped");
	memset(text, 'a', sizeof(text));
	xc_log_escape(dst, text, sizeof(text));
	is(strlen(dst) == 200, "cut at 200");
	text[198] = '\n';
	xc_log_escape(dst, text, sizeof(text));
	is(strlen(dst) == 198, "an escape is not cut in two");
	xc_log_escape(dst, text, 0);
	is(!dst[0], "nothing is nothing");
}

static void test_levels(void)
{
	kept[0] = '\0';
	xc_log(&log_to, LOG_DEBUG, "quiet");
	is(!kept[0], "less urgent than asked for is not written");
	xc_log(&log_to, LOG_ERR, "%s %d", "loud", 1);
	is(!strcmp(kept, "<3>loud 1"), "more urgent is");
}

static void test_stderr(void)
{
	struct xc_log log = { .to = XC_LOG_STDERR, .level = LOG_INFO };
	char line[64] = "";
	int fd[2], status;

	if (pipe(fd))
		abort();
	fflush(stdout);
	if (fork() == 0) {
		dup2(fd[1], 2);
		xc_log(&log, LOG_WARNING, "to %s", "stderr");
		_exit(0);
	}
	close(fd[1]);
	is(read(fd[0], line, sizeof(line) - 1) == 13 && !strcmp(line, "<4>to stderr\n"),
	   "stderr gets a line with its priority");
	close(fd[0]);
	wait(&status);
}

static void test_report(void)
{
	struct xc_report r = { .in = true, .port = 40112, .name = "", .usec = 1234 };
	struct xc_outcome o = { .class = XCRYPT_CLASS_ENCRYPTED, .reason = XC_WHY_DONE,
				.hit = true };
	struct xc_net net;

	xc_addr_parse(&net, "192.0.2.7");
	r.addr = net.addr;
	o.suite = xc_suite_find((struct xc_word){ "chacha20_2.0", 12 });
	memset(o.session, 0x5f, sizeof(o.session));
	xc_report(&log_to, &r, &o);
	is(!strcmp(kept, "<6>session id=5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f dir=in "
			 "peer=[192.0.2.7]:40112 suite=chacha20_2.0 cache=hit time=1.2ms"),
	   "%s", kept);
	xc_addr_parse(&net, "2001:db8::1");
	r = (struct xc_report){ .addr = net.addr, .port = 25, .name = "mx\n.example.org",
				.usec = 90 };
	o = (struct xc_outcome){ .class = XCRYPT_CLASS_ANSWERED, .reason = XC_WHY_REFUSED,
				 .code = 501, .error = ECONNREFUSED, .text = "501 no" };
	xc_report(&log_to, &r, &o);
	is(!strcmp(kept, "<6>refused dir=out peer=[2001:db8::1]:25 name=\"mx\\x0a.example.org\" "
			 "suite=- class=answered reason=refused code=501 error=ECONNREFUSED "
			 "cause=- time=0.0ms text=\"501 no\""), "%s", kept);
}

static void test_longest(void)
{
	struct xc_report r = { .port = 65535, .usec = 600000000 };
	struct xc_outcome o = { .class = XCRYPT_CLASS_ANSWERED, .reason = XC_WHY_UNEXPECTED,
				.code = 599, .error = EOPNOTSUPP, .cause = 4095 };
	char name[400];
	struct xc_net net;

	xc_addr_parse(&net, "2001:db8:1111:2222:3333:4444:5555:6666");
	memset(name, 'a', sizeof(name));
	name[399] = '\0';
	memset(o.text, 'b', XC_LOG_PEER_MAX);
	r.addr = net.addr;
	r.name = name;
	o.suite = xc_suite_find((struct xc_word){ "aes256ctr_2.0", 13 });
	xc_report(&log_to, &r, &o);
	is(strlen(kept) < XC_LOG_LINE && kept[strlen(kept) - 1] == '"',
	   "the longest line is whole: %zu octets", strlen(kept));
}

static void test_reasons(void)
{
	bool good = true;
	int i;

	for (i = 0; i < XC_REASONS; i++)
		good &= xc_reason_name(i) && !strpbrk(xc_reason_name(i), " \"=");
	is(good, "every reason has a name of one word");
}

static void test_secret(void)
{
	uint8_t a[64], b[64], *p;
	size_t i;

	p = xc_secret_alloc(100);
	for (i = 0; p && i < 100; i++)
		p[i] = p[i] ? 0 : 1;
	is(p && p[0] == 1 && p[99] == 1, "memory is zeroed and can be written");
	xc_secret_free(p, 100);
	xc_secret_free(NULL, 100);
	is(!xc_secret_random(a, 64) && !xc_secret_random(b, 64) && memcmp(a, b, 64),
	   "two draws differ");
	is(!xc_secret_equal(a, b, 64) && xc_secret_equal(a, a, 64), "equality");
	b[63] = a[63] ^ 1;
	memcpy(b, a, 63);
	is(!xc_secret_equal(a, b, 64), "of the last octet too");
	xc_secret_wipe(a, 64);
	for (i = 0; i < 64 && !a[i]; i++)
		;
	is(i == 64, "wiped");
}

/* What is small stays for the next, but not what was in it. */
static void test_kept(void)
{
	uint8_t *p = xc_secret_alloc(200), *q;
	size_t i;

	memset(p, 0xaa, 200);
	xc_secret_free(p, 200);
	q = xc_secret_alloc(200);
	for (i = 0; i < 200 && !q[i]; i++)
		;
	is(i == 200 && q == p, "freed memory is kept, zeroed");
	xc_secret_free(q, 200);
}

/* A child dies of touching what was freed beyond that. */
static void test_unmapped(void)
{
	int status;

	fflush(stdout);
	if (fork() == 0) {
		volatile uint8_t *p = xc_secret_alloc(10000);

		signal(SIGSEGV, SIG_DFL);
		xc_secret_free((void *)p, 10000);
		_exit(p[0]);
	}
	wait(&status);
	is(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "much freed memory is gone");
}

static void test_bounded(void)
{
	void *p[20] = { 0 };
	int i, status;

	fflush(stdout);
	if (fork() == 0) {
		signal(SIGSEGV, SIG_DFL);
		for (i = 0; i < 20; i++)
			p[i] = xc_secret_alloc(300);
		for (i = 0; i < 20; i++)
			xc_secret_free(p[i], 300);
		_exit(*(volatile uint8_t *)p[17]);
	}
	wait(&status);
	is(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "and that of many regions");
}

int main(void)
{
	test_escape();
	test_levels();
	test_stderr();
	test_report();
	test_longest();
	test_reasons();
	test_secret();
	test_kept();
	test_unmapped();
	test_bounded();
	return tap_done();
}
