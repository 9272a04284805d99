/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_DIRECTION_H
#define _XCRYPT_DIRECTION_H

#include "context.h"

int xcrypt_dir_set(struct sock *sk, struct xcrypt_dir *dir, const struct xcrypt_cipher *cipher,
		   const struct xcrypt_key *key, u32 seq);
void xcrypt_dir_clear(struct sock *sk, struct xcrypt_dir *dir);
void xcrypt_snap_free(struct xcrypt_ctx *ctx);

void xcrypt_dir_save(struct xcrypt_ctx *ctx, struct xcrypt_dir *dir);
void xcrypt_dir_restore(struct xcrypt_ctx *ctx, struct xcrypt_dir *dir, unsigned int skip);
size_t xcrypt_dir_room(const struct xcrypt_dir *dir);
int xcrypt_dir_crypt(struct sock *sk, struct xcrypt_dir *dir, u8 *dst, const u8 *src,
		     unsigned int len);
void xcrypt_dir_advance(struct xcrypt_dir *dir, unsigned int len, u32 seq);
int xcrypt_dir_check(struct sock *sk, struct xcrypt_dir *dir, u32 seq, size_t want);
int xcrypt_dir_abort(struct sock *sk, struct xcrypt_dir *dir, int error, u32 seq);

#endif /* _XCRYPT_DIRECTION_H */
