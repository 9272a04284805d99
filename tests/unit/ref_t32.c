// SPDX-License-Identifier: GPL-2.0
/*
 * SOBER-t32 by the letter of ciphers.md, one clock at a time, to be slow and right. Shares
 * only the S-box with kmod/cipher/t32.c, whose digest test_t32 checks.
 */
#include "ref_t32.h"
#include "cipher/t32_tables.h"

struct ref {
	u32 reg[17];
	unsigned int oldest;
	u32 konst;
};

u32 ref_t32_mul(u32 a, u32 b)
{
	u32 sum = 0;

	for (; b; b >>= 1) {
		if (b & 1)
			sum ^= a;
		a = a << 1 ^ (a >> 31 ? 0x65656565 : 0);
	}
	return sum;
}

static u32 *tap(struct ref *g, unsigned int i)
{
	return &g->reg[(g->oldest + i) % 17];
}

static void clock_once(struct ref *g)
{
	u32 word = *tap(g, 15) ^ *tap(g, 4) ^ ref_t32_mul(0xc2db2aa3, *tap(g, 0));

	*tap(g, 0) = word;
	g->oldest++;
}

static u32 nlf(struct ref *g)
{
	u32 x = *tap(g, 0) + *tap(g, 16);
	u32 f = t32_sbox[x >> 24] ^ (x & 0x00ffffff);

	return ((f + *tap(g, 1) + *tap(g, 6)) ^ g->konst) + *tap(g, 13);
}

static void load_word(struct ref *g, u32 word)
{
	*tap(g, 15) += word;
	clock_once(g);
	*tap(g, 4) ^= nlf(g);
}

static void load(struct ref *g, const u8 *data, unsigned int len)
{
	u32 word = 0;
	unsigned int i;

	for (i = 1; i <= len; i++) {
		word = word << 8 | data[i - 1];
		if ((len - i) % 4 == 0) {
			load_word(g, word);
			word = 0;
		}
	}
	*tap(g, 15) += len;
	for (i = 0; i < 17; i++)
		load_word(g, 0);
}

static void set_key(struct ref *g, const u8 *key, unsigned int len)
{
	unsigned int i;

	*g = (struct ref){ .reg = { 1, 1 } };
	for (i = 2; i < 17; i++)
		g->reg[i] = g->reg[i - 1] + g->reg[i - 2];
	load(g, key, len);
	clock_once(g);
	g->konst = nlf(g);
}

/* Whether this dibit of the control word puts out a word. */
static bool stutter(struct ref *g, unsigned int dibit, u32 *word)
{
	clock_once(g);
	switch (dibit) {
	case 0:
		return false;
	case 1:
		*word = nlf(g) ^ 0x6996c53a;
		clock_once(g);
		return true;
	case 2:
		clock_once(g);
		*word = nlf(g);
		return true;
	default:
		*word = nlf(g) ^ ~0x6996c53a;
		return true;
	}
}

void ref_t32(const u8 *key, unsigned int key_len, const u8 *nonce, unsigned int nonce_len,
	     u8 *out, unsigned int len)
{
	unsigned int n = 0, dibit, i;
	u32 control = 0, word;
	struct ref g;

	set_key(&g, key, key_len);
	if (nonce)
		load(&g, nonce, nonce_len);
	for (dibit = 0; n < len; dibit++, control >>= 2) {
		if (dibit % 16 == 0) {
			clock_once(&g);
			control = nlf(&g);
		}
		if (!stutter(&g, control & 3, &word))
			continue;
		for (i = 0; i < 4 && n < len; i++)
			out[n++] = word >> (24 - 8 * i);
	}
}
