// SPDX-License-Identifier: GPL-2.0
/* A log that nobody reads, or that goes away and comes back, stops nobody. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "tap.h"

#define MANY	20000

static char path[64];

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Until nothing is queued; false after ten seconds. */
static bool drained(struct xc_logwriter *w)
{
	double end = now() + 10;

	while (xc_logwriter_stats(w).queued && now() < end)
		usleep(1000);
	return !xc_logwriter_stats(w).queued;
}

/* Log MANY lines; how long the longest took. */
static double longest(const struct xc_log *log)
{
	double worst = 0;
	int i;

	for (i = 0; i < MANY; i++) {
		double start = now();

		xc_log(log, LOG_INFO, "line %d %0100d", i, 0);
		if (now() - start > worst)
			worst = now() - start;
	}
	return worst;
}

/* --- stderr --- */

static int saved;

/* stderr is a pipe; the end to read from. */
static int pipe_stderr(void)
{
	int fd[2];

	fflush(stderr);
	saved = dup(2);
	if (saved < 0 || pipe(fd))
		abort();
	dup2(fd[1], 2);
	close(fd[1]);
	return fd[0];
}

static void restore_stderr(void)
{
	dup2(saved, 2);
	close(saved);
}

struct seen {
	long lines, lost, last;
	bool ordered;
};

static void look(struct seen *seen, const char *line)
{
	long i;

	if (sscanf(line, "<4>log event=lines-lost lines=%ld", &i) == 1) {
		seen->lost += i;
		seen->last += i;
	} else if (sscanf(line, "<6>line %ld", &i) == 1) {
		seen->ordered &= i == seen->last + 1;
		seen->last = i;
		seen->lines++;
	}
}

/* Read until all that was logged is accounted for, or nothing comes for two seconds. */
static struct seen read_all(int fd)
{
	struct seen seen = { .last = -1, .ordered = true };
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char buf[65536], *lf, *at;
	size_t len = 0;

	while (seen.lines + seen.lost < MANY && poll(&wait, 1, 2000) > 0) {
		ssize_t n = read(fd, buf + len, sizeof(buf) - 1 - len);

		if (n <= 0)
			break;
		len += n;
		buf[len] = '\0';
		for (at = buf; (lf = strchr(at, '\n')); at = lf + 1)
			look(&seen, at);
		len -= at - buf;
		memmove(buf, at, len);
	}
	return seen;
}

static void test_pipe_that_nobody_reads(void)
{
	struct xc_logwriter *w = xc_logwriter_start("/nonexistent");
	struct xc_log log = { .to = XC_LOG_STDERR, .level = LOG_INFO, .writer = w };
	int fd = pipe_stderr();
	char line[64] = "";
	double worst = longest(&log);
	uint64_t lost = xc_logwriter_stats(w).lost;
	struct seen seen;

	is(worst < 1, "no line waits for the reader (%.3f s)", worst);
	is(!(fcntl(2, F_GETFL) & O_NONBLOCK), "stderr is left as it is");
	is(lost > 0, "what is too much is dropped and counted");
	seen = read_all(fd);
	is(seen.lines + seen.lost == MANY && seen.lost == (long)lost,
	   "%ld lines came, %ld are told to be lost", seen.lines, seen.lost);
	is(seen.lines > 100, "what was queued came");
	is(seen.ordered, "in order, and it is told where they are missing");
	xc_log(&log, LOG_INFO, "again");
	is(drained(w) && read(fd, line, sizeof(line) - 1) > 0 && !strcmp(line, "<6>again\n"),
	   "it flows again");
	close(fd);
	xc_log(&log, LOG_INFO, "to nobody");
	is(drained(w) && xc_logwriter_stats(w).lost == lost + 1, "a reader that ended is a loss");
	restore_stderr();
	is(xc_logwriter_stop(w, 1000), "it ends");
}

/* What somebody else makes of the open file that is stderr. */
static void test_stderr_that_does_not_block(void)
{
	struct xc_logwriter *w = xc_logwriter_start("/nonexistent");
	struct xc_log log = { .to = XC_LOG_STDERR, .level = LOG_INFO, .writer = w };
	int fd = pipe_stderr(), i;
	struct seen seen;

	fcntl(2, F_SETFL, O_NONBLOCK);
	for (i = 0; i < 1500; i++)
		xc_log(&log, LOG_INFO, "line %d %0100d", i, 0);
	seen = read_all(fd);
	is(seen.lines == 1500 && seen.ordered, "%ld lines come whole through a full pipe",
	   seen.lines);
	restore_stderr();
	is(xc_logwriter_stop(w, 1000), "it ends");
	close(fd);
}

