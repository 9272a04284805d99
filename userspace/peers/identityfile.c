// SPDX-License-Identifier: GPL-2.0
#include "identityfile.h"

#include <errno.h>
#include <poll.h>

#include "common/secret.h"
#include "place.h"

#define TRIES	50
#define PAUSE	100	/* milliseconds */

static int open_patiently(struct xc_cachefile *file, const char *path, const char **hint)
{
	int err = xc_place_open(file, path, hint), i;

	for (i = 0; err == -EBUSY && i < TRIES; i++) {
		poll(NULL, 0, PAUSE);
		err = xc_place_open(file, path, hint);
	}
	return err;
}

static int write_identity(struct xc_cachefile *file, const struct xc_identity *identity)
{
	char *text = xc_secret_alloc(XC_IDENTITY_TEXT + 1);
	int err;

	if (!text)
		return -ENOMEM;
	xc_identity_write(identity, text);
	err = xc_cachefile_replace(file, (const uint8_t *)text, XC_IDENTITY_TEXT);
	xc_secret_free(text, XC_IDENTITY_TEXT + 1);
	return err;
}

static int make(struct xc_cachefile *file, struct xc_identity **identity)
{
	int err;

	*identity = xc_identity_new();
	if (!*identity)
		return -ENOMEM;
	err = write_identity(file, *identity);
	if (!err)
		return 0;
	xc_identity_free(*identity);
	*identity = NULL;
	return err;
}

static int read_identity(const struct xc_cachefile *file, long len, struct xc_identity **identity)
{
	char *text;
	int err;

	if (len != XC_IDENTITY_TEXT)
		return -EBADMSG;
	text = xc_secret_alloc(XC_IDENTITY_TEXT);
	if (!text)
		return -ENOMEM;
	err = xc_cachefile_read(file, (uint8_t *)text, len);
	if (!err)
		err = xc_identity_read(identity, text, len);
	xc_secret_free(text, XC_IDENTITY_TEXT);
	return err;
}

int xc_identityfile_load(const char *path, struct xc_identity **identity, bool *made,
			 const char **hint)
{
	struct xc_cachefile file;
	int err = open_patiently(&file, path, hint);
	long len;

	*identity = NULL;
	*made = false;
	if (err)
		return err;
	len = xc_cachefile_length(&file);
	*made = !len;
	if (len < 0)
		err = len;
	else
		err = len ? read_identity(&file, len, identity) : make(&file, identity);
	xc_cachefile_close(&file);
	return err;
}

int xc_identityfile_replace(const char *path, const struct xc_identity *identity,
			    const char **hint)
{
	struct xc_cachefile file;
	int err = open_patiently(&file, path, hint);

	if (err)
		return err;
	err = write_identity(&file, identity);
	xc_cachefile_close(&file);
	return err;
}
