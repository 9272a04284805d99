// SPDX-License-Identifier: GPL-2.0
/* The control socket: who gets a place, and what an answer costs. The loop runs in a child. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"
#include "xcryptd/answer.h"
#include "xcryptd/state.h"

#define NOBODY	65534
#define ENTRIES	20000	/* in the cache */
#define PLACES	XC_CONTROL_CLIENTS

static struct sockaddr_un where = { .sun_family = AF_UNIX };
static pid_t daemon_pid;

/* What is free is to be free, not kept to find its use after that. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=0:thread_local_quarantine_size_kb=0";
}

/* control.c needs no more of the upcall. */
bool xc_upcall_serving(const struct xc_upcall *up)
{
	(void)up;
	return true;
}

static void no_fault(void *ctx, const char *message)
{
	(void)ctx;
	printf("# %s\n", message);
}

static void no_log(void *ctx, int level, const char *line)
{
	(void)ctx;
	(void)level;
	(void)line;
}

/* --- the daemon --- */

static void fill_cache(struct xc_daemon *d)
{
	const struct xc_kex *kex = d->config->suites.suite[0]->kex;
	struct xc_keypair *pair;
	uint8_t peer[XC_PUBLIC_MAX] = { 0 }, shared[XC_SHARED_MAX] = { 0 };
	struct in6_addr addr = { 0 };
	unsigned int i;

	pair = xc_keyring_pair(d->env.ring, kex);
	addr.s6_addr[0] = 0x20;
	for (i = 0; i < ENTRIES; i++) {
		memcpy(peer, &i, sizeof(i));
		memcpy(addr.s6_addr + 4, &i, sizeof(i));
		xc_keyring_learn(d->env.ring, pair, &(struct xc_lesson){
			.addr = addr, .peer = peer, .shared = shared });
	}
	xc_keypair_put(pair);
}

static struct xc_daemon *daemon_new(void)
{
	static const char text[] = "suites chacha20_2.0\ncache-size 65536\n"
				   "identity /nowhere/identity\npeers /nowhere/peers\n";
	struct xc_daemon *d = calloc(1, sizeof(*d));

	d->path = "/nowhere";
	d->log = (struct xc_log){ .to = XC_LOG_CALL, .call = no_log };
	d->config = xc_config_parse("conf", text, strlen(text), no_fault, NULL);
	d->usable = d->config->suites;
	d->env.ring = xc_keyring_new(&d->config->ring, &d->config->suites, &d->log);
	fill_cache(d);
	if (xc_known_open(&d->known, &d->config->peers, &d->log))
		_exit(1);
	if (xc_loop_open(&d->loop) || xc_answer_open(d, where.sun_path))
		_exit(1);
	chmod(where.sun_path, 0666);
	return d;
}

static void start(void)
{
	char ready;
	int end[2];

	if (pipe(end))
		exit(1);
	daemon_pid = fork();
	if (!daemon_pid) {
		struct xc_daemon *d = daemon_new();

		if (write(end[1], "x", 1) == 1)
			xc_loop_run(&d->loop);
		_exit(0);
	}
	close(end[1]);
	if (read(end[0], &ready, 1) != 1)
		exit(1);
	close(end[0]);
}

static void stop(void)
{
	kill(daemon_pid, SIGKILL);
	waitpid(daemon_pid, NULL, 0);
}

static unsigned int daemon_files(void)
{
	char path[64];
	struct dirent *entry;
	unsigned int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", daemon_pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

static long daemon_number(const char *file, const char *word)
{
	char path[64], line[256];
	long value = -1;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/%s", daemon_pid, file);
	in = fopen(path, "r");
	while (in && fgets(line, sizeof(line), in)) {
		if (!strncmp(line, word, strlen(word)))
			value = strtol(line + strlen(word), NULL, 10);
	}
	if (in)
		fclose(in);
	return value;
}

/* --- clients --- */

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static int dial(void)
{
	const struct timeval limit = { .tv_sec = 30 };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&where, sizeof(where)))
		exit(1);
	return fd;
}

static void say(int fd, const char *line)
{
	if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		printf("# send: %s\n", strerror(errno));
}

/* All until the end; what there was room for, and how much there was. */
static size_t hear(int fd, char *text, size_t size)
{
	char part[65536];
	size_t len = 0;
	ssize_t n;

	while ((n = recv(fd, part, sizeof(part), 0)) > 0) {
		if (len < size - 1)
			memcpy(text + len, part,
			       len + n < size - 1 ? (size_t)n : size - 1 - len);
		len += n;
	}
	text[len < size - 1 ? len : size - 1] = '\0';
	return len;
}

static bool ends(const char *text)
{
	size_t len = strlen(text);

	return len > 3 && !strcmp(text + len - 3, "\n.\n");
}

/* Ask and hear; in which time, if anybody wants to know. */
static bool answered(const char *words, double *took)
{
	char text[8192];
	double begun = seconds();
	int fd = dial();

	say(fd, words);
	hear(fd, text, sizeof(text));
	close(fd);
	if (took)
		*took = seconds() - begun;
	return !strncmp(text, "ok\n", 3) && ends(text);
}

