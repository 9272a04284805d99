// SPDX-License-Identifier: GPL-2.0
/* Whose turn it is, and how much of what there is one user may have. */
#include <linux/cred.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include "share.h"

/*
 * Who the caller is to those outside all user namespaces: in one, a user has as many uids as
 * /etc/subuid gives, so what counts is who made the outermost.
 */
kuid_t xcrypt_share_owner(void)
{
	const struct user_namespace *ns = current_user_ns();
	kuid_t uid = current_uid();

	for (; ns->parent; ns = ns->parent)
		uid = ns->owner;
	return uid;
}

void xcrypt_shares_init(struct xcrypt_shares *shares)
{
	INIT_LIST_HEAD(&shares->users);
	INIT_LIST_HEAD(&shares->turn);
	shares->count = 0;
}

static struct xcrypt_user *user_find(const struct xcrypt_shares *shares, kuid_t uid)
{
	struct xcrypt_user *user;

	list_for_each_entry(user, &shares->users, all) {
		if (uid_eq(user->uid, uid))
			return user;
	}
	return NULL;
}

static struct xcrypt_user *user_new(struct xcrypt_shares *shares, kuid_t uid)
{
	struct xcrypt_user *user = kzalloc(sizeof(*user), GFP_ATOMIC | __GFP_ACCOUNT);

	if (!user)
		return NULL;
	user->uid = uid;
	INIT_LIST_HEAD(&user->turn);
	INIT_LIST_HEAD(&user->waiting);
	list_add_tail(&user->all, &shares->users);
	return user;
}

/**
 * xcrypt_share_take() - count one more request
 * @shares:	of the network namespace
 * @uid:	xcrypt_share_owner()
 * @admin:	may have all there is
 * @user:	set to whom it is counted for
 *
 * A user may have no more than what is then left for all others: the first gets half, with
 * two such the next one a quarter, and whoever comes with a single request finds room.
 *
 * Return: 0; -EUSERS: nothing is left; -EDQUOT: this user has enough; -ENOMEM.
 */
int xcrypt_share_take(struct xcrypt_shares *shares, kuid_t uid, bool admin,
		      struct xcrypt_user **user)
{
	unsigned int max = XCRYPT_REQUESTS_MAX - (admin ? 0 : XCRYPT_REQUESTS_RESERVE);

	if (shares->count >= max)
		return -EUSERS;
	*user = user_find(shares, uid);
	if (*user && !admin && (*user)->count >= max - shares->count)
		return -EDQUOT;
	if (!*user)
		*user = user_new(shares, uid);
	if (!*user)
		return -ENOMEM;
	(*user)->count++;
	shares->count++;
	return 0;
}

void xcrypt_share_give_back(struct xcrypt_shares *shares, struct xcrypt_user *user)
{
	shares->count--;
	if (--user->count)
		return;
	list_del(&user->all);
	list_del(&user->turn);
	kfree(user);
}

/* @entry waits behind what the user has waiting. */
void xcrypt_share_wait(struct xcrypt_shares *shares, struct xcrypt_user *user,
		       struct list_head *entry)
{
	list_add_tail(entry, &user->waiting);
	if (list_empty(&user->turn))
		list_add_tail(&user->turn, &shares->turn);
}

/* @entry waits no more. @served: it was the user's turn. */
void xcrypt_share_waited(struct xcrypt_shares *shares, struct xcrypt_user *user,
			 struct list_head *entry, bool served)
{
	list_del_init(entry);
	if (list_empty(&user->waiting))
		list_del_init(&user->turn);
	else if (served)
		list_move_tail(&user->turn, &shares->turn);
}

/* @entry waits again, before all others. */
void xcrypt_share_wait_first(struct xcrypt_shares *shares, struct xcrypt_user *user,
			     struct list_head *entry)
{
	list_add(entry, &user->waiting);
	list_move(&user->turn, &shares->turn);
}

/* All that wait go to @list. */
void xcrypt_shares_drain(struct xcrypt_shares *shares, struct list_head *list)
{
	struct xcrypt_user *user, *next;

	list_for_each_entry_safe(user, next, &shares->turn, turn) {
		list_splice_tail_init(&user->waiting, list);
		list_del_init(&user->turn);
	}
}
