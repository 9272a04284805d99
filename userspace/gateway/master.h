/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The process that stays: it has the listening sockets and reads nothing from anybody. A worker,
 * which has no privileges, does what there is to do. A reload is a new worker, made by what the
 * program's file is by then; the old one takes no more sessions and ends with its last.
 */
#ifndef XCRYPT_GATEWAY_MASTER_H
#define XCRYPT_GATEWAY_MASTER_H

/**
 * struct master_options - what the command line says
 * @program:	absolute path, to be executed again
 * @conf:	path
 * @socket:	for xcryptctl
 * @user:	to become, or NULL
 */
struct master_options {
	const char *program;
	const char *conf;
	const char *socket;
	const char *user;
};

/* Until it is told to end. An exit status. */
int master_run(const struct master_options *options);

#endif
