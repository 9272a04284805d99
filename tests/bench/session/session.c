// SPDX-License-Identifier: GPL-2.0
/*
 * The session load pair, see session --help. Client and server are a process each, one session
 * at a time, so that nothing waits for a processor.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "options.h"
#include "smtp.h"

/* Octets of TCP payload, both ways. */
struct traffic {
	uint64_t client;
	uint64_t server;
};

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * UINT64_C(1000000000) + t.tv_nsec;
}

/* Nanoseconds that the machine did nothing, to a hundredth of a second. */
static uint64_t idle(void)
{
	FILE *f = fopen("/proc/uptime", "r");
	double up, idle;

	if (!f || fscanf(f, "%lf %lf", &up, &idle) != 2)
		err(1, "/proc/uptime");
	fclose(f);
	return idle * 1e9;
}

static void enter(const char *namespace)
{
	int fd;

	if (!namespace)
		return;
	fd = open(namespace, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "%s", namespace);
	close(fd);
}

static void no_delay(int fd)
{
	int one = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		err(1, "TCP_NODELAY");
}

static struct sockaddr_in address(const struct options *o, int port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (inet_pton(AF_INET, o->address, &addr.sin_addr) != 1)
		errx(2, "--address %s: give an IPv4 address", o->address);
	return addr;
}

static int listen_on(const struct options *o, struct sockaddr_in *addr)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*addr);

	*addr = address(o, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)addr, len) || listen(fd, 16) ||
	    getsockname(fd, (struct sockaddr *)addr, &len))
		err(1, "listen on %s", o->address);
	return fd;
}

/* --- server --- */

static _Noreturn void serve(struct options *o, int listener)
{
	static struct stream s;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	protect_server_open(&o->protect);
	for (unsigned int nth = 0; nth < o->warm + o->sessions; nth++) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			err(1, "accept");
		no_delay(fd);
		stream_open(&s, fd);
		smtp_server(&o->protect, &s, nth);
		stream_close(&s);
	}
	exit(0);
}

/* In its namespace: the listener and who serves it. */
static pid_t server_start(struct options *o, struct sockaddr_in *addr)
{
	int listener;
	pid_t pid;

	enter(o->server);
	listener = listen_on(o, addr);
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid)
		serve(o, listener);
	close(listener);
	return pid;
}

/* --- client --- */

/* Lines of 72 octets, which never begin with a dot, and the end. */
static char *message_make(unsigned int octets)
{
	static const char end[] = "\r\n.\r\n";
	char *text = malloc(octets + sizeof(end));

	if (!text)
		err(1, "no memory");
	for (unsigned int i = 0; i < octets; i++)
		text[i] = i % 74 == 72 ? '\r' : i % 74 == 73 ? '\n' : 'a' + i % 26;
	strcpy(text + octets, end);
	return text;
}

static void count(struct traffic *t, int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		err(1, "TCP_INFO");
	t->client += info.tcpi_bytes_acked;
	t->server += info.tcpi_bytes_received;
}

static void one_session(struct options *o, const struct sockaddr_in *addr, unsigned int nth,
			const char *message, struct traffic *traffic)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	static struct stream s;

	if (fd < 0 || connect(fd, (const struct sockaddr *)addr, sizeof(*addr)))
		err(1, "connect");
	no_delay(fd);
	stream_open(&s, fd);
	smtp_client(&o->protect, &s, nth, message);
	count(traffic, fd);
	stream_close(&s);
}

static void measure(struct options *o, const struct sockaddr_in *addr)
{
	uint64_t start_ns = 0, start_idle = 0, ns, nothing;
	char *message = message_make(o->message);
	struct traffic traffic = { 0 };

	protect_client_open(&o->protect);
	for (unsigned int nth = 0; nth < o->warm + o->sessions; nth++) {
		if (nth == o->warm) {
			traffic = (struct traffic){ 0 };
			start_ns = now(CLOCK_MONOTONIC);
			start_idle = idle();
		}
		one_session(o, addr, nth, message, &traffic);
	}
	ns = now(CLOCK_MONOTONIC) - start_ns;
	nothing = idle() - start_idle;
	printf("mode=%s sessions=%u ns=%llu idle_ns=%llu client_octets=%llu server_octets=%llu\n",
	       o->name, o->sessions, (unsigned long long)ns, (unsigned long long)nothing,
	       (unsigned long long)traffic.client, (unsigned long long)traffic.server);
	free(message);
}

int main(int argc, char **argv)
{
	struct options o;
	struct sockaddr_in addr;
	int status;
	pid_t pid;

	options_parse(&o, argc, argv);
	pid = server_start(&o, &addr);
	enter(o.client);
	measure(&o, &addr);
	if (waitpid(pid, &status, 0) < 0 || status)
		errx(1, "the server failed");
	return 0;
}
