/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_SHARE_H
#define _XCRYPT_SHARE_H

#include <linux/list.h>
#include <linux/uidgid.h>

/* Requests under way in one network namespace. */
#define XCRYPT_REQUESTS_MAX	4096
/* Of these the last ones are for those with CAP_NET_ADMIN. */
#define XCRYPT_REQUESTS_RESERVE	512

/**
 * struct xcrypt_user - one user's requests in one network namespace
 * @all:	in struct xcrypt_shares
 * @turn:	in struct xcrypt_shares while requests are waiting
 * @waiting:	those, the oldest first
 * @uid:	who it is
 * @count:	waiting, taken, and ended with a pin that is not put
 */
struct xcrypt_user {
	struct list_head all;
	struct list_head turn;
	struct list_head waiting;
	kuid_t uid;
	unsigned int count;
};

/* All under the lock of whoever has it. */
struct xcrypt_shares {
	struct list_head users;
	struct list_head turn;	/* who is served next */
	unsigned int count;
};

kuid_t xcrypt_share_owner(void);
void xcrypt_shares_init(struct xcrypt_shares *shares);
int xcrypt_share_take(struct xcrypt_shares *shares, kuid_t uid, bool admin,
		      struct xcrypt_user **user);
void xcrypt_share_give_back(struct xcrypt_shares *shares, struct xcrypt_user *user);
void xcrypt_share_wait(struct xcrypt_shares *shares, struct xcrypt_user *user,
		       struct list_head *entry);
void xcrypt_share_waited(struct xcrypt_shares *shares, struct xcrypt_user *user,
			 struct list_head *entry, bool served);
void xcrypt_share_wait_first(struct xcrypt_shares *shares, struct xcrypt_user *user,
			     struct list_head *entry);
void xcrypt_shares_drain(struct xcrypt_shares *shares, struct list_head *list);

#endif /* _XCRYPT_SHARE_H */
