/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_PIN_H
#define _XCRYPT_PIN_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>

struct xcrypt_request;

/**
 * struct xcrypt_pin - keeps the MTA's file open for as long as the daemon may have it
 * @work:	of a user's first pin: puts it and those behind it
 * @list:	once dropped, among the first ones, or behind one
 * @behind:	this first one
 * @owner:	once dropped, whose it is in all network namespaces (xcrypt_share_owner())
 * @file:	a reference, or NULL
 * @req:	once dropped, what it was for
 */
struct xcrypt_pin {
	struct work_struct work;
	struct list_head list;
	struct list_head behind;
	kuid_t owner;
	struct file *file;
	struct xcrypt_request *req;
};

int xcrypt_pin_init(void (*gone)(struct xcrypt_request *req));
void xcrypt_pin_exit(void);

struct xcrypt_pin *xcrypt_pin_new(void);
void xcrypt_pin_drop(struct xcrypt_request *req);

#endif /* _XCRYPT_PIN_H */