/* Do it as another user, in a child. */
static bool as_nobody(bool (*what)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(setgid(NOBODY) || setuid(NOBODY) || !what());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

/* --- tests --- */

static void test_answers(void)
{
	static const char * const all[] = { "status\n", "stats\n", "recent\n", "cache flush\n",
					    "keys rotate\n" };
	char text[8192];
	size_t i;
	int fd;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		is(answered(all[i], NULL), "an answer has its end: %.*s",
		   (int)strlen(all[i]) - 1, all[i]);
	fd = dial();
	say(fd, "nosuch\n");
	hear(fd, text, sizeof(text));
	close(fd);
	is(!strncmp(text, "error unknown ", 14) && ends(text), "so has a refusal");
}

static void test_idle(void)
{
	int fd[PLACES], i, gone = 0;
	double took, begun;
	char octet;

	for (i = 0; i < PLACES; i++)
		fd[i] = dial();
	is(answered("status\n", &took) && took < 5, "%d clients who say nothing make room", PLACES);
	begun = seconds();
	for (i = 0; i < PLACES; i++)
		gone += recv(fd[i], &octet, 1, 0) == 0;
	took = seconds() - begun;
	is(gone == PLACES && took > 5 && took < 15, "and are dropped after a while: %d", gone);
	for (i = 0; i < PLACES; i++)
		close(fd[i]);
}

static void test_busy(void)
{
	int fd[PLACES], late, i;
	char text[256];
	double took;

	for (i = 0; i < PLACES; i++) {
		fd[i] = dial();
		say(fd[i], "cache list\n");
	}
	usleep(500000);
	late = dial();
	hear(late, text, sizeof(text));
	is(!strncmp(text, "error busy ", 11) && ends(text), "who finds all at work is told so");
	close(late);
	for (i = 0; i < PLACES; i++)
		close(fd[i]);
	usleep(500000);
	is(answered("status\n", &took) && took < 5, "and is served when they are gone");
}

/* A user has its share, and what it says nothing with is the first to go. */
static bool user_idle(void)
{
	int i;

	for (i = 0; i < PLACES; i++)
		dial();
	return answered("status\n", NULL);
}

static bool user_share(void)
{
	char text[256];
	int i, fd;

	for (i = 0; i < 4; i++) {
		fd = dial();
		say(fd, "cache list\n");
	}
	usleep(500000);
	fd = dial();
	hear(fd, text, sizeof(text));
	return !strncmp(text, "error busy ", 11);
}

static void test_users(void)
{
	if (geteuid()) {
		skip("users", "another user can be tried by root only");
		return;
	}
	is(as_nobody(user_idle), "a user's idle clients make room for its own");
	is(as_nobody(user_share), "a user has its share and no more");
}

static void test_slow(void)
{
	long before = daemon_number("status", "VmRSS:"), most = 0, now;
	int fd[PLACES - 1], i, gone = 0;
	double took, worst = 0, begun;
	char text[256];

	for (i = 0; i < PLACES - 1; i++) {
		fd[i] = dial();
		say(fd[i], "cache list\n");
	}
	begun = seconds();
	while (seconds() - begun < 3) {
		if (!answered("status\n", &took))
			worst = 1000;
		worst = took > worst ? took : worst;
		now = daemon_number("status", "VmRSS:");
		most = now > most ? now : most;
	}
	is(worst < 1, "slow readers keep nobody waiting: %.0f ms", worst * 1000);
	/* What they asked for is 20 MiB; a library that is first used meanwhile takes some. */
	is(most - before < 8192, "what they do not take costs no memory: %ld KiB", most - before);
	sleep(9);
	for (i = 0; i < PLACES - 1; i++) {
		size_t len = hear(fd[i], text, sizeof(text));

		gone += len < ENTRIES * 20;
		close(fd[i]);
	}
	is(gone == PLACES - 1, "and they are dropped: %d", gone);
}

static void test_long(void)
{
	char *text = malloc(ENTRIES * 80);
	size_t lines = 0, len;
	char *at;
	int fd = dial();

	say(fd, "cache list\n");
	len = hear(fd, text, ENTRIES * 80);
	for (at = text; (at = strchr(at, '\n')); at++)
		lines++;
	is(lines == ENTRIES + 2 && ends(text), "a long answer is whole: %zu lines, %zu octets",
	   lines, len);
	free(text);
	close(fd);
}

/* The listener stays ready when nothing can be accepted. */
static void test_descriptors(void)
{
	struct rlimit limit, few;
	long before, nanoseconds;
	char text[256];
	int fd;

	if (prlimit(daemon_pid, RLIMIT_NOFILE, NULL, &limit)) {
		is(false, "limit of descriptors: %s", strerror(errno));
		return;
	}
	few = limit;
	few.rlim_cur = daemon_files();
	prlimit(daemon_pid, RLIMIT_NOFILE, &few, NULL);
	fd = dial();
	hear(fd, text, sizeof(text));
	close(fd);
	is(!strncmp(text, "error busy ", 11) && ends(text),
	   "without a descriptor left it says that it is busy");
	few.rlim_cur = 3;
	prlimit(daemon_pid, RLIMIT_NOFILE, &few, NULL);
	fd = dial();
	before = daemon_number("schedstat", "");
	sleep(2);
	nanoseconds = daemon_number("schedstat", "") - before;
	close(fd);
	is(nanoseconds < 500000000, "where it cannot say that the processor rests: %ld us",
	   nanoseconds / 1000);
	prlimit(daemon_pid, RLIMIT_NOFILE, &limit, NULL);
	is(answered("status\n", NULL), "and it goes on when there are some");
}

int main(void)
{
	char dir[] = "/tmp/test_control-XXXXXX";

	close_range(3, ~0U, 0);		/* what is open is counted */
	if (!mkdtemp(dir) || chmod(dir, 0755))
		return 1;
	snprintf(where.sun_path, sizeof(where.sun_path), "%s/socket", dir);
	start();
	test_long();
	test_users();
	test_busy();
	test_idle();
	test_slow();
	test_descriptors();
	test_answers();
	stop();
	unlink(where.sun_path);
	rmdir(dir);
	return tap_done();
}
