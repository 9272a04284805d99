// SPDX-License-Identifier: GPL-2.0
#include "spawn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHANNEL		3	/* its descriptor in that process */
#define WORD_MAX	256	/* octets of a word with its NUL */

struct request {
	unsigned int listen;	/* index */
	struct endpoint client;
};

static const struct gw_conf *commands;
static int channel = -1;

/* --- in the process that starts programs --- */

/* %a is the client's address, %p its port; "" is a word without a letter. */
static void expand(char *dst, const char *word, const struct endpoint *client)
{
	char addr[INET6_ADDRSTRLEN];
	bool v4 = IN6_IS_ADDR_V4MAPPED(&client->addr);
	size_t n = 0;

	inet_ntop(v4 ? AF_INET : AF_INET6, client->addr.s6_addr + (v4 ? 12 : 0), addr,
		  sizeof(addr));
	if (!strcmp(word, "\"\""))
		word = "";
	for (; *word && n < WORD_MAX - sizeof(addr); word++) {
		if (word[0] == '%' && word[1] == 'a')
			n += sprintf(dst + n, "%s", addr);
		else if (word[0] == '%' && word[1] == 'p')
			n += sprintf(dst + n, "%u", client->port);
		else
			dst[n++] = *word;
		if (word[0] == '%' && (word[1] == 'a' || word[1] == 'p'))
			word++;
	}
	dst[n] = '\0';
}

static _Noreturn void become(char *const argv[], const struct endpoint *client, int fd)
{
	static char words[GW_ARGS_MAX][WORD_MAX];
	char *args[GW_ARGS_MAX + 1] = { NULL };
	int i, null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	for (i = 0; argv[i]; i++) {
		expand(words[i], argv[i], client);
		args[i] = words[i];
	}
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(null, 2) < 0 ||
	    syscall(SYS_close_range, 3U, ~0U, 0U))
		_exit(127);
	execv(args[0], args);
	_exit(127);
}

/* Return: false when the gateway is gone. */
static bool serve_one(int from)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct request request;
	struct iovec iov = { &request, sizeof(request) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(from, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int fd;

	if (n <= 0)
		return n < 0 && errno == EINTR;
	if (!cmsg || cmsg->cmsg_type != SCM_RIGHTS)
		return true;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	if (n == sizeof(request) && request.listen < commands->listens &&
	    commands->listen[request.listen].backend == GW_COMMAND && !fork())
		become(commands->listen[request.listen].argv, &request.client, fd);
	close(fd);
	return true;
}

void spawn_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void spawner_serve(int from)
{
	/* The listeners are not ours to keep open. */
	if (dup2(from, CHANNEL) < 0 || syscall(SYS_close_range, CHANNEL + 1U, ~0U, 0U) ||
	    fcntl(CHANNEL, F_SETFD, FD_CLOEXEC))
		_exit(1);
	spawn_signals();
	prctl(PR_SET_NAME, "gateway-spawn");
	signal(SIGCHLD, SIG_IGN);
	signal(SIGTERM, SIG_IGN);	/* it ends with the gateway, whose sessions may go on */
	signal(SIGHUP, SIG_IGN);
	while (serve_one(CHANNEL))
		;
	_exit(0);
}

/* --- in the gateway --- */

int spawn_start(const struct gw_conf *conf, int *to, pid_t *pid)
{
	bool wanted = false;
	unsigned int i;
	int pair[2];

	*to = -1;
	*pid = 0;
	for (i = 0; i < conf->listens; i++)
		wanted = wanted || conf->listen[i].backend == GW_COMMAND;
	if (!wanted)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	commands = conf;
	*pid = fork();
	if (!*pid)
		spawner_serve(pair[1]);
	close(pair[1]);
	if (*pid < 0) {
		close(pair[0]);
		return -EAGAIN;
	}
	*to = pair[0];
	return 0;
}

void spawn_use(const struct gw_conf *conf, int fd)
{
	commands = conf;
	channel = fd;
}

static int ask(const struct request *request, int fd)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (void *)request, sizeof(*request) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(channel, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

int spawn(const struct gw_listen *listen, const struct endpoint *client)
{
	struct request request = { .client = *client };
	int pair[2], err;

	if (channel < 0)
		return -ENOTCONN;
	while (&commands->listen[request.listen] != listen)
		request.listen++;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	err = ask(&request, pair[1]);
	close(pair[1]);
	if (!err && fcntl(pair[0], F_SETFL, O_NONBLOCK))
		err = -errno;
	if (!err)
		return pair[0];
	close(pair[0]);
	return err;
}