static int end_while_stuck(void)
{
	struct xc_logwriter *w = xc_logwriter_start("/nonexistent");
	struct xc_log log = { .to = XC_LOG_STDERR, .level = LOG_INFO, .writer = w };
	double start;

	pipe_stderr();
	longest(&log);
	start = now();
	return xc_logwriter_stop(w, 100) || now() - start > 5;
}

static void test_end(void)
{
	int status;

	fflush(stdout);
	if (fork() == 0)
		_exit(end_while_stuck());
	wait(&status);
	is(WIFEXITED(status) && !WEXITSTATUS(status), "a log that hangs does not keep us from ending");
}

/* --- syslog --- */

static int listen_as_syslog(int type)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type, 0);

	strcpy(sa.sun_path, path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)))
		abort();
	if (type == SOCK_STREAM && listen(fd, 5))
		abort();
	return fd;
}

/* The next line, without its time; empty if none comes in five seconds. */
static const char *heard(int fd)
{
	static char buf[2 * XC_LOG_LINE];
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	int pid, pri, day, hour, minute, second, at = 0;
	char month[4];
	ssize_t n = poll(&wait, 1, 5000) > 0 ? recv(fd, buf, sizeof(buf) - 1, 0) : 0;

	buf[n > 0 ? n : 0] = '\0';
	if (sscanf(buf, "<%d>%3s %d %d:%d:%d test_logwriter[%d]: %n", &pri, month, &day, &hour, &minute,
		   &second, &pid, &at) != 7 || pri != (LOG_MAIL | LOG_INFO) || pid != getpid())
		return "";
	return buf + at;
}

static void test_syslog(void)
{
	int fd = listen_as_syslog(SOCK_DGRAM), i, n = 0;
	struct xc_logwriter *w = xc_logwriter_start(path);
	struct xc_log log = { .to = XC_LOG_SYSLOG, .level = LOG_INFO, .writer = w };
	double worst;
	bool told = false;

	xc_log(&log, LOG_INFO, "one");
	is(!strcmp(heard(fd), "one"), "syslog gets facility, time, name and text");
	worst = longest(&log);
	is(worst < 1, "no line waits for syslog (%.3f s)", worst);
	for (i = 0; i < MANY && !told; i++) {
		char buf[2 * XC_LOG_LINE];
		ssize_t len = recv(fd, buf, sizeof(buf) - 1, 0);

		buf[len > 0 ? len : 0] = '\0';
		told = strstr(buf, "event=lines-lost");
		n++;
	}
	is(told && n > 100, "that some are lost is told, behind what was queued");
	/* Syslog is started anew: its socket is another one, and for a moment none. */
	close(fd);
	unlink(path);
	xc_log(&log, LOG_INFO, "meanwhile");
	usleep(200000);
	fd = listen_as_syslog(SOCK_DGRAM);
	is(!strcmp(heard(fd), "meanwhile"), "a restart of syslog costs no line");
	close(fd);
	unlink(path);
	xc_log(&log, LOG_INFO, "never");
	is(xc_logwriter_stop(w, 2000), "it ends without syslog");
}

static void test_stream(void)
{
	int listener = listen_as_syslog(SOCK_STREAM), fd;
	struct xc_logwriter *w = xc_logwriter_start(path);
	struct xc_log log = { .to = XC_LOG_SYSLOG, .level = LOG_INFO, .writer = w };

	fd = accept(listener, NULL, NULL);
	xc_log(&log, LOG_INFO, "by stream");
	is(!strcmp(heard(fd), "by stream"), "a syslog that listens on a stream");
	is(xc_logwriter_stop(w, 1000), "it ends");
	close(fd);
	close(listener);
}

int main(void)
{
	char dir[] = "/tmp/logwriter-XXXXXX";

	if (!mkdtemp(dir))
		abort();
	snprintf(path, sizeof(path), "%s/log", dir);
	signal(SIGPIPE, SIG_IGN);
	alarm(120);
	test_pipe_that_nobody_reads();
	test_stderr_that_does_not_block();
	test_end();
	test_syslog();
	test_stream();
	unlink(path);
	rmdir(dir);
	return tap_done();
}
