# SPDX-License-Identifier: GPL-2.0
"""Connections over loopback, keyed at both ends by the ULP or by the kernel's TLS."""

import os
import socket
import struct

TCP_ULP = 31
SOL_XCRYPT, XCRYPT_TX, XCRYPT_RX = 0x5843, 1, 2
SOL_TLS, TLS_TX, TLS_RX = 282, 1, 2

# Octets of key and IV.
CIPHERS = {"chacha20": (32, 12), "aes256ctr": (32, 16), "t32": (10, 0), "arrsyfor": (10, 0)}
# Those of records, each with the kernel's TLS that has the same AEAD and key length.
SEALED = {"chachapoly": "ktls-chacha20poly1305", "aes256gcm": "ktls-aes256gcm"}
# The number of the cipher, octets of IV, key and salt. The sequence has eight more.
KTLS = {"ktls-aes128gcm": (51, 8 + 16 + 4), "ktls-aes256gcm": (52, 8 + 32 + 4),
        "ktls-chacha20poly1305": (54, 12 + 32)}
TLS_1_3 = 0x0304
# In user space, by the load pair alone.
TLS = ["tls-aes128gcm", "tls-aes256gcm", "tls-chacha20poly1305"]


def pairs_open(count):
    """Both ends of each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pairs = []
        for _ in range(count):
            near = socket.create_connection(listener.getsockname())
            pairs.append((near, listener.accept()[0]))
        return pairs


def pairs_close(pairs):
    for pair in pairs:
        for end in pair:
            end.close()


def _xcrypt_key(cipher):
    key_len, iv_len = CIPHERS.get(cipher, (32, 12))
    return struct.pack("=4H16s16s32s16s2Q", 1, 0, key_len, iv_len, cipher.encode(), b"",
                       os.urandom(key_len), os.urandom(iv_len), 0, 0)


def _ktls_key(cipher):
    number, secret = KTLS[cipher]
    return struct.pack("=2H", TLS_1_3, number) + os.urandom(secret) + bytes(8)


def _key(pair, level, make):
    for tx, rx in (pair, pair[::-1]):
        key = make()
        tx.setsockopt(level, XCRYPT_TX, key)
        rx.setsockopt(level, XCRYPT_RX, key)


def pair_start(pair, mode):
    """@mode: plain, attached, or one of the ciphers above."""
    if mode == "plain":
        return
    for end in pair:
        end.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"tls" if mode in KTLS else b"xcrypt")
    if mode in KTLS:
        _key(pair, SOL_TLS, lambda: _ktls_key(mode))
    elif mode in CIPHERS or mode in SEALED:
        _key(pair, SOL_XCRYPT, lambda: _xcrypt_key(mode))


def exchange(pair, octets, piece=65536):
    """Sends @octets each way and reads them."""
    data = bytes(piece)
    buffer = bytearray(piece)
    for tx, rx in (pair, pair[::-1]):
        for _ in range(octets // piece):
            tx.sendall(data)
            left = piece
            while left:
                left -= rx.recv_into(buffer, left)
            if buffer != data:
                raise ValueError("other octets arrive than were sent")
