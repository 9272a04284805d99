/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _XCRYPT_UPCALL_H
#define _XCRYPT_UPCALL_H

int xcrypt_upcall_init(void);
void xcrypt_upcall_exit(void);

#endif /* _XCRYPT_UPCALL_H */
