// SPDX-License-Identifier: GPL-2.0
/* The table of ciphers, and where their states live. */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "cipher_table.h"

/* Each has a cache of its own: the exact size, and a name in slabinfo. */
static struct {
	const struct xcrypt_cipher *cipher;
	const char *cache_name;
	struct kmem_cache *cache;
} table[] = {
	{ &xcrypt_chacha20,	"xcrypt_chacha20" },
	{ &xcrypt_aes256ctr,	"xcrypt_aes256ctr" },
	{ &xcrypt_t32,		"xcrypt_t32" },
	{ &xcrypt_arrsyfor,	"xcrypt_arrsyfor" },
};

static_assert(ARRAY_SIZE(table) == XCRYPT_CIPHERS);

static int cipher_init(unsigned int i)
{
	const struct xcrypt_cipher *cipher = table[i].cipher;
	int err = cipher->selftest();

	if (err) {
		pr_err("xcrypt: %s does not give its known answers (%d), not loading\n",
		       cipher->name, err);
		return err;
	}
	table[i].cache = kmem_cache_create(table[i].cache_name, cipher->state_size,
					   __alignof__(u64), SLAB_ACCOUNT, NULL);
	return table[i].cache ? 0 : -ENOMEM;
}

int xcrypt_ciphers_init(void)
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
		kmem_cache_destroy(table[i].cache);
		table[i].cache = NULL;
	}
}

const struct xcrypt_cipher *xcrypt_cipher_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (!strcmp(table[i].cipher->name, name))
			return table[i].cipher;
	return NULL;
}

const struct xcrypt_cipher *xcrypt_cipher_at(unsigned int index)
{
	return table[index].cipher;
}

unsigned int xcrypt_cipher_index(const struct xcrypt_cipher *cipher)
{
	unsigned int i = 0;

	while (table[i].cipher != cipher)
		i++;
	return i;
}

/* A zeroed state, charged to the caller's memory cgroup. */
void *xcrypt_state_alloc(const struct xcrypt_cipher *cipher)
{
	return kmem_cache_zalloc(table[xcrypt_cipher_index(cipher)].cache, GFP_KERNEL);
}

void xcrypt_state_free(void *state)
{
	kfree_sensitive(state);
}
