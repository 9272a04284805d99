#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The keystreams that the wire must show, by other programs than the module's.

usage: keystream.py DIRECTORY    write one file for each cipher and direction

RC4 and SOBER-t32 are written out here and in t32.py, ChaCha20 and AES are libcrypto's.
This is slow, so the build does it once and the guests read the files.
"""
import ctypes
import ctypes.util
import hashlib
import os
import sys

from t32 import T32

LENGTH = 1280 * 1024
SIZES = {"chacha20": (32, 12), "aes256ctr": (32, 16), "t32": (10, 0), "arrsyfor": (10, 0)}
CIPHERS = tuple(SIZES)


def key_of(cipher, direction):
    """Key and IV of direction 0 or 1: fixed, so that files can be kept."""
    seed = hashlib.sha512(("%s of direction %d" % (cipher, direction)).encode()).digest()
    key_len, iv_len = SIZES[cipher]
    return seed[:key_len], seed[32:32 + iv_len]


def rc4(key, count):
    s = list(range(256))
    j = 0
    for i in range(256):
        j = (j + s[i] + key[i % len(key)]) & 255
        s[i], s[j] = s[j], s[i]
    out = bytearray(count)
    i = j = 0
    for n in range(count):
        i = (i + 1) & 255
        a = s[i]
        j = (j + a) & 255
        b = s[i] = s[j]
        s[j] = a
        out[n] = s[(a + b) & 255]
    return bytes(out)


def libcrypto(name, key, iv, count):
    lib = ctypes.CDLL(ctypes.util.find_library("crypto"))
    cipher = getattr(lib, name)
    cipher.restype = lib.EVP_CIPHER_CTX_new.restype = ctypes.c_void_p
    ctx = ctypes.c_void_p(lib.EVP_CIPHER_CTX_new())
    out = ctypes.create_string_buffer(count)
    done = ctypes.c_int()
    ok = (lib.EVP_EncryptInit_ex(ctx, ctypes.c_void_p(cipher()), None, key, iv) == 1 and
          lib.EVP_EncryptUpdate(ctx, out, ctypes.byref(done), bytes(count), count) == 1)
    lib.EVP_CIPHER_CTX_free(ctx)
    if not ok or done.value != count:
        sys.exit("keystream.py: %s of libcrypto failed: is libssl3 installed?" % name)
    return out.raw


def compute(cipher, key, iv, count):
    if cipher == "chacha20":
        # libcrypto's IV is the block counter, little-endian, and then the nonce.
        return libcrypto("EVP_chacha20", key, bytes(4) + iv, count)
    if cipher == "aes256ctr":
        return libcrypto("EVP_aes_256_ctr", key, iv, count)
    if cipher == "t32":
        return T32(key).stream(count)
    return rc4(key, count)


def file_of(directory, cipher, direction):
    return os.path.join(directory, "%s-%d" % (cipher, direction))


def main():
    directory = sys.argv[1]
    os.makedirs(directory, exist_ok=True)
    for cipher in CIPHERS:
        for direction in (0, 1):
            with open(file_of(directory, cipher, direction), "wb") as out:
                out.write(compute(cipher, *key_of(cipher, direction), LENGTH))


if __name__ == "__main__":
    main()
