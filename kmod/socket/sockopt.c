// SPDX-License-Identifier: GPL-2.0
/* Socket options: keys go in, what may be known comes out. The uapi header says it all. */
#include <linux/log2.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/sockptr.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <net/tcp.h>
#include "cipher/table.h"
#include "stream/direction.h"
#include "stream/queue.h"
#include "stream/rxrecord.h"
#include "handshake/ask.h"
#include "stream/guard.h"
#include "sockopt.h"
#include "report/stat.h"
#include "report/trace.h"

/* Two keys of a socket are compared by their hash: the first is not kept for that. */
static siphash_key_t fingerprint_secret __ro_after_init;

void __init xcrypt_sockopt_init(void)
{
	get_random_bytes(&fingerprint_secret, sizeof(fingerprint_secret));
}

static u64 fingerprint(const struct xcrypt_key *key)
{
	const size_t len = sizeof(key->cipher) + sizeof(key->key) + sizeof(key->iv);
	u8 in[sizeof(key->cipher) + sizeof(key->key) + sizeof(key->iv)];
	u64 hash;

	memcpy(in, key->cipher, sizeof(key->cipher));
	memcpy(in + sizeof(key->cipher), key->key, sizeof(key->key));
	memcpy(in + len - sizeof(key->iv), key->iv, sizeof(key->iv));
	hash = siphash(in, len, &fingerprint_secret);
	memzero_explicit(in, sizeof(in));
	return hash;
}

static int key_format(const struct xcrypt_key *key, bool tx)
{
	if (key->version != XCRYPT_VERSION)
		return -EPROTONOSUPPORT;
	if (key->flags & ~(tx ? 0 : XCRYPT_F_STRICT))
		return -EINVAL;
	if (memchr_inv(key->reserved, 0, sizeof(key->reserved)) || (key->start && !XCRYPT_DEBUG))
		return -EINVAL;
	if (strnlen(key->cipher, sizeof(key->cipher)) == sizeof(key->cipher))
		return -EINVAL;
	return 0;
}

/* Where a debug build may start: what the cipher can be moved to. */
static bool start_fits(u64 start, const struct xcrypt_cipher *cipher)
{
	if (cipher->seal)
		return start <= XCRYPT_RECORD_LAST;
	return !start || (cipher->seek && (!cipher->max_octets || start <= cipher->max_octets));
}

static bool padding_fits(unsigned int padding, const struct xcrypt_cipher *cipher)
{
	if (!padding)
		return true;
	return cipher->seal && is_power_of_2(padding) && padding <= XCRYPT_PADDING_MAX;
}

static int key_fits(const struct xcrypt_key *key, const struct xcrypt_cipher *cipher)
{
	size_t name_len = strlen(cipher->name);

	if (key->key_len != cipher->key_size || key->iv_len != cipher->iv_size)
		return -EINVAL;
	if (memchr_inv(key->key + key->key_len, 0, sizeof(key->key) - key->key_len) ||
	    memchr_inv(key->iv + key->iv_len, 0, sizeof(key->iv) - key->iv_len) ||
	    memchr_inv(key->cipher + name_len, 0, sizeof(key->cipher) - name_len))
		return -EINVAL;
	if (!start_fits(key->start, cipher) || !padding_fits(key->padding, cipher))
		return -EINVAL;
	return 0;
}

/* May this direction be switched now? */
static int key_moment(struct sock *sk, const struct xcrypt_dir *dir, const struct xcrypt_key *key,
		      bool tx)
{
	int err;

	/* What this lets in may end the connection, or the request: look at them after it. */
	if (key->flags & XCRYPT_F_STRICT)
		sk_flush_backlog(sk);
	err = xcrypt_guard(xcrypt_ctx(sk));
	if (err)
		return err;
	if (dir->cipher)
		return -EBUSY;
	if (sk->sk_state != TCP_ESTABLISHED)
		return -ENOTCONN;
	/* One who waits for memory inside plain TCP would go on in the clear. */
	if (tx && sk->sk_write_pending)
		return -EBUSY;
	if ((key->flags & XCRYPT_F_STRICT) && xcrypt_queue_octets(sk))
		return -ENOTEMPTY;
	return 0;
}

static int key_install(struct sock *sk, const struct xcrypt_key *key,
		       const struct xcrypt_cipher *cipher, bool tx)
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	struct xcrypt_dir *dir = tx ? &ctx->tx : &ctx->rx;
	struct xcrypt_dir *other = tx ? &ctx->rx : &ctx->tx;
	u64 hash = fingerprint(key);
	int err;

	err = key_moment(sk, dir, key, tx);
	if (err)
		return err;
	if (other->cipher && hash == ctx->fingerprint)
		return -EINVAL;
	err = xcrypt_dir_set(sk, dir, cipher, key,
			     tx ? tcp_sk(sk)->write_seq : tcp_sk(sk)->copied_seq);
	if (err)
		return err;
	ctx->fingerprint = hash;
	if (!tx && cipher->seal)
		xcrypt_rxrecord_room(sk);
	return 0;
}

