// SPDX-License-Identifier: GPL-2.0
/* xcryptctl gateway: its rules of nftables, which it writes itself, and what it says. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "ctl.h"

#define TABLE	"xcrypt_gateway"
#define REMOVE	"table inet " TABLE "\ndelete table inet " TABLE "\n"

/* --- other programs --- */

static _Noreturn void become_program(char *const argv[], int in, int out)
{
	if (in >= 0)
		dup2(in, STDIN_FILENO);
	if (out >= 0)
		dup2(out, STDOUT_FILENO);
	execvp(argv[0], argv);
	fprintf(stderr, "xcryptctl: %s: %s\n", argv[0], strerror(errno));
	_exit(EX_UNAVAILABLE);
}

static pid_t run_program(char *const argv[], int in, int out)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		become_program(argv, in, out);
	if (pid < 0)
		perror("xcryptctl: fork");
	return pid;
}

static int status_of(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return EX_OSERR;
	return WEXITSTATUS(status);
}

/* The gateway that was installed with us. */
static char *gateway_program(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash && (size_t)(slash - path) + sizeof("/xcrypt-gateway") <= PATH_MAX) {
		strcpy(slash, "/xcrypt-gateway");
		if (!access(path, X_OK))
			return path;
	}
	return strcpy(path, "xcrypt-gateway");
}

/* --- rules --- */

/* A script in nft's hands takes effect as a whole or not at all. */
static int nft_reads(int in)
{
	char *argv[] = { "nft", "-f", "-", NULL };

	return status_of(run_program(argv, in, -1));
}

/* Half a script of a writer that died would be one without rules: it is read whole first. */
static int gateway_writes(FILE *to, const char *how, const char *conf)
{
	char path[PATH_MAX], part[4096];
	char *argv[] = { gateway_program(path), (char *)how, conf ? "-c" : NULL, (char *)conf, NULL };
	int end[2];
	ssize_t n;
	pid_t pid;

	if (pipe(end))
		return EX_OSERR;
	pid = run_program(argv, -1, end[1]);
	close(end[1]);
	while ((n = read(end[0], part, sizeof(part))) > 0)
		fwrite(part, 1, n, to);
	close(end[0]);
	return status_of(pid);
}

int ctl_gateway_rules(const char *what, const char *conf)
{
	FILE *script = tmpfile();
	int status = EX_OK;

	if (!script) {
		perror("xcryptctl: a temporary file");
		return EX_OSERR;
	}
	if (!strcmp(what, "clear"))
		fputs(REMOVE, script);
	else
		status = gateway_writes(script, strcmp(what, "on") ? "-g" : "-r", conf);
	if (!status && fflush(script))
		status = EX_IOERR;
	rewind(script);
	if (!status)
		status = nft_reads(fileno(script)) ? EX_OSERR : EX_OK;
	fclose(script);
	return status;
}

/* --- what it says --- */

static void tell_rules(void)
{
	char *argv[] = { "sh", "-c", "nft list table inet " TABLE " 2>/dev/null || "
			 "echo 'rules none: xcryptctl gateway on'", NULL };

	status_of(run_program(argv, -1, -1));
}

int ctl_gateway_status(const char *socket)
{
	int status;

	client_asks("xcrypt-gateway");
	status = client_print(socket, "status");
	tell_rules();
	return status;
}

int ctl_gateway_plain(const char *socket)
{
	client_asks("xcrypt-gateway");
	return client_print(socket, "plain");
}
