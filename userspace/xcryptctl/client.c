// SPDX-License-Identifier: GPL-2.0
#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl.h"

#define PATIENCE	10	/* seconds for the next part of an answer */
#define ROOM		65536	/* octets at first */
#define OK		"ok\n"
#define END		".\n"

struct buffer {
	char *text;
	size_t len;
	size_t room;
};

/* --- what can go wrong on the way --- */

static const char *program = "xcryptd";

void client_asks(const char *name)
{
	program = name;
}

/* What to do about an errno of connect, send or recv. */
static void advise(int err, char *text, size_t size)
{
	switch (err) {
	case ENOENT:
	case ECONNREFUSED:
		snprintf(text, size, "%s does not run here: systemctl start %s, or name its socket with -s",
			 program, program);
		break;
	case EACCES:
	case EPERM:
		snprintf(text, size, "this user may not ask, which does not tell whether %s runs: run this as root",
			 program);
		break;
	case EAGAIN:
		snprintf(text, size, "%s is busy: try again, and see its log if that does not help",
			 program);
		break;
	case ENAMETOOLONG:
		snprintf(text, size, "name another socket with -s, and start %s with it", program);
		break;
	default:
		snprintf(text, size, "see %s's log", program);
	}
}

static int explain_refusal(const char *path, int err, char why[CLIENT_WHY])
{
	int n = snprintf(why, CLIENT_WHY, "%s: %s: ", path, strerror(err));

	if (n < CLIENT_WHY)
		advise(err, why + n, CLIENT_WHY - n);
	switch (err) {
	case ENOENT:
	case ECONNREFUSED:
		return CTL_NO_DAEMON;
	case EACCES:
	case EPERM:
		return EX_NOPERM;
	case EAGAIN:
		return EX_TEMPFAIL;
	case ENAMETOOLONG:
		return EX_USAGE;
	default:
		return EX_OSERR;
	}
}

/* A descriptor or -errno. */
static int dial_daemon(const char *path)
{
	const struct timeval limit = { .tv_sec = PATIENCE };
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, err;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (!connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* --- reading --- */

static int grow(struct buffer *b)
{
	size_t room = b->room ? 2 * b->room : ROOM;
	char *text = realloc(b->text, room);

	if (!text)
		return -ENOMEM;
	b->text = text;
	b->room = room;
	return 0;
}

static int complete(const struct buffer *b)
{
	const size_t end = strlen("\n" END);

	return b->len >= end && !memcmp(b->text + b->len - end, "\n" END, end);
}

/* All of it, as far as it comes. 0 or -errno. */
static int collect(int fd, struct buffer *b)
{
	ssize_t n;

	do {
		if (b->len + 1 >= b->room && grow(b))
			return -ENOMEM;
		n = recv(fd, b->text + b->len, b->room - b->len - 1, 0);
		if (n < 0)
			return -errno;
		b->len += n;
		b->text[b->len] = '\0';
	} while (n && !complete(b));
	return 0;
}

static int send_all(int fd, const char *command)
{
	char line[512];
	int len = snprintf(line, sizeof(line), "%s\n", command);

	/* One that is told "busy" is told so before it has said anything. */
	if (send(fd, line, len, MSG_NOSIGNAL) != len && errno != EPIPE && errno != ECONNRESET)
		return -errno;
	return 0;
}

/* --- what was said --- */

static int judge_error(const char *text, char why[CLIENT_WHY])
{
	static const struct {
		const char *kind;
		int status;
		const char *advice;
	} kinds[] = {
		{ "busy", EX_TEMPFAIL, "try again in a few seconds" },
		{ "unknown", EX_PROTOCOL, "xcryptctl and xcryptd must be of the same release: restart xcryptd" },
		{ "disk", EX_CANTCREAT, "see its log" },
		{ "memory", EX_OSERR, "see its log" },
		/* Of identity and peers, which say themselves what to do. */
		{ "argument", EX_USAGE, NULL },
		{ "none", CTL_FOUND, NULL },
		{ "several", CTL_FOUND, NULL },
		{ "full", CTL_FOUND, NULL },
	};
	int len = strcspn(text, " \n"), rest = strcspn(text + len, "\n");
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strncmp(text, kinds[i].kind, len) || kinds[i].kind[len])
			continue;
		snprintf(why, CLIENT_WHY, "xcryptd says%.*s%s%s", rest, text + len,
			 kinds[i].advice ? ": " : "", kinds[i].advice ? kinds[i].advice : "");
		return kinds[i].status;
	}
	snprintf(why, CLIENT_WHY, "xcryptd says %.*s: it is of another release", len + rest, text);
	return EX_PROTOCOL;
}

static int judge(struct buffer *b, char why[CLIENT_WHY])
{
	if (!b->len) {
		snprintf(why, CLIENT_WHY, "xcryptd gives no answer: try again, and see its log");
		return EX_TEMPFAIL;
	}
	if (!complete(b)) {
		snprintf(why, CLIENT_WHY, "the answer of xcryptd is cut after %zu octets: try again, and see its log",
			 b->len);
		return EX_TEMPFAIL;
	}
	if (!strncmp(b->text, "error ", 6))
		return judge_error(b->text + 6, why);
	if (strncmp(b->text, OK, strlen(OK)) || strlen(b->text) != b->len) {
		snprintf(why, CLIENT_WHY, "the answer of xcryptd is not understood: it is of another release");
		return EX_PROTOCOL;
	}
	b->text[b->len - strlen(END)] = '\0';
	return EX_OK;
}

static int talk(int fd, const char *path, const char *command, struct buffer *b,
		char why[CLIENT_WHY])
{
	int err = send_all(fd, command);

	if (!err)
		err = collect(fd, b);
	if (err == -ECONNRESET)		/* it has died: what there is tells how far it came */
		err = 0;
	return err ? explain_refusal(path, -err, why) : judge(b, why);
}

int client_ask(const char *socket, const char *command, char **answer, char why[CLIENT_WHY])
{
	struct buffer b = { 0 };
	int fd = dial_daemon(socket), status;

	*answer = NULL;
	if (fd < 0)
		return explain_refusal(socket, -fd, why);
	status = talk(fd, socket, command, &b, why);
	close(fd);
	if (!status) {
		*answer = strdup(b.text + strlen(OK));
		if (!*answer)
			status = explain_refusal(socket, ENOMEM, why);
	}
	free(b.text);
	return status;
}

int client_must(const char *socket, const char *command, char **answer)
{
	char why[CLIENT_WHY];
	int status = client_ask(socket, command, answer, why);

	if (status)
		fprintf(stderr, "xcryptctl: %s\n", why);
	return status;
}

int client_print(const char *socket, const char *command)
{
	char *answer;
	int status = client_must(socket, command, &answer);

	if (!status)
		fputs(answer, stdout);
	free(answer);
	return status;
}

char *client_line(char **at)
{
	return **at ? strsep(at, "\n") : NULL;
}
