/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Base64 of RFC 4648 section 4: padded, no line breaks, canonical. Time does not
 * depend on the octets, only on their number: confirmations pass through here.
 */
#ifndef XCRYPTD_BASE64_H
#define XCRYPTD_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Characters that len octets take, without a NUL. */
#define XC_BASE64_LEN(len)	(((len) + 2) / 3 * 4)

/* Writes XC_BASE64_LEN(len) characters and a NUL to dst. */
void xc_base64_encode(char *dst, const uint8_t *src, size_t len);

/*
 * Decode text of text_len characters to exactly len octets. 0, or -EINVAL if the text is
 * anything but the one canonical form of so many octets (dst may have been written to).
 */
int xc_base64_decode(uint8_t *dst, size_t len, const char *text, size_t text_len);

#endif
