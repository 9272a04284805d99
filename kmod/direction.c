// SPDX-License-Identifier: GPL-2.0
/*
 * One direction of a socket: its cipher, the position that equals a sequence number, and
 * the way back to a position. All of it under the socket lock.
 */
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/tcp.h>
#include "cipher_table.h"
#include "direction.h"
#include "stat.h"
#include "trace.h"

static bool is_tx(const struct sock *sk, const struct xcrypt_dir *dir)
{
	return dir == &xcrypt_ctx(sk)->tx;
}

/* A position of more than a word is kept in an object of the cipher's own cache. */
static int snap_reserve(struct xcrypt_ctx *ctx, const struct xcrypt_cipher *cipher)
{
	void *snap;

	if (cipher->pos_size <= max_t(size_t, sizeof(ctx->snap_word), ctx->snap_size))
		return 0;
	snap = xcrypt_state_alloc(cipher);
	if (!snap)
		return -ENOMEM;
	xcrypt_state_free(ctx->snap);
	ctx->snap = snap;
	ctx->snap_size = cipher->pos_size;
	return 0;
}

static void *snap_of(struct xcrypt_ctx *ctx, const struct xcrypt_cipher *cipher)
{
	return cipher->pos_size <= sizeof(ctx->snap_word) ? &ctx->snap_word : ctx->snap;
}

void xcrypt_snap_free(struct xcrypt_ctx *ctx)
{
	xcrypt_state_free(ctx->snap);
	ctx->snap = NULL;
	ctx->snap_size = 0;
}

static void *state_new(const struct xcrypt_cipher *cipher, const struct xcrypt_key *key, int *err)
{
	void *state = xcrypt_state_alloc(cipher);

	*err = -ENOMEM;
	if (!state)
		return NULL;
	*err = cipher->setkey(state, key->key, key->iv);
	if (*err) {
		xcrypt_state_free(state);
		return NULL;
	}
	if (key->start)
		cipher->seek(state, key->start);
	return state;
}

/**
 * xcrypt_dir_set() - key one direction
 * @sk:		the socket
 * @dir:	its TX or RX
 * @cipher:	the one that @key names
 * @key:	checked; its session identifier is remembered
 * @seq:	the first octet that the cipher is for
 *
 * Return: 0, -ENOMEM, or an error of the cipher's; then nothing has changed.
 */
int xcrypt_dir_set(struct sock *sk, struct xcrypt_dir *dir, const struct xcrypt_cipher *cipher,
		   const struct xcrypt_key *key, u32 seq)
{
	void *state;
	int err;

	err = snap_reserve(xcrypt_ctx(sk), cipher);
	if (err)
		return err;
	state = state_new(cipher, key, &err);
	if (!state)
		return err;
	dir->state = state;
	dir->octets = key->start;
	dir->next_seq = seq;
	memcpy(dir->session, key->session, sizeof(dir->session));
	/* Pairs with xcrypt_dir_cipher(). */
	smp_store_release(&dir->cipher, cipher);
	xcrypt_stat_key(sk, cipher, is_tx(sk, dir), 1);
	return 0;
}

/* The key ends with the file, the socket may live on to deliver what was written. */
void xcrypt_dir_clear(struct sock *sk, struct xcrypt_dir *dir)
{
	if (!dir->state)
		return;
	xcrypt_stat_key(sk, dir->cipher, is_tx(sk, dir), -1);
	if (dir->cipher->release)
		dir->cipher->release(dir->state);
	xcrypt_state_free(dir->state);
	dir->state = NULL;
	dir->error = dir->error ?: -EBADF;
}

void xcrypt_dir_save(struct xcrypt_ctx *ctx, struct xcrypt_dir *dir)
{
	memcpy(snap_of(ctx, dir->cipher), dir->state, dir->cipher->pos_size);
}

/* Return to where xcrypt_dir_save() was and go on by @skip octets. */
void xcrypt_dir_restore(struct xcrypt_ctx *ctx, struct xcrypt_dir *dir, unsigned int skip)
{
	u8 waste[XCRYPT_STACK_MAX];

	memcpy(dir->state, snap_of(ctx, dir->cipher), dir->cipher->pos_size);
	while (skip) {
		unsigned int n = min_t(unsigned int, skip, sizeof(waste));

		/* It gave these octets a moment ago, so it gives them again. */
		WARN_ON_ONCE(dir->cipher->crypt(dir->state, waste, waste, n));
		skip -= n;
	}
	memzero_explicit(waste, sizeof(waste));
}

/* How many octets the key is still good for. */
size_t xcrypt_dir_room(const struct xcrypt_dir *dir)
{
	u64 max = dir->cipher->max_octets;

	if (!max)
		return SIZE_MAX;
	return min_t(u64, max - dir->octets, SIZE_MAX);
}

int xcrypt_dir_crypt(struct sock *sk, struct xcrypt_dir *dir, u8 *dst, const u8 *src,
		     unsigned int len)
{
	int err = dir->cipher->crypt(dir->state, dst, src, len);

	if (unlikely(err))
		xcrypt_stat_inc(sk, XCRYPT_STAT_CIPHER_FAULT);
	return err;
}

/* @len octets of keystream are spent and TCP is at @seq. */
void xcrypt_dir_advance(struct xcrypt_dir *dir, unsigned int len, u32 seq)
{
	WRITE_ONCE(dir->octets, dir->octets + len);
	dir->next_seq = seq;
}

int xcrypt_dir_abort(struct sock *sk, struct xcrypt_dir *dir, int error, u32 seq)
{
	WRITE_ONCE(dir->error, error);
	xcrypt_stat_inc(sk, error == -EKEYEXPIRED ? XCRYPT_STAT_KEY_EXPIRED : XCRYPT_STAT_DESYNC);
	trace_xcrypt_abort(sk, is_tx(sk, dir), error, dir->next_seq, seq);
	if (error == -EBADMSG)
		net_warn_ratelimited("xcrypt: %s stream of port %u to port %u moved from %u to %u behind the cipher; the socket is dead\n",
				     is_tx(sk, dir) ? "sent" : "received", sk->sk_num,
				     ntohs(sk->sk_dport), dir->next_seq, seq);
	return error;
}

/**
 * xcrypt_dir_check() - may this direction go on?
 * @sk:		the socket
 * @dir:	its TX or RX
 * @seq:	where TCP stands
 * @want:	octets that wait to be encrypted or decrypted
 *
 * Return: 0; -EBADMSG if somebody moved the stream; -EKEYEXPIRED if the key is spent.
 */
int xcrypt_dir_check(struct sock *sk, struct xcrypt_dir *dir, u32 seq, size_t want)
{
	if (unlikely(dir->error))
		return dir->error;
	if (unlikely(dir->next_seq != seq))
		return xcrypt_dir_abort(sk, dir, -EBADMSG, seq);
	if (unlikely(want && !xcrypt_dir_room(dir)))
		return xcrypt_dir_abort(sk, dir, -EKEYEXPIRED, seq);
	return 0;
}
