# SPDX-License-Identifier: GPL-2.0
"""No plaintext on the wire, by whatever call it is written."""
import os
import socket
import struct

import xcrypt
from capture import Conversation
from keystream import CIPHERS
from net import ADDRESS, V4, V6, Link
from tap import case, check, equal
from xcrypt import Background

METHODS = ("write", "send", "more", "writev", "sendmsg", "sendmmsg", "sendfile", "splice",
           "vmsplice", "tee", "uring-write", "uring-send", "uring-fixed", "uring-splice")
MARKER = b"plaintext of the marker "
# In all, and by each call.
SIZES = ((1, 1), (5000, 4999), (1 << 20, 1 << 16))


def marked(length):
    return (MARKER * (length // len(MARKER) + 1))[:length]


def write_by(link, sock, method, data, chunk, env=None):
    file = os.memfd_create("plaintext")
    os.pwrite(file, data, 0)
    fds = (sock.fileno(), file)
    try:
        link.run(0, os.path.join(xcrypt.BUILD, "path"), str(fds[0]), str(fds[1]), method,
                 str(chunk), pass_fds=fds, env=env)
        equal(os.pread(file, len(data) + 1, 0), data, "the file after " + method)
    finally:
        os.close(file)


def conversation(link, family, method, data, chunk, cipher):
    """The stream that the wire showed, and how often the marker is in its frames."""
    with Conversation(link, family) as talk:
        first, second = talk.ends
        if cipher:
            xcrypt.encrypt(first, second, cipher)
        got = Background(xcrypt.receive, second, len(data))
        write_by(link, first, method, data, chunk)
        # It would push what MSG_MORE holds back only after a while.
        first.shutdown(1)
        equal(got.result(), data, "what arrived by " + method)
    return talk.streams[0], sum(s.frame.count(MARKER) for s in talk.segments)


def marker_is_hidden(link, family, method, size, chunk, cipher):
    data = marked(size)
    stream, found = conversation(link, family, method, data, chunk, cipher)
    stream.equals(xcrypt.ciphertext(cipher, 0, data), "sent by " + method)
    equal(found, 0, "markers in the capture")


@case()
def marker_is_found_without_key():
    """The control: what the other cases look for can be seen."""
    data = marked(5000)
    with Link() as link:
        for method in METHODS:
            stream, found = conversation(link, V4, method, data, 5000, None)
            stream.equals(data, "sent by " + method)
            check(found > 100, "%s: only %d markers in the capture" % (method, found))


@case(*((method,) for method in METHODS))
def no_plaintext(method):
    with Link() as link:
        for size, chunk in SIZES:
            marker_is_hidden(link, V4, method, size, chunk, "chacha20")
        marker_is_hidden(link, V6, method, 65536, 65536, "chacha20")


@case(*((cipher,) for cipher in CIPHERS if cipher != "chacha20"))
def no_plaintext_by_any_method(cipher):
    with Link() as link:
        for method in METHODS:
            marker_is_hidden(link, V4, method, 9000, 5000, cipher)


TCP_MD5SIG = 14


def md5_key(address):
    """The option that signs the segments to and from this address."""
    peer = struct.pack("=HH4s120x", socket.AF_INET, 0, socket.inet_aton(address))
    return socket.IPPROTO_TCP, TCP_MD5SIG, peer + struct.pack("=BBHi80s", 0, 0, 3, 0, b"key")


@case(*((method,) for method in ("sendfile", "splice", "write")))
def attached_without_key_on_a_route_without_fragments(method):
    """
    It is plain TCP, which copies where the device wants it so. TCP takes fragments whatever
    the device says, unless it may not segment late: so with signed segments.
    """
    data = marked(100000)
    with Link() as link:
        link.features("sg", "off", "tso", "off", "gso", "off")
        with Conversation(link, V4, [md5_key(address) for address in ADDRESS[V4]]) as talk:
            first, second = talk.ends
            xcrypt.attach(first)
            got = Background(xcrypt.receive, second, len(data))
            write_by(link, first, method, data, 5000)
            first.shutdown(1)
            equal(got.result(), data, "what arrived by " + method)
