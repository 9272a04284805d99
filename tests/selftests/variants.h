/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Gives the fixture STREAM a variant for each address family and cipher, unless
 * STREAM_KEYED is defined also for plain TCP: what holds there holds encrypted.
 * STREAM_UNSEALED leaves out the ciphers of records.
 */
NAMED_VARIANT(STREAM)
{
	int family;
	const char *cipher;
};

#ifndef STREAM_KEYED
NAMED_VARIANT_ADD(STREAM, v4_plain) { .family = AF_INET };
NAMED_VARIANT_ADD(STREAM, v6_plain) { .family = AF_INET6 };
#endif
NAMED_VARIANT_ADD(STREAM, v4_chacha20) { .family = AF_INET, .cipher = "chacha20" };
NAMED_VARIANT_ADD(STREAM, v6_chacha20) { .family = AF_INET6, .cipher = "chacha20" };
NAMED_VARIANT_ADD(STREAM, v4_aes256ctr) { .family = AF_INET, .cipher = "aes256ctr" };
NAMED_VARIANT_ADD(STREAM, v6_aes256ctr) { .family = AF_INET6, .cipher = "aes256ctr" };
NAMED_VARIANT_ADD(STREAM, v4_t32) { .family = AF_INET, .cipher = "t32" };
NAMED_VARIANT_ADD(STREAM, v6_t32) { .family = AF_INET6, .cipher = "t32" };
NAMED_VARIANT_ADD(STREAM, v4_arrsyfor) { .family = AF_INET, .cipher = "arrsyfor" };
NAMED_VARIANT_ADD(STREAM, v6_arrsyfor) { .family = AF_INET6, .cipher = "arrsyfor" };
#ifndef STREAM_UNSEALED
NAMED_VARIANT_ADD(STREAM, v4_chachapoly) { .family = AF_INET, .cipher = "chachapoly" };
NAMED_VARIANT_ADD(STREAM, v6_chachapoly) { .family = AF_INET6, .cipher = "chachapoly" };
NAMED_VARIANT_ADD(STREAM, v4_aes256gcm) { .family = AF_INET, .cipher = "aes256gcm" };
NAMED_VARIANT_ADD(STREAM, v6_aes256gcm) { .family = AF_INET6, .cipher = "aes256gcm" };
#endif
