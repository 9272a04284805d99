// SPDX-License-Identifier: GPL-2.0
/* What inet_diag tells of an attached socket, under RCU and without the socket lock. */
#include <net/netlink.h>
#include "diag.h"
#include "context.h"

static int diag_dir(struct sk_buff *skb, int type, const struct xcrypt_dir *dir)
{
	const struct xcrypt_cipher *cipher = xcrypt_dir_cipher(dir);
	struct nlattr *nest;

	if (!cipher)
		return 0;
	nest = nla_nest_start(skb, type);
	if (!nest)
		return -EMSGSIZE;
	if (nla_put_string(skb, XCRYPT_DIAG_DIR_CIPHER, cipher->name) ||
	    nla_put(skb, XCRYPT_DIAG_DIR_SESSION, sizeof(dir->session), dir->session) ||
	    nla_put_u64_64bit(skb, XCRYPT_DIAG_DIR_OCTETS, READ_ONCE(dir->octets),
			      XCRYPT_DIAG_DIR_PAD) ||
	    nla_put_u32(skb, XCRYPT_DIAG_DIR_ERROR, -READ_ONCE(dir->error))) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/*
 * The core has put the name and opened the nest that these go into. Before 7.3 it asks for
 * an administrator only; sessions are not for others to see.
 */
int xcrypt_diag_get(COMPAT_INFO(struct sock *sk, struct sk_buff *skb))
{
	const struct xcrypt_ctx *ctx;
	struct nlattr *nest;
	int err = 0;

	if (!COMPAT_INFO_FOR_ADMIN)
		return 0;
	nest = nla_nest_start(skb, XCRYPT_DIAG_ULP_INFO);
	if (!nest)
		return -EMSGSIZE;
	rcu_read_lock();
	ctx = rcu_dereference(inet_csk(sk)->icsk_ulp_data);
	if (ctx)
		err = diag_dir(skb, XCRYPT_DIAG_TX, &ctx->tx) ?:
		      diag_dir(skb, XCRYPT_DIAG_RX, &ctx->rx);
	rcu_read_unlock();
	if (err)
		nla_nest_cancel(skb, nest);
	else
		nla_nest_end(skb, nest);
	return err;
}

size_t xcrypt_diag_size(COMPAT_INFO(const struct sock *sk))
{
	size_t dir = nla_total_size(0) + nla_total_size(XCRYPT_NAME_MAX) +
		     nla_total_size(XCRYPT_SESSION_LEN) + nla_total_size_64bit(sizeof(u64)) +
		     nla_total_size(sizeof(u32));

	return nla_total_size(0) + 2 * dir;
}
