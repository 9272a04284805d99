// SPDX-License-Identifier: GPL-2.0
/*
 * One direction of a socket: its cipher, the position that equals a sequence number, and
 * the way back to a position. All of it under the socket lock.
 */
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/tcp.h>
#include "cipher/table.h"
#include "direction.h"
#include "report/stat.h"
#include "report/trace.h"

static bool is_tx(const struct sock *sk, const struct xcrypt_dir *dir)
{
	return dir == &xcrypt_ctx(sk)->tx;
}

void xcrypt_snap_free(struct xcrypt_ctx *ctx)
{
	xcrypt_state_free(ctx->snap);
	ctx->snap = NULL;
	ctx->snap_size = 0;
}

/* The position of a cipher that cannot seek is kept in an object of the cipher's own cache. */
static int snap_reserve(struct xcrypt_ctx *ctx, const struct xcrypt_cipher *cipher)
{
	void *snap;

	if (cipher->seek || cipher->seal || cipher->pos_size <= ctx->snap_size)
		return 0;
	snap = xcrypt_state_alloc(cipher);
	if (!snap)
		return -ENOMEM;
	xcrypt_snap_free(ctx);
	ctx->snap = snap;
	ctx->snap_size = cipher->pos_size;
	return 0;
}

/* What the cipher's functions take. */
static void *cipher_state(const struct xcrypt_cipher *cipher, void *state)
{
	return cipher->seal ? xcrypt_record_state(state) : state;
}

/* Go to where the key says that the direction begins: at 0, unless this is a debug build. */
static void state_start(const struct xcrypt_cipher *cipher, void *state,
			const struct xcrypt_key *key)
{
	struct xcrypt_record *record = state;

	if (cipher->seal) {
		memcpy(record->iv, key->iv, sizeof(record->iv));
		record->number = key->start;
		record->padding = key->padding ?: XCRYPT_PADDING_DEFAULT;
	} else if (key->start) {
		cipher->seek(state, key->start);
	}
}

static void *state_new(const struct xcrypt_cipher *cipher, const struct xcrypt_key *key, int *err)
{
	void *state = xcrypt_state_alloc(cipher);

	*err = -ENOMEM;
	if (!state)
		return NULL;
	*err = cipher->setkey(cipher_state(cipher, state), key->key, key->iv);
	if (*err) {
		xcrypt_state_free(state);
		return NULL;
	}
	state_start(cipher, state, key);
	return state;
}

static void state_free(const struct xcrypt_cipher *cipher, void *state)
{
	struct xcrypt_record *record = state;

	if (cipher->release)
		cipher->release(cipher_state(cipher, state));
	if (cipher->seal)
		kfree_sensitive(record->kept);
	xcrypt_state_free(state);
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
	dir->octets = cipher->seal ? 0 : key->start;
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
	state_free(dir->cipher, dir->state);
	dir->state = NULL;
	dir->error = dir->error ?: -EBADF;
}

/* Return to where xcrypt_dir_save() was and go on by @skip octets. */
void xcrypt_dir_restore(struct xcrypt_ctx *ctx, struct xcrypt_dir *dir, unsigned int skip)
{
	u8 waste[XCRYPT_STACK_MAX];

	if (dir->cipher->seek) {
		dir->cipher->seek(dir->state, dir->octets + skip);
		return;
	}
	memcpy(dir->state, ctx->snap, dir->cipher->pos_size);
	while (skip) {
		unsigned int n = min_t(unsigned int, skip, sizeof(waste));

		/* It gave these octets a moment ago. Else nobody knows where it stands. */
		if (WARN_ON_ONCE(dir->cipher->crypt(dir->state, waste, waste, n))) {
			WRITE_ONCE(dir->error, -EBADMSG);
			break;
		}
		skip -= n;
	}
	memzero_explicit(waste, sizeof(waste));
}

/* This direction may not go on with TCP at @seq, see xcrypt_dir_check(). Return: why. */
int xcrypt_dir_stop(struct sock *sk, struct xcrypt_dir *dir, u32 seq)
{
	int error = dir->next_seq == seq ? -EKEYEXPIRED : -EBADMSG;

	if (dir->error)
		return dir->error;
	WRITE_ONCE(dir->error, error);
	xcrypt_stat_inc(sk, error == -EKEYEXPIRED ? XCRYPT_STAT_KEY_EXPIRED : XCRYPT_STAT_DESYNC);
	trace_xcrypt_abort(sk, is_tx(sk, dir), error, dir->next_seq, seq);
	if (error == -EBADMSG)
		net_warn_ratelimited("xcrypt: %s stream of port %u to port %u moved by %d octets behind the cipher; the socket is dead\n",
				     is_tx(sk, dir) ? "sent" : "received", sk->sk_num,
				     ntohs(sk->sk_dport), (int)(seq - dir->next_seq));
	return error;
}
