# SPDX-License-Identifier: GPL-2.0
"""A peer whose segments come in every order, and one that ends them in every way.

Each scenario is played to a plain socket first: an encrypted one must give the very same
octets and errors from call to call.
"""
import fcntl
import random
import socket
import struct
import time

import xcrypt
from net import V4, V6, Link
from peer import Peer
from tap import case, check, equal

VARIANTS = (("chacha20", V4), ("aes256ctr", V6), ("t32", V4), ("arrsyfor", V6))
SIOCATMARK = 0x8905
RCVBUF = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),)

scenarios = {}


def scenario(**settings):
    """The function plays it and returns what the socket's user saw."""
    def register(function):
        scenarios[function.__name__.replace("_", "-")] = (function, settings)
        return function
    return register


def settle():
    """The kernel has seen all that was sent, even if it does not answer."""
    time.sleep(0.03)


def at_mark(peer):
    return struct.unpack("i", fcntl.ioctl(peer.sock, SIOCATMARK, bytes(4)))[0]


@scenario()
def segments_of_one_octet(peer):
    for at in range(50):
        peer.data(at, at + 1)
    return [peer.read(50)]


@scenario()
def segments_backwards(peer):
    for at in range(3500, -1, -500):
        peer.data(at, at + 500)
    return [peer.read(4000)]


@scenario()
def segments_twice(peer):
    for at in (0, 0, 500, 1000, 500, 0):
        peer.data(at, at + 500)
    seen = [peer.read(1500)]
    for at in (0, 1000, 1500, 1500):
        peer.data(at, at + 500)
    return seen + [peer.read(500)]


@scenario()
def segments_that_overlap(peer):
    for start, end in ((0, 600), (300, 900), (200, 1000), (1500, 2400), (1400, 1600),
                       (2399, 2401), (900, 1700), (1700, 2600)):
        peer.data(start, end)
    return [peer.read(2600)]


@scenario()
def overlap_with_what_was_read(peer):
    peer.data(0, 600)
    seen = [peer.read(100)]
    peer.data(50, 900)
    seen.append(peer.read(700))
    peer.data(0, 1000)
    return seen + [peer.read(200)]


@scenario()
def segments_at_random(peer):
    rng = random.Random(7)
    for _ in range(60):
        start = rng.randrange(6000)
        peer.data(start, start + rng.randrange(1, 900))
    for start in range(0, 6000, 1000):
        peer.data(start, start + 1000)
    return [peer.read(6000)]


@scenario()
def hole_is_peeked_and_filled(peer):
    peer.data(0, 300)
    peer.data(600, 900)
    seen = [peer.recv(2000, socket.MSG_PEEK), peer.recv(100)]
    peer.data(300, 600)
    settle()
    return seen + [peer.recv(2000, socket.MSG_PEEK), peer.read(800)]


@scenario()
def urgent_octet_in_mid_segment(peer):
    peer.data(0, 100)
    peer.data(100, 200, urgent=150)
    peer.data(200, 300)
    settle()
    seen = [at_mark(peer), peer.recv(1000), at_mark(peer), peer.recv(1000)]
    peer.data(300, 400)
    return seen + [peer.read(100)]


@scenario()
def urgent_octet_is_peeked_at(peer):
    peer.data(0, 100, urgent=40)
    settle()
    return [peer.recv(1000, socket.MSG_PEEK), peer.recv(1000), peer.recv(10, socket.MSG_PEEK),
            peer.recv(1000, socket.MSG_OOB), peer.recv(1000)]


@scenario()
def second_urgent_octet_with_reader_at_mark(peer):
    peer.data(0, 100, urgent=50)
    settle()
    seen = [peer.recv(1000), at_mark(peer)]
    peer.data(100, 200, urgent=150)
    settle()
    seen += [peer.recv(1000), at_mark(peer), peer.recv(1000)]
    peer.data(200, 300)
    return seen + [peer.read(100)]


@scenario()
def second_urgent_octet_before_reading(peer):
    for start in range(0, 400, 100):
        peer.data(start, start + 100, urgent=start + 99)
    settle()
    return [peer.recv(1000), peer.recv(1000), peer.recv(1000, socket.MSG_DONTWAIT)]


@scenario()
def urgent_octet_is_the_only_one(peer):
    for at in range(4):
        peer.data(at, at + 1, urgent=at)
        settle()
    seen = [peer.recv(10) for _ in range(2)]
    peer.data(4, 300)
    return seen + [peer.read(296)]


@scenario()
def fin_with_data(peer):
    peer.data(0, 500)
    peer.data(500, 700, "FPA")
    settle()
    return [peer.read(700), peer.recv(1), peer.recv(1)]


@scenario()
def fin_before_the_data(peer):
    peer.data(500, 700, "FPA")
    settle()
    seen = [peer.recv(1, socket.MSG_DONTWAIT)]
    peer.data(0, 500)
    return seen + [peer.read(1000), peer.recv(1)]


