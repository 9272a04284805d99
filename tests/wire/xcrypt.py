# SPDX-License-Identifier: GPL-2.0
"""The module's socket options, the keys of keystream.py, and streams of known octets."""
import os
import random
import socket
import struct
import threading

import keystream
import tap

SOL_TCP = socket.IPPROTO_TCP
TCP_ULP = 31
SOL_XCRYPT = 0x5843
TX = 1
RX = 2

KEY = struct.Struct("=4H16s16s32s16sQH6x")
INFO = struct.Struct("=HHI16s16sQ")

BUILD = os.environ.get("WIRE_BUILD", os.path.join(os.path.dirname(__file__), "../../build/wire"))


def attach(sock):
    sock.setsockopt(SOL_TCP, TCP_ULP, b"xcrypt")


def set_key(sock, option, cipher, direction):
    key, iv = keystream.key_of(cipher, direction)
    sock.setsockopt(SOL_XCRYPT, option, KEY.pack(1, 0, len(key), len(iv), cipher.encode(),
                                                 b"wire", key, iv, 0, 0))


def encrypt(first, second, cipher):
    """Both ends, both directions: direction 0 is what the first one sends."""
    for sock in (first, second):
        attach(sock)
    set_key(first, TX, cipher, 0)
    set_key(first, RX, cipher, 1)
    set_key(second, TX, cipher, 1)
    set_key(second, RX, cipher, 0)


def octets(sock, option):
    return INFO.unpack(sock.getsockopt(SOL_XCRYPT, option, INFO.size))[5]


def ciphertext(cipher, direction, plain, offset=0):
    with open(keystream.file_of(os.path.join(BUILD, "keystream"), cipher, direction), "rb") as file:
        file.seek(offset)
        stream = file.read(len(plain))
    tap.equal(len(stream), len(plain), "keystream kept in the file")
    return (int.from_bytes(plain, "big") ^ int.from_bytes(stream, "big")).to_bytes(
        len(plain), "big")


def plaintext(length, seed=1):
    return random.Random(seed).randbytes(length)


class Background(threading.Thread):
    """A call in a thread of its own; result() gives its value or raises its error."""

    def __init__(self, call, *args):
        super().__init__(daemon=True)
        self.call = call
        self.args = args
        self.value = self.error = None
        self.start()

    def run(self):
        try:
            self.value = self.call(*self.args)
        except Exception as error:      # it belongs to the one who asks for the result
            self.error = error

    def result(self):
        self.join()
        if self.error:
            raise self.error
        return self.value


def receive(sock, count):
    """Up to count octets, fewer only at the end of the stream."""
    parts = []
    while count:
        part = sock.recv(min(count, 1 << 18))
        if not part:
            break
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def send_pieces(sock, data, sizes):
    at = 0
    while at < len(data):
        n = next(sizes)
        sock.sendall(data[at:at + n])
        at += n
