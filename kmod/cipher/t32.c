// SPDX-License-Identifier: GPL-2.0
/*
 * SOBER-t32: a register of 17 words over GF(2^32), a nonlinear filter on it, and stutter:
 * control words out of the filter select what is put out. Its time depends on the
 * keystream, which is in the cipher's nature.
 *
 * The register has no feedback from the filter once it is keyed. So it runs ahead in one
 * go, in a window over its future words, and the stutter then steps through the window
 * without a branch on the control word.
 */
#include <linux/string.h>

#include "t32.h"
#include "t32_tables.h"

#define T32_C		0x6996c53a	/* on the words of stutter 1, inverted on those of 3 */
#define T32_AHEAD	64		/* clocks in a window */
#define T32_STEP	3		/* clocks that one dibit takes, at most */
#define T32_DIBITS	16		/* in a control word */

/* What stutter 0 draws is overwritten by the next, hence the spare word. */
struct t32_window {
	u32 r[T32_WORDS + T32_AHEAD];
	u32 out[T32_AHEAD + 1];
};

static u32 t32_get(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static void t32_put(u8 *p, u32 word)
{
	p[0] = word >> 24;
	p[1] = word >> 16;
	p[2] = word >> 8;
	p[3] = word;
}

/* The word that follows the 17 at @r. */
static inline u32 t32_next(const u32 *r)
{
	return r[15] ^ r[4] ^ t32_alpha[0][r[0] & 0xff] ^ t32_alpha[1][r[0] >> 8 & 0xff] ^
	       t32_alpha[2][r[0] >> 16 & 0xff] ^ t32_alpha[3][r[0] >> 24];
}

/* The filter's value on the 17 words at @r. */
static inline u32 t32_filter(const u32 *r, u32 konst)
{
	u32 sum = r[0] + r[16];
	u32 f = t32_sbox[sum >> 24] ^ (sum & 0x00ffffff);

	return ((f + r[1] + r[6]) ^ konst) + r[13];
}

static void t32_clock(struct t32 *t)
{
	u32 next = t32_next(t->r);

	memmove(t->r, t->r + 1, sizeof(t->r) - sizeof(t->r[0]));
	t->r[T32_WORDS - 1] = next;
}

static void t32_mix(struct t32 *t, u32 word)
{
	t->r[15] += word;
	t32_clock(t);
	t->r[4] ^= t32_filter(t->r, t->konst);
}

/* Octets beyond a multiple of four come first and make a short word. */
static void t32_load(struct t32 *t, const u8 *data, unsigned int len)
{
	unsigned int odd = len % 4, i;
	u32 word = 0;

	for (i = 0; i < odd; i++)
		word = word << 8 | data[i];
	if (odd)
		t32_mix(t, word);
	for (; i < len; i += 4)
		t32_mix(t, t32_get(data + i));
	t->r[15] += len;
	for (i = 0; i < T32_WORDS; i++)
		t32_mix(t, 0);
}

void t32_key(struct t32 *t, const u8 *key, unsigned int len)
{
	unsigned int i;

	memset(t, 0, sizeof(*t));
	t->r[0] = 1;
	t->r[1] = 1;
	for (i = 2; i < T32_WORDS; i++)
		t->r[i] = t->r[i - 1] + t->r[i - 2];
	t32_load(t, key, len);
	t32_clock(t);
	t->konst = t32_filter(t->r, 0);
}

void t32_nonce(struct t32 *t, const u8 *nonce, unsigned int len)
{
	t32_load(t, nonce, len);
}

/* Put up to @want words into @w->out, using at most @ahead clocks. Returns how many. */
static unsigned int t32_window_run(struct t32 *t, struct t32_window *w, unsigned int want,
				   unsigned int ahead)
{
	const u32 mask[4] = { 0, T32_C, 0, ~T32_C };
	unsigned int n = 0, dibit, i;
	const u32 *r = w->r;

	memcpy(w->r, t->r, sizeof(t->r));
	for (i = 0; i < ahead; i++)
		w->r[i + T32_WORDS] = t32_next(w->r + i);
	while (n < want && r + T32_STEP <= w->r + ahead) {
		if (!t->dibits) {
			t->scw = t32_filter(++r, t->konst);
			t->dibits = T32_DIBITS;
		}
		dibit = t->scw & 3;
		t->scw >>= 2;
		t->dibits--;
		r++;
		w->out[n] = t32_filter(r + (dibit == 2), t->konst) ^ mask[dibit];
		n += dibit != 0;
		r += dibit == 1 || dibit == 2;
	}
	memcpy(t->r, r, sizeof(t->r));
	return n;
}

/* XOR @words words of keystream. */
static void t32_words(struct t32 *t, struct t32_window *w, u8 *dst, const u8 *src,
		      unsigned int words)
{
	unsigned int ahead, n, i;

	for (; words; words -= n) {
		/* 25 clocks make 12 words, on average */
		ahead = words < T32_AHEAD / 3 ? 3 * words + T32_STEP : T32_AHEAD;
		n = t32_window_run(t, w, words, ahead);
		for (i = 0; i < n; i++, dst += 4, src += 4)
			t32_put(dst, t32_get(src) ^ w->out[i]);
	}
}

/* XOR up to @len of the octets that are left of the last word. Returns how many. */
static unsigned int t32_left(struct t32 *t, u8 *dst, const u8 *src, unsigned int len)
{
	unsigned int n;

	for (n = 0; n < len && t->octets; n++, t->octets--) {
		dst[n] = src[n] ^ t->word >> 24;
		t->word <<= 8;
	}
	return n;
}

void t32_crypt(struct t32 *t, u8 *dst, const u8 *src, unsigned int len)
{
	unsigned int n = t32_left(t, dst, src, len);
	u8 last[4] = { 0 };
	struct t32_window w;

	if (n == len)
		return;
	t32_words(t, &w, dst + n, src + n, (len - n) / 4);
	n += (len - n) / 4 * 4;
	if (n < len) {
		t32_words(t, &w, last, last, 1);
		t->word = t32_get(last);
		t->octets = 4;
		t32_left(t, dst + n, src + n, len - n);
		memzero_explicit(last, sizeof(last));
	}
	memzero_explicit(&w, sizeof(w));
}