@scenario()
def fin_and_the_answer_after_it(peer):
    peer.data(0, 700, "FPA")
    seen = [peer.read(1000)]
    peer.sock.sendall(peer.plain)
    peer.window = 65535
    for count in range(1000, len(peer.plain) + 1, 1000):
        peer.wait_sent(count)
        peer.ack(count)
    return seen + [decoded(peer)]


@scenario()
def reset_behind_unread_data(peer):
    peer.data(0, 500)
    settle()
    peer.put("R", 500)
    settle()
    return [peer.recv(200), peer.recv(1000), peer.recv(1), peer.recv(1), write(peer)]


@scenario()
def reset_with_data(peer):
    peer.data(0, 500)
    peer.data(500, 600, "RPA")
    settle()
    return [peer.recv(1000), peer.recv(1), write(peer)]


@scenario()
def reset_is_written_to_first(peer):
    peer.data(0, 100)
    peer.put("R", 100)
    settle()
    return [write(peer), peer.recv(1000), peer.recv(1)]


@scenario()
def reset_elsewhere_is_ignored(peer):
    peer.data(0, 100)
    for at in (50, 101, 5000, -1):
        peer.put("R", at)
    peer.data(100, 300)
    return [peer.read(300)]


@scenario(options=RCVBUF)
def window_is_filled_and_drained(peer):
    """The kernel drops what does not fit, and gets it again once there is room."""
    seen = []
    while sum(map(len, seen)) < 8000:
        for at in range(peer.acked, min(peer.acked + 6000, 8000), 500):
            peer.data(at, at + 500)
        settle()
        seen.append(peer.recv(10000, socket.MSG_DONTWAIT))
        peer.data(peer.acked, peer.acked)
        drain(peer)
    return [b"".join(seen)]


def drain(peer):
    """Takes the kernel's segments that have come so far."""
    peer.raw.setblocking(False)
    try:
        while True:
            peer.take()
    except BlockingIOError:
        peer.raw.setblocking(True)


def write(peer):
    try:
        return peer.sock.send(peer.plain, socket.MSG_NOSIGNAL)
    except OSError as error:
        return type(error).__name__


def decoded(peer):
    """The plaintext of what the kernel sent."""
    sent = peer.sent()
    return xcrypt.ciphertext(peer.cipher, 0, sent) if peer.cipher else sent


@scenario(window=0)
def our_window_is_shut_and_opens_by_steps(peer):
    """Probes while it is shut, then segments of odd sizes."""
    peer.sock.sendall(peer.plain[:5000])
    mark = len(peer.segments)
    peer.wait(lambda s: len(peer.segments) > mark, "window probe")
    have = 0
    for step in (1, 7, 300, 999, 1000, 5000, 5000, 5000, 5000):
        peer.window = step
        peer.ack(have)
        if have == 5000:
            break
        peer.wait_sent(have + 1)
        settle()
        drain(peer)
        have = len(peer.sent())
    return [decoded(peer)]


@scenario()
def silence_after_half_a_segment(peer):
    """What is sent again begins inside of a segment."""
    peer.sock.sendall(peer.plain[:3000])
    peer.wait_sent(3000)
    for have in (333, 1500, 2999):
        peer.ack(have)
        mark = len(peer.segments)
        peer.wait(lambda s: len(peer.segments) > mark and s.data, "retransmission")
    peer.ack(3000)
    return [decoded(peer)]


@scenario(v4_only=True)
def path_becomes_narrow(peer):
    """What is sent again comes in other pieces."""
    peer.sock.sendall(peer.plain[:3000])
    peer.wait_sent(3000)
    peer.too_big(576)
    seen = peer.wait(lambda s: s.data and len(s.data) < 600, "smaller segment")
    check(seen.data, "no data")
    for have in (500, 1000, 1700, 3000):
        peer.ack(have)
        settle()
        drain(peer)
    return [decoded(peer)]


def play(link, name, family, cipher):
    function, settings = scenarios[name]
    settings = {k: v for k, v in settings.items() if k != "v4_only"}
    peer = Peer(link, family, cipher, **settings)
    try:
        return function(peer), peer.plain
    finally:
        peer.close()


@case(*((name,) for name in scenarios))
def peer_sends(name):
    with Link() as link:
        wanted, plain = play(link, name, V4, None)
        octets = b"".join(w for w in wanted if isinstance(w, bytes))
        check(len(octets) >= 50, "the plain socket got only %d octets" % len(octets))
        check(octets[:40] == plain[:40], "the plain socket got other octets")
        for cipher, family in VARIANTS:
            if scenarios[name][1].get("v4_only"):
                family = V4
            got, _ = play(link, name, family, cipher)
            for i, (one, want) in enumerate(zip(got, wanted)):
                equal(one, want, "%s, step %d" % (cipher, i))
