/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_DIRECTION_H
#define _XCRYPT_DIRECTION_H

#include "context.h"
#include "record/record.h"
#include "report/stat.h"

int xcrypt_dir_set(struct sock *sk, struct xcrypt_dir *dir, const struct xcrypt_cipher *cipher,
		   const struct xcrypt_key *key, u32 seq);
void xcrypt_dir_clear(struct sock *sk, struct xcrypt_dir *dir);
void xcrypt_snap_free(struct xcrypt_ctx *ctx);

void xcrypt_dir_restore(struct xcrypt_ctx *ctx, struct xcrypt_dir *dir, unsigned int skip);
int xcrypt_dir_stop(struct sock *sk, struct xcrypt_dir *dir, u32 seq);

/* What each call does is inline: in short ones, calls would cost as much as what they do. */

static inline void xcrypt_dir_save(struct xcrypt_ctx *ctx, const struct xcrypt_dir *dir)
{
	/* One that can seek finds back by dir->octets. */
	if (!dir->cipher->seek)
		memcpy(ctx->snap, dir->state, dir->cipher->pos_size);
}

/* Is this a direction of records? Else its cipher's position is a sequence number. */
static inline bool xcrypt_dir_sealed(const struct xcrypt_dir *dir)
{
	return dir->cipher && dir->cipher->seal;
}

static inline struct xcrypt_record *xcrypt_dir_record(const struct xcrypt_dir *dir)
{
	return dir->state;
}

/* How many octets the key is still good for. */
static inline size_t xcrypt_dir_room(const struct xcrypt_dir *dir)
{
	u64 max = dir->cipher->max_octets;

	if (!max && dir->cipher->seal)
		return xcrypt_dir_record(dir)->number < XCRYPT_RECORD_LAST ? SIZE_MAX : 0;
	if (!max)
		return SIZE_MAX;
	return min_t(u64, max - dir->octets, SIZE_MAX);
}

static inline int xcrypt_dir_crypt(struct sock *sk, struct xcrypt_dir *dir, u8 *dst,
				   const u8 *src, unsigned int len)
{
	int err = dir->cipher->crypt(dir->state, dst, src, len);

	if (unlikely(err))
		xcrypt_stat_inc(sk, XCRYPT_STAT_CIPHER_FAULT);
	return err;
}

static inline int xcrypt_dir_crypt_parts(struct sock *sk, struct xcrypt_dir *dir, u8 *dst,
					 const struct xcrypt_part *part, unsigned int count)
{
	int err;

	if (count == 1)
		return xcrypt_dir_crypt(sk, dir, dst, part->data, part->len);
	err = dir->cipher->crypt_parts(dir->state, dst, part, count);
	if (unlikely(err))
		xcrypt_stat_inc(sk, XCRYPT_STAT_CIPHER_FAULT);
	return err;
}

/* @len octets of keystream are spent and TCP is at @seq. */
static inline void xcrypt_dir_advance(struct xcrypt_dir *dir, unsigned int len, u32 seq)
{
	WRITE_ONCE(dir->octets, dir->octets + len);
	dir->next_seq = seq;
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
static inline int xcrypt_dir_check(struct sock *sk, struct xcrypt_dir *dir, u32 seq, size_t want)
{
	if (likely(!dir->error && dir->next_seq == seq && (!want || xcrypt_dir_room(dir))))
		return 0;
	return xcrypt_dir_stop(sk, dir, seq);
}

/*
 * A program may have cleared SO_OOBINLINE after the attach, which the core does without us.
 * Then a second urgent mark would make TCP step over the octet of the first, and poll would
 * not count an urgent octet that is the last. Under the socket lock.
 */
static inline void xcrypt_urgent_inline(struct sock *sk)
{
	if (unlikely(!sock_flag(sk, SOCK_URGINLINE)))
		sock_set_flag(sk, SOCK_URGINLINE);
}

#endif /* _XCRYPT_DIRECTION_H */
