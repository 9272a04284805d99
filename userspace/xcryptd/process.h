/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The daemon as a process: what it inherits, what it leaves behind, whom it tells.
 */
#ifndef XCRYPTD_PROCESS_H
#define XCRYPTD_PROCESS_H

#include <sys/types.h>

/**
 * struct xc_launch - whoever waits for us to serve
 * @parent:	where it reads our status; -1: nobody waits
 * @null:	/dev/null, for when there is none to open any more
 */
struct xc_launch {
	int parent;
	int null;
};

/**
 * struct xc_pidfile - who we are, for scripts
 * @fd:		-1: none
 */
struct xc_pidfile {
	const char *path;
	int fd;
};

/*
 * Descriptors 0, 1 and 2 are open, on /dev/null if they were not: what is opened next would be
 * written to as stderr. To be called before anything is opened. 0 or -errno.
 */
int xc_process_standard(void);

/*
 * Leave what was inherited: all other descriptors are closed, the directory is /, and signals
 * that the loop does not wait for and would end us are ignored. 0 or -errno.
 */
int xc_process_alone(void);

/* The path made absolute, to be freed; NULL: no memory, or the directory has no name. */
char *xc_process_path(const char *path);

/*
 * Go on in a child. The parent stays until xc_process_launched(), or until the child has ended,
 * so that whoever started us is told. 0 or -errno.
 */
int xc_process_background(struct xc_launch *launch);

/* Let the parent end with this status, and let go of its terminal. */
void xc_process_launched(struct xc_launch *launch, unsigned char status);

/*
 * Open the file while we may; -EEXIST: it holds something that is no process number, and is left
 * alone. Write our number into it. Empty it, and remove it if we may. 0 or -errno.
 */
int xc_pidfile_open(struct xc_pidfile *file, const char *path);
int xc_pidfile_write(const struct xc_pidfile *file);
void xc_pidfile_remove(struct xc_pidfile *file);

#endif