static int key_set(struct sock *sk, const struct xcrypt_key *key, bool tx)
{
	const struct xcrypt_cipher *cipher;
	int err;

	err = key_format(key, tx);
	if (err)
		return err;
	cipher = xcrypt_cipher_find(key->cipher);
	if (!cipher)
		return -EOPNOTSUPP;
	err = key_fits(key, cipher);
	if (err)
		return err;
	err = xcrypt_lock(sk, xcrypt_ctx(sk));
	if (err)
		return err;
	err = key_install(sk, key, cipher, tx);
	trace_xcrypt_key(sk, tx, cipher->name, err);
	release_sock(sk);
	return err;
}

static int xcrypt_set(struct sock *sk, int optname, sockptr_t optval, unsigned int optlen)
{
	struct xcrypt_key key;
	int err;

	if (optname == XCRYPT_HANDSHAKE)
		return xcrypt_handshake_ask(sk, optval, optlen);
	if (optname != XCRYPT_TX && optname != XCRYPT_RX)
		return -ENOPROTOOPT;
	err = -EINVAL;
	if (optlen != sizeof(key))
		goto out;
	err = copy_from_sockptr(&key, optval, sizeof(key)) ? -EFAULT : 0;
	if (!err)
		err = key_set(sk, &key, optname == XCRYPT_TX);
	memzero_explicit(&key, sizeof(key));
out:
	if (err)
		xcrypt_stat_inc(sk, XCRYPT_STAT_REFUSED_KEY);
	return err;
}

static void info_fill(struct xcrypt_info *info, const struct xcrypt_dir *dir)
{
	memset(info, 0, sizeof(*info));
	info->version = XCRYPT_VERSION;
	if (!dir->cipher)
		return;
	info->keyed = 1;
	info->error = -dir->error;
	strscpy_pad(info->cipher, dir->cipher->name, sizeof(info->cipher));
	memcpy(info->session, dir->session, sizeof(info->session));
	info->octets = dir->octets;
	if (!xcrypt_dir_sealed(dir) || !dir->state)
		return;
	info->records = xcrypt_dir_record(dir)->number;
	info->padding = xcrypt_dir_record(dir)->padding;
	info->ended = xcrypt_dir_record(dir)->ended;
}

static int xcrypt_get(struct sock *sk, int optname, char __user *optval, int __user *optlen)
{
	struct xcrypt_ctx *ctx = xcrypt_ctx(sk);
	struct xcrypt_info info;
	int len, err;

	if (optname == XCRYPT_HANDSHAKE)
		return xcrypt_handshake_outcome(sk, optval, optlen);
	if (optname == XCRYPT_SUITES)
		return xcrypt_handshake_suites(sk, optval, optlen);
	if (optname != XCRYPT_TX && optname != XCRYPT_RX)
		return -ENOPROTOOPT;
	if (get_user(len, optlen))
		return -EFAULT;
	if (len < (int)offsetof(struct xcrypt_info, cipher))
		return -EINVAL;
	err = xcrypt_lock_to_ask(sk, ctx);
	if (err)
		return err;
	info_fill(&info, optname == XCRYPT_TX ? &ctx->tx : &ctx->rx);
	release_sock(sk);
	len = min_t(int, len, sizeof(info));
	if (put_user(len, optlen) || copy_to_user(optval, &info, len))
		return -EFAULT;
	return 0;
}

/* Checkpoint and restore puts octets into the queues behind the ciphers. */
static bool is_repair(int level, int optname)
{
	if (level != SOL_TCP)
		return false;
	switch (optname) {
	case TCP_REPAIR:
	case TCP_REPAIR_QUEUE:
	case TCP_REPAIR_OPTIONS:
	case TCP_REPAIR_WINDOW:
	case TCP_QUEUE_SEQ:
		return true;
	}
	return false;
}

/* No option of TCP's or IP's while a handshake runs, by nobody: see ops_setsockopt(). */
static int options_guard(const struct xcrypt_ctx *ctx)
{
	return READ_ONCE(ctx->guard) == -EBUSY ? -EBUSY : 0;
}

int xcrypt_setsockopt(struct sock *sk, int level, int optname, sockptr_t optval,
		      unsigned int optlen)
{
	int err;

	if (level == SOL_XCRYPT)
		return xcrypt_set(sk, optname, optval, optlen);
	err = options_guard(xcrypt_ctx(sk));
	if (err)
		return err;
	if (is_repair(level, optname)) {
		xcrypt_stat_inc(sk, XCRYPT_STAT_REFUSED_BYPASS);
		return -EOPNOTSUPP;
	}
	return xcrypt_ctx(sk)->family->base->setsockopt(sk, level, optname, optval, optlen);
}

int xcrypt_getsockopt(struct sock *sk, int level, int optname, char __user *optval,
		      int __user *optlen)
{
	int err;

	if (level == SOL_XCRYPT)
		return xcrypt_get(sk, optname, optval, optlen);
	err = options_guard(xcrypt_ctx(sk));
	if (err)
		return err;
	/* It takes octets off the queue as they came. */
	if (level == SOL_TCP && optname == TCP_ZEROCOPY_RECEIVE) {
		xcrypt_stat_inc(sk, XCRYPT_STAT_REFUSED_BYPASS);
		return -EOPNOTSUPP;
	}
	return xcrypt_ctx(sk)->family->base->getsockopt(sk, level, optname, optval, optlen);
}
