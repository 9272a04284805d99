// SPDX-License-Identifier: GPL-2.0
/* The table of ciphers, and where their states live. */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xcrypt.h>
#include "table.h"

/* Round keys are read sixteen octets at a time. */
#define CIPHER_ALIGN	16

/*
 * Each has a cache of its own: the exact size, and a name in slabinfo. XCRYPT_* come from
 * kernel.mk: what this kernel's configuration lacks is NULL. So is, after the module's start,
 * what it has but cannot give.
 */
static struct {
	const char *name;
	const struct xcrypt_cipher *cipher;
	const char *cache_name;
	struct kmem_cache *cache;
} table[] = {
	{ "chacha20",	XCRYPT_CHACHA20 ? &xcrypt_chacha20 : NULL,	"xcrypt_chacha20" },
	{ "aes256ctr",	XCRYPT_AES256CTR ? &xcrypt_aes256ctr : NULL,	"xcrypt_aes256ctr" },
	{ "t32",	&xcrypt_t32,					"xcrypt_t32" },
	{ "arrsyfor",	XCRYPT_ARRSYFOR ? &xcrypt_arrsyfor : NULL,	"xcrypt_arrsyfor" },
	{ "chachapoly",	XCRYPT_CHACHAPOLY ? &xcrypt_chachapoly : NULL,	"xcrypt_chachapoly" },
	{ "aes256gcm",	XCRYPT_AES256GCM ? &xcrypt_aes256gcm : NULL,	"xcrypt_aes256gcm" },
};

static_assert(ARRAY_SIZE(table) == XCRYPT_CIPHERS);

/* The names of those that are there, parted by spaces. */
static char cipher_names[XCRYPT_CIPHERS * XCRYPT_NAME_MAX] __ro_after_init;

/* -ENOENT: the kernel has no such implementation, or none that may be used (FIPS). */
static int cipher_try(const struct xcrypt_cipher *cipher)
{
	int err = cipher ? cipher->selftest() : -ENOENT;

	if (err && err != -ENOENT)
		pr_err("xcrypt: %s does not give its known answers (%d), not loading\n",
		       cipher->name, err);
	return err;
}

static unsigned int cipher_lead(const struct xcrypt_cipher *cipher)
{
	return cipher->seal ? XCRYPT_LEAD : 0;
}

static int __init cipher_init(unsigned int i)
{
	int err = cipher_try(table[i].cipher);

	if (err == -ENOENT) {
		pr_notice("xcrypt: this kernel has nothing that %s could be made of: it is left out\n",
			  table[i].name);
		table[i].cipher = NULL;
		return 0;
	}
	if (err)
		return err;
	table[i].cache = kmem_cache_create(table[i].cache_name,
					   cipher_lead(table[i].cipher) +
					   table[i].cipher->state_size,
					   CIPHER_ALIGN, SLAB_ACCOUNT, NULL);
	if (!table[i].cache)
		return -ENOMEM;
	if (cipher_names[0])
		strlcat(cipher_names, " ", sizeof(cipher_names));
	strlcat(cipher_names, table[i].name, sizeof(cipher_names));
	return 0;
}

int __init xcrypt_ciphers_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		err = cipher_init(i);
		if (err) {
			xcrypt_ciphers_exit();
			return err;
		}
	}
	return 0;
}

void xcrypt_ciphers_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].cipher && table[i].cipher->exit)
			table[i].cipher->exit();
		kmem_cache_destroy(table[i].cache);
		table[i].cache = NULL;
	}
}

/* NULL: there is none of that name, or this kernel lacks it. */
const struct xcrypt_cipher *xcrypt_cipher_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (!strcmp(table[i].name, name))
			return table[i].cipher;
	return NULL;
}

/* NULL: this kernel lacks it. */
const struct xcrypt_cipher *xcrypt_cipher_at(unsigned int index)
{
	return table[index].cipher;
}

const char *xcrypt_cipher_names(void)
{
	return cipher_names;
}

unsigned int xcrypt_cipher_index(const struct xcrypt_cipher *cipher)
{
	unsigned int i = 0;

	while (table[i].cipher != cipher)
		i++;
	return i;
}

/* A zeroed state, with XCRYPT_LEAD octets ahead if it is for records, charged to the caller's
 * memory cgroup.
 */
void *xcrypt_state_alloc(const struct xcrypt_cipher *cipher)
{
	return kmem_cache_zalloc(table[xcrypt_cipher_index(cipher)].cache, GFP_KERNEL);
}

void xcrypt_state_free(void *state)
{
	kfree_sensitive(state);
}
