// SPDX-License-Identifier: GPL-2.0
/*
 * The file of known peers. What is read and written again is read again to the same; a fault is
 * told of, with file and line. The same octets as a name, and as an identity's file.
 */
#include "fuzz.h"

#include <string.h>

#include "peers/form.h"
#include "peers/identity.h"

#define SIZE	6	/* names: few, so that some have to go */

static void report(void *ctx, const char *message)
{
	int *faults = ctx;

	++*faults;
	must(!strncmp(message, "peers:", 6));
}

static struct xc_peers *read_peers(const char *text, size_t len, int *err)
{
	struct xc_peers *p = xc_peers_new(SIZE, 30);
	int faults = 0;

	*err = xc_peers_read(p, "peers", text, len, report, &faults);
	must(!*err == !faults);
	must(p->names.count <= SIZE && p->domains.table.count <= SIZE);
	return p;
}

static void again(const struct xc_peers *p)
{
	struct xc_peers *q;
	size_t len, len_again;
	char *text = xc_peers_write(p, &len), *text_again;
	int err;

	q = read_peers(text, len, &err);
	must(!err && q->names.count == p->names.count);
	must(!memcmp(q->stats.identities, p->stats.identities, sizeof(p->stats.identities)));
	text_again = xc_peers_write(q, &len_again);
	must(len == len_again && !memcmp(text, text_again, len));
	xc_peers_free(q);
	free(text);
	free(text_again);
}

/* Whatever is known, meetings and time do not break it. */
static void use(struct xc_peers *p, const uint8_t *data, size_t size)
{
	uint8_t key[XC_IDENTITY_LEN] = { 0 };
	struct xc_peer peer;
	uint32_t i;

	memcpy(key, data, size < sizeof(key) ? size : sizeof(key));
	for (i = 0; i < SIZE; i++) {
		char name[XC_PEER_NAME];

		if (!xc_peers_at(p, i, &peer))
			continue;
		must(peer.count && peer.count <= XC_PEER_IDENTITIES);
		strcpy(name, peer.name);
		xc_peers_met(p, name, key, 0x301, true, 20000 + i);
		xc_peers_pin(p, name, key, 20000);
		if (i % 2)
			xc_peers_forget(p, name, key);
	}
	again(p);
	xc_peers_expire(p, 60000);
	again(p);
}

static void read_name(const char *text)
{
	char name[XC_PEER_NAME], twice[XC_PEER_NAME];

	if (!xc_peer_name_of(name, text))
		return;
	must(xc_peer_name_of(twice, name) && !strcmp(name, twice));
	must(!strpbrk(name, " \t\r\n#") && name[0]);
}

static void read_identity(const char *text, size_t len)
{
	struct xc_identity *identity;
	char out[XC_IDENTITY_TEXT + 1];

	if (xc_identity_read(&identity, text, len))
		return;
	xc_identity_write(identity, out);
	must(!memcmp(out, text, XC_IDENTITY_TEXT));
	must(xc_identity_usable(xc_identity_public(identity)));
	xc_identity_free(identity);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct xc_peers *p;
	int err;

	memcpy(text, data, size);
	text[size] = '\0';
	p = read_peers(text, size, &err);
	if (!err) {
		again(p);
		use(p, data, size);
	}
	xc_peers_free(p);
	read_name(text);
	read_identity(text, size);
	free(text);
	return 0;
}
